package resource

import (
	"strings"
	"testing"
)

func TestLacksAreSaidOfWhatIsNotMapped(t *testing.T) {
	for name, tt := range map[string]struct {
		lacks map[string]string
		want  string
	}{
		"nothing":         {nil, ""},
		"a field":         {map[string]string{"mfa": "It has none."}, ""},
		"no such field":   {map[string]string{"factor": "It has none."}, `no field "factor"`},
		"what it maps":    {map[string]string{"name": "It has none."}, "name is mapped"},
		"without reason":  {map[string]string{"mfa": " "}, "wants a reason"},
		"a novel instead": {map[string]string{"mfa": strings.Repeat("x", maxWhy+1)}, "wants a reason"},
	} {
		s := Schema{
			Kind: "a.b", Version: 1, Title: "B", Family: State, Fields: []Field{{Name: "name", Type: String}},
			Facets: []Claim{{Facet: "account", Version: 1, Fields: map[string]Mapping{"name": {From: "name"}}, Lacks: tt.lacks}},
		}
		if err := s.Valid(); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
