package api

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/register/all"
	"assay/internal/suite"
)

// registerOperations are those of every register that is declared as data.
func registerOperations() (out []Operation) {
	declared := all.Declarations()
	for i := range declared {
		r := registerDoor{&declared[i]}
		out = append(out, r.reads()...)
		out = append(out, r.writes()...)
		out = append(out, r.moves()...)
	}
	return out
}

// registerDoor makes the operations of one register.
type registerDoor struct{ d *register.Declaration }

func (r registerDoor) at(verb, method, path string, may access.Permission, summary string, do doer) Operation {
	return Operation{ID: r.d.Noun + "." + verb, Method: method, Path: "/" + r.d.Path + path, Permission: may, Summary: summary, Do: do}
}

func (r registerDoor) reads() []Operation {
	d := r.d
	out := []Operation{
		r.at("list", get, "", d.Read, d.Title+": a page of the register.", r.answers(does(r.list), r.pageSchema, true)),
		r.at("show", get, "/{id}", d.Read, "One "+d.One+" with its versions and its history.", r.answers(does(r.show), r.detailSchema, false)),
		r.at("export", get, "/export", d.Read, "Exactly what a list finds, on all pages, as a file that can be imported again.", sends(r.export)),
		r.at("template", get, "/template", d.Read, "An empty file to fill in and import, with an example.", sends(r.template)),
	}
	if len(d.Settings) > 0 {
		out = append(out, r.at("settings", get, "/settings", d.Read, "The settings of the register.", r.answers(does(r.settings), r.settingsSchema, false)))
	}
	if d.Starters != nil {
		out = append(out, r.at("starters", get, "/starters", d.Read, "What the catalog offers to begin with.", does(r.starters)))
	}
	if slices.ContainsFunc(d.Moves, func(m register.Move) bool { return m.Freezes != "" }) {
		out = append(out, r.at("snapshot", get, "/{id}/snapshot", d.Read, "What was frozen with it.", sends(r.snapshot)))
	}
	return out
}

func (r registerDoor) writes() []Operation {
	d := r.d
	imports := r.at("import", post, "/import", d.Edit, "Read records from CSV or XLSX; without apply, say what would be done.", takesFile{does(r.importFile)})
	imports.MaxBody = register.MostImport
	out := []Operation{
		r.at("add", post, "", d.Edit, "Put "+d.AnOne()+" in the register.", r.takes(r.answers(does(r.add), r.recordRef, false), r.inputSchema)),
		r.at("edit", patch, "/{id}", d.Edit, "Change what it says; fields that are absent stay, null empties.", r.takes(r.answers(does(r.edit), r.recordRef, false), r.editSchema)),
		imports,
		r.at("archive", post, "/{id}/archive", d.Edit, "Take it out of the register, with a reason.", does(r.archive)),
		r.at("restore", post, "/{id}/restore", d.Edit, "Bring it back.", does(r.restore)),
	}
	if len(d.Settings) > 0 {
		out = append(out, r.at("set", patch, "/settings", d.Edit, "Change settings; those that are absent stay.", r.takes(does(r.set), r.settingsSchema)))
	}
	if d.Starters != nil {
		out = append(out, r.at("adopt", post, "/adopt", d.Edit, "Begin records with what the catalog offers.", r.answers(does(r.adopt), r.pageSchema, false)))
	}
	return out
}

func (r registerDoor) moves() (out []Operation) {
	for i := range r.d.Moves {
		m := &r.d.Moves[i]
		summary := m.Label + "."
		if m.Decides {
			summary += " Whoever wrote on it since the last decision cannot."
		}
		do := does(func(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordChangeIn) (*Record, error) {
			step, err := in.Body.step()
			if err != nil {
				return nil, err
			}
			rec, err := s.Registers.Move(ctx, who, r.d.Noun, in.ID, m.Name, step)
			return r.answer(&rec, err)
		})
		out = append(out, r.at(m.Name, post, "/{id}/"+m.Name, m.Permission, summary, r.takes(r.answers(do, r.recordRef, false), r.moveSchema(m))))
	}
	return out
}

// Record is a record of a register: its members are those of the register's
// schema.
type Record struct{ members map[string]json.RawMessage }

// MarshalJSON implements json.Marshaler.
func (r Record) MarshalJSON() ([]byte, error) { return json.Marshal(r.members) }

// UnmarshalJSON implements json.Unmarshaler.
func (r *Record) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &r.members) }

// Text is a member as text; lists with semicolons between, empty if it is absent.
func (r *Record) Text(name string) string {
	raw, ok := r.members[name]
	if !ok {
		return ""
	}
	list, err := textsIn(raw)
	if err != nil {
		return string(raw)
	}
	return strings.Join(list, "; ")
}

func (r registerDoor) answer(rec *register.Record, err error) (*Record, error) {
	if err != nil {
		return nil, err
	}
	b, err := r.d.MarshalRecord(rec)
	if err != nil {
		return nil, err
	}
	out := &Record{}
	return out, json.Unmarshal(b, &out.members)
}

// RecordsFilter narrows and sorts a register.
type RecordsFilter struct {
	Query    string   `query:"q" maxLength:"200" doc:"Words that all are in the text."`
	Filter   []string `query:"filter,explode" doc:"field:value, such as state:open; several values of a field with commas between."`
	Until    []string `query:"until,explode" doc:"field:day, for dates before a day."`
	Sort     string   `query:"sort" doc:"A field, with - before it for the highest first; by number if absent."`
	Archived bool     `query:"archived" doc:"What was archived, and nothing else."`
}

