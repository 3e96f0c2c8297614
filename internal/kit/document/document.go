package document

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Document is what is written.
type Document struct {
	Title    string
	Subtitle string
	Author   string    // whose it is, in the file's properties
	Cover    []string  // paragraphs of the first page
	Head     string    // at the top of each page
	Foot     string    // at the bottom of each page
	Mark     string    // on every page, such as DRAFT; empty: none
	Made     time.Time // in the file's properties
	Blocks   []Block
}

// Kind is what a block is.
type Kind int

// The kinds of blocks.
const (
	Para    Kind = iota
	Heading      // of Level
	Item         // of a list
	Note         // set apart: what was left open, or who is to write here
	Grid         // a table
)

// Block is one part of a document.
type Block struct {
	Kind  Kind
	Level int // of a heading, 1 to 3
	// Label is the number of a heading of level 1, "III"; the others count below it.
	Label  string
	Anchor string // a name that references lead to; may be empty
	Text   []Run
	Table  *Table
}

// Run is a stretch of text in one shape.
type Run struct {
	Text   string
	Bold   bool
	Italic bool
	To     string // an anchor of the document that it leads to; empty: none
}

// Table is rows under headings.
type Table struct {
	Name   string // of the sheet in a workbook
	Head   []string
	Widths []int // of the columns, in parts of their sum; all alike if there are none
	Wide   bool  // its section is set across the page
	Rows   []Row
}

// Row is a row of a table.
type Row struct {
	Anchor string // a name that references lead to; may be empty
	Cells  [][]Run
}

// Say is text in one shape.
func Say(format string, args ...any) []Run {
	if len(args) == 0 {
		return []Run{{Text: format}}
	}
	return []Run{{Text: fmt.Sprintf(format, args...)}}
}

// Plain is the text of runs without their shape.
func Plain(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// Prose is a text as people type it: paragraphs apart by an empty line, and the
// items of a list, which begin with "- " or "* ".
func Prose(text string) (out []Block) {
	var lines []string
	flush := func(kind Kind) {
		if len(lines) > 0 {
			out = append(out, Block{Kind: kind, Text: Say("%s", strings.Join(lines, " "))})
		}
		lines = nil
	}
	kind := Para
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		item, listed := strings.CutPrefix(line, "- ")
		if !listed {
			item, listed = strings.CutPrefix(line, "* ")
		}
		switch {
		case line == "":
			flush(kind)
			kind = Para
		case listed:
			flush(kind)
			kind, lines = Item, []string{item}
		default:
			lines = append(lines, line)
		}
	}
	flush(kind)
	return out
}

// Clean is a text as files can hold it: without what is no character of XML, and
// without what turns the direction of the text around it.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\u061c':
			return -1
		case r == '\ufffe', r == '\uffff', r >= 0xd800 && r <= 0xdfff, !utf8.ValidRune(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// entry is a heading in the table of contents.
type entry struct {
	level int
	label string // "III.2"; empty without a number
	text  string
	page  int // in a PDF
}

func (e *entry) title() string {
	if e.label == "" {
		return e.text
	}
	return e.label + "  " + e.text
}

// contents numbers the headings, in their order.
func (d *Document) contents() (out []entry) {
	var count [3]int
	top := ""
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Kind != Heading {
			continue
		}
		count[b.Level-1]++
		clear(count[b.Level:])
		label := b.Label
		if b.Level == 1 {
			top = label
		} else if top != "" {
			label = top + "." + strconv.Itoa(count[1])
			if b.Level == 3 {
				label += "." + strconv.Itoa(count[2])
			}
		}
		out = append(out, entry{level: b.Level, label: label, text: Clean(Plain(b.Text))})
	}
	return out
}

// valid says what is wrong with the document, which whoever composed it answers
// for: a reference that leads nowhere, a row that does not fit its table.
func (d *Document) valid() error {
	var wrong []error
	var anchors, wanted []string
	see := func(anchor string, runs []Run) {
		if anchor != "" {
			anchors = append(anchors, anchor)
		}
		for _, r := range runs {
			if r.To != "" {
				wanted = append(wanted, r.To)
			}
		}
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		see(b.Anchor, b.Text)
		switch {
		case b.Kind == Heading && (b.Level < 1 || b.Level > 3):
			wrong = append(wrong, fmt.Errorf("heading %q has the level %d", Plain(b.Text), b.Level))
		case b.Kind == Grid:
			wrong = append(wrong, b.Table.valid(see))
		}
	}
	slices.Sort(anchors)
	for i := 1; i < len(anchors); i++ {
		if anchors[i] == anchors[i-1] {
			wrong = append(wrong, fmt.Errorf("the anchor %q is there twice", anchors[i]))
		}
	}
	slices.Sort(wanted)
	for _, to := range slices.Compact(wanted) {
		if _, ok := slices.BinarySearch(anchors, to); !ok {
			wrong = append(wrong, fmt.Errorf("a reference leads to %q, which is not there", to))
		}
	}
	return errors.Join(wrong...)
}

func (t *Table) valid(see func(string, []Run)) error {
	if t == nil || len(t.Head) == 0 {
		return errors.New("a table has no headings")
	}
	if len(t.Widths) != 0 && len(t.Widths) != len(t.Head) || slices.ContainsFunc(t.Widths, func(w int) bool { return w <= 0 }) {
		return fmt.Errorf("table %q: the widths %v do not fit %d columns", t.Name, t.Widths, len(t.Head))
	}
	for i := range t.Rows {
		if n := len(t.Rows[i].Cells); n != len(t.Head) {
			return fmt.Errorf("table %q: row %d has %d cells for %d columns", t.Name, i+1, n, len(t.Head))
		}
		see(t.Rows[i].Anchor, nil)
		for _, c := range t.Rows[i].Cells {
			see("", c)
		}
	}
	return nil
}

// spread divides a width among the columns.
func (t *Table) spread(width float64) []float64 {
	out := make([]float64, len(t.Head))
	sum := 0
	for i := range t.Head {
		sum += t.part(i)
	}
	for i := range out {
		out[i] = width * float64(t.part(i)) / float64(sum)
	}
	return out
}

func (t *Table) part(i int) int {
	if len(t.Widths) == 0 {
		return 1
	}
	return t.Widths[i]
}

// wide reports whether the section that begins at a block holds a wide table.
func (d *Document) wide(from int) bool {
	for i := from; i < len(d.Blocks); i++ {
		b := &d.Blocks[i]
		if i > from && b.Kind == Heading && b.Level == 1 {
			return false
		}
		if b.Kind == Grid && b.Table.Wide {
			return true
		}
	}
	return false
}
