package db

import (
	"slices"
	"strconv"
)

// The numbers of rows that one statement writes, so that few texts have to be
// prepared.
const (
	rowsMany = 16
	rowsFew  = 4
)

// Insert writes rows of equally many values, several by each statement. Head is
// "INSERT INTO table (columns)"; tail follows the values, and may be empty.
func (t *Tx) Insert(head, tail string, rows [][]any) error {
	for _, n := range []int{rowsMany, rowsFew, 1} {
		if len(rows) < n {
			continue
		}
		text, whole := t.rowsText(head, tail, n, len(rows[0])), len(rows)-len(rows)%n
		for some := range slices.Chunk(rows[:whole], n) {
			if err := t.Bulk(text, slices.Concat(some...)...); err != nil {
				return err
			}
		}
		rows = rows[whole:]
	}
	return nil
}

// rowsText numbers the values for PostgreSQL alone: SQLite's driver goes through the
// names of all to find each.
func (t *Tx) rowsText(head, tail string, rows, columns int) string {
	text := append(make([]byte, 0, len(head)+len(tail)+rows*columns*5+16), head...)
	text = append(text, " VALUES "...)
	for i := range rows * columns {
		switch {
		case i == 0:
			text = append(text, '(')
		case i%columns == 0:
			text = append(text, "), ("...)
		default:
			text = append(text, ", "...)
		}
		if t.engine == SQLite {
			text = append(text, '?')
			continue
		}
		text = strconv.AppendInt(append(text, '$'), int64(i+1), 10)
	}
	text = append(text, ')')
	if tail != "" {
		text = append(append(text, ' '), tail...)
	}
	return string(text)
}
