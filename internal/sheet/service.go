package sheet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Show is which items of a sheet are listed.
type Show string

// The parts of a sheet.
const (
	All    Show = "all"
	Open   Show = "open"      // with marks to make
	Bad    Show = "deviating" // with an attribute that deviates
	Doubts Show = "check"     // marked otherwise than a check said, or left open by it
)

// Shows lists the parts.
func Shows() []Show { return []Show{All, Open, Bad, Doubts} }

// Filter narrows a listing; the zero value is every item.
type Filter struct {
	Show   Show
	After  int // number of the last one of the page before
	Before int // number of the first one of the page after, instead
	Limit  int // 0 for all
}

// Listing is a page of a sheet.
type Listing struct {
	Record     register.Record
	Attributes []Attribute
	Rows       []Row
	Total      int // that the filter finds
	Counts     Counts
	Parts      map[Show]int
	Exceptions map[int]string // ids of those that are not withdrawn, by number of the item
	Over       bool           // the engagement has ended
	Earlier    bool           // the filter finds items before these
	Later      bool           // and after
}

// List returns a page of the items of a sheet.
func (s *Service) List(ctx context.Context, who access.Actor, id string, f Filter) (l Listing, err error) {
	g, err := who.May(access.SheetRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		l, err = s.Within(tx, id)
		return err
	})
	l.cut(&f)
	return l, err
}

// Within is List of every item for a transaction whose use case asked for a
// permission of its own. What Parts counts is not counted.
func (s *Service) Within(tx *db.Tx, id string) (l Listing, err error) {
	if l.Record, err = s.Books.Load(tx, engagement.SheetNoun, id); err != nil {
		return l, err
	}
	e, err := s.Books.Load(tx, engagement.Noun, l.Record.Get("engagement"))
	if err != nil {
		return l, err
	}
	l.Over = engagement.Over(&e)
	if l.Rows, err = list(tx, id); err != nil {
		return l, err
	}
	l.Attributes = Attributes(&l.Record)
	l.Counts = count(l.Attributes, l.Rows)
	return l, s.raised(tx, &l)
}

// raised finds the exceptions of the sheet.
func (s *Service) raised(tx *db.Tx, l *Listing) error {
	l.Exceptions = map[int]string{}
	list, err := s.Books.Having(tx, engagement.ExceptionNoun, "sheet", l.Record.ID)
	for i := range list {
		x := &list[i]
		if !x.ArchivedAt.IsZero() || x.State == engagement.ExceptionOff {
			continue
		}
		for _, text := range x.List("sheet_items") {
			if n, err := strconv.Atoi(text); err == nil {
				l.Exceptions[n] = x.ID
			}
		}
	}
	return err
}

// cut leaves the items of a page.
func (l *Listing) cut(f *Filter) {
	l.Parts = map[Show]int{}
	var found []Row
	for i := range l.Rows {
		row := &l.Rows[i]
		for _, show := range Shows() {
			if l.is(row, show) {
				l.Parts[show]++
			}
		}
		if l.is(row, f.Show) {
			found = append(found, *row)
		}
	}
	l.Total = len(found)
	first, last := 0, 0
	if len(found) > 0 {
		first, last = found[0].Number, found[len(found)-1].Number
	}
	switch {
	case f.Before > 0:
		found = slices.DeleteFunc(found, func(r Row) bool { return r.Number >= f.Before })
		if f.Limit > 0 && len(found) > f.Limit {
			found = found[len(found)-f.Limit:]
		}
	default:
		found = slices.DeleteFunc(found, func(r Row) bool { return r.Number <= f.After })
		if f.Limit > 0 && len(found) > f.Limit {
			found = found[:f.Limit]
		}
	}
	if l.Rows = found; len(found) > 0 {
		l.Earlier, l.Later = found[0].Number > first, found[len(found)-1].Number < last
	}
}

// is reports whether an item is in a part of the sheet.
func (l *Listing) is(r *Row, show Show) bool {
	switch show {
	case Open:
		return !r.Replaced && slices.ContainsFunc(l.Attributes, func(a Attribute) bool { return r.Cells[a.Letter].Mark == "" })
	case Bad:
		return r.deviates()
	case Doubts:
		return slices.ContainsFunc(l.Attributes, func(a Attribute) bool {
			c := r.Cells[a.Letter]
			return c.Verdict != nil && (c.Verdict.Says == "" || c.Verdict.Says != c.Mark)
		})
	case All:
	}
	return true
}

// Marking is a mark that somebody makes. What is nil stays as it is.
type Marking struct {
	Item      int    // its number
	Attribute string // a letter; empty: the note and the evidence of the item as a whole
	Mark      *Mark  // an empty one takes a mark back
	Note      *string
	Evidence  *[]string
}

// The most that is sent at once, and the longest note, in characters.
const (
	most         = 1000
	mostNote     = 1000
	mostEvidence = 20
)

// Mark makes marks on a sheet: all of them, or none. It returns how many differ from
// those in force.
func (s *Service) Mark(ctx context.Context, who access.Actor, id string, marks []Marking) (n int, err error) {
	if len(marks) == 0 || len(marks) > most {
		return 0, fault.Fields("Nothing was marked.", fault.Field{Name: "marks", Text: fmt.Sprintf("Send 1 to %d marks.", most)})
	}
	g, err := who.May(access.SheetPerform)
	if err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		r, err := s.open(tx, id)
		if err != nil {
			return err
		}
		rows, err := list(tx, id)
		if err != nil {
			return err
		}
		changed, bad, err := s.take(tx, &r, rows, marks)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			return fault.Fields("Nothing was marked.", bad...)
		}
		if n = len(changed); n == 0 {
			return nil
		}
		return s.keep(tx, &r, rows, changed)
	})
	return n, err
}

