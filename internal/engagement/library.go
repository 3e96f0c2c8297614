package engagement

import (
	"slices"

	"assay/catalog"
	"assay/internal/criteria"
	"assay/internal/register"
)

// library is what auditors typically ask for, tailored to an engagement: to its
// type, its categories and the controls that the organization has. What does not
// fit is there too, and says why.
func library(offer *register.Offer) (out []register.Starter) {
	e := offer.Owner
	var categories []criteria.CategoryID
	for _, c := range e.List("categories") {
		categories = append(categories, criteria.CategoryID(c))
	}
	scope := map[criteria.ID]bool{}
	for _, c := range offer.Library.Criteria().InScope(categories) {
		scope[c.ID] = true
	}
	has := map[string]string{}
	for _, c := range offer.Controls {
		has[c.Control] = c.Person
	}
	for _, r := range offer.Library.Requests() {
		out = append(out, tailored(&r, e.Get("type"), scope, has))
	}
	return out
}

// tailored is a request with what of it concerns the organization; has is who
// answers for each of its controls.
func tailored(r *catalog.Request, kind string, scope map[criteria.ID]bool, has map[string]string) register.Starter {
	v := register.Values{
		"title": {r.Title}, "type": {string(r.Type)}, "phase": {string(r.Phase)}, "section": {r.Section}, "text": {r.Text}, "reliability": {r.Reliability},
	}
	for _, c := range r.Criteria {
		if scope[c] {
			v["criteria"] = append(v["criteria"], string(c))
		}
	}
	for _, c := range r.Controls {
		person, ok := has[string(c)]
		if !ok {
			continue
		}
		v["controls"] = append(v["controls"], string(c))
		if v.Get("assignee") == "" {
			v.Set("assignee", person)
		}
	}
	s := register.Starter{ID: string(r.ID), Title: r.Title, Detail: r.Text, Group: r.Section, Values: v}
	switch {
	case !slices.Contains(r.ReportTypes, criteria.ReportType(kind)):
		s.Unfit = "It is asked for in a Type 2 only."
		if kind == Type2 {
			s.Unfit = "It is asked for in a Type 1 only."
		}
	case len(v["criteria"]) == 0:
		s.Unfit = "None of its criteria is in the categories of the engagement."
	case len(v["controls"]) == 0 && r.Phase == catalog.Fieldwork && len(r.DescriptionCriteria) == 0:
		s.Unfit = "The organization has none of the controls that it serves to test."
	}
	return s
}
