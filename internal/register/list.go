package register

import (
	"context"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Cond is a field with the values that it may have; of Until, the first day that
// it may not reach.
type Cond struct {
	Field string
	Any   []string
}

// Filter narrows, sorts and cuts a list; the zero value is everything by number.
type Filter struct {
	Query    string // words that all are in the text
	Where    []Cond // state and indexed fields
	Until    []Cond // dates that are set and before a day
	Sort     string // field, "state" or "id", "-" before it for the highest first; empty: number
	After    string // id of the last record of the page before
	Before   string // id of the first record of the page after
	Limit    int    // 0 for all
	Archived bool   // what was archived, and nothing else; by number
}

// Listing is a page of a register.
type Listing struct {
	Records []Record
	Total   int                       // that the filter finds, on all pages
	First   int                       // position of the first record of the page, from 1
	All     int                       // records that are not archived
	Next    string                    // what to send as After for the next page; empty on the last
	Counts  map[string]map[string]int // of everything, by field and value, for fields to filter by
	Names   map[string]string         // of people by id
	World   World
}

// List returns a page of a register.
func (b *Book) List(ctx context.Context, who access.Actor, noun string, f Filter) (l Listing, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		if err := w.sound(&f); err != nil {
			return err
		}
		l, err = w.list(&f)
		return err
	})
	return l, err
}

// sound refuses what a list cannot be narrowed or sorted by.
func (w *work) sound(f *Filter) error {
	sorting := strings.TrimPrefix(f.Sort, "-")
	if f.Archived {
		f.Sort, f.Where, f.Until, sorting = "", nil, nil, ""
	}
	indexed := func(name string) bool {
		field, ok := w.d.Field(name)
		return name == "state" || ok && field.Indexed()
	}
	if field, ok := w.d.Field(sorting); sorting != "" && sorting != "id" && (!indexed(sorting) || ok && field.Many) {
		return fault.Fields("The list cannot be sorted so.", fault.Field{Name: "sort", Text: "Choose a column of the list."})
	}
	for _, c := range slices.Concat(f.Where, f.Until) {
		if !indexed(c.Field) {
			return fault.Fields("The list cannot be narrowed so.", fault.Field{Name: c.Field, Text: "Lists are not narrowed by this."})
		}
	}
	return nil
}

func (w *work) list(f *Filter) (l Listing, err error) {
	l.World = w.world
	ask := *f
	if f.Limit > 0 {
		ask.Limit = f.Limit + 1
	}
	if l.Records, err = ask.page(w.tx, w.d); err != nil {
		return l, err
	}
	more := f.Limit > 0 && len(l.Records) > f.Limit
	if more {
		l.Records = l.Records[:f.Limit]
	}
	if f.Before != "" {
		slices.Reverse(l.Records)
	}
	if n := len(l.Records); n > 0 && (more || f.Before != "") {
		l.Next = l.Records[n-1].ID
	}
	if err := w.derive(pointers(l.Records)...); err != nil {
		return l, err
	}
	if l.Total, err = f.count(w.tx, w.d); err != nil {
		return l, err
	}
	if err := w.position(f, &l); err != nil {
		return l, err
	}
	l.Counts = map[string]map[string]int{}
	if l.Counts["state"], err = tally(w.tx, w.d.Noun, "state"); err != nil {
		return l, err
	}
	for _, n := range l.Counts["state"] {
		l.All += n
	}
	for i := range w.d.Fields {
		if field := &w.d.Fields[i]; field.Filter && field.Indexed() {
			if l.Counts[field.Name], err = tally(w.tx, w.d.Noun, field.Name); err != nil {
				return l, err
			}
		}
	}
	l.Names, err = w.peoplesNames()
	return l, err
}

// position says where in the list the page begins.
func (w *work) position(f *Filter, l *Listing) error {
	if len(l.Records) == 0 || f.After == "" && f.Before == "" {
		l.First = min(1, len(l.Records))
		return nil
	}
	before := *f
	before.After, before.Before, before.Limit = "", l.Records[0].ID, 0
	list, err := before.page(w.tx, w.d)
	l.First = len(list) + 1
	return err
}

func (w *work) peoplesNames() (map[string]string, error) {
	if w.names == nil {
		if _, err := w.person(""); err != nil {
			if _, ok := err.(wrong); !ok { //nolint:errorlint // made here, never wrapped
				return nil, err
			}
		}
	}
	return w.names, nil
}

// Owned is the records of one register that a record owns.
type Owned struct {
	Declaration *Declaration
	Records     []Record
	World       World
}

// Detail is one record with everything about it.
type Detail struct {
	Record
	Versions []Version // the oldest first
	History  []trail.Entry
	Owned    []Owned
	Linked   []Owned // records of other registers that link to it
	Names    map[string]string
	World    World // with Children
	Frozen   *Snapshot
}

// Get returns one record, archived or not.
func (b *Book) Get(ctx context.Context, who access.Actor, noun, id string) (d Detail, err error) {
	err = b.read(ctx, who, noun, func(w *work) error {
		d, err = w.detail(id)
		return err
	})
	return d, err
}

