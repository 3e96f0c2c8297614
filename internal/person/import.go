package person

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Outcome is what an import does with a row.
type Outcome string

// The outcomes.
const (
	Added   Outcome = "add"
	Changed Outcome = "change"
	Same    Outcome = "same"
	Refused Outcome = "refuse"
)

// RowResult is what an import does with one row of the file.
type RowResult struct {
	Line     int
	Name     string
	Outcome  Outcome
	Changes  map[string]string // before and after
	Errors   []fault.Field     // why it is refused; Name is the column, empty for the row
	personID string
}

// ImportResult says what an import did, or would do.
type ImportResult struct {
	Applied bool
	Rows    []RowResult
	Counts  map[Outcome]int
	Ignored []string // headings that mean nothing here
	Absent  []Person // people who have not left and are not in the file; they are kept as they are
}

// Import reads people from CSV. A row is matched by external id, else by mail
// address, else by name and first day; a column that the file lacks keeps what
// is known. Without apply nothing is saved. Usable rows are kept whatever the
// others are.
func (s Service) Import(ctx context.Context, who access.Actor, file []byte, apply bool) (*ImportResult, error) {
	g, err := who.May(access.PersonImport)
	if err != nil {
		return nil, err
	}
	t, err := parse(file)
	if err != nil {
		return nil, err
	}
	var res *ImportResult
	work := func(tx *db.Tx) error {
		m, err := newMerge(tx)
		if err != nil {
			return err
		}
		res = m.run(tx, t)
		res.Applied = apply
		if res.Absent, err = m.absent(tx); err != nil || !apply {
			return err
		}
		return s.apply(tx, m, res)
	}
	if apply {
		return res, s.DB.Write(ctx, g, func(tx *db.Tx) error { return work(tx) })
	}
	err = s.DB.Read(ctx, g, work)
	return res, err
}

// merge is the register while a file is worked into it.
type merge struct {
	people   map[string]*Person // by id, as they will be
	before   map[string]Details
	external map[string]string // external id -> id
	email    map[string]string
	nameDay  map[string]string // name and first day -> id; "" when several
	byName   map[string]string // lower-case name -> id; "" when several
	line     map[string]int    // id -> line of the file that has it
	above    map[string]string // id -> manager
	added    []string
}

func newMerge(tx *db.Tx) (*merge, error) {
	people, err := all(tx)
	if err != nil {
		return nil, err
	}
	m := &merge{
		people: map[string]*Person{}, before: map[string]Details{}, external: map[string]string{}, email: map[string]string{},
		nameDay: map[string]string{}, byName: map[string]string{}, line: map[string]int{},
	}
	for i := range people {
		m.before[people[i].ID] = people[i].Details
		m.put(&people[i])
	}
	return m, nil
}

func nameDay(d *Details) string { return strings.ToLower(d.Name) + "\n" + d.StartsOn.String() }

func (m *merge) put(p *Person) {
	m.people[p.ID] = p
	for _, k := range []struct {
		index map[string]string
		key   string
	}{
		{m.external, p.ExternalID},
		{m.email, p.Email},
		{m.nameDay, nameDay(&p.Details)},
		{m.byName, strings.ToLower(p.Name)},
	} {
		if k.key == "" {
			continue
		}
		if other, taken := k.index[k.key]; taken && other != p.ID {
			k.index[k.key] = ""
		} else {
			k.index[k.key] = p.ID
		}
	}
}

func (m *merge) match(d *Details) string {
	if id := m.external[d.ExternalID]; d.ExternalID != "" && id != "" {
		return id
	}
	if id := m.email[d.Email]; d.Email != "" && id != "" {
		if other := m.people[id].ExternalID; other == "" || d.ExternalID == "" {
			return id
		}
		return ""
	}
	if id := m.nameDay[nameDay(d)]; id != "" && d.Email == "" && d.ExternalID == "" {
		return id
	}
	return ""
}

func (m *merge) run(tx *db.Tx, t *table) *ImportResult {
	res := &ImportResult{Counts: map[Outcome]int{}, Ignored: t.ignored}
	for i := range t.rows {
		res.Rows = append(res.Rows, m.take(tx, &t.rows[i]))
	}
	m.above = make(map[string]string, len(m.people))
	for id, p := range m.people {
		m.above[id] = p.Manager
	}
	for i := range t.rows { // once everybody is there
		m.setManager(&t.rows[i], &res.Rows[i])
	}
	for i := range res.Rows {
		r := &res.Rows[i]
		if r.Outcome == Changed || r.Outcome == Same {
			before := m.before[r.personID]
			if r.Changes = before.differs(&m.people[r.personID].Details); len(r.Changes) == 0 {
				r.Outcome = Same
			} else {
				r.Outcome = Changed
			}
		}
		res.Counts[r.Outcome]++
	}
	return res
}

