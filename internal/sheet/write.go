package sheet

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
)

// Write writes a whole sheet as csv, xlsx or json: the first two as it is, JSON the very
// bytes that the log commits to, of when it was signed last.
func (s *Service) Write(ctx context.Context, who access.Actor, id, format string, to io.Writer) error {
	if format == "json" {
		snap, err := s.Books.Snapshot(ctx, who, engagement.SheetNoun, id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "%s was not signed yet, or is not here.", id)
		}
		if err == nil {
			_, err = to.Write(snap.Body)
		}
		return err
	}
	l, err := s.List(ctx, who, id, Filter{})
	if err != nil {
		return err
	}
	return l.Write(format, to)
}

// Write writes the items with their marks as csv, or as xlsx with what was tested on
// the first sheet.
func (l *Listing) Write(format string, to io.Writer) error {
	t := l.table()
	switch format {
	case "csv":
		return t.WriteCSV(to)
	case "xlsx":
		return sheet.WriteBook(to, l.cover(), t)
	}
	return fault.New(fault.Invalid, "Test sheets are written as csv, json or xlsx.")
}

// Cover says what was tested, how, and what came out, as a table of two columns.
func (l *Listing) Cover() sheet.Table { return l.cover() }

// cover says what was tested, how, and what came out.
func (l *Listing) cover() sheet.Table {
	r := &l.Record
	t := sheet.Table{Name: "Test", Head: []string{"what", "value"}, Rows: [][]string{{"test", r.ID + ": " + r.Get("title")}}}
	row := func(what, value string) {
		if value != "" {
			t.Rows = append(t.Rows, []string{what, value})
		}
	}
	for _, name := range []string{"engagement", "control", "control_version", "wording"} {
		row(strings.ReplaceAll(name, "_", " "), r.Get(name))
	}
	row("state", r.State)
	for _, p := range engagement.Procedures() {
		row(strings.ToLower(p.Label), r.Get(p.Value))
	}
	for _, a := range l.Attributes {
		text := a.Text
		if a.Check != "" {
			text += " (filled in by " + a.Check + ")"
		}
		row("attribute "+a.Letter, text)
	}
	for _, name := range []string{
		"sample", "population", "by_hand_why", "selection", "population_count", "from", "to", "tested", "deviated", "by_machine", "rate", "confidence", "upper", "tolerable", "compensating",
		"outcome", "result", "conclusion", "prepared_by", "prepared_on", "prepared_leaf", "reviewed_by", "reviewed_on", "leaf",
	} {
		row(strings.ReplaceAll(name, "_", " "), strings.Join(r.List(name), " "))
	}
	return t
}

// table is the items with their marks.
func (l *Listing) table() sheet.Table {
	t := sheet.Table{Name: "Items", Head: []string{"number", "item", "kind", "authority", "id", "place", "at", "replaced"}}
	for _, a := range l.Attributes {
		t.Head = append(t.Head, a.Letter, a.Letter+" by", a.Letter+" note")
	}
	t.Head = append(t.Head, "note", "evidence", "exception")
	for i := range l.Rows {
		r := &l.Rows[i]
		place, at := strconv.Itoa(r.Place), ""
		if r.Place <= ByHand {
			place = ""
		}
		if !r.At.IsZero() {
			at = clock.Format(r.At)
		}
		row := []string{strconv.Itoa(r.Number), r.Label, r.Kind, r.Authority, r.ID, place, at, map[bool]string{true: "yes"}[r.Replaced]}
		for _, a := range l.Attributes {
			c := r.Cells[a.Letter]
			row = append(row, string(c.Mark), c.Who(), c.words())
		}
		t.Rows = append(t.Rows, append(row, r.Whole.Note, strings.Join(cited([]Row{*r}), " "), l.Exceptions[r.Number]))
	}
	return t
}

// Who is who made a mark: the check, or a person.
func (c *Cell) Who() string {
	if c.Auto {
		return fmt.Sprintf("check %s, version %d", c.Verdict.Check, c.Verdict.Version)
	}
	return c.ByName
}

// words are what is known about a mark.
func (c *Cell) words() string {
	if c.Verdict == nil {
		return c.Note
	}
	return strings.TrimSpace(c.Note + " [" + c.Verdict.Check + ": " + c.Verdict.Text + "]")
}

// Evidence is what the items and their marks name, each piece once.
func (l *Listing) Evidence() []string { return cited(l.Rows) }
