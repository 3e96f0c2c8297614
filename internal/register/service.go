package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/trail"
)

// Someone is a person of the register of people.
type Someone struct{ ID, Name, Email string }

// Book is the use cases of every register.
type Book struct {
	DB           *db.DB
	Library      *catalog.Library
	Declarations []Declaration
	// People lists the people whom a field may name.
	People func(tx *db.Tx) ([]Someone, error)
	// PersonOf returns the id of the person whose account a user's is; empty if
	// nobody's.
	PersonOf func(tx *db.Tx, userID string) (string, error)
	// Control reports, by its error, a control that does not exist. It may be nil.
	Control func(tx *db.Tx, id string) error
	// Evidence reports, by its error, evidence that does not exist. It may be nil.
	Evidence func(tx *db.Tx, id string) error
	// Answered lists the organization's controls, and who answers for each. It may
	// be nil.
	Answered func(tx *db.Tx) ([]Answered, error)
	// Acts are what else a move does, in its transaction, by "noun.move": what it
	// reads or seals elsewhere and writes into the record. It may be nil.
	Acts map[string]func(tx *db.Tx, r *Record, w *World) error
	// Before are what is worked out anew for an organization before a register is
	// collected, by noun. It may be nil.
	Before map[string]func(ctx context.Context, org string) error
	// Changed names the work that follows a change, queued in its transaction
	// with the argument "register/<noun>": collecting the register. Empty: none.
	Changed string
	// Also are the sources that are collected anew as well, by the noun of a register
	// without a parent. It may be nil.
	Also map[string][]string

	made    sync.Mutex
	schemas map[string][]resource.Schema // guarded by made; by noun
}

// Of finds a register by its noun.
func (b *Book) Of(noun string) (*Declaration, error) {
	i := slices.IndexFunc(b.Declarations, func(d Declaration) bool { return d.Noun == noun })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "There is no register of that name.")
	}
	return &b.Declarations[i], nil
}

// ChildrenOf lists the registers whose records those of a register own.
func (b *Book) ChildrenOf(noun string) (out []*Declaration) {
	for i := range b.Declarations {
		if b.Declarations[i].Parent == noun {
			out = append(out, &b.Declarations[i])
		}
	}
	return out
}

// Input is a record as somebody enters it.
type Input struct {
	ExternalID string
	Fields     map[string][]string // as entered, by name; what is absent is empty
	Version    int                 // that was read; not for new records
	Part       bool                // fields that are absent stay as they are
}

// Add puts a record in the register.
func (b *Book) Add(ctx context.Context, who access.Actor, noun string, in Input) (r Record, err error) {
	err = b.write(ctx, who, noun, func(w *work) error {
		r, err = w.add(&in)
		return err
	})
	return r, err
}

func (w *work) add(in *Input) (r Record, err error) {
	r = Record{Noun: w.d.Noun, State: w.d.States[0].Name, Values: Values{}, ExternalID: oneLine(in.ExternalID)}
	bad, err := w.fill(&r, in, w.d.Entered())
	if err != nil {
		return r, err
	}
	if len(bad) == 0 {
		if bad, err = w.check(&r); err != nil {
			return r, err
		}
	}
	if len(bad) > 0 {
		return r, fault.Fields("The "+w.d.One+" was not added.", bad...)
	}
	if w.preset != nil {
		w.preset(&r)
	}
	return r, w.insert(&r, "")
}

func (w *work) insert(r *Record, note string) (err error) {
	if r.Number, err = take(w.tx, w.d.Noun); err != nil {
		return err
	}
	r.ID = fmt.Sprintf("%s-%02d", w.d.Prefix, r.Number)
	r.CreatedAt = w.tx.Now()
	return w.keep(r, "add", note, map[string]string{"added": "yes"})
}

// Edit changes what a record says.
func (b *Book) Edit(ctx context.Context, who access.Actor, noun, id string, in Input) (r Record, err error) {
	err = b.write(ctx, who, noun, func(w *work) error {
		if r, err = w.load(id, in.Version); err != nil {
			return err
		}
		return w.edit(&r, &in, "")
	})
	return r, err
}

func (w *work) edit(r *Record, in *Input, note string) error {
	if st := w.d.State(r.State); st.Fixed {
		return fault.New(fault.Conflict, "%s is %s; what it says is not changed any more.", r.ID, strings.ToLower(st.Label))
	}
	before := r.Values.Clone()
	bad, err := w.fill(r, in, w.d.Entered())
	if err != nil {
		return err
	}
	if len(bad) == 0 {
		if bad, err = w.check(r); err != nil {
			return err
		}
	}
	if len(bad) == 0 {
		bad = w.held(r, before)
	}
	if len(bad) > 0 {
		return fault.Fields("The "+w.d.One+" was not changed.", bad...)
	}
	detail := changes(before, r.Values)
	if external := oneLine(in.ExternalID); !in.Part && external != r.ExternalID {
		detail["external_id"] = r.ExternalID + " → " + external
		r.ExternalID = external
	}
	if len(detail) == 0 {
		return nil
	}
	return w.keep(r, "edit", note, detail)
}

