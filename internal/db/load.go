package db

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"assay/internal/kit/clock"
)

// Row is one row of a copy that is read.
type Row struct {
	Table string

	columns [][2]string
	values  []any // nil, int64, bool, string, []byte
}

func (r *Row) value(column string) any {
	for i := range r.columns {
		if r.columns[i][0] == column {
			return r.values[i]
		}
	}
	return nil
}

// Text is a text column; empty if there is none.
func (r *Row) Text(column string) string {
	s, _ := r.value(column).(string)
	return s
}

// Int is a column of whole numbers; 0 if there is none.
func (r *Row) Int(column string) int64 {
	n, _ := r.value(column).(int64)
	return n
}

// Bytes is a column of bytes; nil if there is none.
func (r *Row) Bytes(column string) []byte {
	b, _ := r.value(column).([]byte)
	return b
}

// longestRow bounds a line of a copy.
const longestRow = 256 << 20

// ReadDump reads what Dump wrote, to its end, and calls fn for each row. It returns
// the schema and how many rows there were. What was cut off is an error.
func ReadDump(r io.Reader, fn func(*Row) error) (schema, n int64, err error) {
	rd := &copyReader{in: bufio.NewReaderSize(r, 1<<16)}
	head := copyHead{}
	line, err := rd.line()
	if err == nil {
		err = strict(line, &head)
	}
	if err != nil || head.Format != copyFormat {
		return 0, 0, errors.Join(errors.New("it is no copy of a store's rows"), err)
	}
	return head.Schema, rd.n, rd.rest(fn, &n)
}

type copyReader struct {
	in  *bufio.Reader
	row Row
	n   int64
}

func (c *copyReader) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := c.in.ReadSlice('\n')
		if err == nil && whole == nil {
			return part, nil
		}
		whole = append(whole, part...)
		if err == nil {
			return whole, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("the copy was cut off: %w", err)
		}
		if len(whole) > longestRow {
			return nil, errors.New("a row of the copy is too long")
		}
	}
}

// rest reads tables and rows up to the last line, behind which nothing may stand.
func (c *copyReader) rest(fn func(*Row) error, n *int64) error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		switch {
		case line[0] == '[':
			if err := c.values(line); err != nil {
				return fmt.Errorf("row %d: %w", c.n, err)
			}
			c.n++
			if err := fn(&c.row); err != nil {
				return err
			}
		case bytes.HasPrefix(line, []byte(`{"rows"`)):
			*n = c.n
			return c.end(line)
		default:
			t := copyTable{}
			if err := strict(line, &t); err != nil {
				return err
			}
			c.row = Row{Table: t.Table, columns: t.Columns, values: make([]any, len(t.Columns))}
		}
	}
}

// end sees that the last line is one, and the last.
func (c *copyReader) end(line []byte) error {
	end := copyEnd{}
	if err := strict(line, &end); err != nil || end.Rows != c.n {
		return fmt.Errorf("the copy says that it has %d rows and has %d: %w", end.Rows, c.n, errors.Join(errCut, err))
	}
	if _, err := c.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the end of the copy")
	}
	return nil
}

var errCut = errors.New("rows are missing")

func strict(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (c *copyReader) values(line []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return err
	}
	if len(raw) != len(c.row.columns) || len(raw) == 0 {
		return fmt.Errorf("%d values for %d columns of %q", len(raw), len(c.row.columns), c.row.Table)
	}
	for i := range raw {
		v, err := parsed(raw[i], c.row.columns[i][1])
		if err != nil {
			return fmt.Errorf("%s.%s: %w", c.row.Table, c.row.columns[i][0], err)
		}
		c.row.values[i] = v
	}
	return nil
}

