package population

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
	"assay/internal/register"
	"assay/internal/resource"
)

// Member is an item with what its record says.
type Member struct {
	Item
	Place int    // from 0
	Label string // as people call it
	At    time.Time
	Gone  bool // the newest collection that was read does not list it any more
	View  *resource.View
}

// Population is a record with its newest capture.
type Population struct {
	Record  register.Record
	Capture *Capture
	Members []Member
	Schema  *resource.Schema // nil for dates
}

// Get reads the newest capture of a population, with what its records say.
func (s *Service) Get(ctx context.Context, who access.Actor, id string) (p Population, err error) {
	g, err := who.May(access.PopulationRead)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, err = s.Within(tx, id)
		return err
	})
	return p, err
}

// Within is Get for a transaction whose use case asked for a permission of its own.
func (s *Service) Within(tx *db.Tx, id string) (p Population, err error) {
	if p.Record, err = s.Books.Load(tx, engagement.PopulationNoun, id); err != nil {
		return p, err
	}
	if p.Capture, err = Newest(tx, id); err != nil {
		return p, err
	}
	p.Members, p.Schema, err = s.members(tx, p.Capture)
	return p, err
}

// members reads the records of a capture again. One that is not what was captured
// is an error.
func (s *Service) members(tx *db.Tx, c *Capture) (out []Member, schema *resource.Schema, err error) {
	known := map[string]*resource.View{}
	if !strings.HasPrefix(c.Kind, dates) {
		if schema, err = fact.Schema(tx, c.Kind, 0); err != nil {
			return nil, nil, err
		}
		reader := &fact.Reader{}
		for i := range c.Sources {
			src := &c.Sources[i]
			views, err := reader.Shown(tx, s.Keys, &fact.Listing{Connection: src.Connection, Kind: c.Kind, Seq: src.Seq}, src.From)
			if err != nil {
				return nil, nil, err
			}
			for _, v := range views {
				known[v.Hash.String()] = v
			}
		}
	}
	for i, item := range c.Items {
		m := Member{Item: item, Place: i, Label: item.ID}
		if v := known[item.Hash]; v != nil {
			m.View, m.Label, m.At, m.Gone = v, v.Label(), v.At(), v.Possible
		} else if schema != nil {
			return nil, nil, fmt.Errorf("population %s: item %d: the record %s is not there", c.ID, i, item.Hash)
		}
		out = append(out, m)
	}
	return out, schema, nil
}

// Format is how a population is written to a file.
type Format string

// The formats. JSON is the very bytes that the log commits to.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
)

// Write writes the whole population. A workbook has the query on its first sheet.
func (p *Population) Write(format Format, to io.Writer) error {
	switch format {
	case JSON:
		b, err := p.Capture.encode()
		if err == nil {
			_, err = to.Write(b)
		}
		return err
	case CSV:
		t := p.table()
		return t.WriteCSV(to)
	case XLSX:
		return sheet.WriteBook(to, p.query(), p.table())
	}
	return fault.New(fault.Invalid, "Populations are written as csv, xlsx or json.")
}

// Query is where the population comes from, as a table of two columns.
func (p *Population) Query() sheet.Table { return p.query() }

// query is where the population comes from.
func (p *Population) query() sheet.Table {
	c, r := p.Capture, &p.Record
	t := sheet.Table{Name: "Query", Head: []string{"what", "value"}}
	row := func(what, value string) {
		if value != "" {
			t.Rows = append(t.Rows, []string{what, value})
		}
	}
	row("population", r.ID+": "+r.Values.Get("title"))
	row("engagement", r.Get("engagement"))
	row("state", r.State)
	row("kind of facts", c.Kind)
	row("condition", c.Condition)
	row("from", c.From.String())
	row("to", c.To.String())
	row("zone", c.Zone)
	row("captured at", clock.Format(c.At))
	row("items", strconv.Itoa(len(c.Items)))
	row("complete", map[bool]string{true: "yes", false: "no"}[c.Complete()])
	row("missing", c.Missing())
	row("root", c.Root.String())
	row("entry of the log", c.Leaf)
	for i := range c.Sources {
		s := &c.Sources[i]
		row("source", fmt.Sprintf("%s, collections %d to %d, %d resources, entry %s", s.Connection, s.From, s.Seq, s.Listed, s.Leaf))
	}
	row("second source", r.Get("second_source"))
	row("count there", r.Get("second_count"))
	row("why they differ", r.Get("difference"))
	row("found reliable", r.Get("reliability"))
	row("what is done about what is missing", r.Get("gap_treatment"))
	return t
}

// table is the items, each with every field of its record.
func (p *Population) table() sheet.Table {
	t := sheet.Table{Name: "Items", Head: []string{"place", "id", "name", "at", "still_listed", "doubtful"}}
	var fields []string
	if p.Schema != nil {
		for i := range p.Schema.Fields {
			fields = append(fields, p.Schema.Fields[i].Name)
		}
	}
	t.Head = append(append(t.Head, fields...), "record")
	word := map[bool]string{true: "yes", false: "no"}
	for i := range p.Members {
		m := &p.Members[i]
		at := ""
		if !m.At.IsZero() {
			at = clock.Format(m.At)
		}
		row := []string{strconv.Itoa(m.Place), m.ID, m.Label, at, word[!m.Gone], word[m.Doubtful]}
		for _, name := range fields {
			row = append(row, m.text(name))
		}
		t.Rows = append(t.Rows, append(row, m.Hash))
	}
	return t
}

// text is a field of the record; a word where it is not there.
func (m *Member) text(name string) string {
	if slices.Contains(m.View.Unavailable, name) {
		return "not available"
	}
	switch v := m.View.Fields[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	}
}
