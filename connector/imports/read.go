package imports

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/connector"
	"assay/internal/kit/fault"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	JSON   Format = "json"   // one document: a list of objects, or holding one
	NDJSON Format = "ndjson" // an object a line
	CSV    Format = "csv"    // a heading, then a row a line
)

// The limits of a file. What is over them is refused and said.
const (
	LongestRow  = 4 << 20   // bytes
	DeepestRow  = 32        // objects and lists within each other
	MostRows    = 5_000_000 // a file
	MostRefused = 1_000     // kept with line and reason; the rest is counted
)

// Refusal is a row that was not kept, or a part of one that explains it.
type Refusal struct {
	Line   int    `json:"line"`            // from 1; where the row begins
	Field  string `json:"field,omitempty"` // empty if it is about the whole row
	Reason string `json:"reason"`
}

// String is the refusal in a line.
func (r Refusal) String() string {
	if r.Field == "" {
		return fmt.Sprintf("line %d: %s", r.Line, r.Reason)
	}
	return fmt.Sprintf("line %d, %s: %s", r.Line, r.Field, r.Reason)
}

// Summary is what came of a file.
type Summary struct {
	Rows         int       // seen, the refused ones included
	Kept         int       // handed on
	RefusedTotal int       // rows not kept
	Refused      []Refusal // the first MostRefused of them
	Notes        []string  // sentences about the file as a whole
	Whole        bool      // read to its proper end
}

// Complete reports that the file was read whole and every row was kept.
func (s *Summary) Complete() bool { return s.Whole && s.RefusedTotal == 0 }

func (s *Summary) refuse(line int, field, format string, args ...any) {
	s.RefusedTotal++
	if len(s.Refused) < MostRefused {
		s.Refused = append(s.Refused, Refusal{Line: line, Field: field, Reason: fmt.Sprintf(format, args...)})
	}
}

// ParseFormat returns the format of that name; for an empty name, the one that
// the file's name ends in.
func ParseFormat(name, file string) (Format, error) {
	if name == "" {
		name = strings.TrimPrefix(strings.ToLower(path.Ext(file)), ".")
		if name == "jsonl" {
			name = string(NDJSON)
		}
	}
	for _, f := range []Format{JSON, NDJSON, CSV} {
		if name == string(f) {
			return f, nil
		}
	}
	return "", fault.New(fault.Invalid, "The format %q is not known. Name one: json, ndjson or csv.", name)
}

// row is one row as it stands in the file.
type row struct {
	line    int
	value   func(c *column) (any, bool) // what stands where the column says
	text    bool                        // values are text, as in CSV
	problem string                      // why it cannot be read; empty if it can
}

// rows yields the rows of a file. next returns io.EOF at the proper end, and an
// unfinished at an end that is not one.
type rows interface {
	next() (row, error)
}

// unfinished is an end where none should be. What came before it is kept.
type unfinished struct {
	line   int
	reason string
}

// Error is the reason.
func (u *unfinished) Error() string { return fmt.Sprintf("line %d: %s", u.line, u.reason) }

// Read reads a file by the declaration and hands on its rows in their order,
// each with its line. An error of emit ends the reading and is returned as it
// is; a fault says that the file as a whole cannot be read. In both cases the
// summary says how far it came.
func Read(ctx context.Context, d Declaration, file io.Reader, format Format, emit func(line int, r connector.Resource) error) (Summary, error) {
	var sum Summary
	rd, err := newReader(d)
	if err != nil {
		return sum, err
	}
	b := bufio.NewReaderSize(file, peeked)
	if err := checkEncoding(b); err != nil {
		return sum, err
	}
	list, err := rd.open(b, format, &sum)
	if err != nil {
		return sum, err
	}
	seen := map[[16]byte]struct{}{}
	for {
		if sum.Rows%1024 == 0 && ctx.Err() != nil {
			return sum, ctx.Err()
		}
		line, err := list.next()
		broken, isBroken := errors.AsType[*unfinished](err)
		switch {
		case errors.Is(err, io.EOF):
			sum.Whole = true
			return sum, nil
		case isBroken:
			sum.Rows++
			sum.refuse(broken.line, "", "%s", broken.reason)
			return sum, nil
		case err != nil:
			return sum, err
		case sum.Rows == MostRows:
			sum.Notes = append(sum.Notes, fmt.Sprintf("The file has more than %d rows. The rest was not read: split it.", MostRows))
			return sum, nil
		}
		sum.Rows++
		res, ok := rd.keep(line, &sum)
		if !ok {
			continue
		}
		key := [16]byte(sum256(res.ID))
		if _, twice := seen[key]; twice {
			sum.refuse(line.line, strings.Join(d.ID, ", "), "the id %s stands in an earlier row already", clip(res.ID))
			continue
		}
		seen[key] = struct{}{}
		if err := emit(line.line, res); err != nil {
			return sum, err
		}
		sum.Kept++
	}
}

