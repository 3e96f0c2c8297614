package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
)

// csvFormat is the parameter with which a list is asked for as a table.
const csvFormat = "format"

// listed is the list in an operation's output: the first list of structs beside
// a "next".
type listed struct {
	name    string // of its member
	columns []csvColumn
}

// csvColumn is a plain member of a row, named by its path: "counts.pass".
type csvColumn struct {
	name string
	path []string
}

// listIn finds the list in an output; ok is false for an operation that answers
// with something else.
func listIn(out reflect.Type) (l listed, ok bool) {
	if out == nil || out.Kind() != reflect.Struct {
		return l, false
	}
	if _, paged := out.FieldByName("Next"); !paged {
		return l, false
	}
	for f := range out.Fields() {
		if isList(f.Type) {
			return listed{nameOf(&f), columnsOf(f.Type.Elem(), nil)}, true
		}
	}
	return l, false
}

func nameOf(f *reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// columnsOf lists the members of a row; those of a struct in it each by itself.
func columnsOf(t reflect.Type, at []string) (out []csvColumn) {
	for f := range t.Fields() {
		name, kind := nameOf(&f), f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		path := append(append([]string(nil), at...), name)
		switch nested := kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Time](); {
		case !f.IsExported() || name == "-":
		case f.Anonymous && name == "":
			out = append(out, columnsOf(kind, at)...)
		case nested:
			out = append(out, columnsOf(kind, path)...)
		default:
			out = append(out, csvColumn{strings.Join(path, "."), path})
		}
	}
	return out
}

// param documents the parameter of a list.
func (listed) param() *huma.Param {
	return &huma.Param{
		Name: csvFormat, In: "query", Schema: &huma.Schema{Type: "string", Enum: []any{"json", "csv"}, Default: "json"},
		Description: "csv answers with the same page as a table; a Link header then leads to the next one.",
	}
}

// tabular answers a list as a table if that is asked for.
func (s *Server) tabular(l listed, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		format := q.Get(csvFormat)
		if !q.Has(csvFormat) {
			next.ServeHTTP(w, r)
			return
		}
		if len(q[csvFormat]) != 1 || format != "csv" && format != "json" {
			s.write(w, r, fault.New(fault.Invalid, "A list is answered as format=json or format=csv."))
			return
		}
		q.Del(csvFormat)
		r = r.Clone(r.Context())
		r.URL.RawQuery = q.Encode()
		if format == "json" {
			next.ServeHTTP(w, r)
			return
		}
		r.Header.Set("Accept", "application/json")
		rec := &recorder{header: http.Header{}}
		next.ServeHTTP(rec, r)
		if rec.code() != http.StatusOK {
			(&reply{Status: rec.code(), Header: rec.header, Body: rec.body.Bytes()}).send(w)
			return
		}
		table, after, err := l.table(rec.body.Bytes())
		if err != nil {
			s.write(w, r, err)
			return
		}
		if after != "" {
			q.Set("after", after)
			q.Set(csvFormat, "csv")
			w.Header().Set("Link", "<"+(&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()+`>; rel="next"`)
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+l.name+`.csv"`)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(table)
	})
}

// table makes a table of an answer, and tells where the next page begins.
func (l *listed) table(answer []byte) (table []byte, next string, err error) {
	var all map[string]json.RawMessage
	var rows []map[string]any
	err = json.Unmarshal(answer, &all)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(all[l.name]))
		dec.UseNumber()
		err = dec.Decode(&rows)
	}
	if err == nil && all["next"] != nil {
		err = json.Unmarshal(all["next"], &next)
	}
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	line := make([]string, len(l.columns))
	for i := range l.columns {
		line[i] = l.columns[i].name
	}
	err = w.Write(line)
	for _, row := range rows {
		for i := range l.columns {
			line[i] = cellOf(row, l.columns[i].path)
		}
		err = errors.Join(err, w.Write(line))
	}
	w.Flush()
	return out.Bytes(), next, errors.Join(err, w.Error())
}

// cellOf is a member of a row as a spreadsheet shows it: a list of texts with
// spaces between, what has members of its own as JSON.
func cellOf(row map[string]any, path []string) string {
	var v any = row
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return sheet.Plain(v)
	case []any:
		texts := make([]string, 0, len(v))
		for _, x := range v {
			if s, ok := x.(string); ok {
				texts = append(texts, s)
			}
		}
		if len(texts) == len(v) {
			return sheet.Plain(strings.Join(texts, " "))
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