func (f *RecordsFilter) filter() (register.Filter, error) {
	out := register.Filter{Query: f.Query, Sort: f.Sort, Archived: f.Archived}
	for _, part := range []struct {
		texts []string
		to    *[]register.Cond
	}{{f.Filter, &out.Where}, {f.Until, &out.Until}} {
		for _, text := range part.texts {
			field, value, ok := strings.Cut(text, ":")
			if !ok {
				return out, fault.Fields("The list cannot be narrowed so.", fault.Field{Name: "filter", Text: "Write field:value, such as state:open."})
			}
			*part.to = append(*part.to, register.Cond{Field: field, Any: strings.Split(value, ",")})
		}
	}
	return out, nil
}

// RecordsIn asks for a page of a register.
type RecordsIn struct {
	Page
	RecordsFilter
}

// Records is a page of a register.
type Records struct {
	Records []Record `json:"records"`
	Total   int      `json:"total" doc:"That the filter finds, on all pages."`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func (r registerDoor) list(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordsIn) (*Records, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	f.After, f.Limit = in.After, in.Limit
	l, err := s.Registers.List(ctx, who, r.d.Noun, f)
	if err != nil {
		return nil, err
	}
	out := &Records{Records: []Record{}, Total: l.Total, Next: l.Next}
	for i := range l.Records {
		one, err := r.answer(&l.Records[i], nil)
		if err != nil {
			return nil, err
		}
		out.Records = append(out.Records, *one)
	}
	return out, nil
}

// RecordVersion is a record as one change left it.
type RecordVersion struct {
	Version int                 `json:"version"`
	Act     string              `json:"act"`
	State   string              `json:"state"`
	Fields  map[string][]string `json:"fields" doc:"In their canonical text."`
	Reason  string              `json:"reason,omitempty"`
	At      time.Time           `json:"at"`
	By      string              `json:"by" doc:"User id."`
	ByName  string              `json:"by_name"`
}

// RecordDetail is a record with what happened to it.
type RecordDetail struct {
	Record   Record          `json:"record"`
	Versions []RecordVersion `json:"versions" doc:"The oldest first."`
	History  []Act           `json:"history"`
}

func (r registerDoor) show(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*RecordDetail, error) {
	d, err := s.Registers.Get(ctx, who, r.d.Noun, in.ID)
	if err != nil {
		return nil, err
	}
	one, err := r.answer(&d.Record, nil)
	if err != nil {
		return nil, err
	}
	out := &RecordDetail{Record: *one, Versions: []RecordVersion{}, History: []Act{}}
	for _, v := range d.Versions {
		out.Versions = append(out.Versions, RecordVersion{v.Number, v.Act, v.State, v.Values, v.Note, v.At, v.By, v.ByName})
	}
	for i := range d.History {
		out.History = append(out.History, actOf(&d.History[i]))
	}
	return out, nil
}

// RecordExportIn is the input of an export.
type RecordExportIn struct {
	RecordsFilter
	Format string `query:"format" enum:"csv,json,xlsx" default:"csv"`
}

func (r registerDoor) export(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordExportIn) (*File, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	if _, err := s.Registers.List(ctx, who, r.d.Noun, register.Filter{Query: f.Query, Where: f.Where, Until: f.Until, Sort: f.Sort, Limit: 1}); err != nil {
		return nil, err
	}
	return r.file(in.Format, r.d.Path, func(w io.Writer, as register.Format) error { return s.Registers.Export(ctx, who, r.d.Noun, f, as, w) }), nil
}

func (registerDoor) file(format, name string, write func(io.Writer, register.Format) error) *File {
	as := register.Format(format)
	if as == "" {
		as = register.CSV
	}
	return &File{Name: name + "." + string(as), Type: as.MediaType(), Write: func(w io.Writer) error { return write(w, as) }}
}

// TemplateIn is the input of a template.
type TemplateIn struct {
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}

func (r registerDoor) template(ctx context.Context, s *suite.Suite, who access.Actor, in *TemplateIn) (*File, error) {
	if _, err := who.May(r.d.Read); err != nil {
		return nil, err
	}
	return r.file(in.Format, r.d.Path+"-template", func(w io.Writer, as register.Format) error {
		return s.Registers.Template(ctx, who, r.d.Noun, as, w)
	}), nil
}

func (r registerDoor) snapshot(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*File, error) {
	snap, err := s.Registers.Snapshot(ctx, who, r.d.Noun, in.ID)
	if err != nil {
		return nil, err
	}
	return &File{Name: in.ID + ".json", Type: "application/json", Write: func(w io.Writer) error {
		_, err := w.Write(snap.Body)
		return err
	}}, nil
}

// Starter is what the catalog offers to begin a register with.
type Starter struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Group  string `json:"group"`
	Taken  bool   `json:"taken" doc:"It was taken up before."`
	Unfit  string `json:"unfit,omitempty" doc:"Why it does not fit what it would be owned by."`
}

// Starters is a page of them.
type Starters struct {
	Starters []Starter `json:"starters"`
	Next     string    `json:"next,omitempty" doc:"What to send as after for the next page."`
}

// StartersIn asks for a page of starters.
type StartersIn struct {
	Page
	Of string `query:"of" doc:"Id of the record that is to own them; in a register of its own, nothing."`
}

func (r registerDoor) starters(ctx context.Context, s *suite.Suite, who access.Actor, in *StartersIn) (*Starters, error) {
	list, err := s.Registers.Starters(ctx, who, r.d.Noun, in.Of)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(o *register.Offered) string { return o.ID })
	out := &Starters{Starters: []Starter{}, Next: next}
	for i := range part {
		out.Starters = append(out.Starters, Starter{part[i].ID, part[i].Title, part[i].Detail, part[i].Group, part[i].Taken, part[i].Unfit})
	}
	return out, nil
}
