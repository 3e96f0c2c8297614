package resource

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// Ref identifies a resource.
type Ref struct {
	Kind      string // "linux.account"
	Authority string // who gives out the id: an account number, a machine id, an org's domain
	ID        string // the provider's immutable id
}

// String is the reference for people.
func (r Ref) String() string { return r.Kind + " " + r.Authority + "/" + r.ID }

// Part names which of a resource's records this is.
type Part string

// The parts.
const (
	PartState Part = "state" // everything but the volatile fields
	PartSeen  Part = "seen"  // the volatile fields
)

// Record is what is hashed: the canonical bytes of a resource as collected,
// in the form of docs/spec/record.md.
type Record struct {
	Ref
	Part        Part
	Schema      int            // version of the kind's schema
	Fields      map[string]any // core fields, or the volatile ones for PartSeen
	Unavailable []string       // fields that could not be read, sorted
	Personal    string         // base64 commitment to the personal part; empty if there is none
}

// PersonalPath is the path under which the personal part is committed to.
const PersonalPath = "personal"

// Bytes are the record's canonical bytes, stored as they are and never
// rewritten.
func (r *Record) Bytes() ([]byte, error) {
	m := map[string]any{
		"authority": r.Authority, "fields": r.Fields, "id": r.ID, "kind": r.Kind,
		"part": string(r.Part), "schema": r.Schema,
	}
	if len(r.Unavailable) > 0 {
		m["unavailable"] = r.Unavailable
	}
	if r.Personal != "" {
		m["personal"] = r.Personal
	}
	return canon.Marshal(m)
}

// ParseRecord reads stored record bytes strictly: unknown members, trailing
// bytes and bytes that are not canonical are refused.
func ParseRecord(b []byte) (*Record, error) {
	r, fields, err := ScanRecord(b)
	if err != nil {
		return nil, err
	}
	if r.Fields, err = ParseFields(fields); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return r, nil
}

// ScanRecord is ParseRecord that leaves the fields as they are stored: it
// checks them and returns their bytes.
func ScanRecord(b []byte) (r *Record, fields []byte, err error) {
	r = &Record{}
	n := 0
	err = canon.Members(b, func(key, value []byte) error {
		n++
		if string(key) == "fields" {
			fields = value
			return canon.Members(value, nil)
		}
		return r.member(key, value)
	})
	if r.Personal != "" {
		n--
	}
	if r.Unavailable != nil {
		n--
	}
	if err == nil && n != recordMembers {
		err = fmt.Errorf("%d members, want %d", n, recordMembers)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	return r, fields, nil
}

// recordMembers is how many members every record has.
const recordMembers = 6

func (r *Record) member(key, value []byte) (err error) {
	switch string(key) {
	case "authority":
		r.Authority, err = canon.Text(value)
	case "id":
		r.ID, err = canon.Text(value)
	case "kind":
		r.Kind, err = canon.Text(value)
	case "part":
		var part string
		part, err = canon.Text(value)
		r.Part = Part(part)
	case "personal":
		if r.Personal, err = canon.Text(value); err == nil && r.Personal == "" {
			err = errors.New("personal: empty")
		}
	case "schema":
		var version int64
		version, err = canon.Int(value)
		r.Schema = int(version)
	case "unavailable":
		r.Unavailable = []string{}
		err = canon.Elements(value, func(e []byte) error {
			name, err := canon.Text(e)
			r.Unavailable = append(r.Unavailable, name)
			return err
		})
		if err == nil && len(r.Unavailable) == 0 {
			err = errors.New("unavailable: empty")
		}
	default:
		err = fmt.Errorf("%s: no record has it", key)
	}
	return err
}

// PersonalBytes are the canonical bytes of a personal part.
func PersonalBytes(fields map[string]any) ([]byte, error) { return canon.Marshal(fields) }

// ParseFields reads a stored object of fields: canonical bytes, integers exact.
func ParseFields(b []byte) (map[string]any, error) {
	v, err := canon.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("fields: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("fields: not an object")
	}
	return m, nil
}

// Root is the root of a collection's tree: the record hashes in ascending
// order, each once (docs/spec/record.md, membership).
func Root(hashes []tlog.Hash) tlog.Hash {
	sorted := slices.Clone(hashes)
	slices.SortFunc(sorted, func(a, b tlog.Hash) int { return bytes.Compare(a[:], b[:]) })
	return tlog.Root(slices.Compact(sorted))
}

// View is a resource as a check sees it: all parts together.
type View struct {
	Ref
	Schema      *Schema
	Hash        tlog.Hash      // of the state record; verdicts are about it
	Seen        tlog.Hash      // of the seen record, or zero
	Fields      map[string]any // as stored: strings, bools, json.Number, lists, maps
	Unavailable []string
	Possible    bool // not listed by a listing that was incomplete: it may be gone
}

// Label is the resource's name for people.
func (v *View) Label() string {
	if s, ok := v.Fields[v.Schema.Label].(string); ok && s != "" {
		return s
	}
	return v.ID
}

// At is the instant of an event; the zero time for a state.
func (v *View) At() time.Time {
	s, ok := v.Fields[v.Schema.At].(string)
	if !ok {
		return time.Time{}
	}
	t, err := clock.Parse(s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Project is the resource as the facet's vocabulary says it. The kind must
// claim the facet.
func (v *View) Project(facet Facet) (*View, error) {
	claim, ok := v.Schema.Claims(facet.Name)
	if !ok {
		return nil, fmt.Errorf("%s does not claim the facet %s", v.Kind, facet.Name)
	}
	out := &View{
		Ref: v.Ref, Schema: facet.Schema(), Hash: v.Hash, Seen: v.Seen,
		Fields: map[string]any{}, Possible: v.Possible,
	}
	out.Schema.Label = claim.label(v.Schema.Label)
	for i := range facet.Fields {
		name := facet.Fields[i].Name
		m, ok := claim.Fields[name]
		if !ok {
			out.Unavailable = append(out.Unavailable, name)
			continue
		}
		val, state := m.read(v)
		switch state {
		case present:
			out.Fields[name] = val
		case unavailable:
			out.Unavailable = append(out.Unavailable, name)
		case absent:
		}
	}
	return out, nil
}

func (c Claim) label(field string) string {
	for name, m := range c.Fields {
		if field != "" && m.From == field && len(m.Enum) == 0 {
			return name
		}
	}
	return ""
}

type reading int

const (
	absent reading = iota
	present
	unavailable
)

func (m Mapping) read(v *View) (any, reading) {
	if m.Value != nil {
		return m.Value, present
	}
	val, ok := lookup(v.Fields, m.From)
	switch {
	case !ok && slices.Contains(v.Unavailable, firstPart(m.From)):
		return nil, unavailable
	case !ok:
		return nil, absent
	case len(m.Enum) == 0:
		return val, present
	}
	s, _ := val.(string)
	to, known := m.Enum[s]
	if !known {
		return nil, unavailable
	}
	return to, present
}

func firstPart(path string) string {
	for i := range len(path) {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}

func lookup(fields map[string]any, path string) (any, bool) {
	first := firstPart(path)
	v, ok := fields[first]
	if !ok || first == path {
		return v, ok
	}
	m, isMap := v.(map[string]any)
	if !isMap {
		return nil, false
	}
	return lookup(m, path[len(first)+1:])
}
