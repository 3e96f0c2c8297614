package criteria_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/criteria"
)

func TestIDsSortAsPublished(t *testing.T) {
	want := []string{
		"CC1", "CC1.1", "CC1.1-1", "CC1.1-2", "CC1.1-10", "CC1.2", "CC1.10", "CC2.1", "CC9.2", "CC10", "CC10.1",
		"A1.1", "A1.3", "C1.1", "C1.2", "PI1.1", "PI1.5", "P1.1", "P2.1", "P6.7", "P8.1", "P10.1",
		"", "X1.1", "cc1.1",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, criteria.Compare[string])
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func TestForms(t *testing.T) {
	cases := []struct {
		id                       string
		series, criterion, point bool
	}{
		{"CC6", true, false, false},
		{"PI1", true, false, false},
		{"CC6.1", false, true, false},
		{"P6.7", false, true, false},
		{"CC6.1-3", false, false, true},
		{"", false, false, false},
		{"CC", false, false, false},
		{"6.1", false, false, false},
		{"cc6.1", false, false, false},
		{"XX1.1", false, false, false},
		{"CC0.1", false, false, false},
		{"CC01.1", false, false, false},
		{"CC1.", false, false, false},
		{"CC1.0", false, false, false},
		{"CC1.1.1", false, false, false},
		{"CC1.1-", false, false, false},
		{"CC1-1", false, false, false},
		{"CC+1.1", false, false, false},
		{"CC1.1 ", false, false, false},
		{"CC99999999999999999999.1", false, false, false},
	}
	for _, c := range cases {
		series, criterion, point := criteria.SeriesID(c.id).Valid(), criteria.ID(c.id).Valid(), criteria.PointID(c.id).Valid()
		if series != c.series || criterion != c.criterion || point != c.point {
			t.Errorf("%q: series %t, criterion %t, point %t", c.id, series, criterion, point)
		}
	}
}

func TestIDsNameWhatTheyBelongTo(t *testing.T) {
	if got := criteria.ID("PI1.5").Series(); got != "PI1" {
		t.Errorf("series: %q", got)
	}
	if got := criteria.PointID("CC6.1-3").Criterion(); got != "CC6.1" {
		t.Errorf("criterion: %q", got)
	}
}

// ids draws well-formed ids, and some that are not.
func ids() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`(CC|A|C|PI|P)[1-9][0-9]?(\.[1-9][0-9]?(-[1-9][0-9]?)?)?`),
		rapid.StringMatching(`[A-Z]{0,3}[0-9.\-]{0,5}`),
	)
}

func TestCompareIsATotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := ids().Draw(t, "a"), ids().Draw(t, "b"), ids().Draw(t, "c")
		if criteria.Compare(a, b) != -criteria.Compare(b, a) {
			t.Fatalf("%q and %q are not compared alike from both sides", a, b)
		}
		if criteria.Compare(a, b) == 0 && a != b {
			t.Fatalf("%q and %q are taken for the same", a, b)
		}
		if criteria.Compare(a, b) <= 0 && criteria.Compare(b, c) <= 0 && criteria.Compare(a, c) > 0 {
			t.Fatalf("%q, %q and %q go in a circle", a, b, c)
		}
	})
}

func FuzzCompare(f *testing.F) {
	f.Add("CC1.1", "CC1.1-2")
	f.Add("P8.1", "PI1.5")
	f.Add("CC1.1-", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		if (criteria.Compare(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q compare %d", a, b, criteria.Compare(a, b))
		}
	})
}
