package register

import (
	"context"
	"slices"

	"assay/internal/access"
)

// Naming are the records of every register that name something else, such as a
// control, in a field of that type, by register. Registers that the actor may not
// read are left out.
func (b *Book) Naming(ctx context.Context, who access.Actor, t Type, id string) (out []Owned, err error) {
	for i := range b.Declarations {
		d := &b.Declarations[i]
		if !who.Can(d.Read) || !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Type == t }) {
			continue
		}
		if err := b.read(ctx, who, d.Noun, func(w *work) error {
			o, err := w.naming(t, id)
			if len(o.Records) > 0 {
				out = append(out, o)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w *work) naming(t Type, id string) (Owned, error) {
	o := Owned{Declaration: w.d, World: w.world}
	for i := range w.d.Fields {
		if w.d.Fields[i].Type != t {
			continue
		}
		some, err := having(w.tx, w.d.Noun, w.d.Fields[i].Name, []string{id})
		if err != nil {
			return o, err
		}
		for j := range some {
			if !slices.ContainsFunc(o.Records, func(r Record) bool { return r.ID == some[j].ID }) {
				o.Records = append(o.Records, some[j])
			}
		}
	}
	return o, w.derive(pointers(o.Records)...)
}
