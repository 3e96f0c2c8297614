package closure

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/resource"
)

// Reader reads stored bytes straight into the slots of a resource: only the
// fields that are wanted are kept, and all the rest is checked. It takes the
// bytes as a string, parts of which become the texts of values. It is used by
// one goroutine, for one resource after another.
type Reader struct {
	shape  *Shape
	want   []bool
	res    Resource
	fields arena
	names  []string // of the wanted fields, in the order in which an object has them
	slots  []int    // theirs
	at     int      // the first that may still come
}

// Head is what a record says of itself.
type Head struct {
	Part     resource.Part
	Schema   int
	Personal bool // it commits to a personal part
}

// Reader makes a reader of the fields, by name.
func (s *Shape) Reader(fields []string) *Reader {
	r := &Reader{shape: s, want: make([]bool, len(s.members))}
	for _, name := range fields {
		if i, ok := s.slots[name]; ok {
			r.want[i] = true
		}
	}
	for name, i := range s.slots { // letters and digits, so that bytes order them as canonical JSON does
		if r.want[i] {
			r.names = append(r.names, name)
		}
	}
	slices.Sort(r.names)
	for _, name := range r.names {
		r.slots = append(r.slots, s.slots[name])
	}
	r.res = Resource{shape: s, slots: make([]Value, len(s.members))}
	return r
}

// Start turns to another resource. The one before is gone.
func (r *Reader) Start() {
	r.fields.reset()
	clear(r.res.slots)
	r.res.Ref = resource.Ref{}
}

// Resource is what was read since Start. Slots of which nothing was read are
// absent, missing, or unavailable where they were not wanted.
func (r *Reader) Resource() *Resource {
	for i := range r.res.slots {
		s := &r.res.slots[i]
		switch {
		case s.state != unread:
		case !r.want[i]:
			s.state = unavailable
		case r.shape.members[i].field.Optional:
			s.state = absent
		default:
			s.state = missing
		}
	}
	return &r.res
}

// Ref is the reference in the record that was read last.
func (r *Reader) Ref() resource.Ref { return r.res.Ref }

// Unavailable notes a field that could not be read, whatever is said of it.
func (r *Reader) Unavailable(name string) {
	if i, ok := r.shape.slots[name]; ok {
		r.res.slots[i] = Value{state: unavailable}
	}
}

// Record reads a record as resource.ScanRecord does and takes its fields, those
// it could not read too.
func (r *Reader) Record(b string) (Head, error) {
	h := head{reader: r}
	end, err := members(b, 0, &h)
	switch {
	case err != nil:
		return h.Head, err
	case end != len(b):
		return h.Head, errAfter
	case h.seen != recordMembers:
		return h.Head, fmt.Errorf("record: %d members, want %d", h.seen, recordMembers)
	}
	return h.Head, nil
}

// recordMembers is how many members every record has.
const recordMembers = 6

// head takes the members of a record.
type head struct {
	Head
	reader *Reader
	seen   int
}

// member takes one, which stands at b[i] and is checked here.
func (h *head) member(b, key string, i int) (end int, err error) {
	if key == "fields" {
		h.seen++
		return h.reader.object(b, i)
	}
	if end, err = skip(b, i, 1); err != nil {
		return 0, err
	}
	value := b[i:end]
	h.seen++
	switch key {
	case "authority":
		h.reader.res.Ref.Authority, err = str(value)
	case "id":
		h.reader.res.Ref.ID, err = str(value)
	case "kind":
		h.reader.res.Ref.Kind, err = str(value)
	case "part":
		var part string
		part, err = str(value)
		h.Part = resource.Part(part)
	case "schema":
		h.Schema, err = strconv.Atoi(value)
	case "personal":
		h.seen--
		h.Personal = true
		if text, wrong := str(value); wrong != nil || text == "" {
			err = errors.New("record: personal: not a commitment")
		}
	case "unavailable":
		h.seen--
		err = h.reader.refused(value)
	default:
		err = fmt.Errorf("record: %s: no record has it", key)
	}
	return end, err
}

// refused notes the fields that a record could not read.
func (r *Reader) refused(list string) error {
	if list[0] != '[' || list == "[]" {
		return errors.New("record: unavailable: want names")
	}
	for e, rest := firstOf(list[1:]); e != ""; e, rest = firstOf(rest) {
		name, err := str(e)
		if err != nil {
			return err
		}
		r.Unavailable(name)
	}
	return nil
}

// Fields reads an object of fields, such as a personal part. What it says of a
// field replaces what was said before.
func (r *Reader) Fields(b string) error {
	end, err := r.object(b, 0)
	if err == nil && end != len(b) {
		return errAfter
	}
	return err
}

