package sheet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Prepare signs a sheet as prepared: what its marks come to, sealed with all of them.
func (s *Service) Prepare(tx *db.Tx, r *register.Record, w *register.World) error {
	rows, c, err := performed(tx, r)
	if err != nil {
		return err
	}
	if c.Left > 0 {
		return fault.New(fault.Conflict, "%d marks of %s are not made.", c.Left, r.ID)
	}
	if list := unsaid(Attributes(r), rows); len(list) > 0 {
		return fault.Fields("The sheet was not signed.", fault.Field{Name: "left", Text: "Say what was seen at " + brief(list) + ": a deviation, or another mark than the check's, needs a note."})
	}
	r.Values.Set("outcome", outcome(&c))
	return s.signed(tx, r, w, rows, &c)
}

// Skip signs that a control is not tested. What was found before cannot be left out.
func (s *Service) Skip(tx *db.Tx, r *register.Record, w *register.World) error {
	rows, c, err := performed(tx, r)
	if err != nil {
		return err
	}
	if c.Deviated > 0 {
		return fault.New(fault.Conflict, "%s has deviations: they are reported, whatever else is not tested. Make the remaining marks, and say in the conclusion what was not possible.", r.ID)
	}
	r.Values.Set("outcome", engagement.NotTested)
	return s.signed(tx, r, w, rows, &c)
}

// Withdraw sees that no deviation goes away with a sheet that nobody raised as an
// exception.
func (s *Service) Withdraw(tx *db.Tx, r *register.Record, _ *register.World) error {
	rows, _, err := performed(tx, r)
	if err != nil {
		return err
	}
	return s.covered(tx, r, rows, nil)
}

// Review signs a sheet as reviewed: what it comes to is what was prepared, and each
// deviation is in an exception.
func (s *Service) Review(tx *db.Tx, r *register.Record, w *register.World) error {
	rows, c, err := performed(tx, r)
	if err != nil {
		return err
	}
	if err := s.covered(tx, r, rows, &c); err != nil {
		return err
	}
	before := r.Get("result")
	if r.Get("outcome") != engagement.NotTested {
		r.Values.Set("outcome", outcome(&c))
	}
	if now := result(r, &c, rows); now != before {
		return fault.New(fault.Tampered, "The marks of %s are not those that were prepared: they come to %q, and not to %q.", r.ID, now, before)
	}
	r.Values.Set("reviewed_by", tx.Actor().Name)
	r.Values.Set("reviewed_on", w.Today.String())
	leaf, err := s.seal(tx, r, rows)
	r.Values.Set("leaf", leaf)
	return err
}

// performed are the items of a sheet with what they show.
func performed(tx *db.Tx, r *register.Record) ([]Row, Counts, error) {
	if err := lock(tx, r.ID); err != nil {
		return nil, Counts{}, err
	}
	rows, err := list(tx, r.ID)
	return rows, count(Attributes(r), rows), err
}

// signed words what a sheet comes to, and seals it as prepared.
func (s *Service) signed(tx *db.Tx, r *register.Record, w *register.World, rows []Row, c *Counts) error {
	tell(r, c)
	if err := project(r, c); err != nil {
		return err
	}
	r.Values.Set("result", result(r, c, rows))
	r.Values.Set("prepared_by", tx.Actor().Name)
	r.Values.Set("prepared_on", w.Today.String())
	leaf, err := s.seal(tx, r, rows)
	r.Values.Set("prepared_leaf", leaf)
	return err
}

