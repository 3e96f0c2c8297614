package inventory_test

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"

	"assay/internal/inventory"
	"assay/internal/register"
)

func flow(id, from, to string) register.Record {
	r := register.Record{ID: id, State: inventory.Kept, Values: register.Values{}}
	r.Values.Set("title", "flow "+id)
	for side, name := range map[string]string{"source": from, "target": to} {
		if len(name) > 3 && name[:3] == "DS-" {
			r.Values.Set(side, name)
		} else {
			r.Values.Set(side+"_name", name)
		}
	}
	return r
}

// Data travel from left to right, a store has one box however many flows name it,
// and what is not in use is not drawn.
func TestDraw(t *testing.T) {
	ended := flow("DF-04", "shops", "old")
	ended.State = inventory.Ended
	d := inventory.Draw([]register.Record{
		flow("DF-01", "shops", "web"), flow("DF-02", "web", "DS-01"), flow("DF-03", "DS-01", "DS-02"), ended, flow("DF-05", "DS-01", "web"),
	}, map[string]string{"DS-01": "Orders", "DS-02": "Backups"})
	var names []string
	for i, b := range d.Boxes {
		names = append(names, b.Name)
		if i > 0 && b.X <= d.Boxes[i-1].X {
			t.Errorf("%s is not right of %s", b.Name, d.Boxes[i-1].Name)
		}
	}
	if want := []string{"shops", "web", "Orders", "Backups"}; !reflect.DeepEqual(names, want) {
		t.Errorf("boxes %q, want %q", names, want)
	}
	if len(d.Lines) != 4 || d.Lines[3].From != 2 || d.Lines[3].To != 1 {
		t.Errorf("lines %+v", d.Lines)
	}
	if empty := inventory.Draw(nil, nil); len(empty.Boxes) != 0 || empty.Width != 0 || empty.Height != 0 {
		t.Errorf("nothing is drawn as %+v", empty)
	}
}

// However flows run, in circles too, no two boxes overlap, and all lie within the
// diagram.
func TestDrawnApart(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for range 300 {
		var flows []register.Record
		for i := range 1 + random.IntN(30) {
			from := random.IntN(12)
			flows = append(flows, flow("DF-"+strconv.Itoa(i), strconv.Itoa(from), strconv.Itoa((from+1+random.IntN(11))%12)))
		}
		d := inventory.Draw(flows, nil)
		if len(d.Lines) != len(flows) {
			t.Fatalf("%d lines of %d flows", len(d.Lines), len(flows))
		}
		for i, a := range d.Boxes {
			if a.X < 0 || a.Y < 0 || a.X+d.BoxWidth() > d.Width || a.Y+d.BoxHeight() > d.Height {
				t.Fatalf("box %+v lies outside of %d × %d", a, d.Width, d.Height)
			}
			for _, b := range d.Boxes[i+1:] {
				if max(a.X, b.X)-min(a.X, b.X) < d.BoxWidth() && max(a.Y, b.Y)-min(a.Y, b.Y) < d.BoxHeight() {
					t.Fatalf("boxes %+v and %+v overlap", a, b)
				}
			}
		}
	}
}
