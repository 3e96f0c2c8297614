package catalog

import (
	"cmp"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/internal/criteria"
)

// PolicyID identifies a policy, such as PLC-ACP. An id is never given to another
// policy.
type PolicyID string

// PolicyForm says which headings a policy has; policies/library.yaml lists them
// by form.
type PolicyForm string

// The forms.
const (
	RuleForm   PolicyForm = "policy" // binds the people who work for the org
	NoticeForm PolicyForm = "notice" // tells the public what the org does
)

// PolicyForms lists the forms.
func PolicyForms() []PolicyForm { return []PolicyForm{RuleForm, NoticeForm} }

// Policy is a policy as the library offers it: Markdown in which {{key}} stands
// for the value of a setting. An org that adopts it gets its own policy.
//
// Under the heading Statements the text lists numbered statements, counted from
// 1 through the whole section. They are what people have to do and what an
// auditor tests; Backs names, for each control, those that call for it. A notice
// has none and stands behind its controls as a whole.
type Policy struct {
	ID           PolicyID            `yaml:"id"`
	Title        string              `yaml:"title"`
	Summary      string              `yaml:"summary"` // one sentence
	Form         PolicyForm          `yaml:"form"`
	Criteria     []criteria.ID       `yaml:"criteria"` // the foremost first
	Backs        map[ControlID][]int `yaml:"controls"` // numbers of statements
	Reviewed     Frequency           `yaml:"reviewed"`
	OwnerRole    string              `yaml:"owner_role"`    // one of the library's owner roles
	ApproverRole string              `yaml:"approver_role"` // one of policies/library.yaml, not the owner's
	Audience     string              `yaml:"audience"`      // one of policies/library.yaml
	Related      []PolicyID          `yaml:"related"`
	Shared       []SettingKey        `yaml:"shared"`   // settings that it uses and that are declared elsewhere
	Own          []Setting           `yaml:"settings"` // settings that are declared here

	Settings   []Setting   `yaml:"-"` // all that it uses: the shared ones, then its own
	Controls   []ControlID `yaml:"-"` // the keys of Backs in the library's order
	Body       string      `yaml:"-"` // Markdown with placeholders
	Statements []string    `yaml:"-"` // Statements[0] is number 1, with placeholders
}

// policyWords is what policies/library.yaml says.
type policyWords struct {
	ApproverRoles []string                `yaml:"approver_roles"`
	Audiences     map[string]string       `yaml:"audiences"`
	Headings      map[PolicyForm][]string `yaml:"headings"`
	Settings      []Setting               `yaml:"settings"` // those that belong to no single policy
}

// Policies lists the policies by id.
func (l *Library) Policies() []Policy { return slices.Clone(l.policies) }

// Policy finds a policy.
func (l *Library) Policy(id PolicyID) (Policy, bool) {
	i, ok := l.policyAt[id]
	if !ok {
		return Policy{}, false
	}
	return l.policies[i], true
}

// PoliciesFor lists the policies that stand behind a control, by id.
func (l *Library) PoliciesFor(id ControlID) []Policy {
	return where(l.policies, func(p Policy) bool { return slices.Contains(p.Controls, id) })
}

// PoliciesForCriterion lists the policies that name a criterion, by id.
func (l *Library) PoliciesForCriterion(id criteria.ID) []Policy {
	return where(l.policies, func(p Policy) bool { return slices.Contains(p.Criteria, id) })
}

// Settings lists every setting once: those that belong to no single policy, then
// those of each policy.
func (l *Library) Settings() []Setting { return slices.Clone(l.settings) }

// Setting finds a setting.
func (l *Library) Setting(key SettingKey) (Setting, bool) {
	return find(l.settings, func(s Setting) bool { return s.Key == key })
}

// SettingOf finds the setting that a check's parameter has to agree with, so that
// an org's choice can reach the check. A parameter is bound to one setting at most.
func (l *Library) SettingOf(param ParamOf) (Setting, bool) {
	return find(l.settings, func(s Setting) bool { return slices.Contains(s.Checks, param) })
}

// Audiences gives, for each word that Policy.Audience uses, who is meant.
func (l *Library) Audiences() map[string]string { return maps.Clone(l.policyWords.Audiences) }

