package workpaper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"assay/internal/engagement"
	"assay/internal/governance"
	"assay/internal/kit/fault"
	"assay/internal/population"
	"assay/internal/register"
)

// CSV is the end of the name of a table.
const csvEnd = ".csv"

// requests writes what the firm asked for, and what was answered.
func (g *gathering) requests(id string) error {
	list, err := g.s.Books.Having(g.tx, engagement.RequestNoun, "engagement", id)
	if err != nil {
		return err
	}
	g.section("Requests", "Every field is in requests.csv.", "Request", "Asked", "State", "Answer", "Evidence")
	for i := range list {
		r := &list[i]
		answer := r.Get("answer")
		if names := r.List("populations"); len(names) > 0 {
			answer = strings.TrimSpace(answer + " Populations: " + strings.Join(names, ", ") + ".")
		}
		g.row(Cell{Text: r.ID + archived(r)}, Cell{Text: r.Get("title")}, g.state(r), Cell{Text: answer}, g.evidence(r.List("evidence")))
	}
	return g.book("requests.csv", engagement.RequestNoun, list)
}

// state is the state of a record as pages call it.
func (g *gathering) state(r *register.Record) Cell {
	d, err := g.s.Books.Of(r.Noun)
	if err != nil {
		return Cell{Text: r.State}
	}
	return Cell{Text: d.State(r.State).Label}
}

// populations writes what was selected from, and what was selected.
func (g *gathering) populations(id string) error {
	list, err := g.s.Books.Having(g.tx, engagement.PopulationNoun, "engagement", id)
	if err != nil {
		return err
	}
	g.section("Populations", "Each capture is there as the log commits to it; the items of the newest one with what their records say, and the query they come from.", "Population", "What of", "State", "Items", "Complete", "Files")
	for i := range list {
		files, err := g.population(&list[i])
		if err != nil {
			return fmt.Errorf("%s: %w", list[i].ID, err)
		}
		r := &list[i]
		g.row(Cell{Text: r.ID + archived(r)}, Cell{Text: r.Get("title")}, g.state(r), Cell{Text: r.Get("count")}, Cell{Text: r.Get("complete")}, Cell{Files: files})
	}
	if err := g.book("populations.csv", engagement.PopulationNoun, list); err != nil {
		return err
	}
	return g.samples(list)
}

