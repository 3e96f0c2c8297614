package continuity_test

import (
	"testing"

	"assay/internal/continuity"
	"assay/internal/register"
)

// What a test does not say is not known; what shows a target missed needs nothing
// else.
func TestMet(t *testing.T) {
	record := func(fields ...string) *register.Record {
		r := &register.Record{Values: register.Values{}}
		for i := 0; i < len(fields); i += 2 {
			r.Values.Set(fields[i], fields[i+1])
		}
		return r
	}
	both := record("within", "4h", "loss", "1h")
	for name, tt := range map[string]struct {
		target, test *register.Record
		met, known   bool
	}{
		"in time and whole":           {both, record("took", "41m", "lost", "0m", "whole", "yes"), true, true},
		"to the minute":               {both, record("took", "4h", "lost", "1h", "whole", "yes"), true, true},
		"too long":                    {both, record("took", "4h1m", "lost", "0m", "whole", "yes"), false, true},
		"too much lost":               {both, record("took", "41m", "lost", "1h1m", "whole", "yes"), false, true},
		"not whole":                   {both, record("took", "41m", "lost", "0m", "whole", "no"), false, true},
		"not timed":                   {both, record("lost", "0m", "whole", "yes"), true, false},
		"loss not said":               {both, record("took", "41m", "whole", "yes"), true, false},
		"not timed, and not whole":    {both, record("whole", "no"), false, true},
		"loss not said, and too long": {both, record("took", "5h", "whole", "yes"), false, true},
		"nothing to lose":             {record("within", "1d"), record("took", "23h", "whole", "yes"), true, true},
	} {
		met, known := continuity.Met(tt.target, tt.test)
		if known != tt.known || known && met != tt.met {
			t.Errorf("%s: met %v, known %v", name, met, known)
		}
	}
}
