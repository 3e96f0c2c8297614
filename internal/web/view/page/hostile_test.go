package page_test

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// evil is a name that tries to get out of its place: markup, quotes, and 300
// letters without a blank.
var evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;` + strings.Repeat("Ä", 300)

// filler fills a struct with hostile texts and lists of n entries.
type filler struct {
	n, ids int
	text   string
}

func filled[T any](n int, text string) T {
	var v T
	f := &filler{n: n, text: text}
	f.fill(reflect.ValueOf(&v).Elem(), "", 0)
	return v
}

func (f *filler) fill(v reflect.Value, name string, depth int) {
	if special, ok := f.special(v.Type(), name); ok {
		v.Set(special)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text)
	case reflect.Bool:
		v.SetBool(f.n > 0)
	case reflect.Uint8: // of a picture
		v.SetUint(uint64(len(f.text) % 256))
	case reflect.Int:
		v.SetInt(int64(3 * f.n))
	case reflect.Pointer:
		if depth < 12 && f.n > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), name, depth+1)
		}
	case reflect.Slice:
		if name == "Menu" || depth > 12 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), f.n, f.n))
		for i := range f.n {
			f.fill(v.Index(i), name, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), v.Type().Field(i).Name, depth+1)
		}
	default:
		panic(fmt.Sprintf("a page holds a %s, which no test fills", v.Type()))
	}
}

// special are the values that come from the program itself, never from outside:
// kinds, icons, addresses, ids of fields.
func (f *filler) special(t reflect.Type, name string) (reflect.Value, bool) {
	if t.Kind() == reflect.String {
		if s, ok := f.word(t, name); ok {
			return reflect.ValueOf(s).Convert(t), true
		}
	}
	switch t {
	case reflect.TypeFor[chart.Axis]():
		return reflect.ValueOf(chart.Axis{Start: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), Days: 90, Today: 40}), true
	case reflect.TypeFor[url.Values]():
		return reflect.ValueOf(url.Values{"q": {f.text}, "after": {"x"}}), true
	case reflect.TypeFor[view.List]():
		l := view.List{Query: view.Query{Path: "/list", Values: url.Values{"state": {f.text}}}, Find: view.Find{Label: f.text, Hint: f.text, Value: f.text}, Shown: f.text, Pager: view.Pager{Text: f.text, Prev: f.text, Next: f.text, Size: 25}}
		for i := range f.n {
			l.Chips = append(l.Chips, view.Chip{Name: fmt.Sprint("chip", i), Label: f.text, Value: "v", Options: []view.Option{{Value: "v", Label: f.text, Count: f.text}}})
			l.Toggles = append(l.Toggles, view.Toggle{Name: fmt.Sprint("t", i), Label: f.text, On: true})
		}
		return reflect.ValueOf(l), true
	}
	return reflect.Value{}, false
}

func (f *filler) word(t reflect.Type, name string) (string, bool) {
	words := map[reflect.Type]string{
		reflect.TypeFor[view.State](): "warn", reflect.TypeFor[view.Look](): "", reflect.TypeFor[view.Mark](): "b",
		reflect.TypeFor[view.EmptyKind](): "yet", reflect.TypeFor[chart.State](): "deviation", reflect.TypeFor[chart.MarkState](): "late",
		reflect.TypeFor[chart.HeatKind](): "dv",
	}
	if w, ok := words[t]; ok {
		return w, true
	}
	switch name {
	case "ID", "Name", "Field":
		if name != "Name" || f.n == 0 {
			f.ids++
			return fmt.Sprint("id", f.ids), true
		}
	case "Href", "Action", "Path":
		return "/x", true
	case "Icon":
		return "gear", true
	case "Fill":
		return "warn", true
	case "Tone", "Class", "Type", "Theme", "Density", "Rows", "Min", "Max", "ISO":
		return "", true
	}
	return "", false
}

// sheets renders every page with the given lists and texts.
func sheets(n int, text string) []sheet {
	s := filled[view.Shell](n, text)
	s.Current, s.Title, s.KeysOff = "x", text, false
	out := []sheet{
		{"hostile-readiness", page.Readiness(s, filled[page.ReadinessView](n, text))},
		{"hostile-tasks", page.Tasks(s, filled[page.TasksView](n, text))},
		{"hostile-criteria", page.Criteria(s, filled[page.CriteriaView](n, text))},
		{"hostile-clients", page.Clients(s, filled[page.ClientsView](n, text))},
		{"hostile-client-work", page.ClientWork(s, filled[page.ClientWorkView](n, text))},
		{"hostile-calendar", page.Agenda(s, filled[page.AgendaView](n, text))},
		{"hostile-client", page.Client(s, filled[page.ClientView](n, text))},
		{"hostile-gaps", page.Gaps(s, filled[page.GapsView](n, text))},
		{"hostile-criterion", page.Criterion(s, filled[page.CriterionView](n, text))},
		{"hostile-controls", page.Controls(s, filled[page.ControlsView](n, text))},
		{"hostile-control", page.Control(s, filled[page.ControlView](n, text))},
		{"hostile-checks", page.Checks(s, filled[page.ChecksView](n, text))},
		{"hostile-check", page.Check(s, filled[page.CheckView](n, text))},
		{"hostile-evidence-list", page.EvidenceList(s, filled[page.EvidenceListView](n, text))},
		{"hostile-evidence", page.Evidence(s, filled[page.EvidenceView](n, text))},
		{"hostile-form", page.Form(s, filled[page.FormView](n, text))},
		{"hostile-me", page.Me(s, filled[page.MeView](n, text))},
		{"hostile-me-form", page.MeForm(s, filled[page.MeFormView](n, text))},
		{"hostile-me-policy", page.MePolicy(s, filled[page.MePolicyView](n, text))},
		{"hostile-lesson", page.Lesson(s, lessonAsked(filled[page.LessonView](n, text)))},
		{"hostile-lesson-told", page.Lesson(s, filled[page.LessonView](n, text))},
		{"hostile-owing", page.Owing(s, filled[page.OwingView](n, text))},
		{"hostile-sheet", page.Sheet(s, filled[page.SheetView](n, text))},
		{"hostile-review", page.Review(s, filled[page.ReviewView](n, text))},
		{"hostile-accounts", page.Accounts(s, filled[page.AccountsView](n, text))},
		{"hostile-account", page.Account(s, filled[page.AccountView](n, text))},
		{"hostile-people", page.People(s, filled[page.PeopleView](n, text))},
		{"hostile-register", page.Register(s, filled[page.RegisterView](n, text))},
		{"hostile-record", page.Record(s, filled[page.RecordView](n, text))},
		{"hostile-policies", page.Policies(s, filled[page.PoliciesView](n, text))},
		{"hostile-policy", page.Policy(s, filled[page.PolicyView](n, text))},
		{"hostile-policy-diff", page.Policy(s, policyWithout(filled[page.PolicyView](n, text), true))},
		{"hostile-policy-people", page.Policy(s, policyWithout(filled[page.PolicyView](n, text), false))},
		{"hostile-person", page.Person(s, filled[page.PersonView](n, text))},
		{"hostile-import", page.Import(s, filled[page.ImportView](n, text))},
		{"hostile-connectors", page.Connectors(s, filled[page.ConnectorsView](n, text))},
		{"hostile-connection", page.Connection(s, filled[page.ConnectionView](n, text))},
		{"hostile-choose", page.ConnectChoose(s, filled[page.ChooseView](n, text))},
		{"hostile-grant", page.ConnectGrant(s, filled[page.GrantView](n, text))},
		{"hostile-try", page.ConnectTry(s, filled[page.TryView](n, text))},
		{"hostile-log", page.Log(s, filled[page.LogView](n, text))},
		{"hostile-verification", page.Verification(s, filled[page.VerificationView](n, text))},
		{"hostile-verify", page.Verify(s, filled[page.VerifyView](n, text))},
		{"hostile-app", page.App(s, filled[page.AppView](n, text))},
		{"hostile-settings", page.Settings(s, filled[page.SettingsView](n, text))},
		{"hostile-search", page.Search(s, filled[page.SearchView](n, text))},
		{"hostile-trouble", page.Trouble(s, filled[page.TroubleView](n, text))},
		{"hostile-setup", page.Setup(s, filled[page.SetupView](n, text))},
		{"hostile-signin", page.SignIn(s, filled[page.SignInView](n, text))},
	}
	return append(out, controlTabs(s, n, text)...)
}

// controlTabs renders the tabs of a control and of a check, of which the pages
// show one at a time.
func controlTabs(s view.Shell, n int, text string) []sheet {
	full := filled[page.ControlTab](n, text)
	tabs := []page.ControlTab{{Checks: full.Checks}, {Occurrences: full.Occurrences}, {Deviations: full.Deviations}, {Versions: full.Versions}}
	var out []sheet
	for i, tab := range tabs {
		out = append(out, sheet{fmt.Sprint("hostile-control-tab-", i), page.Control(s, page.ControlView{Tab: tab})})
	}
	res := filled[page.CheckTab](n, text)
	for i, tab := range []page.CheckTab{{Excluded: res.Excluded}, {Runs: res.Runs}, {Rule: res.Rule}} {
		out = append(out, sheet{fmt.Sprint("hostile-check-tab-", i), page.Check(s, page.CheckView{Tab: tab})})
	}
	return append(out,
		sheet{"hostile-collections", page.Connection(s, page.ConnectionView{Collections: filled[[]page.CollectionRow](n, text)})},
		sheet{"hostile-evidence-table", page.Evidence(s, page.EvidenceView{Columns: filled[[]view.Column](n, text), Rows: filled[[][]view.Cell](n, text)})},
	)
}

var (
	styled  = regexp.MustCompile(`<[^>]*\sstyle\s*=|<style`)
	handler = regexp.MustCompile(`<[a-z][^<>]*\son[a-z]+\s*=\s*"?[a-z]`)
	inline  = regexp.MustCompile(`<script[^>]*>[^<]`)
)

