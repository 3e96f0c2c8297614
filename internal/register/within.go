package register

import (
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

// Seal commits in the log to what a move of a record is about, from within its act:
// the version that the move makes. It returns the entry's id.
func (b *Book) Seal(tx *db.Tx, r *Record, of string, records int, body []byte) (leaf string, err error) {
	next := *r
	next.Version++
	return seal(tx, &next, &Snapshot{Of: of, Records: records, Body: body, At: tx.Now()})
}