// parsed is a value of a copy, of the type that its column has.
func parsed(raw json.RawMessage, kind string) (any, error) {
	if string(raw) == "null" {
		return nil, nil //nolint:nilnil // NULL is a value
	}
	switch kind {
	case "bigint", "integer":
		return strconv.ParseInt(string(raw), 10, 64)
	case "boolean":
		return strconv.ParseBool(string(raw))
	case "bytea":
		var b bytesValue
		if err := strict(raw, &b); err != nil {
			return nil, err
		}
		return base64.StdEncoding.Strict().DecodeString(b.B)
	case "text":
		if raw[0] == '"' {
			var s string
			err := json.Unmarshal(raw, &s)
			return s, err
		}
		var t textValue
		if err := strict(raw, &t); err != nil {
			return nil, err
		}
		b, err := base64.StdEncoding.Strict().DecodeString(t.T)
		return string(b), err
	}
	return nil, fmt.Errorf("the type %q is unknown", kind)
}

// rowsAtOnce bounds what one transaction of Load holds.
const rowsAtOnce = 20_000

// Load fills an empty store with a copy: its schema as the copy has it, the rows,
// and then what this program's schema adds. The store is of no use when it fails.
func Load(ctx context.Context, c Config, r io.Reader) (n int64, err error) {
	if n, err = load(ctx, c, r); err != nil {
		return n, err
	}
	d, err := Open(ctx, c)
	if err != nil {
		return n, err
	}
	return n, errors.Join(d.protect(ctx), d.Close())
}

func load(ctx context.Context, c Config, r io.Reader) (n int64, err error) {
	d := &DB{now: clock.System}
	if err := d.connect(c); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	in := bufio.NewReaderSize(r, 1<<16)
	first, err := in.ReadBytes('\n')
	if err != nil {
		return 0, fmt.Errorf("the copy was cut off: %w", err)
	}
	head := copyHead{}
	if err := strict(first, &head); err != nil || head.Format != copyFormat {
		return 0, errors.Join(errors.New("it is no copy of a store's rows"), err)
	}
	if err := d.migrateTo(ctx, head.Schema); err != nil {
		return 0, err
	}
	rd := &copyReader{in: in}
	for done := false; !done; {
		if err := d.WriteInstallation(ctx, func(tx *Tx) error {
			done, err = loadSome(tx, rd)
			return err
		}); err != nil {
			return rd.n, err
		}
	}
	return rd.n, nil
}

// errPause ends one transaction of Load.
var errPause = errors.New("pause")

func loadSome(tx *Tx, rd *copyReader) (done bool, err error) {
	var total int64
	last, insert, some := "", "", 0
	if rd.n == 0 { // what migrations put in is in the copy too
		if err := empty(tx); err != nil {
			return false, err
		}
	}
	err = rd.rest(func(row *Row) error {
		if row.Table != last {
			last, insert = row.Table, insertion(row)
		}
		if err := tx.Bulk(insert, row.values...); err != nil {
			return fmt.Errorf("%s: %w", row.Table, err)
		}
		if some++; some == rowsAtOnce {
			return errPause
		}
		return nil
	}, &total)
	if errors.Is(err, errPause) {
		return false, nil
	}
	return err == nil, err
}

func empty(tx *Tx) error {
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	for i := range tables {
		if _, err := tx.Exec(`DELETE FROM ` + tables[i].Table); err != nil {
			return err
		}
	}
	return nil
}

// insertion is the statement that puts a row in. Names come from a file that was
// encrypted to its owner, and are held to what names of tables look like.
func insertion(row *Row) string {
	plain := func(name string) string {
		return strings.Map(func(r rune) rune {
			if r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, name)
	}
	var names, marks []string
	for i := range row.columns {
		names = append(names, plain(row.columns[i][0]))
		marks = append(marks, "$"+strconv.Itoa(i+1))
	}
	return `INSERT INTO ` + plain(row.Table) + ` (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(marks, ", ") + `)`
}

// Hold has every later change of an organization's rows fail with the reason;
// reading goes on. A nil reason ends it.
func (d *DB) Hold(reason error) { d.held.Store(&reason) }

// IsHeld tells whether nothing may be changed.
func (d *DB) IsHeld() bool { return d.held.Load() != nil && *d.held.Load() != nil }

// Held is why nothing may be changed; nil if it may.
func (d *DB) Held() error {
	if reason := d.held.Load(); reason != nil {
		return *reason
	}
	return nil
}
