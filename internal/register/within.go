package register

import (
	"fmt"
	"maps"

	"assay/internal/db"
	"assay/internal/kit/sheet"
	"assay/internal/kit/tlog"
)

// SnapshotPath is the path under which the log commits to what a move froze.
const SnapshotPath = "snapshot"

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

// Sealed is a snapshot with what opens the log's commitment to it, whose path is
// SnapshotPath.
type Sealed struct {
	Snapshot
	Version int // of the record with which it was taken
	Salt    tlog.Salt
}

// Sealed are all snapshots that were taken with a record, the oldest first.
func (b *Book) Sealed(tx *db.Tx, noun, id string) ([]Sealed, error) { return sealed(tx, noun, id) }

// Versions are those of a record, the oldest first.
func (b *Book) Versions(tx *db.Tx, noun, id string) ([]Version, error) { return versions(tx, noun, id) }

// Table is records as a table with every field, and what follows from them, for a use
// case that asked for a permission of its own.
func (b *Book) Table(tx *db.Tx, noun string, list []Record) (t sheet.Table, err error) {
	d, err := b.Of(noun)
	if err != nil {
		return t, err
	}
	w, err := b.open(tx, d)
	if err != nil {
		return t, err
	}
	if err := w.derive(pointers(list)...); err != nil {
		return t, err
	}
	names, err := w.peoplesNames()
	if err != nil {
		return t, err
	}
	t = sheet.Table{Name: d.Title, Head: d.headings(true)}
	for i := range list {
		row := make([]string, 0, len(t.Head))
		for _, h := range t.Head {
			row = append(row, d.cell(&list[i], h, names))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}
