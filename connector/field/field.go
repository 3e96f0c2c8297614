package field

import "assay/internal/resource"

// Must is a field that every resource has, unless it is unavailable.
func Must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

// May is a field whose absence is a fact too; the meaning says which.
func May(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

// Words is a field with one of the listed values.
func Words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

// In is a field with a unit.
func In(f resource.Field, unit string) resource.Field {
	f.Unit = unit
	return f
}

// Personal is a field that says something of a person, and can be erased.
func Personal(f resource.Field) resource.Field {
	f.Personal = true
	return f
}

// Volatile is a field that changes by itself, and is stored apart.
func Volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

// List is a field that is a list of texts, whatever type it was made with.
func List(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

// Objects is a field that is a list of objects with these members.
func Objects(f resource.Field, members ...resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.Object, Fields: members}
	return f
}

// From is where a facet's field has its value from: a field of the kind.
func From(name string) resource.Mapping { return resource.Mapping{From: name} }

// Claim is the first version of how a kind fills a facet.
func Claim(facet string, fields map[string]resource.Mapping) []resource.Claim {
	return []resource.Claim{{Facet: facet, Version: 1, Fields: fields}}
}

// State is the first version of a kind of things that are, such as accounts.
func State(kind, title, label string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: label, Fields: fields}
}
