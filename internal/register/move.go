package register

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// Step is what somebody enters to move a record.
type Step struct {
	Fields  map[string][]string // what the move asks for
	Reason  string
	Version int // that was read; any if 0
}

// MayMove reports whether a move is open to the actor, and why not: empty words
// mean that it is not theirs at all.
func (d *Declaration) MayMove(m *Move, r *Record, versions []Version, who access.Actor) (ok bool, why string) {
	if !r.ArchivedAt.IsZero() || !m.openTo(r) || !who.Can(m.Permission) {
		return false, ""
	}
	if m.Decides && slices.Contains(d.writers(versions), who.ID) {
		return false, "You wrote on it, so somebody else decides."
	}
	if m.Apart && slices.Contains(d.steppers(m.Permission, versions), who.ID) {
		return false, "You took another step of it, so somebody who did not decides."
	}
	return true, ""
}

func (m *Move) openTo(r *Record) bool {
	return slices.Contains(m.From, r.State) && (m.If == nil || m.If(r))
}

// steppers are who ever wrote on a record, but by moves of a permission.
func (d *Declaration) steppers(but access.Permission, versions []Version) (out []string) {
	for _, v := range versions {
		if m, ok := d.Move(v.Act); !ok || m.Permission != but {
			out = append(out, v.By)
		}
	}
	return out
}

// writers are who wrote on a record since the last decision.
func (d *Declaration) writers(versions []Version) (out []string) {
	for _, v := range slices.Backward(versions) {
		if m, ok := d.Move(v.Act); ok && m.Decides {
			return out
		}
		if !slices.Contains(out, v.By) {
			out = append(out, v.By)
		}
	}
	return out
}

// Move takes a record a step on.
func (b *Book) Move(ctx context.Context, who access.Actor, noun, id, name string, in Step) (r Record, err error) {
	d, err := b.Of(noun)
	if err != nil {
		return r, err
	}
	m, ok := d.Move(name)
	if !ok {
		return r, fault.New(fault.NotFound, "A %s has no such step.", d.One)
	}
	err = b.writeAs(ctx, who, noun, m.Permission, func(w *work) error {
		if r, err = w.load(id, in.Version); err != nil {
			return err
		}
		return w.move(m, &r, &in)
	})
	return r, err
}

func (w *work) move(m *Move, r *Record, in *Step) error {
	if err := w.open(m, r); err != nil {
		return err
	}
	all, err := versions(w.tx, w.d.Noun, r.ID)
	if err != nil {
		return err
	}
	if _, why := w.d.MayMove(m, r, all, w.tx.Actor()); why != "" {
		text := "You wrote on %s since it was last decided on. Somebody who did not decides."
		if m.Apart {
			text = "You took another step of %s. Somebody who did not decides."
		}
		return fault.New(fault.Forbidden, text, r.ID)
	}
	if err := w.ready(m, r); err != nil {
		return err
	}
	before := r.Values.Clone()
	reason := strings.TrimSpace(oneLine(in.Reason))
	bad, err := w.fill(r, &Input{Fields: in.Fields, Part: true}, w.asked(m))
	if err != nil {
		return err
	}
	if m.Why && (reason == "" || len(reason) > 2000) {
		bad = append(bad, fault.Field{Name: "reason", Text: "Say why, in at most 2,000 characters."})
	}
	if len(bad) == 0 && m.Ready != nil {
		bad = m.Ready(r, &w.world)
	}
	if len(bad) > 0 {
		return fault.Fields("Nothing was done with "+r.ID+".", bad...)
	}
	from := r.State
	if m.To != "" {
		r.State = m.To
	}
	if err := w.act(m, r); err != nil {
		return err
	}
	detail := changes(before, r.Values)
	if from != r.State {
		detail["state"] = from + " → " + r.State
	}
	if err := w.keep(r, m.Name, reason, detail); err != nil || m.Freezes == "" {
		return err
	}
	return w.freeze(r, m.Freezes)
}

// open says whether a record has the step. Where it depends on more than the state,
// it may ask about what is derived.
func (w *work) open(m *Move, r *Record) error {
	if m.If != nil {
		if err := w.derive(r); err != nil {
			return err
		}
	}
	if !m.openTo(r) {
		return fault.New(fault.Conflict, "%s is %s: that step is not open from there.", r.ID, strings.ToLower(w.d.State(r.State).Label))
	}
	return nil
}

// act does what follows from a move.
func (w *work) act(m *Move, r *Record) error {
	if m.Effect != nil {
		m.Effect(r, &w.world)
	}
	if also := w.b.Acts[w.d.Noun+"."+m.Name]; also != nil {
		return also(w.tx, r, &w.world)
	}
	return nil
}

// ready finds out what a move may ask about: what follows for the record from
// others, and the one that owns it.
func (w *work) ready(m *Move, r *Record) error {
	if m.Ready != nil {
		if err := w.derive(r); err != nil {
			return err
		}
	}
	return w.under(r)
}

// asked are the fields that a move asks for, required as it says.
func (w *work) asked(m *Move) (out []Field) {
	for _, a := range m.Asks {
		if f, ok := w.d.Field(a.Field); ok {
			one := *f
			one.Required = a.Required
			out = append(out, one)
		}
	}
	return out
}

