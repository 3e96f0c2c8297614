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

// Starters lists what there is to begin a register with.
func (b *Book) Starters(ctx context.Context, who access.Actor, noun string) (out []Offered, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		out, err = w.starters()
		return err
	})
	return out, err
}

func (w *work) starters() (out []Offered, err error) {
	if w.d.Starters == nil {
		return nil, nil
	}
	list, err := all(w.tx, w.d.Noun)
	if err != nil {
		return nil, err
	}
	for _, s := range w.d.Starters(w.b.Library) {
		taken := slices.ContainsFunc(list, func(r Record) bool { return r.ExternalID == s.ID })
		out = append(out, Offered{s, taken})
	}
	return out, nil
}

// Adopt begins records with starters. What was taken up before is left alone.
func (b *Book) Adopt(ctx context.Context, who access.Actor, noun string, ids []string) (added []Record, err error) {
	err = b.write(ctx, who, noun, func(w *work) error {
		offered, err := w.starters()
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return fault.Fields("Nothing was added.", fault.Field{Name: "starters", Text: "Choose at least one."})
		}
		for _, id := range ids {
			i := slices.IndexFunc(offered, func(o Offered) bool { return o.ID == id })
			if i < 0 {
				return fault.Fields("Nothing was added.", fault.Field{Name: "starters", Text: "There is no " + clip(id) + " to begin with."})
			}
			if offered[i].Taken {
				continue
			}
			r, err := w.add(&Input{ExternalID: id, Fields: offered[i].Values})
			if err != nil {
				return err
			}
			added = append(added, r)
			offered[i].Taken = true
		}
		return nil
	})
	return added, err
}
