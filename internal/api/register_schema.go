package api

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/register"
)

// shaped is an operation whose input or output has the schema of a register, not
// of a Go type.
type shaped struct {
	doer
	request  func(huma.Registry) *huma.Schema
	response func(huma.Registry) *huma.Schema
	rows     *listed // of a list, as a table
}

func (s shaped) register(h huma.API, server *Server, o huma.Operation) {
	const media = "application/json"
	if s.request != nil {
		o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {Schema: s.request(h.OpenAPI().Components.Schemas)}}}
	}
	if s.response != nil {
		o.Responses = map[string]*huma.Response{"200": {
			Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{media: {Schema: s.response(h.OpenAPI().Components.Schemas)}},
		}}
	}
	s.doer.register(h, server, o)
}

// tableOf finds the list in what an operation answers with.
func tableOf(o *Operation) (listed, bool) {
	if !o.Reads() {
		return listed{}, false
	}
	if s, ok := o.Do.(shaped); ok {
		if s.rows == nil {
			return listed{}, false
		}
		return *s.rows, true
	}
	return listIn(o.Do.output())
}

func (r registerDoor) answers(do doer, schema func(huma.Registry) *huma.Schema, list bool) shaped {
	out := shaped{doer: do, response: schema}
	if list {
		out.rows = &listed{name: "records"}
		for _, name := range append([]string{"id", "state", "version", "external_id"}, r.names()...) {
			out.rows.columns = append(out.rows.columns, csvColumn{name, []string{name}})
		}
	}
	return out
}

func (r registerDoor) takes(do doer, schema func(huma.Registry) *huma.Schema) shaped {
	s, ok := do.(shaped)
	if !ok {
		s = shaped{doer: do}
	}
	s.request = schema
	return s
}

// takesFile says that a body is CSV or a workbook.
type takesFile struct{ doer }

func (t takesFile) register(h huma.API, s *Server, o huma.Operation) {
	binary := func() *huma.MediaType { return &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}} }
	o.RequestBody = &huma.RequestBody{Required: true, Description: "The file itself: CSV or XLSX.", Content: map[string]*huma.MediaType{
		"application/octet-stream": binary(), "text/csv": binary(), register.XLSX.MediaType(): binary(),
	}}
	t.doer.register(h, s, o)
}

func (r registerDoor) names() (out []string) {
	for i := range r.d.Fields {
		out = append(out, r.d.Fields[i].Name)
	}
	return out
}

func object(about string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: about, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
}