// population writes the captures of a population, and its items as a table.
func (g *gathering) population(r *register.Record) (files []File, err error) {
	at := "populations/" + r.ID
	err = population.Captures(g.tx, r.ID, func(c *population.Sealed) error {
		name := fmt.Sprintf("%s-%d.json", at, c.Number)
		ok, err := g.sealed(name, c.Body, c.Leaf, population.Path, c.Salt)
		if ok {
			files = append(files, File{name, fmt.Sprintf("capture %d", c.Number)})
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return files, err
	}
	p, err := g.s.Populations.Within(g.tx, r.ID)
	if fault.Is(err, fault.NotFound) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := p.Write(population.CSV, &b); err != nil {
		return nil, err
	}
	if err := g.to.Add(at+csvEnd, b.Bytes()); err != nil {
		return nil, err
	}
	query := p.Query()
	return append([]File{{at + csvEnd, "items"}, {at + "-query.csv", "query"}}, files...), g.table(at+"-query.csv", &query)
}

// samples writes what was drawn, so that it can be drawn again.
func (g *gathering) samples(populations []register.Record) error {
	g.section("Samples", "Draw one again with: assay sample again FILE. The way of drawing is public (docs/spec/sample.md), and assay-verify draws again what the log tells.",
		"Sample", "Of", "Method", "Items", "State", "Seed", "File")
	var all []register.Record
	for i := range populations {
		list, err := g.s.Books.Having(g.tx, engagement.SampleNoun, "population", populations[i].ID)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b register.Record) int { return a.Number - b.Number })
	d, err := g.s.Books.Of(engagement.SampleNoun)
	if err != nil {
		return err
	}
	for i := range all {
		r := &all[i]
		record, err := d.MarshalRecord(r)
		if err != nil {
			return err
		}
		name := "samples/" + r.ID + ".json"
		if err := g.json(name, map[string]any{"record": json.RawMessage(record), "versions": []any{}, "history": []any{}}); err != nil {
			return err
		}
		g.row(Cell{Text: r.ID + archived(r)}, Cell{Text: r.Get("population")}, Cell{Text: r.Get("method")}, Cell{Text: r.Get("selected")}, g.state(r), Cell{Text: r.Get("seed")}, Cell{Files: []File{{name, "sample"}}})
	}
	return g.book("samples.csv", engagement.SampleNoun, all)
}

// tested writes the test sheets.
func (g *gathering) tested(id string) (err error) {
	if g.sheets, err = g.s.Books.Having(g.tx, engagement.SheetNoun, "engagement", id); err != nil {
		return err
	}
	g.section("Test sheets", "Each is there as it is, and as the log commits to it with every signature.", "Sheet", "Control", "Test", "Result", "Prepared", "Reviewed", "Files")
	for i := range g.sheets {
		r := &g.sheets[i]
		files, err := g.sheet(r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
		result := r.Get("result")
		if result == "" {
			result = g.state(r).Text
		}
		g.row(Cell{Text: r.ID + archived(r)}, Cell{Text: r.Get("control")}, Cell{Text: r.Get("title")}, Cell{Text: result}, signature(r, "prepared"), signature(r, "reviewed"), Cell{Files: files})
	}
	return g.book("sheets.csv", engagement.SheetNoun, g.sheets)
}

func signature(r *register.Record, what string) Cell {
	by := r.Get(what + "_by")
	if by == "" {
		return Cell{Text: "not signed"}
	}
	return Cell{Text: by + ", " + r.Get(what+"_on")}
}

// sheet writes one sheet: its items with their marks, what was tested, and each of its
// signatures.
func (g *gathering) sheet(r *register.Record) ([]File, error) {
	l, err := g.s.Sheets.Within(g.tx, r.ID)
	if err != nil {
		return nil, err
	}
	at := "sheets/" + r.ID
	var b bytes.Buffer
	if err := l.Write("csv", &b); err != nil {
		return nil, err
	}
	if err := g.to.Add(at+csvEnd, b.Bytes()); err != nil {
		return nil, err
	}
	cover := l.Cover()
	if err := g.table(at+"-test.csv", &cover); err != nil {
		return nil, err
	}
	sealed, err := g.frozen(at, r)
	return append([]File{{at + csvEnd, "marks"}, {at + "-test.csv", "test"}}, sealed...), err
}

// frozen writes what the log commits to of a record.
func (g *gathering) frozen(at string, r *register.Record) (files []File, err error) {
	list, err := g.s.Books.Sealed(g.tx, r.Noun, r.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		s := &list[i]
		name := fmt.Sprintf("%s-%d.json", at, s.Version)
		ok, err := g.sealed(name, s.Body, s.Leaf, register.SnapshotPath, s.Salt)
		if err != nil {
			return nil, err
		}
		if ok {
			files = append(files, File{name, fmt.Sprintf("sealed, version %d", s.Version)})
		}
	}
	return files, nil
}

// raised writes the exceptions, and the findings that correct them.
func (g *gathering) raised(id string) (err error) {
	if g.exceptions, err = g.s.Books.Having(g.tx, engagement.ExceptionNoun, "engagement", id); err != nil {
		return err
	}
	t, err := g.s.Books.Table(g.tx, engagement.ExceptionNoun, g.exceptions) // works out how they are worded
	if err != nil {
		return err
	}
	if err := g.table("exceptions.csv", &t); err != nil {
		return err
	}
	g.section("Exceptions", "With management's responses, which the firm's opinion does not cover.", "Exception", "Control", "Result", "State", "Management's response", "Correction", "Files")
	for i := range g.exceptions {
		x := &g.exceptions[i]
		files, err := g.frozen("exceptions/"+x.ID, x)
		if err != nil {
			return err
		}
		correction := x.Get("finding")
		if day := x.Get("correct_by"); day != "" {
			correction += ", by " + day
		}
		g.row(Cell{Text: x.ID + archived(x)}, Cell{Text: x.Get("control")}, Cell{Text: x.Get("result")}, g.state(x), Cell{Text: x.Get("response")}, Cell{Text: correction}, Cell{Files: files})
	}
	return g.corrections()
}

// corrections writes the findings that exceptions name.
func (g *gathering) corrections() error {
	var list []register.Record
	for i := range g.exceptions {
		id := g.exceptions[i].Get("finding")
		if _, known := g.findings[id]; id == "" || known {
			continue
		}
		f, err := g.s.Books.Load(g.tx, governance.FindingNoun, id)
		if err != nil {
			return err
		}
		g.findings[id] = f
		list = append(list, f)
	}
	if len(list) == 0 {
		return nil
	}
	return g.book("corrections.csv", governance.FindingNoun, list)
}
