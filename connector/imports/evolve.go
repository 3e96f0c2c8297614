package imports

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"assay/internal/resource"
)

// Follows returns why the declaration cannot be the next version of the old
// one, or nil. What was collected under the old version keeps its meaning: the
// kind means the same things under the same ids, a field keeps its type and
// unit, and a facet that was filled stays filled. Fields may be added, and what
// is not part of a value's meaning may change: titles, words, where a field is
// read from.
func (d *Declaration) Follows(old *Declaration) error {
	switch {
	case d.Version <= old.Version:
		return fmt.Errorf("version: %d is declared already; the next is %d", old.Version, old.Version+1)
	case d.Family != old.Family:
		return fmt.Errorf("family: it was %s, and what was collected is; declare another kind", old.Family)
	case d.At != old.At:
		return fmt.Errorf("at: it was %s; declare another kind", old.At)
	case d.Authority != old.Authority:
		return fmt.Errorf("authority: it was %s; with another, every resource would be another one; declare another kind", old.Authority)
	case !slices.Equal(d.ID, old.ID):
		return fmt.Errorf("id: it was %v; with another, every resource would be another one; declare another kind", old.ID)
	}
	for i := range old.Fields {
		was := &old.Fields[i]
		is, ok := d.Field(was.Name)
		if !ok {
			return fmt.Errorf("field %s: it was declared before; keep it, and make it optional if the source has it no more", was.Name)
		}
		if part := changed(was, &is); part != "" {
			return fmt.Errorf("field %s: its %s changed; what was collected would mean something else; add a field with another name", was.Name, part)
		}
	}
	return d.keepsFacets(old)
}

// changed names the part of a field that decides what its value means and is
// not as it was; empty if there is none.
func changed(was, is *resource.Field) string {
	switch {
	case was.Type != is.Type:
		return "type"
	case was.Unit != is.Unit:
		return "unit"
	case was.Personal != is.Personal:
		return "protection as personal data"
	case was.Volatile != is.Volatile:
		return "mark as volatile"
	case !reflect.DeepEqual(bare(was.Of), bare(is.Of)), len(was.Fields) != len(is.Fields):
		return "parts"
	}
	for i := range was.Fields {
		if was.Fields[i].Name != is.Fields[i].Name || changed(&was.Fields[i], &is.Fields[i]) != "" {
			return "parts"
		}
	}
	return ""
}

// bare is a field without what does not decide what its value means.
func bare(f *resource.Field) *resource.Field {
	if f == nil {
		return nil
	}
	out := &resource.Field{Name: f.Name, Type: f.Type, Unit: f.Unit, Of: bare(f.Of)}
	for i := range f.Fields {
		out.Fields = append(out.Fields, *bare(&f.Fields[i]))
	}
	return out
}

func (d *Declaration) keepsFacets(old *Declaration) error {
	for _, was := range old.Facets {
		is, ok := d.Claims(was.Facet)
		switch {
		case !ok:
			return fmt.Errorf("facet %s: it was claimed before; without it the resources would leave the populations of checks in silence", was.Facet)
		case is.Version < was.Version:
			return fmt.Errorf("facet %s: its version was %d", was.Facet, was.Version)
		case is.Version == was.Version && (!reflect.DeepEqual(is.Fields, was.Fields) || !maps.Equal(is.Lacks, was.Lacks)):
			return fmt.Errorf("facet %s: it is filled otherwise than before; give the claim version %d", was.Facet, was.Version+1)
		}
	}
	return nil
}
