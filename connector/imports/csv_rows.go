package imports

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// tableRows reads CSV (RFC 4180) below its heading.
type tableRows struct {
	csv    *csv.Reader
	budget *budget
	width  int
	index  map[string]int // heading to column
	line   int            // where the last row began
}

// budget lets a row take no more than its limit from the file, so that a quote
// which is never closed does not take the rest of it.
type budget struct {
	r    io.Reader
	left int
}

var errLongRow = errors.New(tooLong)

// Read is io.Reader's.
func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRow
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (rd *reader) openCSV(r *bufio.Reader, sum *Summary) (rows, error) {
	t := &tableRows{budget: &budget{r: r}, index: map[string]int{}}
	t.csv = csv.NewReader(t.budget)
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	if s := rd.d.CSV.Separator; s != "" {
		t.csv.Comma, _ = utf8.DecodeRuneInString(s)
	}
	for i := range rd.columns {
		f := &rd.columns[i].field
		if f.Type == resource.Object || f.Type == resource.Map || f.Type == resource.List && f.Of.Type != resource.String && f.Of.Type != resource.Int {
			return nil, fault.New(fault.Invalid, "The field %s is a %s, which a CSV file cannot hold. Bring it as JSON.", f.Name, f.Type)
		}
	}
	t.budget.left = LongestRow
	heading, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file is empty: it lacks even a heading.")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The heading could not be read: %s.", csvProblem(err))
	}
	t.width = len(heading)
	for i, name := range heading {
		name = strings.Clone(strings.TrimSpace(name))
		if _, twice := t.index[name]; twice {
			return nil, fault.New(fault.Invalid, "The column %q stands there twice.", clip(name))
		}
		t.index[name] = i
	}
	return t, rd.columnsFound(t, heading, sum)
}

// columnsFound refuses a file that lacks a column that every row needs.
func (rd *reader) columnsFound(t *tableRows, heading []string, sum *Summary) error {
	for i := range rd.columns {
		c := &rd.columns[i]
		if _, ok := t.index[c.header]; ok {
			continue
		}
		if c.field.Optional {
			sum.Notes = append(sum.Notes, fmt.Sprintf("The file has no column %q, so %s is absent in every row.", c.header, c.field.Name))
			continue
		}
		hint := ""
		if len(heading) == 1 {
			hint = " It has one column alone: is the separator right?"
		}
		return fault.New(fault.Invalid, "The file has no column %q, which %s is read from. Its columns are: %s.%s", c.header, c.field.Name, clip(strings.Join(heading, ", ")), hint)
	}
	return nil
}

func (t *tableRows) next() (row, error) {
	t.budget.left = LongestRow
	cells, err := t.csv.Read()
	parse, isParse := errors.AsType[*csv.ParseError](err)
	switch {
	case errors.Is(err, io.EOF):
		return row{}, io.EOF
	case errors.Is(err, errLongRow):
		return row{}, &unfinished{t.line + 1, tooLong + ", perhaps because a quote is not closed; the rest was not read"}
	case isParse:
		return row{line: parse.StartLine, problem: csvProblem(err)}, nil
	case err != nil:
		return row{}, err
	}
	line, _ := t.csv.FieldPos(0)
	t.line = line
	if len(cells) != t.width {
		return row{line: line, problem: fmt.Sprintf("it has %d cells, the heading has %d", len(cells), t.width)}, nil
	}
	for _, cell := range cells {
		if problem := unreadable([]byte(cell)); problem != "" {
			return row{line: line, problem: problem}, nil
		}
	}
	return row{line: line, text: true, value: func(c *column) (any, bool) {
		i, ok := t.index[c.header]
		if !ok {
			return nil, false
		}
		return strings.Clone(cells[i]), true
	}}, nil
}

func csvProblem(err error) string {
	switch {
	case errors.Is(err, errLongRow):
		return tooLong
	case errors.Is(err, csv.ErrQuote):
		return "a quote stands where none may, or is not closed"
	case errors.Is(err, csv.ErrBareQuote):
		return "a quote stands in a cell that does not begin with one"
	}
	return err.Error()
}