// title is the noun as schemas are named.
func (r registerDoor) title() string {
	var b strings.Builder
	for part := range strings.SplitSeq(r.d.Noun, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// recordRef is the schema of a record, named once.
func (r registerDoor) recordRef(reg huma.Registry) *huma.Schema {
	name := r.title()
	if reg.Map()[name] == nil {
		s := object(r.d.About)
		plain := func(name, kind, format, about string) {
			s.Properties[name] = &huma.Schema{Type: kind, Format: format, Description: about}
		}
		plain("id", huma.TypeString, "", "Such as "+r.d.Prefix+"-07.")
		plain("label", huma.TypeString, "", "What people call it.")
		plain("external_id", huma.TypeString, "", "In the system that it came from.")
		plain("version", huma.TypeInteger, "", "Counts its changes.")
		plain("created_at", huma.TypeString, "date-time", "")
		plain("updated_at", huma.TypeString, "date-time", "")
		plain("archived_at", huma.TypeString, "date-time", "")
		plain("archived_why", huma.TypeString, "", "")
		state := &huma.Schema{Type: huma.TypeString}
		for _, st := range r.d.States {
			state.Enum = append(state.Enum, st.Name)
		}
		s.Properties["state"] = state
		for i := range r.d.Fields {
			s.Properties[r.d.Fields[i].Name] = fieldSchema(&r.d.Fields[i], false)
		}
		s.Required = []string{"id", "label", "state", "version", "created_at", "updated_at"}
		reg.Map()[name] = s
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// fieldSchema is what a field is in JSON. What is entered may be null, and is
// read further where JSON cannot say what it must be.
func fieldSchema(f *register.Field, entered bool) *huma.Schema {
	about := f.Label + "."
	if f.Help != "" {
		about += " " + f.Help
	}
	one := &huma.Schema{Type: huma.TypeString}
	switch f.Type {
	case register.Number:
		one.Type = huma.TypeInteger
		if f.Max != 0 {
			least, most := float64(f.Min), float64(f.Max)
			one.Minimum, one.Maximum = &least, &most
		}
	case register.YesNo:
		one.Type = huma.TypeBoolean
	case register.Date:
		one.Format = "date"
	case register.Time:
		one.Format = "date-time"
	case register.Choice:
		if f.Scale == nil {
			for _, o := range f.Options {
				one.Enum = append(one.Enum, o.Value)
			}
		} else {
			one.Type, about = huma.TypeInteger, about+" The step of the scale, from 1."
		}
	case register.Money:
		about += " Such as 1250.00 EUR."
	case register.Duration:
		about += " Such as 4h30m; a day has 24 hours."
	case register.Person:
		about += " An id of the register of people; a name or an address is read as well."
	case register.Link:
		about += " An id such as R-07."
	case register.Text, register.Long, register.Control, register.Criterion, register.Evidence:
	}
	if entered && one.Type != huma.TypeString {
		// The command line sends texts, so that only one place reads them.
		one = &huma.Schema{OneOf: []*huma.Schema{one, {Type: huma.TypeString}}}
	}
	if entered && one.Format != "" {
		one.Format, about = "", about+" A "+string(f.Type)+"."
	}
	if entered && f.Type == register.Choice {
		one.Enum, about = nil, about+choicesOf(f)
	}
	if f.Many {
		list := &huma.Schema{Type: huma.TypeArray, Items: one}
		if entered {
			list = &huma.Schema{OneOf: []*huma.Schema{list, {Type: huma.TypeString}}}
		}
		one = list
	}
	one.Description = about
	if entered {
		one.Nullable = one.Type != ""
	}
	return one
}

func choicesOf(f *register.Field) string {
	if f.Scale != nil {
		return ""
	}
	var out []string
	for _, o := range f.Options {
		out = append(out, o.Value)
	}
	return " One of: " + strings.Join(out, ", ") + "."
}

func (r registerDoor) entered(about string, fields []register.Field, required bool) *huma.Schema {
	s := object(about)
	for i := range fields {
		f := &fields[i]
		s.Properties[f.Name] = fieldSchema(f, true)
		if required && f.Required && f.Default == "" {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

func (r registerDoor) inputSchema(huma.Registry) *huma.Schema {
	s := r.entered("", r.d.Entered(), true)
	s.Properties["external_id"] = &huma.Schema{Type: huma.TypeString, Description: "In the system that it comes from."}
	return s
}

func (r registerDoor) editSchema(huma.Registry) *huma.Schema {
	s := r.entered("", r.d.Entered(), false)
	s.Properties["version"] = versionSchema()
	return s
}

func versionSchema() *huma.Schema {
	return &huma.Schema{
		OneOf:       []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString}},
		Description: "The version that you read: if it is not the newest, nothing is saved. Not looked at if absent.",
	}
}

func (r registerDoor) moveSchema(m *register.Move) func(huma.Registry) *huma.Schema {
	return func(huma.Registry) *huma.Schema {
		var fields []register.Field
		for _, a := range m.Asks {
			if f, ok := r.d.Field(a.Field); ok {
				one := *f
				one.Required = false // what is known already need not be said again
				fields = append(fields, one)
			}
		}
		s := r.entered(m.Help, fields, false)
		s.Properties["version"] = versionSchema()
		if s.Properties["reason"] = (&huma.Schema{Type: huma.TypeString, Description: "Why."}); m.Why {
			s.Required = append(s.Required, "reason")
		}
		return s
	}
}

func (r registerDoor) settingsSchema(huma.Registry) *huma.Schema {
	return r.entered("Settings of the register.", r.d.Settings, false)
}

func (r registerDoor) pageSchema(reg huma.Registry) *huma.Schema {
	s := object("")
	s.Properties["records"] = &huma.Schema{Type: huma.TypeArray, Items: r.recordRef(reg)}
	s.Properties["total"] = &huma.Schema{Type: huma.TypeInteger, Description: "That the filter finds, on all pages."}
	s.Properties["next"] = &huma.Schema{Type: huma.TypeString, Description: "What to send as after for the next page."}
	s.Required = []string{"records", "total"}
	return s
}

func (r registerDoor) detailSchema(reg huma.Registry) *huma.Schema {
	s := object("")
	s.Properties["record"] = r.recordRef(reg)
	s.Properties["versions"] = &huma.Schema{Type: huma.TypeArray, Items: reg.Schema(reflect.TypeFor[RecordVersion](), true, "")}
	s.Properties["history"] = &huma.Schema{Type: huma.TypeArray, Items: reg.Schema(reflect.TypeFor[Act](), true, "")}
	s.Required = []string{"record", "versions", "history"}
	return s
}