// TestEscaped renders every page with hostile texts, with none, one and many
// entries in every list, and looks for what got out of its place.
func TestEscaped(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		for _, s := range sheets(n, evil) {
			html := render(t, s.page)
			if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img src=x") {
				t.Errorf("%s with %d: markup got out: %s", s.name, n, around(html, "<script>alert", "<img src=x"))
			}
			quoted := strings.ReplaceAll(html, templ.EscapeString(evil), "")
			for what, re := range map[string]*regexp.Regexp{"a style": styled, "a handler": handler, "an inline script": inline} {
				if m := re.FindString(quoted); m != "" {
					t.Errorf("%s with %d holds %s: %.200s", s.name, n, what, m)
				}
			}
		}
	}
}

func around(html string, needles ...string) string {
	for _, n := range needles {
		if i := strings.Index(html, n); i >= 0 {
			return html[max(0, i-120):min(len(html), i+60)]
		}
	}
	return ""
}

// TestNoVerdict holds the pages to facts: no word of theirs concludes.
func TestNoVerdict(t *testing.T) {
	words := regexp.MustCompile(`(?i)\b(compliant|certified|unqualified|bank-grade)\b`)
	for _, s := range append(gallery(), sheets(1, "x")...) {
		if m := words.FindString(render(t, s.page)); m != "" {
			t.Errorf("%s says %q", s.name, m)
		}
	}
}

// TestIDsAreUnique holds every page of the gallery to one element per id, and
// every reference to an id that is there.
func TestIDsAreUnique(t *testing.T) {
	id := regexp.MustCompile(`\sid="([^"]*)"`)
	ref := regexp.MustCompile(`(?:aria-labelledby|aria-describedby|for)="([^"]*)"`)
	icon := regexp.MustCompile(`<use href="#([^"]*)"`)
	for _, s := range gallery() {
		html := render(t, s.page)
		seen := map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(html, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements with the id %q", s.name, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range append(ref.FindAllStringSubmatch(html, -1), icon.FindAllStringSubmatch(html, -1)...) {
			for want := range strings.FieldsSeq(m[1]) {
				if !seen[want] {
					t.Errorf("%s refers to the id %q, which it has not", s.name, want)
				}
			}
		}
	}
}

// lessonAsked shows the questions, not what is said of answers.
func lessonAsked(v page.LessonView) page.LessonView {
	v.Told = nil
	return v
}

// policyWithout shows another tab than the text.
func policyWithout(v page.PolicyView, diff bool) page.PolicyView {
	v.Prose, v.Empty = "", nil
	if !diff {
		v.Compare = ""
	}
	return v
}
