package workpaper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/clock"
	"assay/internal/kit/sheet"
	"assay/internal/kit/tlog"
	"assay/internal/org"
	"assay/internal/population"
	"assay/internal/register"
	tests "assay/internal/sheet"
	"assay/internal/standing"
)

// Service is what working papers are gathered from.
type Service struct {
	Books       *register.Book
	Populations *population.Service
	Sheets      *tests.Service
}

// Proof says that a file opens a commitment of the log.
type Proof struct {
	File string // below the folder of the working papers
	Leaf string // id of the entry
	Path string // of the commitment
	Salt tlog.Salt
}

// To is where the files go.
type To struct {
	// Add takes a file; its name is below the folder of the working papers.
	Add func(name string, content []byte) error
	// Logged reports whether an entry is in the log that the files go with. What a
	// later entry commits to is left out.
	Logged func(leaf string) bool
	// Evidence returns the file of a piece of evidence, from the folder of the working
	// papers, and its title; ok is false if it is not there.
	Evidence func(id string) (file, title string, ok bool)
	Origin   string // of the log
	MadeBy   string
}

// Papers is what was written, for a table of contents.
type Papers struct {
	Title    string
	About    [][2]string // term and value
	Sections []Section
	Proofs   []Proof
}

// Section is a table of the contents.
type Section struct {
	Title, Note string
	Head        []string
	Rows        [][]Cell
}

// Cell is a text, with the files that it leads to.
type Cell struct {
	Text  string
	Files []File
}

// File is a file with what it is called.
type File struct{ Name, Text string }

// gathering is the papers of one engagement being written.
type gathering struct {
	s   *Service
	tx  *db.Tx
	to  *To
	org org.Org
	out Papers

	deal       register.Record
	sheets     []register.Record
	exceptions []register.Record
	findings   map[string]register.Record
}

// Write writes the papers of an engagement.
func (s *Service) Write(tx *db.Tx, id string, to *To) (Papers, error) {
	g := &gathering{s: s, tx: tx, to: to, findings: map[string]register.Record{}}
	for _, step := range []func(string) error{g.begin, g.requests, g.populations, g.tested, g.raised, g.oscal} {
		if err := step(id); err != nil {
			return g.out, err
		}
	}
	return g.out, nil
}

// From is the first instant that the papers of an engagement are about: the first day
// that is examined, or when the engagement was entered if that was before.
func (s *Service) From(tx *db.Tx, id string) (time.Time, error) {
	e, err := s.Books.Load(tx, engagement.Noun, id)
	if err != nil {
		return time.Time{}, err
	}
	o, err := org.Load(tx)
	if err != nil {
		return time.Time{}, err
	}
	from := e.CreatedAt
	for _, name := range []string{"from", "as_of"} {
		if day := e.Date(name); day != 0 {
			if start := day.Start(o.LocationOn(day)); start.Before(from) {
				from = start
			}
		}
	}
	return from, nil
}

