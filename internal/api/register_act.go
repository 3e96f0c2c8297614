package api

import (
	"context"
	"encoding/json"
	"strconv"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/suite"
)

// RecordBody is a record, or a part of it, as somebody sends it: members by the
// name of the field.
type RecordBody map[string]json.RawMessage

// Put sets a member to a text, as the command line does: what it is, is found out
// where it is read.
func (b RecordBody) Put(name, text string) error {
	raw, err := json.Marshal(text)
	b[name] = raw
	return err
}

// textsIn are the texts of a member: one, or those of a list. Null is none.
func textsIn(raw json.RawMessage) ([]string, error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		out := make([]string, 0, len(list))
		for _, one := range list {
			texts, err := textsIn(one)
			if err != nil {
				return nil, err
			}
			out = append(out, texts...)
		}
		return out, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case bool:
		if v {
			return []string{register.Yes}, nil
		}
		return []string{register.No}, nil
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}, nil
	}
	return nil, fault.New(fault.Invalid, "A field is a text, a number, yes or no as true or false, or a list of them.")
}

// fields are the members but for those with a meaning of their own.
func (b RecordBody) fields(own ...string) (map[string][]string, map[string]string, error) {
	out, others := map[string][]string{}, map[string]string{}
	for name, raw := range b {
		texts, err := textsIn(raw)
		if err != nil {
			return nil, nil, fault.Fields("Nothing was saved.", fault.Field{Name: name, Text: fault.Text(err)})
		}
		out[name] = texts
	}
	for _, name := range own {
		if texts := out[name]; len(texts) > 0 {
			others[name] = texts[0]
		}
		delete(out, name)
	}
	return out, others, nil
}

func versionIn(others map[string]string) (int, error) {
	if others["version"] == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(others["version"])
	if err != nil {
		return 0, fault.Fields("Nothing was saved.", fault.Field{Name: "version", Text: "Give the number of the version that you read."})
	}
	return n, nil
}

func (b RecordBody) input() (in register.Input, err error) {
	var others map[string]string
	if in.Fields, others, err = b.fields("external_id", "version"); err != nil {
		return in, err
	}
	in.ExternalID = others["external_id"]
	in.Version, err = versionIn(others)
	return in, err
}

func (b RecordBody) step() (in register.Step, err error) {
	var others map[string]string
	if in.Fields, others, err = b.fields("reason", "version"); err != nil {
		return in, err
	}
	in.Reason = others["reason"]
	in.Version, err = versionIn(others)
	return in, err
}

// RecordIn is a record to be.
type RecordIn struct{ Body RecordBody }

func (r registerDoor) add(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordIn) (*Record, error) {
	input, err := in.Body.input()
	if err != nil {
		return nil, err
	}
	rec, err := s.Registers.Add(ctx, who, r.d.Noun, input)
	return r.answer(&rec, err)
}

// RecordChangeIn is what changes of a record.
type RecordChangeIn struct {
	ID   string `path:"id"`
	Body RecordBody
}

func (r registerDoor) edit(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordChangeIn) (*Record, error) {
	input, err := in.Body.input()
	if err != nil {
		return nil, err
	}
	input.Part = true
	rec, err := s.Registers.Edit(ctx, who, r.d.Noun, in.ID, input)
	return r.answer(&rec, err)
}

