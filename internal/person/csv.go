package person

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// The limits of an import.
const (
	MaxImport = 16 << 20 // bytes
	maxRows   = 20000
)

// The columns, as the template and exports name them.
func columnNames() []string {
	return []string{"external_id", "name", "email", "title", "group", "manager", "employment", "starts_on", "ends_on"}
}

// column recognizes a heading, also as personnel systems write it.
func column(heading string) string {
	h := strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(strings.ToLower(strings.TrimSpace(heading)))
	switch h {
	case "external_id", "employee_id", "employee_number", "person_id", "id":
		return "external_id"
	case "name", "full_name", "display_name", "employee_name":
		return "name"
	case "email", "e_mail", "work_email", "email_address", "mail":
		return "email"
	case "title", "job_title", "role", "role_title", "position":
		return "title"
	case "group", "department", "team", "division":
		return "group"
	case "manager", "manager_email", "reports_to", "supervisor", "manager_id":
		return "manager"
	case "employment", "employment_type", "worker_type", "type":
		return "employment"
	case "starts_on", "start_date", "hire_date", "start", "joined_on", "first_day":
		return "starts_on"
	case "ends_on", "end_date", "termination_date", "end", "left_on", "last_day":
		return "ends_on"
	}
	return ""
}

// row is one person as a file describes them.
type row struct {
	line    int
	details Details
	manager string // address, external id or name
	given   map[string]bool
	wrong   []fault.Field
}

type table struct {
	rows    []row
	given   []string // columns that the file has
	ignored []string // headings that mean nothing here
}

// parse reads a file. Its errors are about the file as a whole; what is wrong
// with one row is in the row.
func parse(b []byte) (*table, error) {
	b, err := decode(b)
	if err != nil {
		return nil, err
	}
	head, _, _ := bytes.Cut(b, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = separator(head)
	r.FieldsPerRecord = -1
	headings, err := r.Read()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The first line of the file is not a line of headings. Start from the template.")
	}
	t := &table{}
	names, err := t.headings(headings)
	if err != nil {
		return nil, err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if len(t.rows) >= maxRows {
			return nil, fault.New(fault.TooLarge, "The file has more than %d rows. Split it.", maxRows)
		}
		t.rows = append(t.rows, readRow(r, names, cells, err))
	}
}

func (t *table) headings(headings []string) (names []string, err error) {
	seen := map[string]bool{}
	for _, h := range headings {
		name := column(h)
		if name != "" && seen[name] {
			return nil, fault.New(fault.Invalid, "Two columns of the file are both %q.", name)
		}
		if name == "" && strings.TrimSpace(h) != "" {
			t.ignored = append(t.ignored, strings.TrimSpace(h))
		}
		if name != "" {
			t.given = append(t.given, name)
		}
		seen[name] = true
		names = append(names, name)
	}
	for _, needed := range []string{"name", "starts_on"} {
		if !seen[needed] {
			return nil, fault.New(fault.Invalid, "The file has no column %q. The columns are: %s.", needed, strings.Join(columnNames(), ", "))
		}
	}
	return names, nil
}

// decode refuses what is not UTF-8 text, saying how to save it.
func decode(b []byte) ([]byte, error) {
	const how = "In a spreadsheet, save as \"CSV UTF-8\". Nothing was read."
	switch {
	case len(b) > MaxImport:
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MiB.", MaxImport>>20)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return nil, fault.New(fault.Invalid, "The file is UTF-16. %s", how)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, fault.New(fault.Invalid, "The file is a spreadsheet, not CSV. %s", how)
	}
	b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
	if bytes.IndexByte(b, 0) >= 0 {
		return nil, fault.New(fault.Invalid, "The file is not text. %s", how)
	}
	if !utf8.Valid(b) {
		line := 1
		for rest := b; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			if r == utf8.RuneError && n == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[n:]
		}
		return nil, fault.New(fault.Invalid, "The file is not UTF-8: line %d has letters in another encoding. %s", line, how)
	}
	// Old Mac files end lines with a carriage return alone.
	if !bytes.Contains(b, []byte("\n")) {
		b = bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
	}
	return b, nil
}

func separator(head []byte) rune {
	best, n := ',', 0
	for _, sep := range []rune{',', ';', '\t'} {
		if c := bytes.Count(head, []byte(string(sep))); c > n {
			best, n = sep, c
		}
	}
	return best
}

func readRow(r *csv.Reader, names, cells []string, err error) row {
	out := row{given: map[string]bool{}}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		out.line = broken.StartLine
		out.refuse("", fmt.Sprintf("The quotes are wrong: %v.", broken.Err))
		return out
	}
	if err != nil {
		out.refuse("", "The line cannot be read.")
		return out
	}
	out.line, _ = r.FieldPos(0)
	if len(cells) != len(names) {
		out.refuse("", fmt.Sprintf("It has %d cells and the headings are %d.", len(cells), len(names)))
		return out
	}
	for i, name := range names {
		if name != "" {
			out.given[name] = true
			out.set(name, strings.TrimSpace(unguard(cells[i])))
		}
	}
	return out
}

func (r *row) refuse(column, why string) {
	r.wrong = append(r.wrong, fault.Field{Name: column, Text: why})
}

func (r *row) set(name, v string) {
	d := &r.details
	switch name {
	case "external_id":
		d.ExternalID = v
	case "name":
		d.Name = v
	case "email":
		d.Email = v
	case "title":
		d.Title = v
	case "group":
		d.Group = v
	case "manager":
		r.manager = v
	case "employment":
		r.setEmployment(v)
	case "starts_on":
		r.setDate(name, v, &d.StartsOn)
	case "ends_on":
		r.setDate(name, v, &d.EndsOn)
	}
}

func (r *row) setEmployment(v string) {
	switch strings.ToLower(strings.NewReplacer("-", " ", "_", " ").Replace(v)) {
	case "", "employee", "full time", "part time", "permanent", "intern":
		r.details.Employment = Employee
	case "contractor", "contract", "freelancer", "consultant", "agency", "temporary":
		r.details.Employment = Contractor
	default:
		r.refuse("employment", fmt.Sprintf("%q is neither employee nor contractor.", v))
	}
}

func (r *row) setDate(name, v string, into *standing.Date) {
	if v == "" {
		return
	}
	d, err := standing.ParseDate(v)
	if err != nil {
		r.refuse(name, fmt.Sprintf("%q is not a date; write it as 2026-11-22, so that day and month cannot be confused.", v))
		return
	}
	*into = d
}

// Template is an empty file to fill in.
func Template() []byte {
	return []byte(strings.Join(columnNames(), ",") + "\n")
}

// guard keeps a spreadsheet from taking a cell for a formula; unguard takes
// the guard off.
func guard(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(s[1])) {
		return s[1:]
	}
	return s
}