// covered sees that each deviation is in an exception of the sheet; and, where counts
// are given, that the exceptions count as the sheet does.
func (s *Service) covered(tx *db.Tx, r *register.Record, rows []Row, c *Counts) error {
	raised, err := s.Books.Having(tx, engagement.ExceptionNoun, "sheet", r.ID)
	if err != nil {
		return err
	}
	in := map[string]bool{}
	for i := range raised {
		x := &raised[i]
		if !x.ArchivedAt.IsZero() || c != nil && x.State == engagement.ExceptionOff {
			continue
		}
		for _, n := range x.List("sheet_items") {
			in[n] = true
		}
		if c != nil && (x.Get("tested") != strconv.Itoa(c.Tested) || x.Get("found") != strconv.Itoa(c.Deviated)) {
			return fault.New(fault.Conflict, "%s was raised from other figures: %s tested and %s deviations. Withdraw or archive it, and raise it again from the sheet as it is.", x.ID, x.Get("tested"), x.Get("found"))
		}
	}
	var missing []string
	for i := range rows {
		if n := strconv.Itoa(rows[i].Number); rows[i].deviates() && !in[n] {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return fault.New(fault.Conflict, "The deviations of %s at %s are in no exception. Every deviation is reported: raise it first.", r.ID, brief(missing))
	}
	return nil
}

// mostBrief bounds the items that a sentence names.
const mostBrief = 10

func brief(list []string) string {
	if n := len(list); n > mostBrief {
		return strings.Join(list[:mostBrief], ", ") + fmt.Sprintf(" and %d more", n-mostBrief)
	}
	return strings.Join(list, ", ")
}

// Sealed is a sheet as it was signed. Its JSON is what the log commits to.
type Sealed struct {
	V          int             `json:"v"`
	Sheet      string          `json:"sheet"`
	State      string          `json:"state"`
	Fields     register.Values `json:"fields"`
	Attributes []Attribute     `json:"attributes"`
	Items      []SealedRow     `json:"items"`
}

// SealedRow is an item of a sealed sheet.
type SealedRow struct {
	Number int `json:"number"`
	Place  int `json:"place"`
	Item
	Note     string       `json:"note,omitempty"`
	Evidence []string     `json:"evidence,omitempty"`
	Marks    []SealedMark `json:"marks"`
}

// SealedMark is a mark of a sealed sheet.
type SealedMark struct {
	Attribute string `json:"attribute"`
	Mark      Mark   `json:"mark"`
	Said
	By string `json:"by,omitempty"`
}

// seal commits to a sheet in the log, with every item and mark.
func (s *Service) seal(tx *db.Tx, r *register.Record, rows []Row) (leaf string, err error) {
	attributes := Attributes(r)
	out := Sealed{V: 1, Sheet: r.ID, State: r.State, Fields: r.Values, Attributes: attributes, Items: make([]SealedRow, 0, len(rows))}
	for i := range rows {
		row := &rows[i]
		one := SealedRow{Number: row.Number, Place: row.Place, Item: row.Item, Note: row.Whole.Note, Evidence: row.Whole.Evidence, Marks: []SealedMark{}}
		for _, a := range attributes {
			if c, ok := row.Cells[a.Letter]; ok {
				one.Marks = append(one.Marks, SealedMark{Attribute: a.Letter, Mark: c.Mark, Said: c.Said, By: c.ByName})
			}
		}
		out.Items = append(out.Items, one)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", r.ID, err)
	}
	return s.Books.Seal(tx, r, engagement.SheetNoun, len(rows), body)
}

// cited is the evidence of items, each once.
func cited(rows []Row) (out []string) {
	add := func(list []string) {
		for _, id := range list {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	for i := range rows {
		row := &rows[i]
		add(row.Whole.Evidence)
		for _, letter := range sorted(row.Cells) {
			add(row.Cells[letter].Evidence)
		}
	}
	return out
}

// Concluded sees that the firm's tests are over as it concludes them: each sheet is
// signed as reviewed or was withdrawn, each exception is answered or settled, and no
// deviation went away with a record that was archived.
func (s *Service) Concluded(tx *db.Tx, e *register.Record, _ *register.World) error {
	sheets, err := s.Books.Having(tx, engagement.SheetNoun, "engagement", e.ID)
	if err != nil {
		return err
	}
	for i := range sheets {
		if r := &sheets[i]; r.ArchivedAt.IsZero() && r.State != engagement.SheetReviewed && r.State != engagement.SheetOff {
			return fault.New(fault.Conflict, "%s is not signed as reviewed: the tests are not concluded. Have it reviewed, or withdraw it with a reason.", r.ID)
		}
	}
	if err := s.allRaised(tx, e); err != nil {
		return err
	}
	raised, err := s.Books.Having(tx, engagement.ExceptionNoun, "engagement", e.ID)
	if err != nil {
		return err
	}
	for i := range raised {
		if x := &raised[i]; x.ArchivedAt.IsZero() && x.State == engagement.Raised {
			return fault.New(fault.Conflict, "%s waits for management's response. Have it answered, or report it as it is.", x.ID)
		}
	}
	return nil
}

// allRaised sees that each deviation of an engagement is in an exception, also those on
// sheets that were withdrawn or archived.
func (s *Service) allRaised(tx *db.Tx, e *register.Record) error {
	ids, err := begun(tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := s.Books.Load(tx, engagement.SheetNoun, id)
		if err != nil {
			return err
		}
		if r.Get("engagement") != e.ID {
			continue
		}
		rows, err := list(tx, id)
		if err != nil {
			return err
		}
		if err := s.covered(tx, &r, rows, nil); err != nil {
			return err
		}
	}
	return nil
}
