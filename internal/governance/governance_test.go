package governance_test

import (
	"strings"
	"testing"
	"time"

	"assay/internal/governance"
	"assay/internal/register"
	"assay/internal/standing"
)

// Days fit together, and whoever corrects a finding does not retest it.
func TestChecks(t *testing.T) {
	findings, meetings := governance.Findings(), governance.Meetings()
	for _, d := range []register.Declaration{findings, meetings} {
		if err := d.Valid(); err != nil {
			t.Fatal(err)
		}
	}
	w := &register.World{Today: standing.NewDate(2026, 6, 2), Zone: time.UTC}
	for name, tt := range map[string]struct {
		d      *register.Declaration
		fields []string
		wrong  string
	}{
		"found and due today":          {&findings, []string{"found_on", "2026-06-02", "due_on", "2026-06-02"}, ""},
		"found tomorrow":               {&findings, []string{"found_on", "2026-06-03", "due_on", "2026-06-04"}, "found_on"},
		"due before it was found":      {&findings, []string{"found_on", "2026-06-02", "due_on", "2026-06-01"}, "due_on"},
		"corrected and retested alike": {&findings, []string{"found_on", "2026-06-02", "due_on", "2026-06-02", "owner", "per_1", "retester", "per_1"}, "retester"},
		"retested by another":          {&findings, []string{"found_on", "2026-06-02", "due_on", "2026-06-02", "owner", "per_1", "retester", "per_2"}, ""},
		"held today":                   {&meetings, []string{"held_on", "2026-06-02"}, ""},
		"held tomorrow":                {&meetings, []string{"held_on", "2026-06-03"}, "held_on"},
		"the next on the same day":     {&meetings, []string{"held_on", "2026-06-02", "next_on", "2026-06-02"}, "next_on"},
		"the next in autumn":           {&meetings, []string{"held_on", "2026-06-02", "next_on", "2026-09-02"}, ""},
	} {
		r := &register.Record{Values: register.Values{}}
		for i := 0; i < len(tt.fields); i += 2 {
			r.Values.Set(tt.fields[i], tt.fields[i+1])
		}
		var names []string
		for _, f := range tt.d.Check(r, w) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != tt.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, tt.wrong)
		}
	}
}
