package engagement

import (
	"testing"

	"assay/internal/standing"
)

// What follows an engagement without dates has none but those that are given.
func TestDatesThatFollow(t *testing.T) {
	next := func(d standing.Date) standing.Date { return d + 1 }
	day := func(s string) standing.Date {
		d, err := standing.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		given, before standing.Date
		want          string
	}{
		{0, 0, ""},
		{0, day("2026-12-31"), "2027-01-01"},
		{day("2027-02-01"), 0, "2027-02-01"},
		{day("2027-02-01"), day("2026-12-31"), "2027-02-01"},
	} {
		fields := map[string][]string{}
		days(fields, "from", tt.given, tt.before, next)
		if got, ok := fields["from"]; ok != (tt.want != "") || ok && got[0] != tt.want {
			t.Errorf("%v after %v: %v, want %q", tt.given, tt.before, got, tt.want)
		}
	}
}
