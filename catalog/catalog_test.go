package catalog_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/catalog"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
)

func load(t testing.TB) *catalog.Library {
	t.Helper()
	l, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// BenchmarkLoad is the whole catalog, from the program's bytes to a library.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}

func TestTheCriteriaArePublishedInThisNumber(t *testing.T) {
	known := load(t).Criteria()
	bySeries := map[criteria.SeriesID]int{
		"CC1": 5, "CC2": 3, "CC3": 4, "CC4": 2, "CC5": 3, "CC6": 8, "CC7": 5, "CC8": 1, "CC9": 2,
		"A1": 3, "C1": 2, "PI1": 5, "P1": 1, "P2": 1, "P3": 2, "P4": 3, "P5": 2, "P6": 7, "P7": 1, "P8": 1,
	}
	if n := len(known.Series()); n != len(bySeries) {
		t.Errorf("%d series, want %d", n, len(bySeries))
	}
	for id, want := range bySeries {
		if n := len(known.InSeries(id)); n != want {
			t.Errorf("%s: %d criteria, want %d", id, n, want)
		}
	}
	byCategory := map[criteria.CategoryID]int{
		criteria.Security: 33, criteria.Availability: 36, criteria.Confidentiality: 35,
		criteria.ProcessingIntegrity: 38, criteria.Privacy: 51,
	}
	for id, want := range byCategory {
		if n := len(known.InCategory(id)); n != want {
			t.Errorf("%s: %d criteria, want %d", id, n, want)
		}
	}
	points, principles := 0, map[int]criteria.ID{}
	for _, c := range known.Criteria() {
		points += len(c.PointsOfFocus)
		if c.COSOPrinciple > 0 {
			principles[c.COSOPrinciple] = c.ID
		}
	}
	if all := len(known.InScope(criteria.CategoryIDs())); all != 61 || points != 251 {
		t.Errorf("%d criteria with %d points of focus, want 61 with 251", all, points)
	}
	if len(principles) != 17 {
		t.Errorf("%d COSO principles carried, want 17: %v", len(principles), principles)
	}
	if n := len(known.Description()); n != 9 {
		t.Errorf("%d description criteria, want 9", n)
	}
}

// The library may grow by a file. It must not lose one unnoticed.
func TestTheLibraryLosesNothing(t *testing.T) {
	l, asked := load(t), 0
	for _, c := range l.Controls() {
		asked += min(1, len(l.RequestsForControl(c.ID)))
	}
	atLeast := map[string]struct{ got, want int }{
		"controls":                 {len(l.Controls()), 204},
		"controls asked for":       {asked, 204},
		"requests":                 {len(l.Requests()), 113},
		"crosswalks":               {len(l.Crosswalks()), 5},
		"domains":                  {len(l.Domains()), 22},
		"starter_security":         {inProfile(t, l, "starter_security"), 108},
		"add_office":               {inProfile(t, l, "add_office"), 5},
		"add_availability":         {inProfile(t, l, "add_availability"), 11},
		"add_confidentiality":      {inProfile(t, l, "add_confidentiality"), 9},
		"add_processing_integrity": {inProfile(t, l, "add_processing_integrity"), 9},
		"add_privacy":              {inProfile(t, l, "add_privacy"), 27},
	}
	for name, n := range atLeast {
		if n.got < n.want {
			t.Errorf("%s: %d, there were %d", name, n.got, n.want)
		}
	}
}

func inProfile(t *testing.T, l *catalog.Library, id catalog.ProfileID) int {
	t.Helper()
	p, ok := l.Profile(id)
	if !ok {
		t.Errorf("there is no profile %s", id)
	}
	return len(p.Controls)
}

func TestEveryIDResolvesBothWays(t *testing.T) {
	l := load(t)
	for _, c := range l.Controls() {
		for _, id := range c.Criteria {
			if !slices.ContainsFunc(l.ControlsFor(id), func(o catalog.LibraryControl) bool { return o.ID == c.ID }) {
				t.Errorf("%s names %s and is not found from it", c.ID, id)
			}
		}
		for _, id := range c.Profiles {
			if p, _ := l.Profile(id); !slices.Contains(p.Controls, c.ID) {
				t.Errorf("%s names the profile %s and is not found from it", c.ID, id)
			}
		}
		if !slices.ContainsFunc(l.ControlsIn(c.Domain), func(o catalog.LibraryControl) bool { return o.ID == c.ID }) {
			t.Errorf("%s is not found in its domain", c.ID)
		}
		if got, ok := l.Control(c.ID); !ok || got.Title != c.Title {
			t.Errorf("%s is not found by its id", c.ID)
		}
	}
	for _, r := range l.Requests() {
		for _, id := range r.Controls {
			if !slices.ContainsFunc(l.RequestsForControl(id), func(o catalog.Request) bool { return o.ID == r.ID }) {
				t.Errorf("%s names %s and is not found from it", r.ID, id)
			}
		}
		if _, ok := l.Request(r.ID); !ok {
			t.Errorf("%s is not found by its id", r.ID)
		}
	}
	for _, c := range l.Criteria().Criteria() {
		if !slices.ContainsFunc(l.ControlsFor(c.ID), func(o catalog.LibraryControl) bool { return o.Tier == catalog.Core }) {
			t.Errorf("no core control helps to meet %s", c.ID)
		}
		if len(l.RequestsForCriterion(c.ID)) == 0 {
			t.Errorf("no request names %s", c.ID)
		}
	}
	described := map[criteria.DescriptionID]bool{}
	for _, r := range l.Requests() {
		for _, id := range r.DescriptionCriteria {
			described[id] = true
		}
	}
	if len(described) != len(l.Criteria().Description()) {
		t.Errorf("the requests name %d description criteria, want all %d", len(described), len(l.Criteria().Description()))
	}
}

func TestCrosswalksResolveBothWays(t *testing.T) {
	l := load(t)
	for _, x := range l.Crosswalks() {
		for _, requirement := range x.Requirements() {
			controls, named := x.ControlsFor(requirement), x.CriteriaFor(requirement)
			if len(controls)+len(named) == 0 {
				t.Errorf("%s %s relates to nothing", x.ID, requirement)
			}
			for _, id := range controls {
				if !slices.Contains(x.Controls[id], requirement) {
					t.Errorf("%s %s does not relate to %s", x.ID, requirement, id)
				}
			}
		}
		for _, c := range l.Criteria().Criteria() {
			if _, ok := x.Criteria[c.ID]; !ok {
				t.Errorf("%s has not looked at %s", x.ID, c.ID)
			}
		}
	}
	iso, _ := l.Crosswalk("iso27001_2022")
	ids := iso.Requirements()
	if slices.Index(ids, "A.5.9") > slices.Index(ids, "A.5.10") || !slices.Contains(ids, "Cl.9.2.1") {
		t.Errorf("requirements out of order: %q", ids)
	}
	if got := iso.CriteriaFor("A.8.15"); len(got) == 0 || !slices.IsSortedFunc(got, criteria.Compare[criteria.ID]) {
		t.Errorf("logging relates to %q", got)
	}
}

// A starting program must not begin with a criterion that nothing answers.
func TestProfilesCoverWhatTheyArePutForwardFor(t *testing.T) {
	l := load(t)
	known := l.Criteria()
	for _, p := range l.Profiles() {
		var must []criteria.Criterion
		switch p.Suggested {
		case catalog.Always:
			must = known.InCategory(criteria.Security)
		case catalog.WithCategory:
			for _, c := range known.Criteria() {
				if slices.Equal(c.Categories, []criteria.CategoryID{p.Category}) {
					must = append(must, c)
				}
			}
		case catalog.WithOffice:
			must = known.InSeries("none")
		}
		adopted, err := l.Adopt([]catalog.ProfileID{p.ID})
		if err != nil || len(adopted) != len(p.Controls) {
			t.Errorf("%s: %d controls adopted of %d, %v", p.ID, len(adopted), len(p.Controls), err)
		}
		for _, c := range must {
			if !answered(adopted, c.ID) {
				t.Errorf("%s: nothing in it helps to meet %s", p.ID, c.ID)
			}
		}
		if p.Suggested == catalog.WithCategory && len(must) == 0 {
			t.Errorf("%s: the category %s adds no criterion", p.ID, p.Category)
		}
	}
	for _, category := range criteria.CategoryIDs() {
		for _, office := range []bool{false, true} {
			scope := []criteria.CategoryID{category}
			adopted, err := l.Adopt(l.ProfilesFor(scope, office))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range known.InScope(scope) {
				if !answered(adopted, c.ID) {
					t.Errorf("%s, office %t: nothing suggested helps to meet %s", category, office, c.ID)
				}
			}
		}
	}
}

func answered(controls []catalog.LibraryControl, id criteria.ID) bool {
	return slices.ContainsFunc(controls, func(c catalog.LibraryControl) bool { return slices.Contains(c.Criteria, id) })
}

func TestProfilesFor(t *testing.T) {
	l := load(t)
	cases := []struct {
		name       string
		categories []criteria.CategoryID
		office     bool
		want       string
	}{
		{"nothing chosen yet", nil, false, "starter_security"},
		{"security", []criteria.CategoryID{criteria.Security}, false, "starter_security"},
		{"with an office", []criteria.CategoryID{criteria.Security}, true, "starter_security add_office"},
		{"availability alone", []criteria.CategoryID{criteria.Availability}, false, "starter_security add_availability"},
		{
			"everything", criteria.CategoryIDs(), true,
			"starter_security add_office add_availability add_confidentiality add_processing_integrity add_privacy",
		},
	}
	for _, c := range cases {
		var got []string
		for _, id := range l.ProfilesFor(c.categories, c.office) {
			got = append(got, string(id))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAdoptListsEachControlOnceInTheLibrarysOrder(t *testing.T) {
	l := load(t)
	adopted, err := l.Adopt([]catalog.ProfileID{"add_privacy", "add_confidentiality", "add_privacy"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []catalog.ControlID
	for _, c := range adopted {
		ids = append(ids, c.ID)
	}
	var want []catalog.ControlID
	for _, c := range l.Controls() {
		if slices.Contains(ids, c.ID) {
			want = append(want, c.ID)
		}
	}
	if !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
	if none, err := l.Adopt(nil); err != nil || len(none) != 0 {
		t.Errorf("no profile: %d controls, %v", len(none), err)
	}
	if some, err := l.Adopt([]catalog.ProfileID{"add_privacy", "add_privasy"}); !fault.Is(err, fault.Invalid) || some != nil {
		t.Errorf("a misspelt profile: %d controls, %v", len(some), err)
	}
}

func TestControlsStandInTheOrderOfTheDomains(t *testing.T) {
	l := load(t)
	var ids []string
	for _, c := range l.Controls() {
		ids = append(ids, string(c.ID))
	}
	if ids[0] != "GOV-01" || !strings.HasPrefix(ids[len(ids)-1], "PRV-") || slices.Index(ids, "HRS-02") > slices.Index(ids, "HRS-10") {
		t.Errorf("order: %q", ids)
	}
	c, _ := l.Control("PHY-05")
	if want := []criteria.CategoryID{criteria.Security, criteria.Availability}; !slices.Equal(c.Categories, want) || c.Domain != "PHY" {
		t.Errorf("PHY-05: %q in %s", c.Categories, c.Domain)
	}
}

// What the wording has to hold to. The published criteria speak of "the entity"
// and ours never do; a point of focus is read alone; a control's own wording
// says how often it is performed, because that is what an auditor tests it by.
func TestWording(t *testing.T) {
	l := load(t)
	says := map[catalog.Frequency]*regexp.Regexp{
		catalog.Daily:      regexp.MustCompile(`(?i)\b(daily|days?)\b`),
		catalog.Weekly:     regexp.MustCompile(`(?i)\bweek`),
		catalog.Monthly:    regexp.MustCompile(`(?i)\bmonth`),
		catalog.Quarterly:  regexp.MustCompile(`(?i)\bquarter`),
		catalog.Semiannual: regexp.MustCompile(`(?i)\b(six months|half)`),
		catalog.Annual:     regexp.MustCompile(`(?i)\b(year|annual)`),
	}
	for _, c := range l.Controls() {
		if form, ok := says[c.Frequency]; ok && !form.MatchString(c.Description) {
			t.Errorf("%s is %s, and its wording does not say so: %s", c.ID, c.Frequency, c.Description)
		}
		sentence(t, string(c.ID), c.Description)
		sentence(t, string(c.ID), c.SuggestedTest)
	}
	for _, r := range l.Requests() {
		sentence(t, string(r.ID), r.Text)
		sentence(t, string(r.ID), r.Reliability)
	}
	leaning := regexp.MustCompile(`^(It|They|This|These|The body) `)
	for _, c := range l.Criteria().Criteria() {
		sentence(t, string(c.ID), c.Summary)
		for _, p := range c.PointsOfFocus {
			sentence(t, string(p.ID), p.Text)
			if leaning.MatchString(p.Text) {
				t.Errorf("%s leans on the point before it: %s", p.ID, p.Text)
			}
		}
	}
}

func sentence(t *testing.T, id, text string) {
	t.Helper()
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ".)") {
		t.Errorf("%s: no sentence: %s", id, text)
	}
	if strings.Contains(strings.ToLower(text), "the entity") {
		t.Errorf("%s speaks of the entity, as the published text does: %s", id, text)
	}
	if strings.Contains(text, "  ") || strings.Contains(text, "\n") {
		t.Errorf("%s: stray space: %q", id, text)
	}
}

// A policy names its controls. Nothing that a policy rests on may name a policy.
func TestNothingNamesAPolicy(t *testing.T) {
	policy := regexp.MustCompile(`\bPLC-[A-Z]`)
	under := []string{"criteria", "controls", "requests", "crosswalk", "risks", "checks"}
	err := fs.WalkDir(catalog.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(catalog.Files(), name)
		if at := policy.FindIndex(content); at != nil && slices.Contains(under, strings.Split(name, "/")[0]) {
			t.Errorf("%s names the policy %s", name, content[at[0]:at[1]])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAreas(t *testing.T) {
	areas := map[string]fs.FS{
		"framework.yaml": catalog.Criteria(), "IAM-03.yaml": catalog.Controls(), "R-001.yaml": catalog.Requests(),
		"hipaa.yaml": catalog.Crosswalks(), "PLC-ACP.md": catalog.Policies(), "RS-01.yaml": catalog.Risks(), "library.yaml": catalog.Training(), "vendor.yaml": catalog.Questionnaires(), "README.md": catalog.Checks(),
	}
	for name, area := range areas {
		if _, err := fs.Stat(area, name); err != nil {
			t.Error(err)
		}
	}
}
