package pack_test

import (
	"testing"

	"assay/internal/pack"
)

func TestGoodPackages(t *testing.T) {
	m := theHistory(t)
	for name, b := range map[string][]byte{"early": m.early, "whole": m.whole, "partial": m.partial} {
		r := verify(t, b, pack.Options{})
		for _, p := range r.Problems {
			t.Errorf("%s: %s: %s", name, p.Where, p.What)
		}
		if r.Runs.Performed == 0 || r.Runs.Performed != r.Runs.Same {
			t.Errorf("%s: %+v", name, r.Runs)
		}
		t.Logf("%s: %d bytes %+v", name, len(b), r.Runs)
	}
	r := verify(t, m.partial, pack.Options{CELGo: true})
	if !r.Verified || r.Runs.Performed == 0 || r.Runs.Performed != r.Runs.Same {
		t.Errorf("cel-go alone: %+v, %v", r.Runs, r.Problems)
	}
}
