package register

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
)

// The limits of a file.
const (
	MostImport = 16 << 20 // bytes
	mostRows   = 20000
)

// Format is how a register is exported.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	JSON Format = "json"
	XLSX Format = "xlsx"
)

// MediaType of a file of the format.
func (f Format) MediaType() string {
	switch f {
	case JSON:
		return "application/json"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case CSV:
	}
	return "text/csv; charset=utf-8"
}

// headings are the columns of a file: id, what people enter, and if all is set
// what moves and rules say as well.
func (d *Declaration) headings(whole bool) []string {
	out := []string{"id", "external_id"}
	for i := range d.Fields {
		if f := &d.Fields[i]; whole || !f.Derived && !f.ByMove {
			out = append(out, f.Name)
		}
	}
	if whole {
		out = append(out, "state", "version", "created_at", "updated_at", "archived_at")
	}
	return out
}

// cell is a value of a record under a heading. People are written by name, so
// that the file can be read, and read again.
func (d *Declaration) cell(r *Record, heading string, names map[string]string) string {
	switch heading {
	case "id":
		return r.ID
	case "external_id":
		return r.ExternalID
	case "state":
		return r.State
	case "version":
		return orNothing(r.Version)
	case "created_at":
		return clock.Format(r.CreatedAt)
	case "updated_at":
		return clock.Format(r.UpdatedAt)
	case "archived_at":
		if r.ArchivedAt.IsZero() {
			return ""
		}
		return clock.Format(r.ArchivedAt)
	}
	f, _ := d.Field(heading)
	list := r.List(heading)
	if f.Type == Person {
		named := make([]string, len(list))
		for i, id := range list {
			if named[i] = names[id]; named[i] == "" {
				named[i] = id
			}
		}
		list = named
	}
	return strings.Join(list, "; ")
}

// Export writes exactly the records that the filter finds, on all pages, with
// every field. The CSV and the workbook can be imported again.
func (b *Book) Export(ctx context.Context, who access.Actor, noun string, f Filter, format Format, to io.Writer) error {
	f.After, f.Before, f.Limit = "", "", 0
	l, err := b.List(ctx, who, noun, f)
	if err != nil {
		return err
	}
	d, err := b.Of(noun)
	if err != nil {
		return err
	}
	if format == JSON {
		return writeJSON(d, l.Records, to)
	}
	t := sheet.Table{Name: d.Title, Head: d.headings(true), Choices: d.choices(l.World.Settings)}
	for i := range l.Records {
		row := make([]string, 0, len(t.Head))
		for _, h := range t.Head {
			row = append(row, d.cell(&l.Records[i], h, l.Names))
		}
		t.Rows = append(t.Rows, row)
	}
	switch format {
	case CSV:
		return t.WriteCSV(to)
	case XLSX:
		return t.WriteXLSX(to)
	case JSON:
	}
	return fault.New(fault.Invalid, "Registers are exported as csv, json or xlsx.")
}

func writeJSON(d *Declaration, list []Record, to io.Writer) error {
	rows := make([]json.RawMessage, 0, len(list))
	for i := range list {
		b, err := d.MarshalRecord(&list[i])
		if err != nil {
			return err
		}
		rows = append(rows, b)
	}
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"v": 1, d.Path: rows})
}

// MarshalRecord is the record as JSON: its own members and every field by name,
// numbers and yes_no as such, lists as lists. What is absent has no member.
func (d *Declaration) MarshalRecord(r *Record) ([]byte, error) {
	out := map[string]any{
		"id": r.ID, "state": r.State, "version": r.Version, "label": r.Label(d), "created_at": clock.Format(r.CreatedAt), "updated_at": clock.Format(r.UpdatedAt),
	}
	if r.ExternalID != "" {
		out["external_id"] = r.ExternalID
	}
	if !r.ArchivedAt.IsZero() {
		out["archived_at"], out["archived_why"] = clock.Format(r.ArchivedAt), r.ArchivedWhy
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		if list := r.List(f.Name); len(list) > 0 {
			out[f.Name] = f.plain(list)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(out)
	return bytes.TrimSpace(b.Bytes()), err
}

// plain are the values of a field as JSON and facts have them.
func (f *Field) plain(list []string) any {
	one := func(text string) any {
		if f.scaled() {
			n, _ := intIn(text)
			return n
		}
		switch f.Type {
		case Number:
			n, _ := intIn(text)
			return n
		case YesNo:
			return text == Yes
		case Text, Long, Choice, Date, Time, Money, Duration, Person, Control, Criterion, Link, Evidence:
		}
		return text
	}
	if !f.Many {
		return one(list[0])
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = one(list[i])
	}
	return out
}

// choices are the values of each column that takes few.
func (d *Declaration) choices(settings Values) map[string][]string {
	out := map[string][]string{}
	for i := range d.Fields {
		f := &d.Fields[i]
		switch f.Type {
		case Choice:
			for _, o := range f.OptionsOf(settings) {
				out[f.Name] = append(out[f.Name], o.Value)
			}
		case YesNo:
			out[f.Name] = []string{Yes, No}
		case Text, Long, Date, Time, Number, Money, Duration, Person, Control, Criterion, Link, Evidence:
		}
		if f.Many {
			delete(out, f.Name)
		}
	}
	return out
}

// Template is an empty file to fill in, with an example below the headings.
func (b *Book) Template(ctx context.Context, who access.Actor, noun string, format Format, to io.Writer) error {
	settings, err := b.Settings(ctx, who, noun)
	if err != nil {
		return err
	}
	d, err := b.Of(noun)
	if err != nil {
		return err
	}
	t := sheet.Table{Name: d.Title, Head: d.headings(false), Choices: d.choices(settings)}
	example := make([]string, len(t.Head))
	for i, h := range t.Head {
		example[i] = strings.Join(d.Sample[h], "; ")
	}
	t.Rows = [][]string{example}
	switch format {
	case CSV:
		return t.WriteCSV(to)
	case XLSX:
		return t.WriteXLSX(to)
	case JSON:
	}
	return fault.New(fault.Invalid, "A template is a csv or an xlsx.")
}

// MarshalValue is the values of a field as JSON; null if there are none.
func (f *Field) MarshalValue(list []string) ([]byte, error) {
	if len(list) == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(f.plain(list))
}