func (l *Library) loadPolicies(fsys fs.FS) []error {
	const folder = "policies"
	files, wrong := readTexts(fsys, folder, func(p *Policy, body string) { p.Body = body })
	if err := decodeFile(fsys, folder+"/"+libraryFile, &l.policyWords); err != nil {
		return append(wrong, err)
	}
	slices.SortStableFunc(files, func(a, b read[Policy]) int { return cmp.Compare(a.value.ID, b.value.ID) })
	l.loadSettings(files, folder, &wrong)
	for i := range files {
		p := &files[i].value
		p.Statements = statements(p.Body)
		for _, c := range l.controls {
			if _, ok := p.Backs[c.ID]; ok {
				p.Controls = append(p.Controls, c.ID)
			}
		}
		p.Settings = append(l.settingsOf(p.Shared), p.Own...)
	}
	l.policies, l.policyAt = index(files, &wrong, func(p Policy) PolicyID { return p.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	object := objections(folder+"/"+libraryFile, &wrong)
	for _, s := range l.policyWords.Settings {
		if !slices.ContainsFunc(l.policies, func(p Policy) bool { return slices.Contains(p.Shared, s.Key) }) {
			object("settings", "no policy uses %s", s.Key)
		}
	}
	listed(object, "approver_roles", l.policyWords.ApproverRoles)
	meant(object, "audiences", l.policyWords.Audiences, slices.Collect(maps.Keys(l.policyWords.Audiences)))
	for _, form := range PolicyForms() {
		listed(object, "headings."+string(form), l.policyWords.Headings[form])
	}
	return wrong
}

// settingsOf finds the settings of the keys that there are.
func (l *Library) settingsOf(keys []SettingKey) (settings []Setting) {
	for _, key := range keys {
		if s, ok := l.Setting(key); ok {
			settings = append(settings, s)
		}
	}
	return settings
}

// loadSettings gathers the settings and holds each key to one declaration.
func (l *Library) loadSettings(files []read[Policy], folder string, wrong *[]error) {
	note := func(name, field string, settings []Setting) {
		object := objections(name, wrong)
		for _, s := range settings {
			s.validate(func(of, format string, args ...any) { object(field+"."+string(s.Key)+"."+of, format, args...) })
			if _, twice := l.Setting(s.Key); twice {
				object(field, "%s is declared already: name it under shared", s.Key)
			}
			for _, of := range s.Checks {
				if other, bound := l.SettingOf(of); bound {
					object(field, "%s of %s is bound to %s already, and to %s", of.Param, of.Check, other.Key, s.Key)
				}
			}
			l.settings = append(l.settings, s)
		}
	}
	note(folder+"/"+libraryFile, "settings", l.policyWords.Settings)
	for _, f := range files {
		note(f.name, "settings", f.value.Own)
	}
}

// statementForm is a numbered statement, on one line.
var statementForm = regexp.MustCompile(`^(\d+)\. (.+)$`)

// numbered is what statementForm finds in a line: nil if the line has no number.
func numbered(line string) []string {
	if line == "" || !digit(line[0]) {
		return nil
	}
	return statementForm.FindStringSubmatch(line)
}

// statements lists the numbered lines of the section Statements.
func statements(body string) (all []string) {
	for _, line := range section(body, "Statements") {
		if found := numbered(line); found != nil {
			all = append(all, found[2])
		}
	}
	return all
}

// section lists the lines below a heading of the second level.
func section(body, heading string) (lines []string) {
	within := false
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if title, ok := strings.CutPrefix(line, "## "); ok {
			within = title == heading
		} else if within {
			lines = append(lines, line)
		}
	}
	return lines
}

var policyForm = regexp.MustCompile(`^PLC-[A-Z]{3}$`)

func (p Policy) validate(l *Library, object objection) {
	if !policyForm.MatchString(string(p.ID)) {
		object("id", "%q has not the form of PLC-ACP", p.ID)
	}
	filled(object, "title", p.Title)
	filled(object, "summary", p.Summary)
	oneOf(object, "form", p.Form, PolicyForms())
	oneOf(object, "reviewed", p.Reviewed, Frequencies())
	oneOf(object, "owner_role", p.OwnerRole, l.owners)
	oneOf(object, "approver_role", p.ApproverRole, l.policyWords.ApproverRoles)
	if p.OwnerRole == p.ApproverRole {
		object("approver_role", "%q is the owner's, who does not approve their own policy", p.ApproverRole)
	}
	oneOf(object, "audience", p.Audience, slices.Sorted(maps.Keys(l.policyWords.Audiences)))
	listed(object, "criteria", p.Criteria)
	resolve(object, "criteria", p.Criteria, isCriterion(l.criteria))
	each(object, "related", p.Related)
	resolve(object, "related", p.Related, func(id PolicyID) bool { _, ok := l.policyAt[id]; return ok && id != p.ID })
	each(object, "shared", p.Shared)
	resolve(object, "shared", p.Shared, func(key SettingKey) bool { _, ok := l.Setting(key); return ok })
	p.validateBacks(l, object)
	p.validateBody(l, object)
	validatePlaceholders(p.Body, p.Settings, object)
}

// validateBacks holds the numbers to statements that are there, and every
// statement of a policy to its place in the count.
func (p Policy) validateBacks(l *Library, object objection) {
	ids := slices.Sorted(maps.Keys(p.Backs))
	listed(object, "controls", ids)
	resolve(object, "controls", ids, l.isControl)
	for _, id := range ids {
		if (len(p.Backs[id]) == 0) != (p.Form == NoticeForm) {
			object("controls."+string(id), "names %d statements, which does not go with form %s", len(p.Backs[id]), p.Form)
		}
		for _, n := range p.Backs[id] {
			if n < 1 || n > len(p.Statements) {
				object("controls."+string(id), "there is no statement %d", n)
			}
		}
	}
	next := 1
	for _, line := range section(p.Body, "Statements") {
		if found := numbered(line); found != nil {
			if found[1] != strconv.Itoa(next) {
				object("text", "statement %s is not the next, which is %d", found[1], next)
			}
			next++
		}
	}
}

// validateBody holds the text to the headings of its form, in their order.
func (p Policy) validateBody(l *Library, object objection) {
	var headings []string
	for line := range strings.Lines(p.Body) {
		if title, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "## "); ok {
			headings = append(headings, title)
		}
	}
	if want := l.policyWords.Headings[p.Form]; !slices.Equal(headings, want) {
		object("text", "the headings are %q, and the form %s has %q", headings, p.Form, want)
	}
	for _, heading := range headings {
		if strings.TrimSpace(strings.Join(section(p.Body, heading), "")) == "" {
			object("text", "there is nothing below the heading %q", heading)
		}
	}
}
