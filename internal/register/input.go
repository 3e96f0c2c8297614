package register

import (
	"maps"
	"slices"
	"strings"

	"assay/catalog"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/standing"
)

// work is one register in one transaction.
type work struct {
	b      *Book
	d      *Declaration
	tx     *db.Tx
	world  World
	look   lookup
	people map[string]string // every spelling of a person -> id; "" when several
	names  map[string]string
	wrote  bool
	preset func(*Record) // what a use case sets in a new record; may be nil
}

func (b *Book) open(tx *db.Tx, d *Declaration) (*work, error) {
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	w := &work{b: b, d: d, tx: tx, world: World{Now: tx.Now(), Zone: o.Location()}}
	w.world.Today = standing.DayOf(tx.Now(), w.world.Zone)
	if w.world.Settings, err = b.settings(tx, d); err != nil {
		return nil, err
	}
	w.look = lookup{
		zone: w.world.Zone, settings: w.world.Settings, person: w.person, control: w.control, link: w.link, evidence: w.evidence,
		criteria: func(id string) bool { _, ok := b.Library.Criteria().Criterion(criteria.ID(id)); return ok },
	}
	return w, nil
}

// settings are those of a register, with defaults.
func (b *Book) settings(tx *db.Tx, d *Declaration) (Values, error) {
	out := Values{}
	for i := range d.Settings {
		f := &d.Settings[i]
		list, err := f.readAll([]string{f.Default}, &lookup{})
		if err != nil {
			return nil, err
		}
		out[f.Name] = list
	}
	if len(d.Settings) == 0 {
		return out, nil
	}
	chosen, err := settings(tx, d.Noun)
	maps.Copy(out, chosen)
	return out, err
}

func (w *work) person(text string) (string, error) {
	if w.people == nil {
		list, err := w.b.People(w.tx)
		if err != nil {
			return "", err
		}
		w.people, w.names = map[string]string{}, map[string]string{}
		for _, p := range list {
			w.names[p.ID] = p.Name
			for _, spelling := range []string{p.ID, p.Name, p.Email} {
				spelling = strings.ToLower(spelling)
				if have, ok := w.people[spelling]; ok && have != p.ID {
					w.people[spelling] = ""
				} else {
					w.people[spelling] = p.ID
				}
			}
		}
	}
	if id := w.people[strings.ToLower(text)]; id != "" {
		return id, nil
	}
	return "", wrong("There is not exactly one person " + clip(text) + " in the register of people. Give a name, an address or an id.")
}

func (w *work) control(id string) error {
	if _, ok := w.b.Library.Control(catalog.ControlID(id)); ok || w.b.Control == nil {
		return nil // it may be adopted later
	}
	if err := w.b.Control(w.tx, id); err != nil {
		return refusal(err, "There is no control "+clip(id)+".")
	}
	return nil
}

func (w *work) link(noun, id string) error {
	if _, err := load(w.tx, noun, id); err != nil {
		return refusal(err, "There is no "+clip(id)+" in that register.")
	}
	return nil
}

func (w *work) evidence(id string) error {
	if w.b.Evidence == nil {
		return nil
	}
	if err := w.b.Evidence(w.tx, id); err != nil {
		return refusal(err, "There is no evidence "+clip(id)+".")
	}
	return nil
}

// under finds the record that owns another, for the rules.
func (w *work) under(r *Record) error {
	if w.d.Parent == "" {
		return nil
	}
	id := r.Values.Get(w.d.ParentBy)
	if w.world.Owner != nil && w.world.Owner.ID == id {
		return nil
	}
	owner, err := load(w.tx, w.d.Parent, id)
	w.world.Owner = &owner
	return err
}

// refusal is what a field is refused for when something was not found; other
// errors stay what they are.
func refusal(err error, text string) error {
	if fault.Is(err, fault.NotFound) {
		return wrong(text)
	}
	return err
}

// fill reads what was entered into the record. Only the fields of allowed are
// taken.
func (w *work) fill(r *Record, in *Input, allowed []Field) ([]fault.Field, error) {
	var bad []fault.Field
	known := map[string]bool{}
	for i := range allowed {
		f := &allowed[i]
		known[f.Name] = true
		texts, given := in.Fields[f.Name]
		if !given && in.Part {
			continue
		}
		if len(texts) == 0 && f.Default != "" && r.Version == 0 {
			texts = []string{f.Default}
		}
		list, err := f.readAll(texts, &w.look)
		if text, ok := err.(wrong); ok { //nolint:errorlint // made here, never wrapped
			bad = append(bad, fault.Field{Name: f.Name, Text: string(text)})
			continue
		}
		if err != nil {
			return nil, err
		}
		if delete(r.Values, f.Name); len(list) > 0 {
			r.Values[f.Name] = list
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Fields)) {
		if !known[name] {
			bad = append(bad, fault.Field{Name: name, Text: "This cannot be entered here."})
		}
	}
	return append(bad, w.missing(r, allowed, bad)...), nil
}

func (w *work) missing(r *Record, allowed []Field, bad []fault.Field) (out []fault.Field) {
	for i := range allowed {
		f := &allowed[i]
		refused := slices.ContainsFunc(bad, func(b fault.Field) bool { return b.Name == f.Name })
		if f.Required && len(r.Values[f.Name]) == 0 && !refused {
			out = append(out, fault.Field{Name: f.Name, Text: "This is needed."})
		}
	}
	return out
}

// check fills in what was left out, and says what is wrong with the record as a
// whole.
func (w *work) check(r *Record) ([]fault.Field, error) {
	if err := w.under(r); err != nil {
		return nil, err
	}
	return w.wrongs(r), nil
}

func (w *work) wrongs(r *Record) []fault.Field {
	if w.d.Complete != nil {
		w.d.Complete(r, &w.world)
	}
	if w.d.Check == nil {
		return nil
	}
	return w.d.Check(r, &w.world)
}

// mostAtOnce bounds the ids that one statement names.
const mostAtOnce = 500

// derive works out what follows from the records.
func (w *work) derive(list ...*Record) error {
	for _, r := range list {
		r.Derived = nil
	}
	if w.d.Derive == nil {
		return nil
	}
	kids := w.b.ChildrenOf(w.d.Noun)
	for part := range slices.Chunk(list, mostAtOnce) {
		owned, err := w.owned(kids, part)
		if err != nil {
			return err
		}
		for _, r := range part {
			world := w.world
			if len(kids) > 0 {
				world.Children = map[string][]Record{}
				for _, kid := range kids {
					world.Children[kid.Noun] = owned[kid.Noun+" "+r.ID]
				}
			}
			w.d.Derive(r, &world)
		}
	}
	return nil
}

// owned are the records that the records own, by noun and owner.
func (w *work) owned(kids []*Declaration, list []*Record) (map[string][]Record, error) {
	out := map[string][]Record{}
	ids := make([]string, 0, len(list))
	for _, r := range list {
		if r.ID != "" {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	for _, kid := range kids {
		found, err := having(w.tx, kid.Noun, kid.ParentBy, ids)
		if err != nil {
			return nil, err
		}
		for i := range found {
			at := kid.Noun + " " + found[i].Get(kid.ParentBy)
			out[at] = append(out[at], found[i])
		}
	}
	return out, nil
}

// pointers are the records of a list, to be changed in place.
func pointers(list []Record) []*Record {
	out := make([]*Record, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}