func (r *Reader) object(b string, i int) (end int, err error) {
	r.at = 0
	return members(b, i, r)
}

// member takes a field. Wanted or not, fields come in one order.
func (r *Reader) member(b, key string, i int) (end int, err error) {
	if end, err = skip(b, i, 2); err != nil {
		return 0, err
	}
	for r.at < len(r.names) && r.names[r.at] != key {
		if r.names[r.at] > key {
			return end, nil
		}
		r.at++
	}
	if r.at == len(r.names) {
		return end, nil
	}
	slot := r.slots[r.at]
	r.at++
	if r.res.slots[slot].state == unavailable {
		return end, nil
	}
	m, dst := &r.shape.members[slot], &r.res.slots[slot]
	if dst.state != unread {
		*dst = Value{}
	}
	if !m.decode(dst, m.field, b[i:end], &r.fields) {
		*dst = Value{state: wrong}
	}
	return end, nil
}

// decode makes the value of checked bytes, strictly as the field is declared,
// and tells whether it is.
func (m *member) decode(dst *Value, f *resource.Field, b string, a *arena) bool {
	dst.state = there
	switch f.Type {
	case resource.Bool:
		if b[0] == 't' {
			dst.num = 1
		}
		return b[0] == 't' || b[0] == 'f'
	case resource.Int:
		return dst.decodeInt(b)
	case resource.String, resource.Decimal, resource.Time, resource.Date:
		text, err := str(b)
		return err == nil && dst.putText(f, text)
	case resource.List:
		return m.decodeList(dst, f, b, a)
	case resource.Map:
		return m.decodeMap(dst, f, b, a)
	case resource.Object:
		return b[0] == '{' && m.of.decode(dst, b, a)
	}
	return false
}

func (v *Value) decodeInt(b string) bool {
	if b[0] == '"' {
		text, err := str(b)
		return err == nil && v.putInt(text)
	}
	digits := strings.TrimPrefix(b, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return false
	}
	for _, c := range []byte(digits) { // at most 2^53-1
		v.num = v.num*10 + int64(c-'0')
	}
	if len(digits) < len(b) {
		v.num = -v.num
	}
	return true
}

func (m *member) decodeList(dst *Value, f *resource.Field, b string, a *arena) bool {
	if b[0] != '[' {
		return false
	}
	n := 0
	for e, rest := firstOf(b[1:]); e != ""; e, rest = firstOf(rest) {
		n++
	}
	dst.list = a.take(n)
	i := 0
	for e, rest := firstOf(b[1:]); e != ""; e, rest = firstOf(rest) {
		if !m.decode(&dst.list[i], f.Of, e, a) {
			return false
		}
		i++
	}
	return true
}

func (m *member) decodeMap(dst *Value, f *resource.Field, b string, a *arena) bool {
	if b[0] != '{' {
		return false
	}
	n := 0
	for key, _, rest := entryOf(b[1:]); key != ""; key, _, rest = entryOf(rest) {
		n++
	}
	dst.list = a.take(2 * n)
	i, sorted := 0, true
	for key, value, rest := entryOf(b[1:]); key != ""; key, value, rest = entryOf(rest) {
		text, err := str(key)
		if err != nil || !m.decode(&dst.list[i+1], f.Of, value, a) {
			return false
		}
		dst.list[i].state, dst.list[i].text = there, text
		sorted = sorted && (i == 0 || dst.list[i-2].text < text)
		i += 2
	}
	if !sorted { // canonical JSON orders some letters otherwise
		dst.sortKeys()
	}
	return true
}

func (v *Value) sortKeys() {
	pairs := make([][2]Value, len(v.list)/2)
	for i := range pairs {
		pairs[i] = [2]Value{v.list[2*i], v.list[2*i+1]}
	}
	slices.SortFunc(pairs, func(a, b [2]Value) int { return strings.Compare(a[0].text, b[0].text) })
	for i := range pairs {
		v.list[2*i], v.list[2*i+1] = pairs[i][0], pairs[i][1]
	}
}

// decode makes an object within a resource, which is there whole or not at all.
func (s *Shape) decode(dst *Value, b string, a *arena) bool {
	dst.list = a.take(len(s.members))
	for key, value, rest := entryOf(b[1:]); key != ""; key, value, rest = entryOf(rest) {
		name, err := str(key)
		i, ok := s.slots[name]
		if err != nil || !ok || !s.members[i].decode(&dst.list[i], s.members[i].field, value, a) {
			return false
		}
	}
	for i := range s.members {
		if dst.list[i].state == unread {
			if !s.members[i].field.Optional {
				return false
			}
			dst.list[i].state = absent
		}
	}
	return true
}
