package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"assay/internal/kit/fault"
)

// Table is a sheet of texts under headings.
type Table struct {
	Name string // of the sheet
	Head []string
	Rows [][]string
	// Choices are the only values that a column takes, by its heading: cells then
	// offer them.
	Choices map[string][]string
}

// mostUnpacked bounds what a workbook may become when it is unpacked, in bytes.
const mostUnpacked = 256 << 20

// WriteCSV writes the table with every text made safe by Plain.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	err := out.Write(t.Head)
	for _, row := range t.Rows {
		safe := make([]string, len(row))
		for i, s := range row {
			safe[i] = Plain(s)
		}
		err = errors.Join(err, out.Write(safe))
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// WriteXLSX writes the table as a workbook whose cells are texts, so that none is
// carried out, with headings that stay in sight.
func (t *Table) WriteXLSX(w io.Writer) error { return WriteBook(w, *t) }

// WriteBook writes a workbook of several such tables, a sheet each.
func WriteBook(w io.Writer, tables ...Table) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, t := range tables {
		name := sheetName(t.Name)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if err := t.write(f, name, bold); err != nil {
			return err
		}
	}
	_, err = f.WriteTo(w)
	return err
}

func (t *Table) write(f *excelize.File, name string, bold int) error {
	if err := t.offer(f, name); err != nil {
		return err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	err = errors.Join(s.SetColWidth(1, max(len(t.Head), 1), 22),
		s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	for i, row := range append([][]string{t.Head}, t.Rows...) {
		cells := make([]any, len(row))
		for j, text := range row {
			cells[j] = excelize.Cell{Value: clipCell(text)}
			if i == 0 {
				cells[j] = excelize.Cell{Value: text, StyleID: bold}
			}
		}
		err = errors.Join(err, s.SetRow("A"+strconv.Itoa(i+1), cells))
	}
	return errors.Join(err, s.Flush())
}

// offer has the cells of columns with few values offer them.
func (t *Table) offer(f *excelize.File, name string) error {
	for i, head := range t.Head {
		list := t.Choices[head]
		if len(list) == 0 || len(strings.Join(list, ",")) > 250 {
			continue
		}
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		v := excelize.NewDataValidation(true)
		v.Sqref = col + "2:" + col + "5000"
		if err := errors.Join(v.SetDropList(list), f.AddDataValidation(name, v)); err != nil {
			return err
		}
	}
	return nil
}

const mostCell = 32767 // characters that a cell holds

func clipCell(s string) string {
	if r := []rune(s); len(r) > mostCell {
		return string(r[:mostCell])
	}
	return s
}

func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s = strings.TrimSpace(s); s == "" {
		return "Sheet"
	}
	return s
}

// Read reads a table from a CSV file or the first sheet of a workbook, whichever
// the file is. Rows are as long as the headings; empty ones are left out, and
// lines[i] is where row i stands in the file.
func Read(file []byte, most int) (t Table, lines []int, err error) {
	var rows [][]string
	var at []int
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		rows, at, err = readXLSX(file, most)
	} else {
		rows, at, err = readCSV(file, most)
	}
	if err != nil {
		return t, nil, err
	}
	for i, row := range rows {
		if empty(row) {
			continue
		}
		if t.Head == nil {
			for _, h := range row {
				t.Head = append(t.Head, strings.TrimSpace(h))
			}
			continue
		}
		if over := row[min(len(row), len(t.Head)):]; !empty(over) {
			return t, nil, fault.New(fault.Invalid, "Line %d has more cells than there are headings.", at[i])
		}
		full := make([]string, len(t.Head))
		for j := range full {
			if j < len(row) {
				full[j] = bare(row[j])
			}
		}
		t.Rows, lines = append(t.Rows, full), append(lines, at[i])
	}
	if t.Head == nil {
		return t, nil, fault.New(fault.Invalid, "The file is empty. Its first line must be the headings.")
	}
	return t, lines, nil
}

// bare takes back the apostrophe that Plain put before a text.
func bare(s string) string {
	if after, ok := strings.CutPrefix(s, "'"); ok && after != "" && strings.ContainsRune(begins, rune(after[0])) {
		return after
	}
	return s
}

func empty(row []string) bool {
	for _, s := range row {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}

func readCSV(file []byte, most int) (rows [][]string, at []int, err error) {
	file = bytes.TrimPrefix(file, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(file) {
		return nil, nil, fault.New(fault.Invalid, "The file is not UTF-8 text. Save it as CSV in UTF-8, or as XLSX.")
	}
	first, _, _ := bytes.Cut(file, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord = -1
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return rows, at, nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, nil, fault.Wrap(fault.Invalid, err, "Line %d cannot be read as CSV: %v.", bad.Line, bad.Err)
		}
		if err != nil {
			return nil, nil, err
		}
		if len(rows) > most {
			return nil, nil, fault.New(fault.TooLarge, "The file has more than %d rows. Split it.", most)
		}
		line, _ := r.FieldPos(0)
		rows, at = append(rows, row), append(at, line)
	}
}

func readXLSX(file []byte, most int) (rows [][]string, at []int, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: 32 << 20, ShortDatePattern: "yyyy-mm-dd"})
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "The file cannot be read as a workbook (XLSX).")
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	names := f.GetSheetList()
	if len(names) == 0 {
		return nil, nil, fault.New(fault.Invalid, "The workbook has no sheet.")
	}
	all, err := f.Rows(names[0])
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "The first sheet of the workbook cannot be read.")
	}
	defer func() { err = errors.Join(err, all.Close()) }()
	for n := 1; all.Next(); n++ {
		row, err := all.Columns()
		if err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, err, "Row %d of the first sheet cannot be read.", n)
		}
		if len(rows) > most {
			return nil, nil, fault.New(fault.TooLarge, "The sheet has more than %d rows. Split it.", most)
		}
		rows, at = append(rows, row), append(at, n)
	}
	if err := all.Error(); err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "The first sheet cannot be read to its end.")
	}
	return rows, at, nil
}
