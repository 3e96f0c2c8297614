package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Settings are a register's, with defaults.
func (b *Book) Settings(ctx context.Context, who access.Actor, noun string) (v Values, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		v = w.world.Settings
		return nil
	})
	return v, err
}

// Set changes settings of a register, those that are given, and works out anew
// what follows for every record.
func (b *Book) Set(ctx context.Context, who access.Actor, noun string, fields map[string][]string) error {
	return b.write(ctx, who, noun, func(w *work) error {
		r := Record{Noun: noun, Values: w.world.Settings.Clone(), Version: 1}
		bad, err := w.settle(&r, fields)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			return fault.Fields("The settings were not changed.", bad...)
		}
		detail := changes(w.world.Settings, r.Values)
		if len(detail) == 0 {
			return nil
		}
		for i := range w.d.Settings {
			name := w.d.Settings[i].Name
			if slices.Equal(w.world.Settings[name], r.Values[name]) {
				continue
			}
			if err := saveSetting(w.tx, noun, name, r.Values[name]); err != nil {
				return err
			}
		}
		w.world.Settings, w.look.settings = r.Values, r.Values
		if err := w.indexAgain(); err != nil {
			return err
		}
		w.wrote = true
		return trail.Add(w.tx, trail.Act{Action: noun + ".set", Noun: noun, Object: "settings", Label: w.d.Title, Detail: detail})
	})
}

// settle fills the settings in, and says what of them cannot be.
func (w *work) settle(r *Record, fields map[string][]string) ([]fault.Field, error) {
	bad, err := w.fill(r, &Input{Fields: fields, Part: true}, w.d.Settings)
	if err != nil || len(bad) > 0 {
		return bad, err
	}
	if w.d.Agree != nil {
		bad = w.d.Agree(r.Values)
	}
	if len(bad) > 0 {
		return bad, nil
	}
	return w.outgrown(r.Values)
}

// outgrown are the records whose step of a scale would be there no more.
func (w *work) outgrown(settings Values) (bad []fault.Field, err error) {
	scaled := slices.DeleteFunc(slices.Clone(w.d.Fields), func(f Field) bool { return f.Scale == nil })
	if len(scaled) == 0 {
		return nil, nil
	}
	list, err := all(w.tx, w.d.Noun) // archived ones may come back
	if err != nil {
		return nil, err
	}
	for i := range scaled {
		f, ids := &scaled[i], []string(nil)
		for j := range list {
			if v := list[j].Get(f.Name); v != "" && !slices.ContainsFunc(f.Scale(settings), func(o Option) bool { return o.Value == v }) {
				ids = append(ids, list[j].ID)
			}
		}
		if len(ids) > 0 {
			bad = append(bad, fault.Field{Name: f.Name, Text: fmt.Sprintf("%s: a step that would be gone is in use, by %s.", f.Label, clip(strings.Join(ids, ", ")))})
		}
	}
	return bad, nil
}

func (w *work) indexAgain() error {
	if w.d.Derive == nil {
		return nil
	}
	list, err := present(w.tx, w.d.Noun)
	if err != nil {
		return err
	}
	if err := w.derive(pointers(list)...); err != nil {
		return err
	}
	for i := range list {
		if err := reindex(w.tx, w.d, &list[i], false); err != nil {
			return err
		}
	}
	return nil
}

// Offered is a starter and whether it was taken up.
type Offered struct {
	Starter
	Taken bool
}

// Adoption says which starters to begin with.
type Adoption struct {
	Of      string   // id of the record that is to own them; empty in a register of its own
	IDs     []string // of starters
	Fitting bool     // all that fit, besides those named
}

// Starters lists what there is to begin a register with; of is the id of the
// record that is to own what is taken up, empty in a register of its own.
func (b *Book) Starters(ctx context.Context, who access.Actor, noun, of string) (out []Offered, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		out, err = w.starters(of)
		return err
	})
	return out, err
}

func (w *work) starters(of string) (out []Offered, err error) {
	if w.d.Starters == nil {
		return nil, nil
	}
	offer, err := w.offer(of)
	if err != nil {
		return nil, err
	}
	list, err := all(w.tx, w.d.Noun)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for i := range list {
		if r := &list[i]; r.ExternalID != "" && (offer.Owner == nil || r.Get(w.d.ParentBy) == offer.Owner.ID) {
			taken[r.ExternalID] = true
		}
	}
	for _, s := range w.d.Starters(offer) {
		out = append(out, Offered{s, taken[s.ID]})
	}
	return out, nil
}

// offer is what starters follow from.
func (w *work) offer(of string) (*Offer, error) {
	out := &Offer{Library: w.b.Library}
	if w.d.Parent == "" {
		return out, nil
	}
	d, err := w.b.Of(w.d.Parent)
	if err != nil {
		return nil, err
	}
	if of == "" {
		return nil, fault.Fields("There is nothing to begin with.", fault.Field{Name: "of", Text: "Say which " + d.One + ", by its id."})
	}
	owner, err := load(w.tx, d.Noun, of)
	if err != nil {
		return nil, refused(err, d, of)
	}
	out.Owner = &owner
	if w.b.Answered != nil {
		out.Controls, err = w.b.Answered(w.tx)
	}
	return out, err
}

// Adopt begins records with starters. What was taken up before is left alone.
func (b *Book) Adopt(ctx context.Context, who access.Actor, noun string, in Adoption) (added []Record, err error) {
	err = b.write(ctx, who, noun, func(w *work) error {
		added, err = w.adopt(&in)
		return err
	})
	return added, err
}

func (w *work) adopt(in *Adoption) (added []Record, err error) {
	offered, err := w.starters(in.Of)
	if err != nil {
		return nil, err
	}
	if len(in.IDs) == 0 && !in.Fitting {
		return nil, fault.Fields("Nothing was added.", fault.Field{Name: "starters", Text: "Choose at least one."})
	}
	var chosen []*Offered
	for _, id := range in.IDs {
		i := slices.IndexFunc(offered, func(o Offered) bool { return o.ID == id })
		if i < 0 {
			return nil, fault.Fields("Nothing was added.", fault.Field{Name: "starters", Text: "There is no " + clip(id) + " to begin with."})
		}
		chosen = append(chosen, &offered[i])
	}
	for i := range offered {
		if in.Fitting && offered[i].Unfit == "" {
			chosen = append(chosen, &offered[i])
		}
	}
	for _, o := range chosen {
		if o.Taken {
			continue
		}
		o.Taken = true
		fields := o.Values
		if w.d.Parent != "" {
			fields = o.Values.Clone()
			fields.Set(w.d.ParentBy, in.Of)
		}
		r, err := w.add(&Input{ExternalID: o.ID, Fields: fields})
		if err != nil {
			return nil, err
		}
		added = append(added, r)
	}
	return added, nil
}
