package criteria_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/criteria"
)

// small is a framework of four criteria, given out of order.
func small() criteria.Parts {
	criterion := func(id criteria.ID) criteria.Criterion {
		return criteria.Criterion{
			ID: id, Title: "Title of " + string(id), Summary: "Summary.",
			PointsOfFocus: []criteria.PointOfFocus{{ID: criteria.PointID(id + "-1"), Text: "Text.", Source: criteria.COSO}},
		}
	}
	return criteria.Parts{
		Framework: criteria.Framework{ID: "small", CriteriaCount: 4},
		Categories: []criteria.Category{
			{ID: criteria.Security, Name: "Security"},
			{ID: criteria.Availability, Name: "Availability"},
			{ID: criteria.Confidentiality, Name: "Confidentiality"},
			{ID: criteria.ProcessingIntegrity, Name: "Processing Integrity"},
			{ID: criteria.Privacy, Name: "Privacy"},
		},
		Series: []criteria.Series{
			{ID: "P1", Name: "Notice", AppliesTo: criteria.Privacy},
			{ID: "CC1", Name: "Environment", AppliesTo: criteria.Common},
			{ID: "A1", Name: "Availability", AppliesTo: criteria.Availability},
		},
		Criteria: []criteria.Criterion{criterion("A1.1"), criterion("P1.1"), criterion("CC1.10"), criterion("CC1.2")},
		Description: []criteria.DescriptionCriterion{
			{ID: "DC1", Title: "Services", Summary: "Which."},
			{ID: "DC2", Title: "Changes", Summary: "Which.", ReportTypes: []criteria.ReportType{criteria.Type2}},
		},
	}
}

