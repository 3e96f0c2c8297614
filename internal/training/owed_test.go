package training

import (
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/standing"
)

func day(t *testing.T, s string) standing.Date {
	t.Helper()
	if s == "" {
		return 0
	}
	d, err := standing.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What somebody owes of a course follows from when it is asked for, when they began
// to work, and what they completed.
func TestOwed(t *testing.T) {
	for _, c := range []struct {
		name, starts, ends, today string
		months                    string
		done                      []string
		none                      bool
		word                      Word
		cause                     Cause
		from, due                 string
	}{
		{name: "here from the beginning", starts: "2020-01-01", today: "2026-02-04", word: Waiting, cause: First, from: "2026-01-05", due: "2026-02-04"},
		{name: "a day too late", starts: "2020-01-01", today: "2026-02-05", word: Late, cause: First, from: "2026-01-05", due: "2026-02-04"},
		{name: "joined", starts: "2026-03-01", today: "2026-03-02", word: Waiting, cause: OnJoining, from: "2026-03-01", due: "2026-03-31"},
		{name: "joined and done", starts: "2026-03-01", today: "2026-06-02", done: []string{"2026-03-10"}, word: Done, cause: OnJoining, from: "2027-02-08", due: "2027-03-10"},
		{name: "joined, done, soon again", starts: "2026-03-01", today: "2027-02-10", done: []string{"2026-03-10"}, word: Waiting, cause: Again, from: "2027-02-08", due: "2027-03-10"},
		{name: "done on the last day", starts: "2026-03-01", today: "2027-03-10", done: []string{"2026-03-10"}, word: Waiting, cause: Again, from: "2027-02-08", due: "2027-03-10"},
		{name: "not done again", starts: "2026-03-01", today: "2027-03-11", done: []string{"2026-03-10"}, word: Late, cause: Again, from: "2027-02-08", due: "2027-03-10"},
		{name: "done again", starts: "2020-01-01", today: "2027-03-11", done: []string{"2026-03-10", "2027-03-01"}, word: Done, cause: Again, from: "2028-01-31", due: "2028-03-01"},
		{name: "done before it was asked for", starts: "2020-01-01", today: "2026-02-04", done: []string{"2025-06-01"}, word: Done, cause: First, from: "2026-05-02", due: "2026-06-01"},
		{name: "done long before it was asked for", starts: "2020-01-01", today: "2026-02-05", done: []string{"2024-06-01"}, word: Late, cause: First, from: "2026-01-05", due: "2026-02-04"},
		{name: "once is enough", starts: "2026-03-01", today: "2031-03-11", months: "0", done: []string{"2026-03-10"}, word: Done, cause: OnJoining, from: "2026-03-01"},
		{name: "completed tomorrow", starts: "2020-01-01", today: "2026-02-05", done: []string{"2026-02-06"}, word: Late, cause: First, from: "2026-01-05", due: "2026-02-04"},
		{name: "not here yet", starts: "2026-03-01", today: "2026-02-28", none: true},
		{name: "left", starts: "2020-01-01", ends: "2026-02-01", today: "2026-02-02", none: true},
		{name: "the last day", starts: "2020-01-01", ends: "2026-02-02", today: "2026-02-02", word: Waiting, cause: First, from: "2026-01-05", due: "2026-02-04"},
	} {
		t.Run(c.name, func(t *testing.T) {
			months := c.months
			if months == "" {
				months = "12"
			}
			course := register.Record{ID: "TR-01", State: InUse, Values: register.Values{"title": {"C"}, "from_on": {"2026-01-05"}, "days": {"30"}, "again_months": {months}}}
			var completions []register.Record
			for _, on := range c.done {
				completions = append(completions, register.Record{ID: "TC-01", State: Recorded, Values: register.Values{"completed_on": {on}}})
			}
			a := asking{course: &course, today: day(t, c.today), zone: time.UTC}
			p := person.Person{ID: "per_1", Details: person.Details{StartsOn: day(t, c.starts), EndsOn: day(t, c.ends)}}
			o, ok := a.of(&p, completions)
			if ok == c.none {
				t.Fatal(ok)
			}
			if c.none {
				return
			}
			if o.Word != c.word || o.Cause != c.cause || o.From != day(t, c.from) || o.DueOn != day(t, c.due) {
				t.Errorf("%s %s %s %s, not %s %s %s %s", o.Word, o.Cause, o.From, o.DueOn, c.word, c.cause, c.from, c.due)
			}
			course.State = Retired
			if _, ok := a.of(&p, completions); ok {
				t.Error("a retired course asks")
			}
		})
	}
}

// What was withdrawn or archived does not count.
func TestWithdrawnDoesNotCount(t *testing.T) {
	course := register.Record{ID: "TR-01", State: InUse, Values: register.Values{"from_on": {"2026-01-05"}, "days": {"30"}, "again_months": {"12"}}}
	a := asking{course: &course, today: day(t, "2026-02-20"), zone: time.UTC}
	p := person.Person{ID: "per_1"}
	for name, r := range map[string]register.Record{
		"withdrawn": {State: Withdrawn}, "archived": {State: Recorded, ArchivedAt: time.Unix(1, 0)}, "dateless": {State: Recorded},
	} {
		if name != "dateless" {
			r.Values = register.Values{"completed_on": {"2026-02-01"}}
		}
		if o, ok := a.of(&p, []register.Record{r}); !ok || o.Word != Late || o.DoneOn != 0 {
			t.Errorf("%s: %v", name, o)
		}
	}
}

// A course is for everybody, or for those of its groups, its titles or by name.
func TestBinds(t *testing.T) {
	support := person.Person{ID: "per_1", Details: person.Details{Group: "Support", Title: "Agent"}}
	nobody := person.Person{ID: "per_2"}
	for name, c := range map[string]struct {
		values      register.Values
		first, last bool
	}{
		"everybody":     {register.Values{}, true, true},
		"group":         {register.Values{"groups": {"Support"}}, true, false},
		"another group": {register.Values{"groups": {"Sales"}}, false, false},
		"title":         {register.Values{"titles": {"Agent", "Cook"}}, true, false},
		"by name":       {register.Values{"groups": {"Support"}, "people": {"per_2"}}, true, true},
	} {
		r := register.Record{Values: c.values}
		if binds(&r, &support) != c.first || binds(&r, &nobody) != c.last {
			t.Error(name)
		}
	}
}

// The choices of lessons are the catalog's courses.
func TestTextsAreTheCatalogs(t *testing.T) {
	library, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	options := texts()
	if len(options) != len(library.Courses())+1 {
		t.Error(len(options))
	}
	for _, o := range options {
		if _, ok := library.Course(catalog.CourseID(o.Value)); !ok && o.Value != Elsewhere {
			t.Errorf("there is no course %s", o.Value)
		}
	}
}
