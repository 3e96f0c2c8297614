package integrity_test

import (
	"testing"
	"time"

	"assay/internal/integrity"
	"assay/internal/register"
	"assay/internal/standing"
)

func world() *register.World {
	return &register.World{
		Today: standing.NewDate(2026, 6, 2), Now: time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC), Zone: time.UTC,
		Settings: register.Values{"high_within": {"8h"}, "medium_within": {"3d"}, "low_within": {"14d"}}, Children: map[string][]register.Record{},
	}
}

func record(state string, pairs ...string) *register.Record {
	r := &register.Record{State: state, Values: register.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Values.Set(pairs[i], pairs[i+1])
	}
	return r
}

// Times follow from each other, and what is out of order is refused.
func TestErrors(t *testing.T) {
	d := integrity.Errors()
	if err := d.Valid(); err != nil {
		t.Fatal(err)
	}
	r := record("fixed", "severity", "high", "began_at", "2026-06-01T02:00:00.000Z", "detected_at", "2026-06-01T08:30:00.000Z", "fixed_at", "2026-06-01T17:00:00.000Z")
	d.Derive(r, world())
	for field, want := range map[string]string{"to_detect": "6h30m", "to_fix": "8h30m", "fix_by": "2026-06-01T16:30:00.000Z"} {
		if got := r.Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if _, word := d.Badge(r, world()); word != "Mended late" {
		t.Errorf("it stands as %q", word)
	}
	for name, tt := range map[string]struct {
		pairs []string
		wrong string
	}{
		"in order":                   {[]string{"began_at", "2026-06-01T02:00:00.000Z", "detected_at", "2026-06-01T02:00:00.000Z"}, ""},
		"seen before it began":       {[]string{"began_at", "2026-06-01T02:00:00.000Z", "detected_at", "2026-06-01T01:59:00.000Z"}, "began_at"},
		"mended before seen":         {[]string{"detected_at", "2026-06-01T02:00:00.000Z", "fixed_at", "2026-06-01T01:00:00.000Z"}, "fixed_at"},
		"mended tomorrow":            {[]string{"detected_at", "2026-06-01T02:00:00.000Z", "fixed_at", "2026-06-03T01:00:00.000Z"}, "fixed_at"},
		"nobody knows when it began": {[]string{"detected_at", "2026-06-01T02:00:00.000Z"}, ""},
	} {
		bad := d.Check(record("open", tt.pairs...), world())
		got := ""
		if len(bad) > 0 {
			got = bad[0].Name
		}
		if got != tt.wrong || len(bad) > 1 {
			t.Errorf("%s: %v is wrong, want %q", name, bad, tt.wrong)
		}
	}
}

// Whether both sides agree follows from the figures and the tolerance that was in
// force; a difference stays open until it is explained, and what is late is late
// whatever the last comparison said.
func TestReconciling(t *testing.T) {
	runs, d := integrity.Runs(), integrity.Declaration()
	for _, err := range []error{runs.Valid(), d.Valid()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct{ left, right, tolerance, difference, agrees string }{
		"equal":                {"10", "10", "0", "0", register.Yes},
		"one less":             {"9", "10", "0", "-1", register.No},
		"one less is let pass": {"9", "10", "1", "-1", register.Yes},
		"two more":             {"12", "10", "1", "2", register.No},
		"no tolerance is none": {"12", "10", "", "2", register.No},
		"one side alone":       {"12", "", "1", "", ""},
	} {
		r := record("kept", "left", tt.left, "right", tt.right, "tolerance", tt.tolerance)
		runs.Derive(r, world())
		if r.Get("difference") != tt.difference || r.Get("agrees") != tt.agrees {
			t.Errorf("%s: differs by %q, agrees %q", name, r.Get("difference"), r.Get("agrees"))
		}
	}
	w := world()
	w.Owner = record("kept", "tolerance", "5")
	kept := record("kept", "left", "9", "right", "10")
	if runs.Complete(kept, w); kept.Get("tolerance") != "5" {
		t.Error("the tolerance of the day is not kept")
	}

	differs, agrees := record("kept", "held_on", "2026-05-30", "left", "9", "right", "10"), record("kept", "held_on", "2026-05-31", "left", "9", "right", "9")
	w = world()
	w.Children[integrity.RunNoun] = []register.Record{*differs, *agrees}
	r := record("kept", "days", "1")
	d.Derive(r, w)
	if r.Get("held_on") != "2026-05-31" || r.Get("agrees") != register.Yes || r.Get("due_on") != "2026-06-01" || r.Get("unexplained") != "1" {
		t.Errorf("derived %v", r.Derived)
	}
	if _, word := d.Badge(r, w); word != "Differs" {
		t.Errorf("an older difference without an explanation stands as %q", word)
	}
	w.Children[integrity.RunNoun][0].State = "explained"
	r = record("kept", "days", "1")
	d.Derive(r, w)
	if _, word := d.Badge(r, w); word != "Late" {
		t.Errorf("what is not compared by its day stands as %q", word)
	}
}