func library(t testing.TB) *criteria.Library {
	t.Helper()
	l, err := criteria.New(small())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func idsOf(list []criteria.Criterion) string {
	var ids []string
	for _, c := range list {
		ids = append(ids, string(c.ID))
	}
	return strings.Join(ids, " ")
}

func TestLookups(t *testing.T) {
	l := library(t)
	lists := map[string]struct{ got, want string }{
		"all":                  {idsOf(l.Criteria()), "CC1.2 CC1.10 A1.1 P1.1"},
		"series":               {idsOf(l.InSeries("CC1")), "CC1.2 CC1.10"},
		"unknown series":       {idsOf(l.InSeries("CC2")), ""},
		"security":             {idsOf(l.InCategory(criteria.Security)), "CC1.2 CC1.10"},
		"availability":         {idsOf(l.InCategory(criteria.Availability)), "CC1.2 CC1.10 A1.1"},
		"privacy and security": {idsOf(l.InScope([]criteria.CategoryID{criteria.Privacy, criteria.Security})), "CC1.2 CC1.10 P1.1"},
		"nothing in scope":     {idsOf(l.InScope(nil)), ""},
		"an unknown category":  {idsOf(l.InScope([]criteria.CategoryID{"common"})), ""},
	}
	for name, c := range lists {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	c, ok := l.Criterion("A1.1")
	if !ok || c.Series != "A1" || !slices.Equal(c.Categories, []criteria.CategoryID{criteria.Availability}) {
		t.Errorf("A1.1: %+v, %t", c, ok)
	}
	if _, ok := l.Criterion("A1.2"); ok {
		t.Error("A1.2 was found")
	}
	if p, ok := l.Point("CC1.10-1"); !ok || p.Text != "Text." {
		t.Errorf("point: %+v, %t", p, ok)
	}
	if s, ok := l.SeriesByID("P1"); !ok || s.Name != "Notice" {
		t.Errorf("series: %+v, %t", s, ok)
	}
	if d, ok := l.DescriptionCriterion("DC2"); !ok || d.Title != "Changes" {
		t.Errorf("description criterion: %+v, %t", d, ok)
	}
}

func TestScopeGrowsWithTheCategories(t *testing.T) {
	l := library(t)
	rapid.Check(t, func(t *rapid.T) {
		categories := rapid.SliceOfDistinct(rapid.SampledFrom(criteria.CategoryIDs()), rapid.ID[criteria.CategoryID]).Draw(t, "categories")
		more := append(slices.Clone(categories), rapid.SampledFrom(criteria.CategoryIDs()).Draw(t, "one more"))
		in := l.InScope(more)
		for _, c := range l.InScope(categories) {
			if !slices.ContainsFunc(in, func(o criteria.Criterion) bool { return o.ID == c.ID }) {
				t.Fatalf("%s left the scope when it grew from %q to %q", c.ID, categories, more)
			}
		}
		for _, c := range l.InSeries("CC1") {
			if !slices.ContainsFunc(in, func(o criteria.Criterion) bool { return o.ID == c.ID }) {
				t.Fatalf("the common criterion %s is not in the scope of %q", c.ID, more)
			}
		}
	})
}

func TestALibraryKeepsItsOrderFromItsReaders(t *testing.T) {
	l := library(t)
	all := l.Criteria()
	all[0], all[1] = all[1], all[0]
	if got := idsOf(l.Criteria()); got != "CC1.2 CC1.10 A1.1 P1.1" {
		t.Fatalf("a reader reordered the library: %s", got)
	}
}

func TestPointsApply(t *testing.T) {
	availability := []criteria.CategoryID{criteria.Security, criteria.Availability}
	privacy := []criteria.CategoryID{criteria.Privacy}
	processor := []criteria.PrivacyRole{criteria.Processor}
	cases := []struct {
		name       string
		point      criteria.PointOfFocus
		categories []criteria.CategoryID
		roles      []criteria.PrivacyRole
		want       bool
	}{
		{"always", criteria.PointOfFocus{}, availability, nil, true},
		{"of a category in scope", criteria.PointOfFocus{Scope: privacy}, privacy, nil, true},
		{"of a category out of scope", criteria.PointOfFocus{Scope: privacy}, availability, nil, false},
		{"of the role", criteria.PointOfFocus{Roles: processor}, privacy, processor, true},
		{"of another role", criteria.PointOfFocus{Roles: []criteria.PrivacyRole{criteria.Controller}}, privacy, processor, false},
		{"role not said", criteria.PointOfFocus{Roles: processor}, privacy, nil, true},
	}
	for _, c := range cases {
		if got := c.point.Applies(c.categories, c.roles); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestAnInconsistentLibraryIsRefused(t *testing.T) {
	cases := map[string]struct {
		spoil func(*criteria.Parts)
		want  string
	}{
		"id twice":           {func(p *criteria.Parts) { p.Criteria[0].ID = "P1.1" }, `criterion "P1.1": id is there twice`},
		"form":               {func(p *criteria.Parts) { p.Criteria[0].ID = "A1" }, `criterion "A1": id has not the form`},
		"no series":          {func(p *criteria.Parts) { p.Criteria[0].ID = "C1.1" }, `criterion "C1.1": there is no series "C1"`},
		"no title":           {func(p *criteria.Parts) { p.Criteria[0].Title = "" }, `criterion "A1.1": title is empty`},
		"no summary":         {func(p *criteria.Parts) { p.Criteria[0].Summary = "" }, `criterion "A1.1": summary is empty`},
		"principle":          {func(p *criteria.Parts) { p.Criteria[0].COSOPrinciple = 18 }, `coso_principle is 18`},
		"no points":          {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus = nil }, `points_of_focus is empty`},
		"point elsewhere":    {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].ID = "A1.2-1" }, `"A1.2-1": id has not the form of A1.1-1`},
		"point twice":        {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].ID = "P1.1-1" }, `"P1.1-1" is there twice`},
		"point without text": {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].Text = "" }, `"A1.1-1": text is empty`},
		"source":             {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].Source = "hearsay" }, `source "hearsay"`},
		"scope":              {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].Scope = []criteria.CategoryID{"common"} }, `scope "common" is no category`},
		"role":               {func(p *criteria.Parts) { p.Criteria[0].PointsOfFocus[0].Roles = []criteria.PrivacyRole{"owner"} }, `role "owner"`},
		"count":              {func(p *criteria.Parts) { p.Framework.CriteriaCount = 5 }, `criteria_count is 5, and there are 4`},
		"category missing":   {func(p *criteria.Parts) { p.Categories = p.Categories[1:] }, `categories are`},
		"category name":      {func(p *criteria.Parts) { p.Categories[0].Name = "" }, `category "security": name is empty`},
		"series twice":       {func(p *criteria.Parts) { p.Series[0].ID = "CC1" }, `series "CC1": id is there twice`},
		"series form":        {func(p *criteria.Parts) { p.Series[0].ID = "P1.1" }, `series "P1.1": id has not the form`},
		"series name":        {func(p *criteria.Parts) { p.Series[0].Name = "" }, `series "P1": name is empty`},
		"series of nothing":  {func(p *criteria.Parts) { p.Series[0].AppliesTo = "secrecy" }, `applies_to "secrecy" is no category`},
		"description order":  {func(p *criteria.Parts) { p.Description[0].ID = "DC2" }, `id should be DC1`},
		"description text":   {func(p *criteria.Parts) { p.Description[0].Summary = "" }, `"DC1": title or summary is empty`},
		"report type":        {func(p *criteria.Parts) { p.Description[1].ReportTypes[0] = "type3" }, `report type "type3"`},
	}
	for name, c := range cases {
		parts := small()
		c.spoil(&parts)
		l, err := criteria.New(parts)
		if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestNewSaysEverythingThatIsWrong(t *testing.T) {
	parts := small()
	parts.Criteria[0].Title, parts.Criteria[1].Summary = "", ""
	_, err := criteria.New(parts)
	for _, want := range []string{`"A1.1": title`, `"P1.1": summary`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
