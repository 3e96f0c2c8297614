package catalog

import (
	"slices"

	"assay/internal/criteria"
)

// About says which library of controls this is.
type About struct {
	ID      string
	Version string
	Notice  string // whose words these are and what an org has to do with them
}

// Vocabulary gives the meaning of each word that a control or a request uses,
// for showing beside it.
type Vocabulary struct {
	Tier      map[Tier]string        `yaml:"tier"`
	Nature    map[Nature]string      `yaml:"nature"`
	Kind      map[ControlKind]string `yaml:"kind"`
	Frequency map[Frequency]string   `yaml:"frequency"`
	Testable  map[Testable]string    `yaml:"testable"`
	Basis     map[Basis]string       `yaml:"basis"`
}

// RequestVocabulary is the Vocabulary of the request list.
type RequestVocabulary struct {
	Type        map[RequestType]string         `yaml:"type"`
	Phase       map[Phase]string               `yaml:"phase"`
	ReportTypes map[criteria.ReportType]string `yaml:"report_types"`
	Timing      map[Timing]string              `yaml:"timing"`
}

// Library is the catalog, loaded: criteria, controls, requests, crosswalks,
// policies, risk scenarios, courses and questionnaires, with every reference
// between them resolved.
type Library struct {
	about          About
	criteria       *criteria.Library
	domains        []Domain
	profiles       []Profile
	owners         []string
	words          Vocabulary
	controls       []LibraryControl
	controlAt      map[ControlID]int
	sections       []string
	requestWords   RequestVocabulary
	requests       []Request
	requestAt      map[RequestID]int
	crosswalks     []Crosswalk
	policies       []Policy
	policyAt       map[PolicyID]int
	policyWords    policyWords
	settings       []Setting
	riskWords      riskWords
	scenarios      []Scenario
	courses        []Course
	trainingRoles  map[string]string
	questionnaires []Questionnaire
}

// About says which library of controls this is.
func (l *Library) About() About { return l.about }

// Criteria is the framework's criteria.
func (l *Library) Criteria() *criteria.Library { return l.criteria }

// Domains lists the domains in the library's order.
func (l *Library) Domains() []Domain { return slices.Clone(l.domains) }

// Profiles lists the profiles in the library's order.
func (l *Library) Profiles() []Profile { return slices.Clone(l.profiles) }

// OwnerRoles lists the roles that own controls, by name.
func (l *Library) OwnerRoles() []string { return slices.Clone(l.owners) }

// Vocabulary gives the meaning of the words that controls use.
func (l *Library) Vocabulary() Vocabulary { return l.words }

// RequestVocabulary gives the meaning of the words that requests use.
func (l *Library) RequestVocabulary() RequestVocabulary { return l.requestWords }

// Controls lists every control in the order of the domains and, within one, of
// the numbers: the library's order.
func (l *Library) Controls() []LibraryControl { return slices.Clone(l.controls) }

// Sections lists the sections of the request list in an auditor's order.
func (l *Library) Sections() []string { return slices.Clone(l.sections) }

// Requests lists every request in the order of the ids, which is also that of
// the sections.
func (l *Library) Requests() []Request { return slices.Clone(l.requests) }

// Crosswalks lists the crosswalks by id.
func (l *Library) Crosswalks() []Crosswalk { return slices.Clone(l.crosswalks) }

// Domain finds a domain.
func (l *Library) Domain(id DomainID) (Domain, bool) {
	return find(l.domains, func(d Domain) bool { return d.ID == id })
}

// Profile finds a profile.
func (l *Library) Profile(id ProfileID) (Profile, bool) {
	return find(l.profiles, func(p Profile) bool { return p.ID == id })
}

// Control finds a control.
func (l *Library) Control(id ControlID) (LibraryControl, bool) {
	i, ok := l.controlAt[id]
	if !ok {
		return LibraryControl{}, false
	}
	return l.controls[i], true
}

// Request finds a request.
func (l *Library) Request(id RequestID) (Request, bool) {
	i, ok := l.requestAt[id]
	if !ok {
		return Request{}, false
	}
	return l.requests[i], true
}

// Crosswalk finds the crosswalk to a framework.
func (l *Library) Crosswalk(id FrameworkID) (Crosswalk, bool) {
	return find(l.crosswalks, func(x Crosswalk) bool { return x.ID == id })
}

// ControlsFor lists the controls that help to meet a criterion.
func (l *Library) ControlsFor(id criteria.ID) []LibraryControl {
	return l.controlsWhere(func(c LibraryControl) bool { return slices.Contains(c.Criteria, id) })
}

// ControlsIn lists the controls of a domain.
func (l *Library) ControlsIn(id DomainID) []LibraryControl {
	return l.controlsWhere(func(c LibraryControl) bool { return c.Domain == id })
}

// RequestsForControl lists the requests whose answers serve to test a control.
func (l *Library) RequestsForControl(id ControlID) []Request {
	return where(l.requests, func(r Request) bool { return slices.Contains(r.Controls, id) })
}

// RequestsForCriterion lists the requests that name a criterion.
func (l *Library) RequestsForCriterion(id criteria.ID) []Request {
	return where(l.requests, func(r Request) bool { return slices.Contains(r.Criteria, id) })
}

func (l *Library) controlsWhere(keep func(LibraryControl) bool) []LibraryControl {
	return where(l.controls, keep)
}

func (l *Library) isControl(id ControlID) bool { _, ok := l.controlAt[id]; return ok }

func where[T any](list []T, keep func(T) bool) []T {
	var kept []T
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func find[T any](list []T, is func(T) bool) (found T, ok bool) {
	i := slices.IndexFunc(list, is)
	if i < 0 {
		return found, false
	}
	return list[i], true
}
