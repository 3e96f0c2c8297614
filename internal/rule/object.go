package rule

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/resource"
)

// shape is an object type of the language: the fields of a kind, or the
// members of an object field.
type shape struct {
	name   string
	fields []member
	index  map[string]int
	cel    *types.Type
}

type member struct {
	field *resource.Field
	cel   *types.Type
	of    *shape // of the objects inside: the field's own, or its elements'
}

// shapes are the object types of an environment, by name.
type shapes map[string]*shape

// add makes the shape of the fields and of every object in them.
func (s shapes) add(name string, fields []resource.Field) *shape {
	sh := &shape{name: name, index: map[string]int{}, cel: types.NewObjectType(name, traits.IndexerType|traits.FieldTesterType)}
	s[name] = sh
	for i := range fields {
		f := &fields[i]
		m := member{field: f}
		m.cel, m.of = s.typeOf(name+"."+f.Name, f)
		sh.index[f.Name] = len(sh.fields)
		sh.fields = append(sh.fields, m)
	}
	return sh
}

func (s shapes) typeOf(name string, f *resource.Field) (*types.Type, *shape) {
	switch f.Type {
	case resource.Int:
		return types.IntType, nil
	case resource.Decimal:
		return types.DoubleType, nil
	case resource.Bool:
		return types.BoolType, nil
	case resource.Time:
		return types.TimestampType, nil
	case resource.String, resource.Date:
		return types.StringType, nil
	case resource.List:
		of, sh := s.typeOf(name, f.Of)
		return types.NewListType(of), sh
	case resource.Map:
		of, sh := s.typeOf(name, f.Of)
		return types.NewMapType(types.StringType, of), sh
	case resource.Object:
		sh := s.add(name, f.Fields)
		return sh.cel, sh
	}
	return types.DynType, nil
}

// errNotAsDeclared says that a stored value is not what the schema declares.
var errNotAsDeclared = errors.New("not as declared")

// value makes the language's value of a stored one, strictly as declared.
func (m *member) value(f *resource.Field, v any, t *tracker) (ref.Val, error) {
	switch f.Type {
	case resource.String:
		return stringValue(f, v)
	case resource.Bool:
		if b, ok := v.(bool); ok {
			return types.Bool(b), nil
		}
	case resource.Int:
		return intValue(v)
	case resource.Decimal:
		if s, ok := v.(string); ok {
			n, err := parseDecimal(s)
			return types.Double(n), err
		}
	case resource.Time:
		if s, ok := v.(string); ok {
			at, err := clock.Parse(s)
			return types.Timestamp{Time: at}, err
		}
	case resource.Date:
		if s, ok := v.(string); ok {
			_, err := time.Parse(time.DateOnly, s)
			return types.String(s), err
		}
	case resource.List:
		return m.list(f, v, t)
	case resource.Map:
		return m.mapping(f, v, t)
	case resource.Object:
		if fields, ok := v.(map[string]any); ok {
			return newPart(m.of, fields, t)
		}
	}
	return nil, errNotAsDeclared
}

func stringValue(f *resource.Field, v any) (ref.Val, error) {
	s, ok := v.(string)
	if !ok || len(f.Enum) > 0 && !slices.Contains(f.Enum, s) {
		return nil, errNotAsDeclared
	}
	return types.String(s), nil
}

func intValue(v any) (ref.Val, error) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		return types.Int(n), err
	case int64:
		return types.Int(v), nil
	case int:
		return types.Int(v), nil
	case string: // beyond what JSON numbers keep exact
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n <= canon.MaxInt && n >= -canon.MaxInt || strconv.FormatInt(n, 10) != v {
			return nil, errNotAsDeclared
		}
		return types.Int(n), nil
	}
	return nil, errNotAsDeclared
}

func (m *member) list(f *resource.Field, v any, t *tracker) (ref.Val, error) {
	in, ok := v.([]any)
	if !ok {
		return nil, errNotAsDeclared
	}
	out := make([]ref.Val, len(in))
	for i, e := range in {
		var err error
		if out[i], err = m.value(f.Of, e, t); err != nil {
			return nil, err
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, out), nil
}

func (m *member) mapping(f *resource.Field, v any, t *tracker) (ref.Val, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, errNotAsDeclared
	}
	out := make(map[ref.Val]ref.Val, len(in))
	for k, e := range in {
		val, err := m.value(f.Of, e, t)
		if err != nil {
			return nil, err
		}
		out[types.String(k)] = val
	}
	return ordered(out), nil
}

// ordered is a map whose keys come in ascending order, so that what a loop over
// it finds does not hang on chance.
func ordered(entries map[ref.Val]ref.Val) ref.Val {
	keys := slices.SortedFunc(maps.Keys(entries), func(a, b ref.Val) int {
		x, _ := a.Value().(string)
		y, _ := b.Value().(string)
		n, _ := a.Value().(int64)
		m, _ := b.Value().(int64)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(n, m))
	})
	return orderedMap{types.NewRefValMap(types.DefaultTypeAdapter, entries), types.NewRefValList(types.DefaultTypeAdapter, keys)}
}