// held are the fields that were changed and are not any more.
func (w *work) held(r *Record, before Values) (bad []fault.Field) {
	if w.d.Held == nil {
		return nil
	}
	was := *r
	was.Values = before
	for _, name := range w.d.Held(&was) {
		if !slices.Equal(before[name], r.Values[name]) {
			bad = append(bad, fault.Field{Name: name, Text: "This is fixed since it is " + strings.ToLower(w.d.State(r.State).Label) + "."})
		}
	}
	return bad
}

// load reads a record and sees that it is the version that was read; any if 0.
func (w *work) load(id string, version int) (Record, error) {
	if err := w.tx.Lock("register " + w.tx.Org() + " " + w.d.Noun + " " + id); err != nil {
		return Record{}, err
	}
	r, err := load(w.tx, w.d.Noun, id)
	if err != nil {
		return r, refused(err, w.d, id)
	}
	if version != 0 && version != r.Version {
		return r, fault.New(fault.Conflict, "%s changed %s while you were at it: it is now at version %d, and you began with %d. Nothing of yours was saved; look at the history, then save again.", r.ByName, r.ID, r.Version, version)
	}
	if !r.ArchivedAt.IsZero() {
		return r, fault.New(fault.Conflict, "%s is archived. Bring it back first.", r.ID)
	}
	return r, nil
}

// refused names the register in which something was not found.
func refused(err error, d *Declaration, id string) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "There is no %s %s.", d.One, clip(id))
	}
	return err
}

// keep saves the record with its next version, its index, and an entry of the
// trail, and has the register collected.
func (w *work) keep(r *Record, act, note string, detail map[string]string) error {
	by := w.tx.Actor()
	fresh := r.Version == 0
	r.Version, r.UpdatedAt, r.By, r.ByName = r.Version+1, w.tx.Now(), by.ID, by.Name
	if err := w.derive(r); err != nil {
		return err
	}
	put := save
	if fresh {
		put = insert
	}
	if err := put(w.tx, w.d, r); err != nil {
		return err
	}
	if err := insertVersion(w.tx, r, act, note); err != nil {
		return err
	}
	if err := reindex(w.tx, w.d, r, fresh); err != nil {
		return err
	}
	if err := w.above(r); err != nil {
		return err
	}
	b, err := body(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	detail["version"], detail["version_sha256"] = strconv.Itoa(r.Version), hex.EncodeToString(sum[:])
	if note != "" {
		detail["reason"] = note
	}
	if err := trail.Add(w.tx, trail.Act{Action: w.d.Noun + "." + act, Noun: w.d.Noun, Object: r.ID, Label: r.Label(w.d), Detail: detail}); err != nil {
		return err
	}
	w.wrote = true
	return nil
}

// above works out anew what follows for the record that owns this one.
func (w *work) above(r *Record) error {
	if w.d.Parent == "" {
		return nil
	}
	d, err := w.b.Of(w.d.Parent)
	if err != nil || d.Derive == nil {
		return err
	}
	up, err := w.b.open(w.tx, d)
	if err != nil {
		return err
	}
	owner, err := load(w.tx, d.Noun, r.Get(w.d.ParentBy))
	if err != nil {
		return err
	}
	if err := up.derive(&owner); err != nil {
		return err
	}
	return reindex(w.tx, d, &owner, false)
}

const settle = time.Minute // so that one collection takes many changes

func (w *work) changed() error {
	if w.b.Changed == "" || !w.wrote {
		return nil
	}
	noun := w.d.Noun
	if w.d.Parent != "" {
		noun = w.d.Parent
	}
	for _, name := range append([]string{noun}, w.b.Also[noun]...) {
		if err := job.Add(w.tx, w.b.Changed, "register/"+name, w.tx.Now().Add(settle)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) write(ctx context.Context, who access.Actor, noun string, fn func(*work) error) error {
	return b.writeAs(ctx, who, noun, "", fn)
}

// writeAs asks for a permission, that of changing records if it is empty.
func (b *Book) writeAs(ctx context.Context, who access.Actor, noun string, may access.Permission, fn func(*work) error) error {
	d, err := b.Of(noun)
	if err != nil {
		return err
	}
	if may == "" {
		may = d.Edit
	}
	g, err := who.May(may)
	if err != nil {
		return err
	}
	return b.DB.Write(ctx, g, func(tx *db.Tx) error {
		w, err := b.open(tx, d)
		if err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		return w.changed()
	})
}

func (b *Book) read(ctx context.Context, who access.Actor, noun string, fn func(*work) error) error {
	d, err := b.Of(noun)
	if err != nil {
		return err
	}
	g, err := who.May(d.Read)
	if err != nil {
		return err
	}
	return b.DB.Read(ctx, g, func(tx *db.Tx) error {
		w, err := b.open(tx, d)
		if err != nil {
			return err
		}
		return fn(w)
	})
}

func oneLine(s string) string { return strings.Join(strings.Fields(db.Plain(s)), " ") }