func sum256(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:16]
}

// keep makes a resource of a row, or refuses it.
func (rd *reader) keep(line row, sum *Summary) (connector.Resource, bool) {
	res := connector.Resource{Kind: rd.d.Kind, Authority: rd.d.Authority, Fields: map[string]any{}}
	if line.problem != "" {
		sum.refuse(line.line, "", "%s", line.problem)
		return res, false
	}
	for i := range rd.columns {
		c := &rd.columns[i]
		v, there := line.value(c)
		if !there {
			continue
		}
		out, what, err := c.convert(v, line.text)
		switch {
		case err != nil:
			sum.refuse(line.line, c.field.Name, "%s", err)
			return res, false
		case what == present:
			res.Fields[c.field.Name] = out
		case what == unavailable:
			res.Unavailable = append(res.Unavailable, c.field.Name)
		}
	}
	parts, err := rd.d.Normalize(res.Fields, res.Unavailable)
	if err != nil {
		field, reason := firstProblem(err)
		sum.refuse(line.line, field, "%s", reason)
		return res, false
	}
	for _, name := range rd.d.ID {
		if slices.Contains(res.Unavailable, name) || parts.Core[name] == "" {
			sum.refuse(line.line, name, "it belongs to the id, and is empty or unavailable")
			return res, false
		}
	}
	res.ID = rd.d.idOf(parts.Core)
	if len(res.ID) > longestID {
		sum.refuse(line.line, strings.Join(rd.d.ID, ", "), "the id is longer than %d bytes", longestID)
		return res, false
	}
	return res, true
}

const longestID = 1000

// firstProblem splits "field: reason" off the errors of a row, and counts the
// rest.
func firstProblem(err error) (field, reason string) {
	all := strings.Split(err.Error(), "\n")
	field, reason, ok := strings.Cut(all[0], ": ")
	if !ok {
		field, reason = "", all[0]
	}
	if more := len(all) - 1; more > 0 {
		reason += fmt.Sprintf(" (and %d more)", more)
	}
	return field, reason
}

const peeked = 64 << 10

// checkEncoding takes a byte order mark off and refuses a file that is not
// UTF-8 from its first pages on.
func checkEncoding(b *bufio.Reader) error {
	head, err := b.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	save := "Save it as UTF-8 and bring it again."
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := b.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fault.New(fault.Invalid, "The file is written in UTF-16. %s", save)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return fault.New(fault.Invalid, "The file is compressed, or a spreadsheet. Unpack it, or export it as CSV in UTF-8.")
	case len(head) >= 4 && (head[0] == 0 || head[1] == 0):
		return fault.New(fault.Invalid, "The file is written in UTF-16 or UTF-32, or is no text. %s", save)
	case !utf8.Valid(whole(head)):
		return fault.New(fault.Invalid, "The file is not written in UTF-8; it may be Latin-1 or Windows-1252. %s", save)
	}
	return nil
}

// whole leaves out a character that the end of the page cut in two.
func whole(page []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(page); i++ {
		if c := page[len(page)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(page[len(page)-i:]) && len(page) == peeked {
				return page[:len(page)-i]
			}
			return page
		}
	}
	return page
}

// unreadable says why the bytes of a row cannot be taken, or is empty.
func unreadable(b []byte) string {
	switch {
	case bytes.IndexByte(b, 0) >= 0:
		return "it holds a NUL byte"
	case !utf8.Valid(b):
		return "it is not written in UTF-8"
	}
	return ""
}

// open begins to read the rows of a format.
func (rd *reader) open(b *bufio.Reader, format Format, sum *Summary) (rows, error) {
	switch format {
	case JSON:
		return openJSON(b, rd.d.Rows)
	case NDJSON:
		return openNDJSON(b)
	case CSV:
		return rd.openCSV(b, sum)
	}
	return nil, fault.New(fault.Invalid, "The format %q is not known. Name one: json, ndjson or csv.", format)
}