type orderedMap struct {
	traits.Mapper
	keys traits.Lister
}

// Iterator goes over the keys in order.
func (m orderedMap) Iterator() traits.Iterator { return m.keys.Iterator() }

// tracker notes what went wrong during one evaluation, absorbed or not. It is
// reset before each.
type tracker struct {
	err      error // the first
	disagree bool  // some field was unreadable because connections disagree
}

func (t *tracker) note(err error) {
	if t.err == nil {
		t.err = err
	}
}

// object is a resource, or an object in one, as expressions see it. Reading an
// unavailable field and asking for its presence are errors; reading an absent
// one is an error, asking for its presence is not.
type object struct {
	shape       *shape
	ref         resource.Ref // zero for an object within a resource
	fields      map[string]any
	unavailable []string  // top level only
	disputed    []string  // unavailable because connections disagree
	vals        []ref.Val // nil until one is read
	absent      []bool    // vals[i] is an error because the field is absent
	t           *tracker
}

func newObject(sh *shape, s *subject, t *tracker) *object {
	return &object{
		shape: sh, ref: s.Ref, fields: s.Fields, unavailable: s.Unavailable, disputed: s.disputed, t: t,
	}
}

// newPart is an object within a resource, whole or not at all: what is inside
// of a field has no availability of its own.
func newPart(sh *shape, fields map[string]any, t *tracker) (ref.Val, error) {
	o := &object{
		shape: sh, fields: fields, vals: make([]ref.Val, len(sh.fields)),
		absent: make([]bool, len(sh.fields)), t: t,
	}
	for name := range fields {
		if _, ok := sh.index[name]; !ok {
			return nil, errNotAsDeclared
		}
	}
	for i := range sh.fields {
		m := &sh.fields[i]
		v, ok := fields[m.field.Name]
		switch {
		case ok && v != nil:
			val, err := m.value(m.field, v, t)
			if err != nil {
				return nil, err
			}
			o.vals[i] = val
		case m.field.Optional:
			o.vals[i], o.absent[i] = absentErr(m.field.Name), true
		default:
			return nil, errNotAsDeclared
		}
	}
	return o, nil
}

func absentErr(name string) ref.Val { return types.NewErr("%s is absent", name) }

// read returns the field's value, or the error that reading it is.
func (o *object) read(i int) ref.Val {
	if o.vals == nil {
		o.vals, o.absent = make([]ref.Val, len(o.shape.fields)), make([]bool, len(o.shape.fields))
	}
	if v := o.vals[i]; v != nil {
		return v
	}
	m := &o.shape.fields[i]
	name := m.field.Name
	v, has := o.fields[name]
	switch {
	case slices.Contains(o.disputed, name):
		o.vals[i] = types.NewErr("the connections disagree about %s", name)
	case slices.Contains(o.unavailable, name):
		o.vals[i] = types.NewErr("%s could not be read", name)
	case !has || v == nil:
		if m.field.Optional {
			o.vals[i], o.absent[i] = absentErr(name), true
		} else {
			o.vals[i] = types.NewErr("%s is missing", name)
		}
	default:
		val, err := m.value(m.field, v, o.t)
		if err != nil {
			val = types.NewErr("%s is not a %s as declared", name, m.field.Type)
		}
		o.vals[i] = val
	}
	return o.vals[i]
}

// Get reads a field.
func (o *object) Get(index ref.Val) ref.Val {
	name, ok := index.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	i, ok := o.shape.index[string(name)]
	if !ok {
		return types.NewErr("%s has no field %s", o.shape.name, name)
	}
	return o.seen(i, o.read(i))
}

// IsSet tells whether a field is present, if that can be told.
func (o *object) IsSet(index ref.Val) ref.Val {
	name, ok := index.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	i, ok := o.shape.index[string(name)]
	if !ok {
		return types.NewErr("%s has no field %s", o.shape.name, name)
	}
	v := o.read(i)
	if o.absent[i] {
		return types.False
	}
	if types.IsError(v) {
		return o.seen(i, v)
	}
	return types.True
}

func (o *object) seen(i int, v ref.Val) ref.Val {
	if err, ok := v.(*types.Err); ok && o.t != nil {
		o.t.note(err)
		if slices.Contains(o.disputed, o.shape.fields[i].field.Name) {
			o.t.disagree = true
		}
	}
	return v
}

// ConvertToNative is refused: objects stay in the language.
func (o *object) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s has no native form", o.shape.name)
}

// ConvertToType gives the type itself and refuses everything else.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return o.shape.cel
	}
	return types.NewErr("%s cannot be converted to %s", o.shape.name, t)
}

// Equal is an error: what could not be read would not compare.
func (o *object) Equal(ref.Val) ref.Val {
	err := types.NewErr("objects are not compared; compare their fields")
	if e, ok := err.(*types.Err); ok && o.t != nil {
		o.t.note(e)
	}
	return err
}

// Type is the object's type.
func (o *object) Type() ref.Type { return o.shape.cel }

// Value is the object itself.
func (o *object) Value() any { return o }
