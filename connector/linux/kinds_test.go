package linux

import "testing"

func TestKindsAreValid(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if err := k.Valid(); err != nil {
			t.Error(err)
		}
		if seen[k.Kind] {
			t.Errorf("%s is declared twice", k.Kind)
		}
		seen[k.Kind] = true
		for _, f := range k.Fields {
			if f.Meaning == "" {
				t.Errorf("%s: %s has no meaning", k.Kind, f.Name)
			}
		}
	}
}
