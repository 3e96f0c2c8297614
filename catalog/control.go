package catalog

import (
	"regexp"
	"slices"
	"strings"

	"assay/internal/criteria"
)

// ControlID identifies a control of the library: its domain, a hyphen and a
// number, such as IAM-03. An id is never given to another control.
type ControlID string

// Domain is the part of the id before the hyphen.
func (id ControlID) Domain() DomainID {
	domain, _, _ := strings.Cut(string(id), "-")
	return DomainID(domain)
}

// DomainID identifies a domain by three letters, such as IAM.
type DomainID string

// Domain groups controls by subject. The library lists domains in the order in
// which people read a control matrix.
type Domain struct {
	ID   DomainID `yaml:"id"`
	Name string   `yaml:"name"`
}

// Tier says how commonly a control is expected.
type Tier string

// The tiers.
const (
	Core     Tier = "core"
	Extended Tier = "extended"
)

// Tiers lists the tiers.
func Tiers() []Tier { return []Tier{Core, Extended} }

// Nature says who or what performs a control.
type Nature string

// The natures.
const (
	Manual    Nature = "manual"
	Automated Nature = "automated"
	Hybrid    Nature = "hybrid"
)

// Natures lists the natures.
func Natures() []Nature { return []Nature{Manual, Automated, Hybrid} }

// ControlKind says what a control does about what could go wrong.
type ControlKind string

// The kinds of control.
const (
	Directive  ControlKind = "directive"
	Preventive ControlKind = "preventive"
	Detective  ControlKind = "detective"
	Corrective ControlKind = "corrective"
)

// ControlKinds lists the kinds of control.
func ControlKinds() []ControlKind {
	return []ControlKind{Directive, Preventive, Detective, Corrective}
}

// Frequency says how often a control is performed.
type Frequency string

// The frequencies.
const (
	Continuous Frequency = "continuous"
	Daily      Frequency = "daily"
	Weekly     Frequency = "weekly"
	Monthly    Frequency = "monthly"
	Quarterly  Frequency = "quarterly"
	Semiannual Frequency = "semiannual"
	Annual     Frequency = "annual"
	PerEvent   Frequency = "per_event" // whenever what calls for it happens
)

// Frequencies lists the frequencies, the most frequent first and PerEvent last.
func Frequencies() []Frequency {
	return []Frequency{Continuous, Daily, Weekly, Monthly, Quarterly, Semiannual, Annual, PerEvent}
}

// Testable says how far a machine can decide whether a control operates.
type Testable string

// The degrees.
const (
	TestableFull    Testable = "full"
	TestablePartial Testable = "partial"
	TestableNo      Testable = "no"
)

// Testables lists the degrees.
func Testables() []Testable { return []Testable{TestableFull, TestablePartial, TestableNo} }

// Basis says what a machine would decide it from.
type Basis string

// The bases.
const (
	FromConnector Basis = "connector" // facts collected from outside systems
	FromWorkflow  Basis = "workflow"  // the programme's own facts
	FromNothing   Basis = "none"
)

// Bases lists the bases.
func Bases() []Basis { return []Basis{FromConnector, FromWorkflow, FromNothing} }

// Automation says what a machine can find out about a control. Its checks are
// ideas in words; the checks that run are files of the area Checks.
type Automation struct {
	Testable Testable `yaml:"testable"`
	Basis    Basis    `yaml:"basis"` // FromNothing exactly when Testable is TestableNo
	Checks   []string `yaml:"checks"`
}

// LibraryControl is a control as the library offers it. An org that adopts it
// gets its own control, whose wording, frequency and owner it then tailors.
// Where the wording leaves a limit to the org ("the set time"), the org's own
// wording has to state it; the library gives no fix limits.
type LibraryControl struct {
	ID            ControlID     `yaml:"id"`
	Title         string        `yaml:"title"`
	Tier          Tier          `yaml:"tier"`
	Nature        Nature        `yaml:"nature"`
	Kind          ControlKind   `yaml:"kind"`
	Frequency     Frequency     `yaml:"frequency"`
	OwnerRole     string        `yaml:"owner_role"` // one of the library's owner roles
	Criteria      []criteria.ID `yaml:"criteria"`   // what it helps to meet, the foremost first
	Profiles      []ProfileID   `yaml:"profiles"`   // where it is suggested; may be empty
	Description   string        `yaml:"description"`
	Evidence      []string      `yaml:"evidence"`   // what shows that it operated
	Population    []string      `yaml:"population"` // what a test of it is drawn from
	Automation    Automation    `yaml:"automation"`
	SuggestedTest string        `yaml:"suggested_test"` // what an auditor would do

	Domain     DomainID              `yaml:"-"` // follows from the id
	Categories []criteria.CategoryID `yaml:"-"` // follow from the criteria; the common ones count as Security
}

// controlForm is the form of a control's id.
var controlForm = regexp.MustCompile(`^[A-Z]{3}-\d{2,3}$`)

// categoriesOf lists the categories whose own criteria are among the given.
func categoriesOf(ids []criteria.ID, known *criteria.Library) []criteria.CategoryID {
	var of []criteria.CategoryID
	for _, category := range criteria.CategoryIDs() {
		adds := category
		if category == criteria.Security {
			adds = criteria.Common // Security adds nothing to the common criteria
		}
		if slices.ContainsFunc(ids, func(id criteria.ID) bool {
			series, ok := known.SeriesByID(id.Series())
			return ok && series.AppliesTo == adds
		}) {
			of = append(of, category)
		}
	}
	return of
}

// validate holds one control to the library around it.
func (c LibraryControl) validate(l *Library, object objection) {
	if !controlForm.MatchString(string(c.ID)) {
		object("id", "%q has not the form of GOV-01", c.ID)
	}
	if _, ok := l.Domain(c.Domain); !ok {
		object("id", "there is no domain %q in controls/library.yaml", c.Domain)
	}
	filled(object, "title", c.Title)
	filled(object, "description", c.Description)
	filled(object, "suggested_test", c.SuggestedTest)
	oneOf(object, "tier", c.Tier, Tiers())
	oneOf(object, "nature", c.Nature, Natures())
	oneOf(object, "kind", c.Kind, ControlKinds())
	oneOf(object, "frequency", c.Frequency, Frequencies())
	oneOf(object, "owner_role", c.OwnerRole, l.owners)
	oneOf(object, "automation.testable", c.Automation.Testable, Testables())
	oneOf(object, "automation.basis", c.Automation.Basis, Bases())
	if (c.Automation.Testable == TestableNo) != (c.Automation.Basis == FromNothing) {
		object("automation.basis", "%s does not go with testable %s", c.Automation.Basis, c.Automation.Testable)
	}
	if (c.Automation.Testable == TestableNo) != (len(c.Automation.Checks) == 0) {
		object("automation.checks", "there are %d, which does not go with testable %s", len(c.Automation.Checks), c.Automation.Testable)
	}
	listed(object, "evidence", c.Evidence)
	listed(object, "population", c.Population)
	each(object, "automation.checks", c.Automation.Checks)
	listed(object, "criteria", c.Criteria)
	resolve(object, "criteria", c.Criteria, isCriterion(l.criteria))
	each(object, "profiles", c.Profiles)
	resolve(object, "profiles", c.Profiles, func(id ProfileID) bool { _, ok := l.Profile(id); return ok })
}
