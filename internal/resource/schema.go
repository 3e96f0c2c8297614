package resource

import (
	"fmt"
	"regexp"
)

// Family says how a kind exists in time.
type Family string

// The families.
const (
	State Family = "state" // exists over an interval: an account, a bucket
	Event Family = "event" // happens at an instant: a merge, a sign-in, a hire
)

// Type is the type of a field's value.
type Type string

// The types and the Go values that they take. A decimal is a string of
// digits with an optional sign and point, so that no reader rounds it.
const (
	String  Type = "string"
	Int     Type = "int"     // int64; beyond 2^53-1 it is stored as a string
	Decimal Type = "decimal" // string
	Bool    Type = "bool"
	Time    Type = "time"   // time.Time or RFC 3339; stored as UTC with milliseconds
	Date    Type = "date"   // YYYY-MM-DD, in no zone
	List    Type = "list"   // []any or []string of Of
	Map     Type = "map"    // map[string]any of Of, with keys the provider chooses
	Object  Type = "object" // map[string]any with the members in Fields
)

// Field is one allow-listed field of a kind.
type Field struct {
	Name     string   `yaml:"name" json:"name"` // letters, digits, underscore; starts with a letter
	Type     Type     `yaml:"type" json:"type"`
	Of       *Field   `yaml:"of,omitempty" json:"of,omitempty"`         // element of a list or map; its Name is empty
	Fields   []Field  `yaml:"fields,omitempty" json:"fields,omitempty"` // members of an object
	Unit     string   `yaml:"unit,omitempty" json:"unit,omitempty"`     // "bytes", "days", "USD"
	Meaning  string   `yaml:"meaning,omitempty" json:"meaning,omitempty"`
	Enum     []string `yaml:"enum,omitempty" json:"enum,omitempty"`         // the only values of a string
	Optional bool     `yaml:"optional,omitempty" json:"optional,omitempty"` // may be absent
	Personal bool     `yaml:"personal,omitempty" json:"personal,omitempty"` // identifies a person; erasable
	Volatile bool     `yaml:"volatile,omitempty" json:"volatile,omitempty"` // changes without meaning a change
}

// Schema declares a kind.
type Schema struct {
	Kind    string  `yaml:"kind" json:"kind"`       // "linux.account": product, dot, noun
	Version int     `yaml:"version" json:"version"` // counts from 1; an upgrade is not a change of the resource
	Title   string  `yaml:"title" json:"title"`     // plural, for pages: "Accounts on the host"
	Family  Family  `yaml:"family" json:"family"`
	Label   string  `yaml:"label,omitempty" json:"label,omitempty"` // top-level field shown as the resource's name; else the id
	At      string  `yaml:"at,omitempty" json:"at,omitempty"`       // event kinds: top-level time field of the event
	Fields  []Field `yaml:"fields" json:"fields"`
	Facets  []Claim `yaml:"facets,omitempty" json:"facets,omitempty"`
}

var (
	kindName  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// Field returns the top-level field with the name.
func (s *Schema) Field(name string) (Field, bool) {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return s.Fields[i], true
		}
	}
	return Field{}, false
}

// Valid returns what is wrong with the declaration, or nil.
func (s *Schema) Valid() error {
	switch {
	case !kindName.MatchString(s.Kind):
		return fmt.Errorf("kind %q: want product.noun in lower case", s.Kind)
	case s.Version < 1:
		return fmt.Errorf("kind %s: version %d: want 1 or more", s.Kind, s.Version)
	case s.Family != State && s.Family != Event:
		return fmt.Errorf("kind %s: family %q: want state or event", s.Kind, s.Family)
	case len(s.Fields) == 0:
		return fmt.Errorf("kind %s: no fields", s.Kind)
	}
	if err := validFields(s.Fields, true); err != nil {
		return fmt.Errorf("kind %s: %w", s.Kind, err)
	}
	if s.Label != "" {
		if _, ok := s.Field(s.Label); !ok {
			return fmt.Errorf("kind %s: label %q is not a field", s.Kind, s.Label)
		}
	}
	if err := s.validAt(); err != nil {
		return fmt.Errorf("kind %s: %w", s.Kind, err)
	}
	for _, c := range s.Facets {
		if err := c.valid(s); err != nil {
			return fmt.Errorf("kind %s: %w", s.Kind, err)
		}
	}
	return nil
}

func (s *Schema) validAt() error {
	if s.Family == State {
		if s.At != "" {
			return fmt.Errorf("at: a state kind does not happen at an instant")
		}
		return nil
	}
	f, ok := s.Field(s.At)
	if !ok || f.Type != Time || f.Optional || f.Personal || f.Volatile {
		return fmt.Errorf("at %q: want a required, non-personal, non-volatile field of type time", s.At)
	}
	return nil
}

func validFields(fields []Field, top bool) error {
	seen := map[string]bool{}
	for _, f := range fields {
		if !fieldName.MatchString(f.Name) {
			return fmt.Errorf("field %q: want letters, digits and underscore", f.Name)
		}
		if seen[f.Name] {
			return fmt.Errorf("field %s is declared twice", f.Name)
		}
		seen[f.Name] = true
		if (f.Personal || f.Volatile) && !top {
			return fmt.Errorf("field %s: only a top-level field can be personal or volatile", f.Name)
		}
		if f.Personal && f.Volatile {
			return fmt.Errorf("field %s: personal and volatile exclude each other", f.Name)
		}
		if err := f.valid(); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return nil
}

func (f *Field) valid() error {
	if len(f.Enum) > 0 && f.Type != String {
		return fmt.Errorf("enum on a %s", f.Type)
	}
	switch f.Type {
	case String, Int, Decimal, Bool, Time, Date:
		if f.Of != nil || len(f.Fields) > 0 {
			return fmt.Errorf("a %s has no parts", f.Type)
		}
		return nil
	case List, Map:
		if f.Of == nil {
			return fmt.Errorf("a %s needs `of`", f.Type)
		}
		return f.Of.valid()
	case Object:
		if len(f.Fields) == 0 {
			return fmt.Errorf("an object needs `fields`")
		}
		return validFields(f.Fields, false)
	}
	return fmt.Errorf("unknown type %q", f.Type)
}
