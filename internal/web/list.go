package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// matches reports whether every word of the query is in one of the texts.
func matches(query string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// listOf is the frame of a list from the request's address.
func (s *Server) listOf(r *request, shown string) view.List {
	return view.List{Query: queryOf(r), Shown: shown}
}

func queryOf(r *request) view.Query { return view.Query{Path: r.URL.Path, Values: r.URL.Query()} }

// slice is which rows of n the page shows: 25 or 100, after or before a
// position.
func (r *request) slice(n int) (from, to int, p view.Pager) {
	q := r.URL.Query()
	size := 25
	if q.Get("size") == "100" {
		size = 100
	}
	p.Size = size
	from, err := strconv.Atoi(q.Get("after"))
	if err != nil || from < 0 {
		from = 0
	}
	if before, err := strconv.Atoi(q.Get("before")); err == nil {
		from = before - size
	}
	from = min(max(from, 0), max(n-1, 0))
	to = min(from+size, n)
	if n == 0 {
		return 0, 0, p
	}
	p.Text = fmt.Sprintf("%d – %d of %s", from+1, to, view.Num(n))
	if from > 0 {
		p.Prev = strconv.Itoa(from)
	}
	if to < n {
		p.Next = strconv.Itoa(to)
	}
	return from, to, p
}

// exported answers ?format=csv or json with exactly the rows of the list. Rows
// are structs; a CSV has one column per plain field.
func exported[T any](r *request, name string, rows []T) (answer, bool, error) {
	format := r.URL.Query().Get("format")
	if format != "" {
		if err := r.who.Fresh(); err != nil { // an export
			return answer{}, true, err
		}
	}
	switch format {
	case "":
		return answer{}, false, nil
	case "json":
		if rows == nil {
			rows = []T{}
		}
		b, err := json.MarshalIndent(map[string]any{"v": 1, name: rows}, "", "  ")
		return answer{file: &file{name: name + ".json", media: "application/json", body: b}}, true, err
	case "csv":
		b, err := toCSV(rows)
		return answer{file: &file{name: name + ".csv", media: "text/csv; charset=utf-8", body: b}}, true, err
	}
	return answer{}, true, fault.New(fault.Invalid, "Lists are exported as format=csv or format=json.")
}

// listAs is the line under a list that has no head of its own, with its files.
func listAs(what, path string) view.Notice {
	with := "?"
	if strings.Contains(path, "?") {
		with = "&"
	}
	return view.Notice{State: view.Info, Text: view.Text{
		view.T(what + " as "), view.A("CSV", path+with+"format=csv"), view.T(" or "), view.A("JSON", path+with+"format=json"), view.T("."),
	}}
}

func toCSV[T any](rows []T) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	head := columns(reflect.TypeFor[T](), nil)
	names := make([]string, len(head))
	for i := range head {
		names[i] = head[i].name
	}
	if err := w.Write(names); err != nil {
		return nil, err
	}
	for i := range rows {
		v := reflect.ValueOf(rows[i])
		line := make([]string, len(head))
		for j := range head {
			line[j] = cell(v.FieldByIndex(head[j].index))
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

type csvColumn struct {
	name  string
	index []int
}

// columns lists the exported plain fields of a struct, embedded ones included.
func columns(t reflect.Type, at []int) (out []csvColumn) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		switch {
		case !f.IsExported():
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			out = append(out, columns(f.Type, index)...)
		case plain(f.Type):
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = strings.ToLower(f.Name)
			}
			out = append(out, csvColumn{name, index})
		}
	}
	return out
}

func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint8:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String
	}
	return t == reflect.TypeFor[time.Time]()
}

// cell is a value for a spreadsheet. A text that a spreadsheet would take for a
// formula gets an apostrophe.
func cell(v reflect.Value) string {
	if t, ok := reflect.TypeAssert[time.Time](v); ok {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	if s, ok := reflect.TypeAssert[fmt.Stringer](v); ok {
		return s.String()
	}
	if list, ok := reflect.TypeAssert[[]string](v); ok {
		return sheet.Plain(strings.Join(list, " "))
	}
	return sheet.Plain(fmt.Sprint(v.Interface()))
}

// may is the error for somebody who may not do what a form is for: the page is
// not shown to those whose post would be refused.
func (r *request) may(p access.Permission) error {
	_, err := r.who.May(p)
	return err
}

// refuse puts what was wrong into a form: the summary, the message at each
// field, and the page's status. Without an error the form stays as it is. An
// error that is not about the input is handed back.
func refuse(f *view.Form, sections []page.FormSection, err error) (status int, other error) {
	if err == nil {
		return 0, nil
	}
	p, by, ok := problems(err)
	if !ok {
		return 0, err
	}
	f.Problems = p
	mark(f.Fields, by)
	for i := range sections {
		mark(sections[i].Fields, by)
		for _, group := range [][]view.Choices{sections[i].Picks, sections[i].Lists} {
			for j := range group {
				group[j].Error = by[group[j].Name]
			}
		}
	}
	return statusOf(fault.Of(err)), nil
}

func mark(fields []view.Input, by map[string]string) {
	for i := range fields {
		fields[i].Error = by[fields[i].Name]
	}
}

// showForm renders a page with one form, refused or not.
func (*Server) showForm(_ *request, sh view.Shell, v *page.FormView, err error) (answer, error) {
	status, err := refuse(&v.Form, v.Sections, err)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: page.Form(sh, *v)}, nil
}

// typed is what a form holds: what was posted, else what is known.
func (r *request) typed(name, known string) string {
	if _, posted := r.PostForm[name]; posted {
		return r.PostForm.Get(name)
	}
	return known
}

// text is a posted field without the blanks around it.
func (r *request) text(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// date reads a posted day; empty is no day. What cannot be read is added to
// wrong.
func (r *request) date(name string, wrong *[]fault.Field) standing.Date {
	text := r.text(name)
	if text == "" {
		return 0
	}
	d, err := standing.ParseDate(text)
	if err != nil {
		*wrong = append(*wrong, fault.Field{Name: name, Text: "Write the day as YYYY-MM-DD, such as 2026-11-22."})
	}
	return d
}

// options makes a select's options of words that are their own labels.
func options[T ~string](words ...T) []view.Option {
	out := make([]view.Option, 0, len(words))
	for _, w := range words {
		out = append(out, view.Option{Value: string(w), Label: strings.ReplaceAll(string(w), "_", " ")})
	}
	return out
}
