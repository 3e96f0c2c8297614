package inventory_test

import (
	"testing"
	"time"

	"assay/internal/inventory"
	"assay/internal/register"
	"assay/internal/standing"
)

func record(pairs ...string) *register.Record {
	r := &register.Record{State: inventory.Kept, Values: register.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Values.Set(pairs[i], pairs[i+1])
	}
	return r
}

func world() *register.World {
	return &register.World{Today: standing.NewDate(2026, 6, 2), Zone: time.UTC, Settings: register.Values{}, Children: map[string][]register.Record{}}
}

func TestDeclared(t *testing.T) {
	for _, d := range []register.Declaration{inventory.Assets(), inventory.Classes(), inventory.Stores(), inventory.Flows(), inventory.Disposals()} {
		if err := d.Valid(); err != nil {
			t.Error(err)
		}
	}
}

// A store is cleared a month after it was cleared last, whichever disposal was
// written down first; never while it is on hold, nor if it has a rule of its own.
func TestClearing(t *testing.T) {
	d := inventory.Stores()
	for name, tt := range map[string]struct {
		pairs   []string
		cleared []string
		want    string
	}{
		"never cleared":     {[]string{"clear_months", "1"}, nil, "2026-07-02"},
		"cleared in May":    {[]string{"clear_months", "1"}, []string{"2026-06-20", "2026-05-20"}, "2026-07-20"},
		"by a rule":         {[]string{"clear_months", "0"}, nil, ""},
		"nobody says":       {nil, nil, ""},
		"on hold":           {[]string{"clear_months", "1", "hold", "dispute 7"}, nil, ""},
		"each three months": {[]string{"clear_months", "3"}, []string{"2026-06-03"}, "2026-09-03"},
	} {
		w := world()
		for _, day := range tt.cleared {
			w.Children[inventory.DisposalNoun] = append(w.Children[inventory.DisposalNoun], *record("done_on", day))
		}
		r := record(tt.pairs...)
		d.Derive(r, w)
		if got := r.Get("clear_by"); got != tt.want {
			t.Errorf("%s: clear by %q, want %q", name, got, tt.want)
		}
	}
}

// Nothing is destroyed of a store on hold, nor tomorrow.
func TestDisposing(t *testing.T) {
	d := inventory.Disposals()
	w := world()
	w.Owner = record("hold", "dispute 7")
	for name, tt := range map[string]struct {
		r     *register.Record
		w     *register.World
		wrong string
	}{
		"today":                  {record("done_on", "2026-06-02", "method", "rule"), world(), ""},
		"tomorrow":               {record("done_on", "2026-06-03", "method", "rule"), world(), "done_on"},
		"on hold":                {record("done_on", "2026-06-02", "method", "rule"), w, "store"},
		"on hold, and only seen": {record("done_on", "2026-06-02", "method", "nothing"), w, ""},
	} {
		got := ""
		if bad := d.Check(tt.r, tt.w); len(bad) > 0 {
			got = bad[0].Name
		}
		if got != tt.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, tt.wrong)
		}
	}
}

// A flow has two different ends, each a store or a name.
func TestEnds(t *testing.T) {
	d := inventory.Flows()
	for name, tt := range map[string]struct {
		pairs []string
		wrong int
	}{
		"from outside into a store": {[]string{"source_name", "shops", "target", "DS-01"}, 0},
		"from nowhere":              {[]string{"target", "DS-01"}, 1},
		"a store and a name":        {[]string{"source", "DS-01", "source_name", "shops", "target", "DS-02"}, 1},
		"to itself":                 {[]string{"source", "DS-01", "target", "DS-01"}, 1},
		"nothing at all":            {nil, 2},
	} {
		if bad := d.Check(record(tt.pairs...), world()); len(bad) != tt.wrong {
			t.Errorf("%s: %v", name, bad)
		}
	}
	s := inventory.Stores()
	if bad := s.Check(record("personal", register.Yes), world()); len(bad) != 1 || bad[0].Name != "people" {
		t.Errorf("personal data of nobody: %v", bad)
	}
}