func (w *work) detail(id string) (d Detail, err error) {
	if d.Record, err = load(w.tx, w.d.Noun, id); err != nil {
		return d, refused(err, w.d, id)
	}
	if err := w.derive(&d.Record); err != nil {
		return d, err
	}
	d.World = w.world
	if d.Versions, err = versions(w.tx, w.d.Noun, id); err != nil {
		return d, err
	}
	if d.History, err = trail.List(w.tx, trail.Filter{Noun: w.d.Noun, Object: id, Limit: 200}); err != nil {
		return d, err
	}
	if d.Names, err = w.peoplesNames(); err != nil {
		return d, err
	}
	if s, err := newestSnapshot(w.tx, w.d.Noun, id); err == nil {
		d.Frozen = &s
	} else if !fault.Is(err, fault.NotFound) {
		return d, err
	}
	d.World.Children = map[string][]Record{}
	for i := range w.b.Declarations {
		if other := &w.b.Declarations[i]; other.Parent == w.d.Noun || w.tx.Actor().Can(other.Read) {
			if err := w.around(&d, other); err != nil {
				return d, err
			}
		}
	}
	return d, nil
}

// around finds the records of a register that lead to the one that is shown.
func (w *work) around(d *Detail, other *Declaration) error {
	for _, field := range other.Fields {
		if field.Type != Link || field.To != w.d.Noun {
			continue
		}
		o, err := w.pointing(other, &field, d.ID)
		if err != nil {
			return err
		}
		if other.Parent == w.d.Noun && field.Name == other.ParentBy {
			d.Owned = append(d.Owned, o)
			d.World.Children[other.Noun] = o.Records
		} else if len(o.Records) > 0 {
			d.Linked = append(d.Linked, o)
		}
	}
	return nil
}

// pointing are the records of a register with an id in a field.
func (w *work) pointing(d *Declaration, f *Field, id string) (Owned, error) {
	other, err := w.b.open(w.tx, d)
	if err != nil {
		return Owned{}, err
	}
	o := Owned{Declaration: d, World: other.world}
	if o.Records, err = having(w.tx, d.Noun, f.Name, []string{id}); err != nil {
		return o, err
	}
	return o, other.derive(pointers(o.Records)...)
}

// Pending is a due day of a record.
type Pending struct {
	Declaration *Declaration
	Due         Due
	Record      Record
	On          standing.Date
	Owner       string // id of the person who is asked; may be empty
}

// Pending are the due days of every register that are near or over, of records
// whose state has not ended. mine is the person whom the actor's account belongs
// to; empty if nobody's. Those up to a day are there however far ahead it is.
func (b *Book) Pending(ctx context.Context, who access.Actor, ahead standing.Date) (out []Pending, mine string, err error) {
	for i := range b.Declarations {
		d := &b.Declarations[i]
		if !who.Can(d.Read) || len(d.Dues) == 0 {
			continue
		}
		err := b.read(ctx, who, d.Noun, func(w *work) error {
			if mine, err = b.PersonOf(w.tx, who.ID); err != nil {
				return err
			}
			for _, due := range d.Dues {
				list, err := w.due(&due, ahead)
				if err != nil {
					return err
				}
				out = append(out, list...)
			}
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	return out, mine, nil
}

func (w *work) due(due *Due, ahead standing.Date) (out []Pending, err error) {
	until := max(w.world.Today+standing.Date(due.Ahead), ahead) + 1
	f := Filter{Until: []Cond{{due.Field, []string{until.String()}}}}
	list, err := f.page(w.tx, w.d)
	if err != nil {
		return nil, err
	}
	if err := w.derive(pointers(list)...); err != nil {
		return nil, err
	}
	for i := range list {
		r := &list[i]
		if w.d.State(r.State).Ended || len(due.While) > 0 && !slices.Contains(due.While, r.State) {
			continue
		}
		on := r.Date(due.Field)
		if at := r.At(due.Field); on == 0 && !at.IsZero() {
			on = standing.DayOf(at, w.world.Zone)
		}
		out = append(out, Pending{w.d, *due, *r, on, r.Get(due.Owner)})
	}
	return out, nil
}

// Waiting are the decisions that are open in every register: records in a state
// from which a move decides.
func (b *Book) Waiting(ctx context.Context, who access.Actor) (out []Waiting, err error) {
	for i := range b.Declarations {
		d := &b.Declarations[i]
		for j := range d.Moves {
			m := &d.Moves[j]
			if !m.Decides || !who.Can(d.Read) || !d.asksFor(m) {
				continue
			}
			err := b.read(ctx, who, d.Noun, func(w *work) error {
				f := Filter{Where: []Cond{{"state", m.From}}}
				list, err := f.page(w.tx, d)
				for k := range list {
					all, err := versions(w.tx, d.Noun, list[k].ID)
					if err != nil {
						return err
					}
					out = append(out, Waiting{d, m, list[k], all})
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Waiting is a decision that is open.
type Waiting struct {
	Declaration *Declaration
	Move        *Move
	Record      Record
	Versions    []Version
}

// asksFor reports whether somebody asks for a decision by bringing a record into
// a state: the move leads from states that another move leads to.
func (d *Declaration) asksFor(m *Move) bool {
	return m.To != "" && slices.ContainsFunc(d.Moves, func(o Move) bool {
		return !o.Decides && o.To != "" && slices.Contains(m.From, o.To) && len(m.From) == 1
	})
}

// Load reads one record by itself, archived or not, without what follows for it.
func (b *Book) Load(tx *db.Tx, noun, id string) (Record, error) {
	d, err := b.Of(noun)
	if err != nil {
		return Record{}, err
	}
	r, err := load(tx, noun, id)
	return r, refused(err, d, id)
}

// Everything are the records of a register that are not archived, with what
// follows from them.
func (b *Book) Everything(tx *db.Tx, noun string) ([]Record, World, error) {
	d, err := b.Of(noun)
	if err != nil {
		return nil, World{}, err
	}
	w, err := b.open(tx, d)
	if err != nil {
		return nil, World{}, err
	}
	list, err := present(tx, noun)
	if err != nil {
		return nil, World{}, err
	}
	return list, w.world, w.derive(pointers(list)...)
}
