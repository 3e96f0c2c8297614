package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"assay/internal/kit/document"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// Kind is which report is built.
type Kind string

// The kinds.
const (
	Type1     Kind = "1"         // design, on one day
	Type2     Kind = "2"         // design and operation, over a period
	Type3     Kind = "3"         // SOC 3: for anyone, from the examination of a Type 2
	Bridge    Kind = "bridge"    // management's letter from the last report to today
	Readiness Kind = "readiness" // for the organization itself
	Board     Kind = "board"     // for those who oversee it
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Type1, Type2, Type3, Bridge, Readiness, Board} }

// In says which report is wanted.
type In struct {
	Kind       Kind
	Engagement string // id; empty: the newest of the kind that was not given up, else the current program
	// NoChanges has a bridge letter say that nothing changed. It is refused while
	// the registers hold something.
	NoChanges bool
	// Recipient has an issued report copied for somebody, whose name is on each page.
	Recipient string
	issuing   *register.Record // the engagement as it is being issued
}

func (in *In) valid() error {
	var bad []fault.Field
	if !slices.Contains(Kinds(), in.Kind) {
		bad = append(bad, fault.Field{Name: "type", Text: "It is 1, 2, 3, bridge, readiness or board."})
	}
	if in.NoChanges && in.Kind != Bridge {
		bad = append(bad, fault.Field{Name: "no_changes", Text: "Only a bridge letter says so."})
	}
	if (in.Kind == Readiness || in.Kind == Board) && in.Engagement != "" {
		bad = append(bad, fault.Field{Name: "engagement", Text: "It is about the current program, not an engagement."})
	}
	if bad != nil {
		return fault.Fields("No report was built.", bad...)
	}
	return nil
}

// examined reports whether a firm examines what the report is about.
func (k Kind) examined() bool { return k == Type1 || k == Type2 || k == Type3 }

// Figure is a number that a report states.
type Figure struct {
	Name  string // what is counted: "controls in scope"
	Count int
}

// Report is what was built.
type Report struct {
	document.Document
	Kind    Kind
	File    string // a name for the file, without its end
	Figures []Figure
	Cites   []Cite
	issued  map[string][]byte // the very files that a firm issued, by format; nil for all else
}

// Cite is evidence that a claim rests on.
type Cite struct {
	Number int
	What   string // "Control IAM-03, version 2"
	Leaf   string // id of the entry in the log; empty if the log has none
	Index  int64  // where it stands in the log, from 0; -1 while it has no place
}

// Formats are how a report is written, by the end of the file's name.
func Formats() []string { return []string{"docx", "pdf", "html", "xlsx"} }

// MediaType of a file of the format.
func MediaType(format string) string {
	return map[string]string{
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf", "html": "text/html; charset=utf-8",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}[format]
}

// builder is a report being composed.
type builder struct {
	*facts
	r      *Report
	cites  map[string]int // number of a cite by its key
	failed error          // the first of composing
}

func (b *builder) add(blocks ...document.Block) { b.r.Blocks = append(b.r.Blocks, blocks...) }

func (b *builder) section(label, title string) {
	b.add(document.Block{Kind: document.Heading, Level: 1, Label: label, Text: document.Say("%s", title)})
}

func (b *builder) head(level int, format string, args ...any) {
	b.add(document.Block{Kind: document.Heading, Level: level, Text: document.Say("%s", fmt.Sprintf(format, args...))})
}

func (b *builder) para(runs ...document.Run) {
	b.add(document.Block{Kind: document.Para, Text: runs})
}

func (b *builder) item(runs ...document.Run) {
	b.add(document.Block{Kind: document.Item, Text: runs})
}

func (b *builder) note(format string, args ...any) {
	b.add(document.Block{Kind: document.Note, Text: document.Say("%s", fmt.Sprintf(format, args...))})
}

func (b *builder) grid(t *document.Table) { b.add(document.Block{Kind: document.Grid, Table: t}) }

// say is a run of text.
func say(format string, args ...any) document.Run {
	return document.Run{Text: fmt.Sprintf(format, args...)}
}

// text is a cell.
func text(s string) []document.Run { return []document.Run{{Text: s}} }

// cells is a row of texts.
func cells(list ...string) document.Row {
	row := document.Row{}
	for _, s := range list {
		row.Cells = append(row.Cells, text(s))
	}
	return row
}

// count states a figure, and keeps it.
func (b *builder) count(name string, n int) int {
	i := slices.IndexFunc(b.r.Figures, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		b.r.Figures = append(b.r.Figures, Figure{Name: name, Count: n})
	}
	return n
}

// cite is the number of the evidence that a claim rests on, as a reference to the
// appendix. The key tells one piece of evidence from another.
func (b *builder) cite(key, leaf, format string, args ...any) document.Run {
	n, ok := b.cites[key]
	if !ok {
		n = len(b.r.Cites) + 1
		b.cites[key] = n
		b.r.Cites = append(b.r.Cites, Cite{Number: n, What: fmt.Sprintf(format, args...), Leaf: leaf, Index: -1})
	}
	return document.Run{Text: fmt.Sprintf(" [%d]", n), To: fmt.Sprintf("e%d", n)}
}

// several is a number with its noun: "1 control", "3 controls", "no control".
func several(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + one
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// listed joins words: "a, b and c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// dayed is a date as people write it.
func dayed(d standing.Date) string {
	if d == 0 {
		return "a day that is not set"
	}
	year, month, day := d.Civil()
	return fmt.Sprintf("%d %s %d", day, month, year)
}

// Write writes the report in one of the Formats.
func (r *Report) Write(format string, w io.Writer) error {
	if b, ok := r.issued[format]; ok {
		_, err := w.Write(b)
		return err
	}
	switch format {
	case model:
		return json.NewEncoder(w).Encode(r)
	case "docx":
		return r.WriteDOCX(w)
	case "pdf":
		return r.WritePDF(w)
	case "html":
		return r.WriteHTML(w)
	case "xlsx":
		return r.WriteXLSX(w)
	}
	return fault.New(fault.Invalid, "A report is written as %s, not as %q.", listed(Formats()), format)
}
