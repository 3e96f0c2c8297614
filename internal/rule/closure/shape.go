package closure

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/resource"
)

// Shape is a type of objects: the fields of a kind, or the members of an object
// field. A field's slot is its place in the declaration.
type Shape struct {
	name    string
	members []member
	slots   map[string]int
}

type member struct {
	field  *resource.Field
	of     *Shape // of the objects in it: its own, or its elements'
	errors [states]error
}

// unreadable is the error that reading a field is.
type unreadable struct {
	field *resource.Field
	state state
}

// Error says it in the words of docs/spec/check.md.
func (u *unreadable) Error() string {
	switch u.state {
	case absent:
		return u.field.Name + " is absent"
	case missing:
		return u.field.Name + " is missing"
	case disputed:
		return "the connections disagree about " + u.field.Name
	case wrong:
		return fmt.Sprintf("%s is not a %s as declared", u.field.Name, u.field.Type)
	case unread, there, unavailable, states:
	}
	return u.field.Name + " could not be read"
}

// Shapes are types of objects, by name.
type Shapes map[string]*Shape

// Add makes the shape of the fields and of every object in them, which is named
// as its field.
func (s Shapes) Add(name string, fields []resource.Field) *Shape {
	sh := &Shape{name: name, members: make([]member, len(fields)), slots: map[string]int{}}
	s[name] = sh
	for i := range fields {
		f := &fields[i]
		sh.slots[f.Name] = i
		sh.members[i] = member{field: f, of: s.of(name+"."+f.Name, f)}
		for state := range states {
			sh.members[i].errors[state] = &unreadable{f, state}
		}
	}
	return sh
}

func (s Shapes) of(name string, f *resource.Field) *Shape {
	switch f.Type {
	case resource.List, resource.Map:
		return s.of(name, f.Of)
	case resource.Object:
		return s.Add(name, f.Fields)
	case resource.String, resource.Int, resource.Decimal, resource.Bool, resource.Time, resource.Date:
	}
	return nil
}

// Fields are what a resource holds: as stored, and which could not be read or
// are disputed.
type Fields struct {
	Values                map[string]any
	Unavailable, Disputed []string
}

// New is a resource whose slots are filled when they are first read.
func (s *Shape) New(r resource.Ref, f Fields) *Resource {
	return &Resource{
		Ref: r, shape: s,
		source: source{fields: f.Values, unavailable: f.Unavailable, disputed: f.Disputed},
	}
}

// slot is a field of the object v, looked at.
func (v *Value) slot(i int) *Value {
	if v.res == nil {
		return &v.list[i]
	}
	return v.res.slot(i)
}

func (r *Resource) slot(i int) *Value {
	if r.slots == nil {
		r.slots = make([]Value, len(r.shape.members))
	}
	s := &r.slots[i]
	if s.state == unread {
		r.fill(s, &r.shape.members[i])
	}
	return s
}

func (r *Resource) fill(dst *Value, m *member) {
	name := m.field.Name
	v, has := r.source.fields[name]
	switch {
	case slices.Contains(r.source.disputed, name):
		dst.state = disputed
	case slices.Contains(r.source.unavailable, name):
		dst.state = unavailable
	case !has || v == nil:
		dst.state = missing
		if m.field.Optional {
			dst.state = absent
		}
	case !m.put(dst, m.field, v, r.borrowed):
		*dst = Value{state: wrong}
	}
}

// put makes the value of a stored one, strictly as the field is declared, and
// tells whether it is.
func (m *member) put(dst *Value, f *resource.Field, v any, a *arena) bool {
	dst.state = there
	switch f.Type {
	case resource.Bool:
		b, ok := v.(bool)
		if b {
			dst.num = 1
		}
		return ok
	case resource.Int:
		return dst.putInt(v)
	case resource.List:
		return m.putList(dst, f, v, a)
	case resource.Map:
		return m.putMap(dst, f, v, a)
	case resource.Object:
		fields, ok := v.(map[string]any)
		return ok && m.of.put(dst, fields, a)
	case resource.String, resource.Decimal, resource.Time, resource.Date:
		s, ok := v.(string)
		return ok && dst.putText(f, s)
	}
	return false
}