// ReasonIn is why something is done with a record.
type ReasonIn struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"2000"`
	}
}

func (r registerDoor) archive(ctx context.Context, s *suite.Suite, who access.Actor, in *ReasonIn) (*none, error) {
	_, err := s.Registers.Archive(ctx, who, r.d.Noun, in.ID, in.Body.Reason)
	return &none{}, err
}

func (r registerDoor) restore(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	_, err := s.Registers.Restore(ctx, who, r.d.Noun, in.ID)
	return &none{}, err
}

func (r registerDoor) settings(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Record, error) {
	v, err := s.Registers.Settings(ctx, who, r.d.Noun)
	if err != nil {
		return nil, err
	}
	out := &Record{members: map[string]json.RawMessage{}}
	for i := range r.d.Settings {
		f := &r.d.Settings[i]
		b, err := f.MarshalValue(v[f.Name])
		if err != nil {
			return nil, err
		}
		out.members[f.Name] = b
	}
	return out, nil
}

func (r registerDoor) set(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordIn) (*none, error) {
	fields, _, err := in.Body.fields()
	if err != nil {
		return nil, err
	}
	return &none{}, s.Registers.Set(ctx, who, r.d.Noun, fields)
}

// AdoptStartersIn names what to begin with.
type AdoptStartersIn struct {
	Body struct {
		Starters []string `json:"starters,omitempty" maxItems:"200"`
		Fitting  bool     `json:"fitting,omitempty" doc:"All that fit and were not taken up."`
		Of       string   `json:"of,omitempty" doc:"Id of the record that is to own them; in a register of its own, nothing."`
	}
}

func (r registerDoor) adopt(ctx context.Context, s *suite.Suite, who access.Actor, in *AdoptStartersIn) (*Records, error) {
	list, err := s.Registers.Adopt(ctx, who, r.d.Noun, register.Adoption{Of: in.Body.Of, IDs: in.Body.Starters, Fitting: in.Body.Fitting})
	if err != nil {
		return nil, err
	}
	out := &Records{Records: []Record{}, Total: len(list)}
	for i := range list {
		one, err := r.answer(&list[i], nil)
		if err != nil {
			return nil, err
		}
		out.Records = append(out.Records, *one)
	}
	return out, nil
}

// RecordImportIn is a file of records.
type RecordImportIn struct {
	Apply   bool   `query:"apply" doc:"Do it; without, only say what would be done."`
	Of      string `query:"of" doc:"Id of the record that owns those of a file without a column for it."`
	RawBody []byte `contentType:"application/octet-stream" json:"-"`
}

// RecordImportRow is what an import does with one row.
type RecordImportRow struct {
	Line    int               `json:"line"`
	ID      string            `json:"id,omitempty" doc:"Of the record; absent for one that would be added."`
	Label   string            `json:"label"`
	Outcome string            `json:"outcome" enum:"add,change,same,refuse"`
	Changes map[string]string `json:"changes" doc:"Before and after."`
	Errors  []FieldError      `json:"errors" doc:"Why it is refused."`
}

// RecordImport says what an import did, or would do.
type RecordImport struct {
	Applied bool              `json:"applied"`
	Counts  map[string]int    `json:"counts" doc:"Rows by outcome."`
	Rows    []RecordImportRow `json:"rows"`
	Ignored []string          `json:"ignored" doc:"Headings that mean nothing here."`
}

func (r registerDoor) importFile(ctx context.Context, s *suite.Suite, who access.Actor, in *RecordImportIn) (*RecordImport, error) {
	res, err := s.Registers.Import(ctx, who, r.d.Noun, register.Intake{File: in.RawBody, Apply: in.Apply, Of: in.Of})
	if err != nil {
		return nil, err
	}
	out := &RecordImport{Applied: res.Applied, Counts: map[string]int{}, Rows: []RecordImportRow{}, Ignored: orNone(res.Ignored)}
	for o, n := range res.Counts {
		out.Counts[string(o)] = n
	}
	for i := range res.Rows {
		row := &res.Rows[i]
		one := RecordImportRow{Line: row.Line, ID: row.ID, Label: row.Label, Outcome: string(row.Outcome), Changes: row.Changes, Errors: []FieldError{}}
		if one.Changes == nil {
			one.Changes = map[string]string{}
		}
		for _, f := range row.Errors {
			one.Errors = append(one.Errors, FieldError{f.Name, f.Text})
		}
		out.Rows = append(out.Rows, one)
	}
	return out, nil
}