// take works one row in, but for its manager.
func (m *merge) take(tx *db.Tx, r *row) RowResult {
	out := RowResult{Line: r.line, Name: oneLine(r.details.Name), Outcome: Refused}
	r.wrong = append(r.wrong, r.details.cleanGiven(r.given)...)
	if len(r.wrong) > 0 {
		out.Errors = r.wrong
		return out
	}
	id := m.match(&r.details)
	if line, twice := m.line[id]; twice && id != "" {
		out.Errors = []fault.Field{{Text: fmt.Sprintf("It is the same person as line %d.", line)}}
		return out
	}
	p := &Person{CreatedAt: tx.Now()}
	out.Outcome = Added
	if id != "" {
		known := *m.people[id]
		p, out.Outcome = &known, Changed
	} else {
		p.ID = trail.NewObject(tx, "per")
	}
	r.overlay(&p.Details)
	p.UpdatedAt = tx.Now()
	if field := m.taken(p); field != "" {
		out.Outcome = Refused
		out.Errors = []fault.Field{{Name: field, Text: "Somebody else has it already."}}
		return out
	}
	if wrong := p.wrongDates(); len(wrong) > 0 {
		out.Outcome, out.Errors = Refused, wrong
		return out
	}
	if id == "" {
		m.added = append(m.added, p.ID)
	} else {
		m.drop(m.people[id])
	}
	out.personID, m.line[p.ID] = p.ID, r.line
	m.put(p)
	return out
}

// drop takes a person's keys out of the indexes, before new ones are put in.
func (m *merge) drop(p *Person) {
	for _, k := range []struct {
		index map[string]string
		key   string
	}{{m.external, p.ExternalID}, {m.email, p.Email}, {m.nameDay, nameDay(&p.Details)}, {m.byName, strings.ToLower(p.Name)}} {
		if k.index[k.key] == p.ID {
			delete(k.index, k.key)
		}
	}
}

func (m *merge) taken(p *Person) string {
	if id := m.external[p.ExternalID]; p.ExternalID != "" && id != "" && id != p.ID {
		return "external_id"
	}
	if id := m.email[p.Email]; p.Email != "" && id != "" && id != p.ID {
		return "email"
	}
	return ""
}

// cleanGiven is clean for a file that may lack columns.
func (d *Details) cleanGiven(given map[string]bool) []fault.Field {
	if len(given) == 0 {
		return nil
	}
	return d.clean()
}

// overlay puts what the row has over what is known.
func (r *row) overlay(d *Details) {
	keep := *d
	manager := d.Manager
	*d = r.details
	d.Manager = manager
	for name, restore := range map[string]func(){
		"external_id": func() { d.ExternalID = keep.ExternalID },
		"email":       func() { d.Email = keep.Email },
		"title":       func() { d.Title = keep.Title },
		"group":       func() { d.Group = keep.Group },
		"ends_on":     func() { d.EndsOn = keep.EndsOn },
		"employment": func() {
			if keep.Employment != "" {
				d.Employment = keep.Employment
			}
		},
	} {
		if !r.given[name] {
			restore()
		}
	}
}

// setManager finds the row's manager among everybody. A manager who cannot be
// found, or would be below the person, is named; the rest of the row is kept.
func (m *merge) setManager(r *row, out *RowResult) {
	if out.Outcome == Refused || !r.given["manager"] {
		return
	}
	p := m.people[out.personID]
	if r.manager == "" {
		p.Manager, m.above[p.ID] = "", ""
		return
	}
	id := m.external[r.manager]
	for _, index := range []map[string]string{m.email, m.byName} {
		if id == "" {
			id = index[strings.ToLower(r.manager)]
		}
	}
	if id == "" {
		out.Errors = append(out.Errors, fault.Field{
			Name: "manager",
			Text: fmt.Sprintf("There is not exactly one person %q; the manager was left as it was.", r.manager),
		})
		return
	}
	if ownManager(p.ID, id, m.above) {
		out.Errors = append(out.Errors, fault.Field{Name: "manager", Text: "They would manage themselves; the manager was left as it was."})
		return
	}
	p.Manager, m.above[p.ID] = id, id
}

func (m *merge) absent(tx *db.Tx) ([]Person, error) {
	today, err := Today(tx)
	if err != nil {
		return nil, err
	}
	people, err := all(tx)
	if err != nil {
		return nil, err
	}
	var out []Person
	for i := range people {
		if _, in := m.line[people[i].ID]; !in && people[i].State(today) != Left {
			out = append(out, people[i])
		}
	}
	return out, nil
}

func (s Service) apply(tx *db.Tx, m *merge, res *ImportResult) error {
	for i := range res.Rows {
		r := &res.Rows[i]
		if r.Outcome != Added && r.Outcome != Changed {
			continue
		}
		p, write, detail := m.people[r.personID], save, maps.Clone(r.Changes)
		if r.Outcome == Added {
			write, detail = insert, map[string]string{"added": "yes"}
		}
		if err := write(tx, p); err != nil {
			return double(err)
		}
		detail["line"] = strconv.Itoa(r.Line)
		if err := s.wrote(tx, p, detail); err != nil {
			return err
		}
	}
	return trail.Add(tx, trail.Act{Noun: "person", Object: "import", Label: "People imported", Detail: map[string]string{
		"added": strconv.Itoa(res.Counts[Added]), "changed": strconv.Itoa(res.Counts[Changed]),
		"same": strconv.Itoa(res.Counts[Same]), "refused": strconv.Itoa(res.Counts[Refused]),
	}})
}
