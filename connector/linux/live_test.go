package linux

import (
	"context"
	"encoding/json"
	"testing"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/host"
	"assay/internal/resource"
)

func discard(context.Context, connector.Resource) error { return nil }

// TestThisHost reads the machine that the tests run on, whatever it is, and
// prints what it found with -v.
func TestThisHost(t *testing.T) {
	kinds := map[string]*resource.Schema{}
	var names []string
	for _, k := range Kinds() {
		kinds[k.Kind] = &k
		names = append(names, k.Kind)
	}
	source, err := Product().Open(connector.Config{}, connector.Env{Now: clock.System, Host: host.Machine{}})
	if err != nil {
		t.Fatal(err)
	}
	start := clock.System()
	seen, perKind := map[resource.Ref]bool{}, map[string]int{}
	run := connector.NewRun(clock.System, names, func(_ context.Context, r connector.Resource) error {
		ref := resource.Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}
		if seen[ref] || r.ID == "" {
			t.Errorf("%s: twice, or without id", ref)
		}
		seen[ref] = true
		if _, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
		if perKind[r.Kind]++; perKind[r.Kind] <= 5 || r.Kind == kindAccount || r.Kind == kindListener || r.Kind == kindMount {
			b, err := json.Marshal(r)
			t.Logf("%s %v", b, err)
		}
		return nil
	}, func(p connector.Progress) { t.Log(clock.System().Sub(start), p.Text) })

	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d resources in %v", len(seen), clock.System().Sub(start))
	for _, rep := range run.Reports() {
		t.Logf("%+v", rep)
	}
	if perKind[kindHost] != 1 {
		t.Errorf("%d hosts", perKind[kindHost])
	}
}
