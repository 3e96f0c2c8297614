package db

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/internal/access"
)

// copyFormat is what the first line of a copy says that it is.
const copyFormat = "assay.rows/v1"

// copyHead is the first line of a copy.
type copyHead struct {
	Format string `json:"format"`
	Schema int64  `json:"schema"`
}

// copyTable stands before the rows of a table. Each column is a name and a type:
// bigint, integer, text, boolean or bytea.
type copyTable struct {
	Table   string      `json:"table"`
	Columns [][2]string `json:"columns"`
}

// copyEnd is the last line: without it a copy was cut off.
type copyEnd struct {
	Rows int64 `json:"rows"`
}

// Dump writes every row of the store as it was at one instant, while others go on
// writing, but for those of the named tables. The rows of a table come in the order
// of the columns that order names for it, or in any. It returns how many there are.
// Both engines write the same form (docs/spec/backup.md), so that Load takes what
// the other one wrote.
func (d *DB) Dump(ctx context.Context, w io.Writer, except []string, order map[string]string) (n int64, err error) {
	out := &dumper{w: bufio.NewWriterSize(w, 1<<16)}
	err = d.run(ctx, d.read, d.readOptions(), access.Grant{}, func(tx *Tx) error {
		schema, err := One(tx, Value[int64], `SELECT max(version_id) FROM schema_version`)
		if err != nil {
			return err
		}
		out.line(copyHead{Format: copyFormat, Schema: schema})
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		orgs, err := All(tx, Value[string], `SELECT id FROM org_org ORDER BY id`)
		if err != nil {
			return err
		}
		for i := range tables {
			if slices.Contains(except, tables[i].Table) {
				continue
			}
			out.line(tables[i])
			if err := out.rows(tx, &tables[i], orgs, order[tables[i].Table]); err != nil {
				return fmt.Errorf("copy %s: %w", tables[i].Table, err)
			}
		}
		return nil
	})
	if err != nil {
		return out.n, err
	}
	out.line(copyEnd{Rows: out.n})
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.n, out.err
}

// tables lists the store's tables with their columns, by name.
func (t *Tx) tables() (out []copyTable, err error) {
	query := `SELECT m.name, p.name, lower(p.type) FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_version' ORDER BY m.name, p.cid`
	if t.engine == PostgreSQL {
		query = `SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
			JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.table_name <> 'schema_version'
			ORDER BY c.table_name COLLATE "C", c.ordinal_position`
	}
	return out, t.Each(func(scan Scan) error {
		var table string
		var column [2]string
		if err := scan(&table, &column[0], &column[1]); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].Table != table {
			out = append(out, copyTable{Table: table})
		}
		last := &out[len(out)-1]
		last.Columns = append(last.Columns, column)
		return nil
	}, query)
}

// confine has PostgreSQL show the rows of one organization.
func (t *Tx) confine(org string) error {
	if t.engine == SQLite {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, `SELECT set_config('app.org', $1, true)`, org)
	return err
}

func (c *copyTable) names() string {
	var names []string
	for i := range c.Columns {
		names = append(names, c.Columns[i][0])
	}
	return strings.Join(names, ", ")
}

// confined tells whether a row says which organization it belongs to, and is hidden
// from the others.
func (c *copyTable) confined() bool {
	return !unconfined(c.Table) && slices.ContainsFunc(c.Columns, func(col [2]string) bool { return col[0] == "org_id" })
}

type dumper struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (o *dumper) line(v any) {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = o.w.Write(append(b, '\n'))
	}
	if o.err == nil {
		o.err = err
	}
}

// rows writes a table's rows: where PostgreSQL hides those of other
// organizations, of one after the other.
func (o *dumper) rows(tx *Tx, c *copyTable, orgs []string, order string) error {
	query := `SELECT ` + c.names() + ` FROM ` + c.Table
	if order != "" {
		order = ` ORDER BY ` + order
	}
	if tx.engine == SQLite || !c.confined() {
		return o.query(tx, c, query+order)
	}
	for _, org := range orgs {
		if err := tx.confine(org); err != nil {
			return err
		}
		if err := o.query(tx, c, query+` WHERE org_id = $1`+order, org); err != nil {
			return err
		}
	}
	return tx.confine("")
}

func (o *dumper) query(tx *Tx, c *copyTable, query string, args ...any) error {
	values := make([]any, len(c.Columns))
	into := make([]any, len(c.Columns))
	for i := range c.Columns {
		switch c.Columns[i][1] {
		case "bigint", "integer":
			into[i] = &sql.NullInt64{}
		case "boolean":
			into[i] = &sql.NullBool{}
		case "text":
			into[i] = &sql.NullString{}
		case "bytea":
			into[i] = &sql.Null[[]byte]{}
		default:
			return fmt.Errorf("column %s has the type %s", c.Columns[i][0], c.Columns[i][1])
		}
	}
	return tx.Each(func(scan Scan) error {
		if err := scan(into...); err != nil {
			return err
		}
		for i := range into {
			values[i] = copied(into[i])
		}
		o.line(values)
		o.n++
		return o.err
	}, query, args...)
}

// bytesValue is bytes in a row of a copy, and textValue text that is no UTF-8.
type (
	bytesValue struct {
		B string `json:"b"`
	}
	textValue struct {
		T string `json:"t"`
	}
)

func copied(v any) any {
	switch v := v.(type) {
	case *sql.NullInt64:
		if v.Valid {
			return v.Int64
		}
	case *sql.NullBool:
		if v.Valid {
			return v.Bool
		}
	case *sql.NullString:
		switch {
		case v.Valid && utf8.ValidString(v.String):
			return v.String
		case v.Valid:
			return textValue{base64.StdEncoding.EncodeToString([]byte(v.String))}
		}
	case *sql.Null[[]byte]:
		if v.Valid { // an empty one may come as nil
			return bytesValue{base64.StdEncoding.EncodeToString(v.V)}
		}
	}
	return nil
}
