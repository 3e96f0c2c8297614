package cli

import (
	"testing"

	"assay/internal/rule"
	"assay/internal/scan"
)

func TestWhatAScanTellsTheShell(t *testing.T) {
	broken := []scan.Source{{Name: "here"}, {Name: "there", Broken: "It could not be read."}}
	for name, c := range map[string]struct {
		sources  []scan.Source
		statuses []rule.Status
		want     int
	}{
		"nothing to judge":              {nil, nil, exitDone},
		"all pass":                      {nil, []rule.Status{rule.Pass, rule.NoOccurrence, rule.Excluded}, exitDone},
		"one could not be judged":       {nil, []rule.Status{rule.Pass, rule.Unknown}, exitUnknown},
		"one fails":                     {nil, []rule.Status{rule.Unknown, rule.Fail, rule.Pass}, exitFailing},
		"a source could not be read":    {broken, []rule.Status{rule.Pass}, exitUnknown},
		"it could not, and one fails":   {broken, []rule.Status{rule.Fail}, exitFailing},
		"nothing came of what was read": {broken, nil, exitUnknown},
	} {
		rep := &scan.Report{Sources: c.sources}
		for _, s := range c.statuses {
			rep.Checks = append(rep.Checks, scan.Check{Status: s})
		}
		if got := codeOf(verdictOf(rep)); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
	}
}
