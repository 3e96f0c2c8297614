package sheet

import (
	"strings"
	"testing"
	"time"

	"assay/internal/check"
	"assay/internal/resource"
	"assay/internal/rule"
)

func day(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }

// stretch is a stretch of a verdict, from a day to a day; 0 is still so.
func stretch(status rule.Status, from, to int, ended check.Ended) check.Transition {
	t := check.Transition{Ref: resource.Ref{Kind: "k", ID: "a"}, Status: status, Since: day(from), Ended: ended, RunIn: string(status) + day(from).Format("02")}
	if to > 0 {
		t.Until = day(to)
	}
	return t
}

// A failure is a deviation whatever came after, but one that ended inside the limit of
// the control; what is not a verdict is none.
func TestWhatStretchesComeTo(t *testing.T) {
	pass, fail := rule.Pass, rule.Fail
	for name, c := range map[string]struct {
		limit time.Duration
		list  []check.Transition
		says  Mark
		text  string
		run   string
	}{
		"never judged":                {0, nil, "", "did not judge", ""},
		"passed":                      {0, []check.Transition{stretch(pass, 1, 0, "")}, Pass, "every run", ""},
		"failed and was mended":       {0, []check.Transition{stretch(pass, 1, 3, check.Changed), stretch(fail, 3, 4, check.Changed), stretch(pass, 4, 0, "")}, Deviates, "from 3 March 2026 12:00 to 4 March", "fail03"},
		"mended inside the limit":     {24 * time.Hour, []check.Transition{stretch(pass, 1, 3, check.Changed), stretch(fail, 3, 4, check.Changed), stretch(pass, 4, 0, "")}, Pass, "inside the limit of the control. Passed otherwise", ""},
		"mended after the limit":      {24 * time.Hour, []check.Transition{stretch(fail, 3, 5, check.Changed), stretch(pass, 5, 0, "")}, Deviates, "", "fail03"},
		"once in time, once not":      {24 * time.Hour, []check.Transition{stretch(fail, 1, 2, check.Changed), stretch(pass, 2, 3, check.Changed), stretch(fail, 3, 6, check.Changed), stretch(pass, 6, 0, "")}, Deviates, "from 3 March", "fail03"},
		"gone inside the limit":       {48 * time.Hour, []check.Transition{stretch(fail, 3, 4, check.Gone)}, Deviates, "when it was gone", "fail03"},
		"excluded while it failed":    {48 * time.Hour, []check.Transition{stretch(fail, 3, 4, check.ByExclude), stretch(rule.Excluded, 4, 0, "")}, Deviates, "when it was excluded", "fail03"},
		"fails inside the limit":      {9 * 24 * time.Hour, []check.Transition{stretch(fail, 3, 0, "")}, "", "so far inside the limit", ""},
		"still fails":                 {0, []check.Transition{stretch(fail, 3, 0, "")}, Deviates, "and still does", "fail03"},
		"was not known for a while":   {0, []check.Transition{stretch(pass, 1, 3, check.Changed), stretch(rule.Unknown, 3, 4, check.Changed), stretch(pass, 4, 0, "")}, "", "was not known from 3 March", ""},
		"was excluded for a while":    {0, []check.Transition{stretch(pass, 1, 3, check.Changed), stretch(rule.Excluded, 3, 4, check.Changed), stretch(pass, 4, 0, "")}, "", "excluded by the organization", ""},
		"not known while it failed":   {24 * time.Hour, []check.Transition{stretch(fail, 1, 2, check.Changed), stretch(rule.Unknown, 2, 5, check.Changed), stretch(pass, 5, 0, "")}, Deviates, "to 5 March", "fail01"},
		"in time, and then not known": {24 * time.Hour, []check.Transition{stretch(fail, 1, 2, check.Changed), stretch(pass, 2, 3, check.Changed), stretch(rule.Unknown, 3, 0, "")}, "", "was not known", ""},
	} {
		a := &again{zone: time.UTC, from: day(1), to: day(10), limit: c.limit}
		says, text, run := a.weigh(c.list)
		if says != c.says || !strings.Contains(text, c.text) || run != c.run {
			t.Errorf("%s: %q, %q, %q; want %q, %q, %q", name, says, text, run, c.says, c.text, c.run)
		}
	}
}

// An event belongs to the days in which it happened, whenever it was collected.
func TestWhichDaysAStretchIsAbout(t *testing.T) {
	a := &again{from: day(2), to: day(5)}
	event := func(at, since int) check.Transition {
		t := stretch(rule.Fail, since, 0, "")
		t.At = day(at)
		return t
	}
	for name, c := range map[string]struct {
		t    check.Transition
		want bool
	}{
		"before": {stretch(rule.Fail, 1, 2, check.Changed), false}, "into": {stretch(rule.Fail, 1, 3, check.Changed), true}, "after": {stretch(rule.Fail, 5, 0, ""), false}, "since": {stretch(rule.Pass, 1, 0, ""), true},
		"event in, collected late": {event(3, 9), true}, "event before, collected in": {event(1, 3), false}, "event at the end": {event(5, 5), false},
	} {
		if got := a.within(&c.t); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
