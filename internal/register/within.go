package register

import (
	"fmt"
	"maps"

	"assay/internal/db"
)

// Tell writes what a use case of its own found out about a record: fields that moves
// set and nobody edits. It makes a version, and an entry of the trail with the act
// and what else is said of it. Nothing is written if nothing differs.
func (b *Book) Tell(tx *db.Tx, noun, id, act string, said map[string]string, set func(*Record, *World)) error {
	d, err := b.Of(noun)
	if err != nil {
		return err
	}
	w, err := b.open(tx, d)
	if err != nil {
		return err
	}
	r, err := w.load(id, 0)
	if err != nil {
		return err
	}
	before := r.Values.Clone()
	set(&r, &w.world)
	detail := changes(before, r.Values)
	if len(detail) == 0 && len(said) == 0 {
		return nil
	}
	maps.Copy(detail, said)
	if err := w.keep(&r, act, "", detail); err != nil {
		return err
	}
	return w.changed()
}

// Enter puts a record in the register for a use case that asked for a permission of
// its own. What moves set, set may set.
func (b *Book) Enter(tx *db.Tx, noun string, in Input, set func(*Record)) (r Record, err error) {
	d, err := b.Of(noun)
	if err != nil {
		return r, err
	}
	w, err := b.open(tx, d)
	if err != nil {
		return r, err
	}
	w.preset = set
	if r, err = w.add(&in); err != nil {
		return r, err
	}
	return r, w.changed()
}

// Having lists the records of a register, archived ones too, of which an indexed field
// has a value. What is derived is not worked out.
func (b *Book) Having(tx *db.Tx, noun, field, value string) ([]Record, error) {
	d, err := b.Of(noun)
	if err != nil {
		return nil, err
	}
	f, ok := d.Field(field)
	if !ok || !f.Indexed() {
		return nil, fmt.Errorf("%s is not in the index of %s", field, noun)
	}
	return having(tx, noun, field, []string{f.key(value)})
}

// Seal commits in the log to what a move of a record is about, from within its act:
// the version that the move makes. It returns the entry's id.
func (b *Book) Seal(tx *db.Tx, r *Record, of string, records int, body []byte) (leaf string, err error) {
	next := *r
	next.Version++
	return seal(tx, &next, &Snapshot{Of: of, Records: records, Body: body, At: tx.Now()})
}