// Cited are the ids of the evidence that the papers of an engagement name, each once.
func (s *Service) Cited(tx *db.Tx, id string) (out []string, err error) {
	add := func(list []string) {
		for _, e := range list {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	for _, noun := range []string{engagement.RequestNoun, engagement.SheetNoun, engagement.ExceptionNoun} {
		list, err := s.Books.Having(tx, noun, "engagement", id)
		if err != nil {
			return nil, err
		}
		for i := range list {
			add(list[i].List("evidence"))
			add(list[i].List("verified_by_evidence"))
			if noun != engagement.SheetNoun {
				continue
			}
			l, err := s.Sheets.Within(tx, list[i].ID)
			if err != nil {
				return nil, err
			}
			add(l.Evidence())
		}
	}
	return out, nil
}

func (g *gathering) begin(id string) (err error) {
	if g.deal, err = g.s.Books.Load(g.tx, engagement.Noun, id); err != nil {
		return err
	}
	if g.org, err = org.Load(g.tx); err != nil {
		return err
	}
	versions, err := g.s.Books.Versions(g.tx, engagement.Noun, id)
	if err != nil {
		return err
	}
	d, err := g.s.Books.Of(engagement.Noun)
	if err != nil {
		return err
	}
	record, err := d.MarshalRecord(&g.deal)
	if err != nil {
		return err
	}
	steps := make([]map[string]any, 0, len(versions))
	g.out.Sections = append(g.out.Sections, Section{Title: "Steps", Head: []string{"When", "Step", "State", "By", "Reason"}})
	for i := range versions {
		v := &versions[i]
		steps = append(steps, map[string]any{"version": v.Number, "act": v.Act, "state": v.State, "at": clock.Format(v.At), "by": v.ByName, "note": v.Note})
		g.row(texts(clock.Format(v.At), v.Act, d.State(v.State).Label, v.ByName, v.Note)...)
	}
	if err := g.json("engagement.json", map[string]any{"record": json.RawMessage(record), "versions": steps}); err != nil {
		return err
	}
	g.out.Title = id + ", " + g.deal.Get("title")
	g.about("Firm", g.deal.Get("firm"))
	g.about("Examined", g.deal.Get("service"))
	g.about("Days", g.days())
	g.about("State", d.State(g.deal.State).Label)
	g.about("Opinion, as the firm gave it", g.deal.Get("opinion"))
	return nil
}

func (g *gathering) about(term, value string) {
	if value != "" {
		g.out.About = append(g.out.About, [2]string{term, value})
	}
}

// days are the days that are examined, in words.
func (g *gathering) days() string {
	if day := g.deal.Get("as_of"); day != "" {
		return day
	}
	if g.deal.Get("from") == "" {
		return ""
	}
	return g.deal.Get("from") + " to " + g.deal.Get("to")
}

// span is the first day that is examined and the last; 0 where none is set.
func (g *gathering) span() (from, to standing.Date) {
	if day := g.deal.Date("as_of"); day != 0 {
		return day, day
	}
	return g.deal.Date("from"), g.deal.Date("to")
}

func (g *gathering) section(title, note string, head ...string) {
	g.out.Sections = append(g.out.Sections, Section{Title: title, Note: note, Head: head})
}

// row adds to the newest section.
func (g *gathering) row(cells ...Cell) {
	s := &g.out.Sections[len(g.out.Sections)-1]
	s.Rows = append(s.Rows, cells)
}

func texts(list ...string) (out []Cell) {
	for _, s := range list {
		out = append(out, Cell{Text: s})
	}
	return out
}

// evidence is a cell with the evidence that a record names.
func (g *gathering) evidence(ids []string) (c Cell) {
	for _, id := range ids {
		if file, title, ok := g.to.Evidence(id); ok {
			c.Files = append(c.Files, File{file, title})
			continue
		}
		c.Files = append(c.Files, File{Text: id + " (not in this package)"})
	}
	return c
}

// json writes a document.
func (g *gathering) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return g.to.Add(name, append(b, '\n'))
}

// table writes a table as CSV.
func (g *gathering) table(name string, t *sheet.Table) error {
	var b bytes.Buffer
	if err := t.WriteCSV(&b); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return g.to.Add(name, b.Bytes())
}

// book writes records of a register as CSV, with every field.
func (g *gathering) book(name, noun string, list []register.Record) error {
	t, err := g.s.Books.Table(g.tx, noun, list)
	if err != nil {
		return err
	}
	return g.table(name, &t)
}

// sealed writes what the log commits to, with what opens the commitment. What is not
// in the log that the files go with is left out, and ok is false.
func (g *gathering) sealed(name string, body []byte, leaf, path string, salt tlog.Salt) (ok bool, err error) {
	if !g.to.Logged(leaf) {
		return false, nil
	}
	g.out.Proofs = append(g.out.Proofs, Proof{name, leaf, path, salt})
	return true, g.to.Add(name, body)
}

// archived is a word for a record that was taken out of its register.
func archived(r *register.Record) string {
	if r.ArchivedAt.IsZero() {
		return ""
	}
	return " (archived)"
}