func (v *Value) putText(f *resource.Field, s string) bool {
	switch f.Type {
	case resource.String:
		v.text = s
		return len(f.Enum) == 0 || slices.Contains(f.Enum, s)
	case resource.Date:
		v.text = s
		_, ok := parseDay(s)
		return ok
	case resource.Time:
		return v.putTime(s)
	case resource.Decimal:
		n, ok := parseDecimal(s)
		v.num = floatBits(n)
		return ok
	case resource.Int, resource.Bool, resource.List, resource.Map, resource.Object:
	}
	return false
}

func (v *Value) putInt(stored any) bool {
	var err error
	switch n := stored.(type) {
	case json.Number:
		v.num, err = n.Int64()
	case int64:
		v.num = n
	case int:
		v.num = int64(n)
	case string: // beyond what JSON numbers keep exact
		v.num, err = strconv.ParseInt(n, 10, 64)
		return err == nil && (v.num > canon.MaxInt || v.num < -canon.MaxInt) && strconv.FormatInt(v.num, 10) == n
	default:
		return false
	}
	return err == nil
}

func (m *member) putList(dst *Value, f *resource.Field, v any, a *arena) bool {
	in, ok := v.([]any)
	if !ok {
		return false
	}
	dst.list = a.take(len(in))
	for i, e := range in {
		if !m.put(&dst.list[i], f.Of, e, a) {
			return false
		}
	}
	return true
}

func (m *member) putMap(dst *Value, f *resource.Field, v any, a *arena) bool {
	in, ok := v.(map[string]any)
	if !ok {
		return false
	}
	keys := make([]string, 0, len(in))
	for k := range in {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	dst.list = a.take(2 * len(in))
	for i, k := range keys {
		dst.list[2*i] = Value{state: there, text: k}
		if !m.put(&dst.list[2*i+1], f.Of, in[k], a) {
			return false
		}
	}
	return true
}

// put fills an object within a resource, which is there whole or not at all.
func (s *Shape) put(dst *Value, fields map[string]any, a *arena) bool {
	for name := range fields {
		if _, ok := s.slots[name]; !ok {
			return false
		}
	}
	dst.list = a.take(len(s.members))
	for i := range s.members {
		m := &s.members[i]
		v := fields[m.field.Name]
		switch {
		case v != nil:
			if !m.put(&dst.list[i], m.field, v, a) {
				return false
			}
		case m.field.Optional:
			dst.list[i].state = absent
		default:
			return false
		}
	}
	return true
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

const longestDecimal = 100

func parseDecimal(s string) (float64, bool) {
	if len(s) > longestDecimal || !decimal.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// putTime reads a stored instant: 2006-01-02T15:04:05.000Z.
func (v *Value) putTime(s string) bool {
	const form = "2006-01-02T15:04:05.000Z"
	if len(s) != len(form) || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != 'Z' {
		return false
	}
	days, ok := parseDay(s[:10])
	h, ok1 := digits(s[11:13])
	m, ok2 := digits(s[14:16])
	sec, ok3 := digits(s[17:19])
	ms, ok4 := digits(s[20:23])
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 || h > 23 || m > 59 || sec > 59 {
		return false
	}
	v.num = days*secondsOfDay + h*3600 + m*60 + sec
	v.nanos = int32(ms) * 1e6 //nolint:gosec // below a thousand
	return true
}

const secondsOfDay = 24 * 60 * 60

// parseDay reads a day, 2006-01-02, as days since 1970.
func parseDay(s string) (days int64, ok bool) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 || m < 1 || m > 12 || d < 1 || d > lengthOf(y, m) {
		return 0, false
	}
	// Days from 1 March of year 0, which puts the leap day at the end.
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = -1
	}
	ofEra := y - era*400
	ofYear := (153*(m-3)+2)/5 + d - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468, true
}

func lengthOf(y, m int64) int64 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func digits(s string) (n int64, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}