// Archive takes a record out of the register.
func (b *Book) Archive(ctx context.Context, who access.Actor, noun, id, why string) (r Record, err error) {
	if why = oneLine(why); why == "" || len(why) > 2000 {
		return r, fault.Fields("Nothing was archived.", fault.Field{Name: "reason", Text: "Say why, in at most 2,000 characters."})
	}
	err = b.write(ctx, who, noun, func(w *work) error {
		if r, err = w.load(id, 0); err != nil {
			return err
		}
		for _, kid := range b.ChildrenOf(noun) {
			owned, err := having(w.tx, kid.Noun, kid.ParentBy, []string{id})
			if err != nil {
				return err
			}
			for i := range owned {
				child, err := b.open(w.tx, kid)
				if err != nil {
					return err
				}
				owned[i].ArchivedAt, owned[i].ArchivedWhy = w.tx.Now(), "With "+id+": "+why
				if err := child.keep(&owned[i], "archive", owned[i].ArchivedWhy, map[string]string{"archived": "yes"}); err != nil {
					return err
				}
			}
		}
		r.ArchivedAt, r.ArchivedWhy = w.tx.Now(), why
		return w.keep(&r, "archive", why, map[string]string{"archived": "yes"})
	})
	return r, err
}

// Restore brings an archived record back, with what went with it.
func (b *Book) Restore(ctx context.Context, who access.Actor, noun, id string) (r Record, err error) {
	err = b.write(ctx, who, noun, func(w *work) error {
		if r, err = load(w.tx, noun, id); err != nil {
			return refused(err, w.d, id)
		}
		if r.ArchivedAt.IsZero() {
			return fault.New(fault.Conflict, "%s is not archived.", id)
		}
		if w.d.Parent != "" {
			owner, err := load(w.tx, w.d.Parent, r.Get(w.d.ParentBy))
			if err != nil {
				return err
			}
			if !owner.ArchivedAt.IsZero() {
				return fault.New(fault.Conflict, "%s belongs to %s, which is archived. Bring that back first.", id, owner.ID)
			}
		}
		went := r.ArchivedAt
		r.ArchivedAt, r.ArchivedWhy = time.Time{}, ""
		if err := w.keep(&r, "restore", "", map[string]string{"archived": "no"}); err != nil {
			return err
		}
		return w.back(&r, went)
	})
	return r, err
}

// back restores the records that were archived together with their owner.
func (w *work) back(owner *Record, went time.Time) error {
	for _, kid := range w.b.ChildrenOf(w.d.Noun) {
		list, err := all(w.tx, kid.Noun)
		if err != nil {
			return err
		}
		child, err := w.b.open(w.tx, kid)
		if err != nil {
			return err
		}
		for i := range list {
			r := &list[i]
			if r.Get(kid.ParentBy) != owner.ID || !r.ArchivedAt.Equal(went) {
				continue
			}
			r.ArchivedAt, r.ArchivedWhy = time.Time{}, ""
			if err := child.keep(r, "restore", "", map[string]string{"archived": "no"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Snapshot is a register as it was when a move froze it.
type Snapshot struct {
	Of      string // noun
	Records int
	Body    []byte // JSON: a list of records in their canonical form
	At      time.Time
	Leaf    string
}

// Frozen is a record of a snapshot.
type Frozen struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Version int    `json:"version"`
	Fields  Values `json:"fields"`
	Derived Values `json:"derived,omitempty"`
}

// freeze takes a snapshot of a register with a record's move.
func (w *work) freeze(r *Record, noun string) error {
	d, err := w.b.Of(noun)
	if err != nil {
		return err
	}
	of, err := w.b.open(w.tx, d)
	if err != nil {
		return err
	}
	list, err := present(w.tx, noun)
	if err != nil {
		return err
	}
	if err := of.derive(pointers(list)...); err != nil {
		return err
	}
	frozen := make([]Frozen, 0, len(list))
	for i := range list {
		frozen = append(frozen, Frozen{list[i].ID, list[i].State, list[i].Version, list[i].Values, list[i].Derived})
	}
	s := Snapshot{Of: noun, Records: len(list), At: w.tx.Now()}
	if s.Body, err = json.Marshal(map[string]any{"v": 1, "of": noun, "settings": of.world.Settings, "records": frozen}); err != nil {
		return fmt.Errorf("snapshot of %s: %w", noun, err)
	}
	_, err = seal(w.tx, r, &s)
	return err
}

// seal commits to a snapshot in the log, with the version of the record that it
// belongs to.
func seal(tx *db.Tx, r *Record, s *Snapshot) (leaf string, err error) {
	salt := tlog.NewSalt()
	commit := tlog.Commit(salt, SnapshotPath, s.Body)
	leaves, err := ledger.Append(tx, ledger.Entry{
		Type: "register.frozen", Stream: "register/" + r.Noun,
		Body:   map[string]any{"noun": r.Noun, "id": r.ID, "version": r.Version, "of": s.Of, "records": s.Records},
		Commit: map[string]string{SnapshotPath: tlog.B64(commit[:])},
	})
	if err != nil {
		return "", err
	}
	s.Leaf = leaves[0]
	return s.Leaf, insertSnapshot(tx, r, s, salt)
}

// Snapshot returns the register that was frozen with a record.
func (b *Book) Snapshot(ctx context.Context, who access.Actor, noun, id string) (s Snapshot, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		if _, err := load(w.tx, noun, id); err != nil {
			return refused(err, w.d, id)
		}
		s, err = newestSnapshot(w.tx, noun, id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "Nothing was frozen with %s yet.", id)
		}
		return err
	})
	return s, err
}
