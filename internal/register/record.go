package register

import (
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/standing"
)

// Values are canonical texts by the name of their field; an absent one has no
// member. A field that is not a list has one text.
type Values map[string][]string

// Get is the value of a field that is not a list; empty if it is absent.
func (v Values) Get(name string) string {
	if list := v[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Set puts a value in; empty removes the field.
func (v Values) Set(name, text string) {
	if text == "" {
		delete(v, name)
		return
	}
	v[name] = []string{text}
}

// Clone is a copy that shares nothing.
func (v Values) Clone() Values {
	out := make(Values, len(v))
	for name, list := range v {
		out[name] = slices.Clone(list)
	}
	return out
}

// Record is one record of a register.
type Record struct {
	Noun        string
	ID          string // "R-07"
	Number      int
	ExternalID  string // in the system that it came from; may be empty
	State       string
	Values      Values
	Derived     Values
	Version     int // counts its changes, from 1
	ArchivedAt  time.Time
	ArchivedWhy string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	By, ByName  string // who made the newest version
}

// Get is a value of a field, entered or derived.
func (r *Record) Get(name string) string {
	if v := r.Values.Get(name); v != "" {
		return v
	}
	return r.Derived.Get(name)
}

// List is the values of a field, entered or derived.
func (r *Record) List(name string) []string {
	if v := r.Values[name]; len(v) > 0 {
		return v
	}
	return r.Derived[name]
}

// Date is a date of the record; 0 if it has none.
func (r *Record) Date(name string) standing.Date { return dateIn(r.Get(name)) }

// At is a time of the record; zero if it has none.
func (r *Record) At(name string) time.Time { return timeIn(r.Get(name)) }

// Int is a number of the record; ok is false if it has none.
func (r *Record) Int(name string) (n int, ok bool) { return intIn(r.Get(name)) }

// Derive sets a derived value; empty removes it.
func (r *Record) Derive(name, text string) {
	if r.Derived == nil {
		r.Derived = Values{}
	}
	r.Derived.Set(name, text)
}

// Label is what people call the record.
func (r *Record) Label(d *Declaration) string { return r.Values.Get(d.Label) }

// World is what a rule may know besides the record.
type World struct {
	Now      time.Time
	Today    standing.Date
	Zone     *time.Location
	Settings Values // of the register, with defaults
	// Children are the records that the record owns, by noun, without those that
	// are archived; nil for a rule about a record that is not saved yet.
	Children map[string][]Record
	// Owner is the record that owns the one that is checked or moved; nil in a
	// register of its own.
	Owner *Record
}

// Int is a setting that is a number.
func (w *World) Int(name string) int {
	n, _ := intIn(w.Settings.Get(name))
	return n
}

// Version is a record as one change left it.
type Version struct {
	Number     int
	Act        string // name of the permission, move or other act: "edit"
	State      string
	ExternalID string
	Values     Values
	Note       string // the reason given
	At         time.Time
	By, ByName string
}

// body is what the hash of a version is over.
func body(r *Record) ([]byte, error) {
	fields := map[string]any{}
	for name, list := range r.Values {
		fields[name] = list
	}
	return canon.Marshal(map[string]any{
		"noun": r.Noun, "id": r.ID, "external_id": r.ExternalID, "state": r.State, "version": r.Version, "fields": fields, "archived": !r.ArchivedAt.IsZero(),
	})
}

// changes are the fields that differ, before and after.
func changes(before, after Values) map[string]string {
	out := map[string]string{}
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if was, is := before[name], after[name]; !slices.Equal(was, is) {
			out[name] = brief(was) + " → " + brief(is)
		}
	}
	return out
}

const mostShown = 300 // characters of a value in the trail; the version has all

func brief(list []string) string {
	s := strings.Join(list, ", ")
	if r := []rune(s); len(r) > mostShown {
		return string(r[:mostShown-1]) + "…"
	}
	return s
}

// haystack is the text in which a search looks.
func haystack(d *Declaration, r *Record) string {
	parts := []string{r.ID, r.ExternalID}
	for i := range d.Fields {
		if f := &d.Fields[i]; f.Type == Text || f.Type == Long || f.Type == Control || f.Type == Criterion || f.Type == Link || f.Type == Evidence {
			parts = append(parts, r.Values[f.Name]...)
		}
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}

// BadgeOf is how the record stands, in a word.
func (d *Declaration) BadgeOf(r *Record, w *World) (Tone, string) {
	if !r.ArchivedAt.IsZero() {
		return Quiet, "Archived"
	}
	if d.Badge != nil {
		if tone, label := d.Badge(r, w); label != "" {
			return tone, label
		}
	}
	s := d.State(r.State)
	return s.Tone, s.Label
}

// OptionsOf are the options of a choice, as the settings have them.
func (f *Field) OptionsOf(settings Values) []Option {
	if f.Scale != nil {
		return f.Scale(settings)
	}
	return f.Options
}
