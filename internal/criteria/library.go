package criteria

import (
	"errors"
	"fmt"
	"slices"
)

// Parts is what a Library is made of.
type Parts struct {
	Framework   Framework
	Categories  []Category
	Series      []Series
	Criteria    []Criterion // in any order; Series and Categories are filled in
	Description []DescriptionCriterion
}

// Library holds the criteria of one framework.
type Library struct {
	framework   Framework
	categories  []Category
	series      []Series
	criteria    []Criterion
	description []DescriptionCriterion
	byID        map[ID]int
	points      map[PointID]PointOfFocus
}

// New makes a library. The error joins everything that is wrong with the parts,
// each naming the id and the field.
func New(parts Parts) (*Library, error) {
	l := &Library{
		framework:   parts.Framework,
		categories:  slices.Clone(parts.Categories),
		series:      slices.Clone(parts.Series),
		criteria:    slices.Clone(parts.Criteria),
		description: slices.Clone(parts.Description),
		byID:        make(map[ID]int, len(parts.Criteria)),
		points:      map[PointID]PointOfFocus{},
	}
	slices.SortStableFunc(l.series, func(a, b Series) int { return Compare(a.ID, b.ID) })
	slices.SortStableFunc(l.criteria, func(a, b Criterion) int { return Compare(a.ID, b.ID) })
	wrong := l.checkGroups()
	for i := range l.criteria {
		wrong = append(wrong, l.admit(i)...)
	}
	wrong = append(wrong, l.checkDescription()...)
	if n := l.framework.CriteriaCount; n != len(l.criteria) {
		wrong = append(wrong, fmt.Errorf("framework: criteria_count is %d, and there are %d criteria", n, len(l.criteria)))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return l, nil
}

// Framework is the publication.
func (l *Library) Framework() Framework { return l.framework }

// Categories lists the categories in the publication's order.
func (l *Library) Categories() []Category { return slices.Clone(l.categories) }

// Series lists the series in the publication's order.
func (l *Library) Series() []Series { return slices.Clone(l.series) }

// Criteria lists every criterion in the publication's order.
func (l *Library) Criteria() []Criterion { return slices.Clone(l.criteria) }

// Description lists the description criteria.
func (l *Library) Description() []DescriptionCriterion { return slices.Clone(l.description) }

// Criterion finds a criterion.
func (l *Library) Criterion(id ID) (Criterion, bool) {
	i, ok := l.byID[id]
	if !ok {
		return Criterion{}, false
	}
	return l.criteria[i], true
}

// Point finds a point of focus.
func (l *Library) Point(id PointID) (PointOfFocus, bool) {
	p, ok := l.points[id]
	return p, ok
}

// Category finds a category.
func (l *Library) Category(id CategoryID) (Category, bool) {
	return find(l.categories, func(c Category) bool { return c.ID == id })
}

// SeriesByID finds a series.
func (l *Library) SeriesByID(id SeriesID) (Series, bool) {
	return find(l.series, func(s Series) bool { return s.ID == id })
}

// DescriptionCriterion finds a description criterion.
func (l *Library) DescriptionCriterion(id DescriptionID) (DescriptionCriterion, bool) {
	return find(l.description, func(d DescriptionCriterion) bool { return d.ID == id })
}

// InSeries lists the criteria of a series in order.
func (l *Library) InSeries(id SeriesID) []Criterion {
	return l.where(func(c Criterion) bool { return c.Series == id })
}

// InCategory lists the criteria that a report on the category alone is measured
// against: the common criteria and what the category adds.
func (l *Library) InCategory(id CategoryID) []Criterion {
	return l.InScope([]CategoryID{id})
}

// InScope lists the criteria that a report on the categories is measured
// against, in order and each once. The common criteria are among them as soon
// as there is any category.
func (l *Library) InScope(categories []CategoryID) []Criterion {
	return l.where(func(c Criterion) bool { return slices.ContainsFunc(categories, c.In) })
}

func (l *Library) where(keep func(Criterion) bool) []Criterion {
	var kept []Criterion
	for _, c := range l.criteria {
		if keep(c) {
			kept = append(kept, c)
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

// checkGroups holds the categories to the five and the series to them.
func (l *Library) checkGroups() (wrong []error) {
	ids := make([]CategoryID, len(l.categories))
	for i, c := range l.categories {
		ids[i] = c.ID
		if c.Name == "" {
			wrong = append(wrong, fmt.Errorf("category %q: name is empty", c.ID))
		}
	}
	if !slices.Equal(ids, CategoryIDs()) {
		wrong = append(wrong, fmt.Errorf("categories are %q, want %q", ids, CategoryIDs()))
	}
	for i, s := range l.series {
		switch {
		case !s.ID.Valid():
			wrong = append(wrong, fmt.Errorf("series %q: id has not the form of CC1", s.ID))
		case i > 0 && l.series[i-1].ID == s.ID:
			wrong = append(wrong, fmt.Errorf("series %q: id is there twice", s.ID))
		case s.Name == "":
			wrong = append(wrong, fmt.Errorf("series %q: name is empty", s.ID))
		case s.AppliesTo != Common && !s.AppliesTo.Known():
			wrong = append(wrong, fmt.Errorf("series %q: applies_to %q is no category", s.ID, s.AppliesTo))
		}
	}
	return wrong
}

// admit completes the i-th criterion from its series and enters it and its
// points of focus into the indexes.
func (l *Library) admit(i int) (wrong []error) {
	c := &l.criteria[i]
	object := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("criterion %q: %w", c.ID, fmt.Errorf(format, args...)))
	}
	if !c.ID.Valid() {
		object("id has not the form of CC1.1")
	}
	if _, twice := l.byID[c.ID]; twice {
		object("id is there twice")
	}
	l.byID[c.ID] = i
	series, ok := l.SeriesByID(c.ID.Series())
	if !ok {
		object("there is no series %q", c.ID.Series())
	}
	c.Series, c.Categories = series.ID, series.Categories()
	if c.Title == "" {
		object("title is empty")
	}
	if c.Summary == "" {
		object("summary is empty")
	}
	if c.COSOPrinciple < 0 || c.COSOPrinciple > 17 {
		object("coso_principle is %d, want 1 to 17 or none", c.COSOPrinciple)
	}
	if len(c.PointsOfFocus) == 0 {
		object("points_of_focus is empty")
	}
	for _, p := range c.PointsOfFocus {
		if why := l.admitPoint(c.ID, p); why != nil {
			object("%w", why)
		}
	}
	return wrong
}

func (l *Library) admitPoint(of ID, p PointOfFocus) error {
	_, twice := l.points[p.ID]
	l.points[p.ID] = p
	switch {
	case twice:
		return fmt.Errorf("point of focus %q is there twice", p.ID)
	case !p.ID.Valid() || p.ID.Criterion() != of:
		return fmt.Errorf("point of focus %q: id has not the form of %s-1", p.ID, of)
	case p.Text == "":
		return fmt.Errorf("point of focus %q: text is empty", p.ID)
	case !slices.Contains(Sources(), p.Source):
		return fmt.Errorf("point of focus %q: source %q is not one of %q", p.ID, p.Source, Sources())
	}
	for _, c := range p.Scope {
		if !c.Known() {
			return fmt.Errorf("point of focus %q: scope %q is no category", p.ID, c)
		}
	}
	for _, r := range p.Roles {
		if !slices.Contains(PrivacyRoles(), r) {
			return fmt.Errorf("point of focus %q: role %q is not one of %q", p.ID, r, PrivacyRoles())
		}
	}
	return nil
}

func (l *Library) checkDescription() (wrong []error) {
	for i, d := range l.description {
		if want := DescriptionID(fmt.Sprintf("DC%d", i+1)); d.ID != want {
			wrong = append(wrong, fmt.Errorf("description criterion %q: id should be %s, they are in order", d.ID, want))
		}
		if d.Title == "" || d.Summary == "" {
			wrong = append(wrong, fmt.Errorf("description criterion %q: title or summary is empty", d.ID))
		}
		for _, r := range d.ReportTypes {
			if !slices.Contains(ReportTypes(), r) {
				wrong = append(wrong, fmt.Errorf("description criterion %q: report type %q is not one of %q", d.ID, r, ReportTypes()))
			}
		}
	}
	return wrong
}
