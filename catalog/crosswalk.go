package catalog

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"assay/internal/criteria"
)

// FrameworkID identifies a framework other than SOC 2, such as iso27001_2022.
type FrameworkID string

// Crosswalk relates criteria and controls to the requirements of one other
// framework, by identifiers alone. A relation means "supports or overlaps",
// never "satisfies". An empty list says that nothing was found to relate; an id
// that is not there has not been looked at.
type Crosswalk struct {
	ID             FrameworkID              `yaml:"id"`
	Name           string                   `yaml:"name"`
	RequirementIDs string                   `yaml:"requirement_ids"` // how the framework's identifiers read
	Pattern        string                   `yaml:"pattern"`         // the regular expression they match
	Note           string                   `yaml:"note"`            // what a relation means, shown with it
	Criteria       map[criteria.ID][]string `yaml:"criteria"`
	Controls       map[ControlID][]string   `yaml:"controls"`
}

// Requirements lists the framework's requirements that something relates to,
// numbers compared as numbers.
func (x Crosswalk) Requirements() []string {
	all := map[string]bool{}
	for _, ids := range x.Criteria {
		for _, id := range ids {
			all[id] = true
		}
	}
	for _, ids := range x.Controls {
		for _, id := range ids {
			all[id] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), natural)
}

// CriteriaFor lists the criteria that relate to a requirement.
func (x Crosswalk) CriteriaFor(requirement string) []criteria.ID {
	return slices.SortedFunc(keysWith(x.Criteria, requirement), criteria.Compare[criteria.ID])
}

// ControlsFor lists the controls that relate to a requirement, by id.
func (x Crosswalk) ControlsFor(requirement string) []ControlID {
	return slices.Sorted(keysWith(x.Controls, requirement))
}

func keysWith[K comparable](m map[K][]string, requirement string) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		for k, ids := range m {
			if slices.Contains(ids, requirement) && !yield(k) {
				return
			}
		}
	}
}

// natural compares identifiers of other frameworks: runs of digits as numbers,
// the rest as bytes.
func natural(a, b string) int {
	whole, other := a, b
	for a != "" && b != "" {
		x, y := run(a), run(b)
		if order := compareRuns(x, y); order != 0 {
			return order
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(whole, other))
}

func compareRuns(x, y string) int {
	if !digit(x[0]) || !digit(y[0]) {
		return cmp.Compare(x, y)
	}
	m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
	return cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n))
}

// run is the longest start of s that is all digits or all something else.
func run(s string) string {
	for i := range len(s) {
		if digit(s[i]) != digit(s[0]) {
			return s[:i]
		}
	}
	return s
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func (x Crosswalk) validate(l *Library, object objection) {
	filled(object, "id", string(x.ID))
	filled(object, "name", x.Name)
	filled(object, "requirement_ids", x.RequirementIDs)
	filled(object, "note", x.Note)
	form, err := regexp.Compile(x.Pattern)
	if err != nil || x.Pattern == "" {
		object("pattern", "%q is no regular expression", x.Pattern)
		return
	}
	criterionIDs := slices.SortedFunc(maps.Keys(x.Criteria), criteria.Compare[criteria.ID])
	resolve(object, "criteria", criterionIDs, isCriterion(l.criteria))
	for _, id := range criterionIDs {
		requirements(object, "criteria."+string(id), x.Criteria[id], form)
	}
	controlIDs := slices.Sorted(maps.Keys(x.Controls))
	resolve(object, "controls", controlIDs, l.isControl)
	for _, id := range controlIDs {
		requirements(object, "controls."+string(id), x.Controls[id], form)
	}
}

func requirements(object objection, field string, ids []string, form *regexp.Regexp) {
	each(object, field, ids)
	for _, id := range ids {
		if !form.MatchString(id) {
			object(field, "%q is no requirement id of the framework", id)
		}
	}
}
