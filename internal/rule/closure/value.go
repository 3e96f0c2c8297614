package closure

import (
	"math"
	"sort"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"assay/internal/resource"
)

// state says what is in a slot.
type state uint8

const (
	unread      state = iota // not looked at yet
	there                    // a value
	absent                   // optional and not there; also an optional without a value
	missing                  // required and not there
	unavailable              // could not be read
	disputed                 // connections disagree about it
	wrong                    // not as declared
	states
)

// Value is a value of the language. Which of its members count is known from
// the type of the expression that gave it. Its zero value is a slot that
// nobody looked at.
type Value struct {
	state state
	nanos int32     // of a timestamp, below a second
	num   int64     // bool: 0 or 1; int; timestamp: seconds since 1970; duration: nanoseconds; double: its bits
	text  string    // string
	list  []Value   // list: elements; object: members by slot; map: key, value, key, value, by key
	res   *Resource // a resource
	table *Table    // a lookup
}

// Resource is a resource as expressions see it.
type Resource struct {
	Ref resource.Ref

	shape    *Shape
	slots    []Value
	source   source
	borrowed *arena // where lists are put; nil to have them for good
}

// source is where slots that were not looked at yet are filled from.
type source struct {
	fields                map[string]any
	unavailable, disputed []string
}

// Table is a lookup: the resources that have a key.
type Table struct {
	texts   map[string]*Value
	numbers map[int64]*Value
	keys    []Value // ascending
}

// NewTable makes a lookup. A key is a string or an int; the resources of one
// are in the order in which they are to be found.
func NewTable(lists map[ref.Val][]*Resource) *Table {
	t := &Table{texts: map[string]*Value{}, numbers: map[int64]*Value{}}
	for key, resources := range lists {
		found := List(resources)
		k := Value{state: there}
		switch key := key.(type) {
		case types.String:
			k.text = string(key)
			t.texts[k.text] = found
		case types.Int:
			k.num = int64(key)
			t.numbers[k.num] = found
		}
		t.keys = append(t.keys, k)
	}
	sort.Slice(t.keys, func(i, j int) bool {
		a, b := &t.keys[i], &t.keys[j]
		return a.text < b.text || a.text == b.text && a.num < b.num
	})
	return t
}

// List is the resources as a list of the language.
func List(resources []*Resource) *Value {
	out := &Value{state: there, list: make([]Value, len(resources))}
	for i, r := range resources {
		out.list[i] = Value{state: there, res: r}
	}
	return out
}

func (t *Table) find(key *Value, text bool) *Value {
	if text {
		return t.texts[key.text]
	}
	return t.numbers[key.num]
}

func (v *Value) float() float64 { return math.Float64frombits(uint64(v.num)) } //nolint:gosec // the bits, not the number

func floatBits(f float64) int64 { return int64(math.Float64bits(f)) } //nolint:gosec // the bits, not the number

func (v *Value) instant() time.Time { return time.Unix(v.num, int64(v.nanos)).UTC() }

func (v *Value) setInstant(t time.Time) {
	v.num, v.nanos = t.Unix(), int32(t.Nanosecond()) //nolint:gosec // below a thousand million
}

// export makes the value of cel-go, for functions that are called there. It is
// nil for a type that they do not get.
func (v *Value) export(t *types.Type) ref.Val {
	switch t.Kind() {
	case types.BoolKind:
		return types.Bool(v.num != 0)
	case types.IntKind:
		return types.Int(v.num)
	case types.DoubleKind:
		return types.Double(v.float())
	case types.StringKind:
		return types.String(v.text)
	case types.TimestampKind:
		return types.Timestamp{Time: v.instant()}
	case types.DurationKind:
		return types.Duration{Duration: time.Duration(v.num)}
	case types.ListKind:
		out := make([]ref.Val, len(v.list))
		for i := range v.list {
			if out[i] = v.list[i].export(t.Parameters()[0]); out[i] == nil {
				return nil
			}
		}
		return types.NewRefValList(types.DefaultTypeAdapter, out)
	}
	return nil
}

// adopt takes over a value of cel-go and tells whether it could.
func (v *Value) adopt(val ref.Val, a *arena) bool {
	v.state = there
	switch val := val.(type) {
	case types.Bool:
		v.num = 0
		if val {
			v.num = 1
		}
	case types.Int:
		v.num = int64(val)
	case types.Double:
		v.num = floatBits(float64(val))
	case types.String:
		v.text = string(val)
	case types.Timestamp:
		if _, offset := val.Zone(); offset != 0 {
			return false // its zone shows in its text
		}
		v.setInstant(val.Time)
	case types.Duration:
		v.num = int64(val.Duration)
	case traits.Lister:
		n, ok := val.Size().(types.Int)
		if !ok {
			return false
		}
		v.list = a.take(int(n))
		for i := range v.list {
			if !v.list[i].adopt(val.Get(types.Int(i)), a) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// plain tells whether values of the type can go to cel-go and come back.
func plain(t *types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.DoubleKind, types.StringKind, types.TimestampKind, types.DurationKind:
		return true
	case types.ListKind:
		return plain(t.Parameters()[0])
	}
	return false
}

// arena is memory for the values of one subject: taken piece by piece, given
// back all at once. A nil arena takes from the heap.
type arena struct {
	chunks [][]Value
	at     place
}

// place is how much of an arena is taken.
type place struct{ chunk, used int }

const (
	chunkSize  = 128
	mostChunks = 64 // kept for the next subject
)

func (a *arena) take(n int) []Value {
	if a == nil || n > chunkSize {
		return make([]Value, n)
	}
	for {
		if a.at.chunk == len(a.chunks) {
			a.chunks = append(a.chunks, make([]Value, chunkSize))
		}
		chunk := a.chunks[a.at.chunk]
		if from := a.at.used; from+n <= len(chunk) {
			a.at.used += n
			out := chunk[from:a.at.used:a.at.used]
			clear(out)
			return out
		}
		a.at = place{chunk: a.at.chunk + 1}
	}
}

func (a *arena) one() *Value {
	v := &a.take(1)[0]
	v.state = there
	return v
}

func (a *arena) reset() {
	a.at = place{}
	if len(a.chunks) > mostChunks {
		a.chunks = a.chunks[:mostChunks]
	}
}

func (p place) before(q place) bool {
	return p.chunk < q.chunk || p.chunk == q.chunk && p.used < q.used
}
