package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Facet is one word of the small vocabulary that lets one check cover many
// products. Its fields are typed like a kind's.
type Facet struct {
	Name    string
	Version int // part of the hash of every check over the facet
	Title   string
	Family  Family
	Fields  []Field
}

// Schema is the facet as a kind would declare it, for type-checking checks.
func (f Facet) Schema() *Schema {
	s := &Schema{Kind: "facet." + f.Name, Version: f.Version, Title: f.Title, Family: f.Family, Fields: f.Fields}
	if f.Family == Event {
		s.At = "at"
	}
	return s
}

// Claim says how a kind fills a facet: for each facet field, where its value
// comes from. A facet field that is not mentioned is unavailable. One that its
// source does not keep at all is lacking: checks that ask for it are not about
// the kind, because nobody could ever close what they would leave unknown.
//
// Resources of a claim that is aside join those of the facet. Alone they are no whole
// collection of it: a check with nothing else to judge fails or stays unknown.
type Claim struct {
	Facet   string             `yaml:"facet" json:"facet"`
	Version int                `yaml:"version" json:"version"` // of the mapping
	Fields  map[string]Mapping `yaml:"fields" json:"fields"`
	Lacks   map[string]string  `yaml:"lacks,omitempty" json:"lacks,omitempty"` // facet field -> why there is none: a sentence
	Aside   bool               `yaml:"aside,omitempty" json:"aside,omitempty"`
}

// maxWhy is the longest reason for which a field is lacking, in bytes.
const maxWhy = 300

// Mapping is the origin of one facet field: a field of the kind (a path of
// object members, dots between), optionally translated word by word, or the
// same value for every resource of the kind.
type Mapping struct {
	From  string            `yaml:"from,omitempty" json:"from,omitempty"`
	Enum  map[string]string `yaml:"enum,omitempty" json:"enum,omitempty"` // value here -> word of the facet; others are unavailable
	Value any               `yaml:"value,omitempty" json:"value,omitempty"`
}

// Facets returns the vocabulary, by name.
func Facets() map[string]Facet {
	out := map[string]Facet{}
	for _, f := range vocabulary() {
		out[f.Name] = f
	}
	return out
}

// FacetNames returns the names, sorted.
func FacetNames() []string { return slices.Sorted(maps.Keys(Facets())) }

func (c Claim) valid(s *Schema) error {
	facet, ok := Facets()[c.Facet]
	if !ok {
		return fmt.Errorf("facet %q is not in the vocabulary (%s)", c.Facet, strings.Join(FacetNames(), ", "))
	}
	if c.Version < 1 {
		return fmt.Errorf("facet %s: version %d: want 1 or more", c.Facet, c.Version)
	}
	if facet.Family != s.Family {
		return fmt.Errorf("facet %s is of family %s, the kind is %s", c.Facet, facet.Family, s.Family)
	}
	fs := facet.Schema()
	for name, m := range c.Fields {
		want, ok := fs.Field(name)
		if !ok {
			return fmt.Errorf("facet %s has no field %q", c.Facet, name)
		}
		if err := m.valid(s, want); err != nil {
			return fmt.Errorf("facet %s, field %s: %w", c.Facet, name, err)
		}
	}
	if err := c.validLacks(fs); err != nil {
		return fmt.Errorf("facet %s, lacks: %w", c.Facet, err)
	}
	if facet.Family == Event {
		if m := c.Fields["at"]; m.From != s.At {
			return fmt.Errorf("facet %s, field at: must come from %q, the time of the event", c.Facet, s.At)
		}
	}
	return nil
}

func (c Claim) validLacks(facet *Schema) error {
	for _, name := range slices.Sorted(maps.Keys(c.Lacks)) {
		_, known := facet.Field(name)
		_, mapped := c.Fields[name]
		switch why := c.Lacks[name]; {
		case !known:
			return fmt.Errorf("the facet has no field %q", name)
		case mapped:
			return fmt.Errorf("%s is mapped, so it is not lacking", name)
		case strings.TrimSpace(why) == "" || len(why) > maxWhy:
			return fmt.Errorf("%s wants a reason of at most %d bytes", name, maxWhy)
		}
	}
	return nil
}

func (m Mapping) valid(s *Schema, want Field) error {
	if (m.From == "") == (m.Value == nil) {
		return fmt.Errorf("want either from or value")
	}
	if m.Value != nil {
		_, err := normalize(&want, m.Value)
		return err
	}
	have, err := s.path(m.From)
	if err != nil {
		return err
	}
	if len(m.Enum) > 0 {
		if have.Type != String || want.Type != String {
			return fmt.Errorf("enum translates strings only")
		}
		for _, to := range m.Enum {
			if len(want.Enum) > 0 && !slices.Contains(want.Enum, to) {
				return fmt.Errorf("%q is not one of %v", to, want.Enum)
			}
		}
		return nil
	}
	if have.Type != want.Type || have.Unit != want.Unit {
		return fmt.Errorf("%s is %s %s, the facet wants %s %s", m.From, have.Type, have.Unit, want.Type, want.Unit)
	}
	return nil
}

func (s *Schema) path(path string) (Field, error) {
	fields, parts := s.Fields, strings.Split(path, ".")
	for i, part := range parts {
		j := slices.IndexFunc(fields, func(f Field) bool { return f.Name == part })
		if j < 0 {
			return Field{}, fmt.Errorf("%q is not a field", path)
		}
		if i == len(parts)-1 {
			return fields[j], nil
		}
		fields = fields[j].Fields
	}
	return Field{}, fmt.Errorf("%q is not a field", path)
}

// Claims returns the kind's claim of the facet, if it makes one.
func (s *Schema) Claims(facet string) (Claim, bool) {
	i := slices.IndexFunc(s.Facets, func(c Claim) bool { return c.Facet == facet })
	if i < 0 {
		return Claim{}, false
	}
	return s.Facets[i], true
}