// open is a sheet that is in progress, in an engagement that has not ended.
func (s *Service) open(tx *db.Tx, id string) (r register.Record, err error) {
	if err := lock(tx, id); err != nil {
		return r, err
	}
	if r, err = s.Books.Load(tx, engagement.SheetNoun, id); err != nil {
		return r, err
	}
	e, err := s.Books.Load(tx, engagement.Noun, r.Get("engagement"))
	if err != nil {
		return r, err
	}
	if r.State != engagement.SheetOpen || !r.ArchivedAt.IsZero() || engagement.Over(&e) {
		return r, fault.New(fault.Conflict, "%s is not in progress: nothing was marked.", r.ID)
	}
	return r, nil
}

// take puts marks on the rows, and says which cells differ and what is wrong.
func (s *Service) take(tx *db.Tx, r *register.Record, rows []Row, marks []Marking) (changed []Cell, bad []fault.Field, err error) {
	attributes := Attributes(r)
	seen := map[string]bool{}
	for i := range marks {
		m := &marks[i]
		name := strconv.Itoa(m.Item) + m.Attribute
		text := m.wrong(attributes, rows)
		if text == "" && seen[name] {
			text = "It is in the list twice."
		}
		if text == "" && m.Evidence != nil {
			if text, err = s.absent(tx, *m.Evidence); err != nil {
				return nil, nil, err
			}
		}
		if seen[name] = true; text != "" {
			bad = append(bad, fault.Field{Name: name, Text: text})
			continue
		}
		row := &rows[m.Item-1]
		cell, differs := m.on(row)
		if !differs {
			continue
		}
		cell.At, cell.By, cell.ByName = tx.Now(), tx.Actor().ID, tx.Actor().Name
		if m.Attribute == "" {
			row.Whole = cell
		} else {
			row.Cells[m.Attribute] = cell
		}
		changed = append(changed, cell)
	}
	return changed, bad, nil
}

// wrong says what is wrong with a mark; empty if nothing.
func (m *Marking) wrong(attributes []Attribute, rows []Row) string {
	switch {
	case m.Item < 1 || m.Item > len(rows):
		return "The sheet has no item of this number."
	case rows[m.Item-1].Replaced:
		return "The item was replaced by the next in line: it is not tested."
	case m.Attribute != "" && !slices.ContainsFunc(attributes, func(a Attribute) bool { return a.Letter == m.Attribute }):
		return "The sheet has no such attribute."
	case m.Attribute == "" && m.Mark != nil:
		return "An item as a whole has a note and evidence; marks are made of its attributes."
	case m.Mark != nil && *m.Mark != "" && !slices.Contains(Marks(), *m.Mark):
		return "Mark pass, deviation or not_applicable."
	case m.Note != nil && len([]rune(*m.Note)) > mostNote:
		return fmt.Sprintf("A note has at most %d characters.", mostNote)
	case m.Evidence != nil && len(*m.Evidence) > mostEvidence:
		return fmt.Sprintf("At most %d pieces of evidence.", mostEvidence)
	}
	return ""
}

func (s *Service) absent(tx *db.Tx, ids []string) (text string, err error) {
	for _, id := range ids {
		switch err := s.Books.Evidence(tx, id); {
		case fault.Is(err, fault.NotFound):
			short := []rune(id)
			return "There is no evidence " + string(short[:min(40, len(short))]) + ".", nil
		case err != nil:
			return "", err
		}
	}
	return "", nil
}

// on is the cell as the mark leaves it, and whether that differs.
func (m *Marking) on(row *Row) (c Cell, differs bool) {
	before := row.Whole
	if m.Attribute != "" {
		before = row.Cells[m.Attribute]
	}
	c = before
	c.Number, c.Attribute = m.Item, m.Attribute
	if m.Mark != nil && *m.Mark != c.Mark {
		c.Mark, c.Auto = *m.Mark, false
	}
	if m.Note != nil {
		c.Note = strings.Join(strings.Fields(db.Plain(*m.Note)), " ")
	}
	if m.Evidence != nil {
		c.Evidence = slices.Compact(slices.Sorted(slices.Values(*m.Evidence)))
	}
	return c, c.Mark != before.Mark || c.Auto != before.Auto || c.Note != before.Note || !slices.Equal(c.Evidence, before.Evidence)
}

// keep writes marks, and how far the sheet is.
func (s *Service) keep(tx *db.Tx, r *register.Record, rows []Row, changed []Cell) error {
	type told struct {
		Item      int    `json:"item"`
		Attribute string `json:"attribute,omitempty"`
		Mark      Mark   `json:"mark,omitempty"`
		Said
	}
	said := make([]told, 0, len(changed))
	for i := range changed {
		c := &changed[i]
		if err := put(tx, r.ID, c); err != nil {
			return err
		}
		said = append(said, told{c.Number, c.Attribute, c.Mark, c.Said})
	}
	b, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("marks: %w", err)
	}
	sum := sha256.Sum256(b)
	detail := map[string]string{"marks": strconv.Itoa(len(changed)), "marks_sha256": hex.EncodeToString(sum[:])}
	c := count(Attributes(r), rows)
	return s.Books.Tell(tx, engagement.SheetNoun, r.ID, "mark", detail, func(r *register.Record, _ *register.World) { tell(r, &c) })
}

// History are all marks of an item of a sheet, the oldest first.
func (s *Service) History(ctx context.Context, who access.Actor, id string, item int) (out []Cell, err error) {
	g, err := who.May(access.SheetRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if _, err := s.Books.Load(tx, engagement.SheetNoun, id); err != nil {
			return err
		}
		out, err = made(tx, id, item)
		return err
	})
	return out, err
}
