package closure

import (
	"errors"
	"math"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"assay/internal/resource"
)

// Machine runs expressions over one resource after another, at one instant, the
// set at hand being that of Use. It belongs to one goroutine.
type Machine struct {
	*Session
	now Value
	at  time.Time

	own    Resource // the memory of the subject, where it is filled from a view
	r      Value
	rs     Value
	vars   [deepest]*Value
	fields arena // of the slots of own
	arena  arena // of what expressions make
	floor  place // below it lie values of lets
	yes    Value
	no     Value
	none   Value
	done   <-chan struct{}
	gaveUp bool

	got      tri   // latest
	err      error // of the expression that gave nothing
	first    error // that was noted
	disagree bool
	spent    int64
	flip     int64 // nanoseconds from now until something may change
}

// Session is what a machine knows of one set: its lookups, its lets of the
// subject at hand, and what holds for the whole run.
type Session struct {
	set    *Set
	tables []table
	lets   []letSlot
	kept   []keptSlot
}

// keptSlot is what an expression of nothing but the instant gives.
type keptSlot struct {
	v    Value
	flip int64
	done bool
}

type table struct {
	v   Value
	err error
}

type letSlot struct {
	done     bool
	v        *Value
	err      error // instead of v
	first    error
	disagree bool
}

const (
	deepest = 8
	never   = math.MaxInt64
)

// Trouble is what went wrong in an evaluation.
type Trouble struct {
	Err      error // what the expression gave instead of a value
	First    error // the first that was noted, absorbed or not
	Disagree bool  // a field was read about which connections disagree
}

// NewMachine makes a machine for runs at the instant. An evaluation is given up
// when done is closed; it may be nil.
func NewMachine(now time.Time, done <-chan struct{}) *Machine {
	m := &Machine{
		at: now, done: done,
		yes: Value{state: there, num: 1}, no: Value{state: there}, none: Value{state: absent}, flip: never,
	}
	m.now.state = there
	m.now.setInstant(now)
	return m
}

// Session makes a session for one machine.
func (s *Set) Session() *Session {
	return &Session{set: s, tables: make([]table, len(s.tables)), lets: make([]letSlot, len(s.lets)), kept: make([]keptSlot, s.kept)}
}

// Use turns to a set. Begin comes next, or Turn.
func (m *Machine) Use(s *Session) { m.Session = s }

// Turn turns to a set for the subject of the latest Begin.
func (m *Machine) Turn(s *Session) {
	m.Session = s
	if len(s.lets) > 0 {
		clear(s.lets)
	}
	m.flip = never
}

// Table offers a lookup, by its place among the names of the set; the error is
// what looking things up in it is.
func (s *Session) Table(i int, t *Table, err error) {
	s.tables[i] = table{v: Value{state: there, table: t}, err: err}
}

// Begin turns to another subject: a resource, or nil where the expressions are
// about a population.
func (m *Machine) Begin(r *Resource, rs *Value) {
	m.arena.reset()
	m.floor = place{}
	if len(m.lets) > 0 {
		clear(m.lets)
	}
	m.flip, m.gaveUp = never, false
	m.r.state, m.r.res = there, r
	if rs != nil {
		m.rs = *rs
	}
}

// Borrow is New for the subject of Begin, in the memory of the machine: the
// resource is good until the next is borrowed.
func (m *Machine) Borrow(s *Shape, r resource.Ref, f Fields) *Resource {
	m.fields.reset()
	if m.own.shape != s {
		m.own = Resource{shape: s, slots: make([]Value, len(s.members)), borrowed: &m.fields}
	}
	clear(m.own.slots)
	m.own.Ref = r
	m.own.source = source{fields: f.Values, unavailable: f.Unavailable, disputed: f.Disputed}
	return &m.own
}

// Answer is a truth value that may be in doubt.
type Answer uint8

// The answers. In doubt is one that is an error, absorbed one, or was given up.
const (
	No Answer = iota
	Yes
	Doubt
)

// Ask evaluates an expression of type bool; Doubt says why it is in doubt. Lets
// and flips belong to the subject.
func (m *Machine) Ask(x *Expression) Answer {
	m.begin(x)
	m.got = x.cond(m)
	switch {
	case m.got == failed || m.first != nil || m.gaveUp:
		return Doubt
	case m.got == yes:
		return Yes
	}
	return No
}

// Doubt is what is known of the latest answer: whether it would be true, and
// what went wrong. It is not ok when cel-go has to be asked.
func (m *Machine) Doubt() (b bool, t Trouble, ok bool) {
	t, ok = m.end(m.got == failed)
	return m.got == yes, t, ok
}

// Truth evaluates an expression of type bool, as Ask and Doubt.
func (m *Machine) Truth(x *Expression) (b bool, t Trouble, ok bool) {
	if answer := m.Ask(x); answer != Doubt {
		return answer == Yes, Trouble{}, true
	}
	return m.Doubt()
}

// Text evaluates an expression of type string, as Truth does.
func (m *Machine) Text(x *Expression) (s string, t Trouble, ok bool) {
	m.begin(x)
	v := x.value(m)
	if v != nil {
		s = v.text
	}
	t, ok = m.end(v == nil)
	return s, t, ok
}

func (m *Machine) end(broken bool) (t Trouble, ok bool) {
	if m.gaveUp {
		clear(m.lets)
		return Trouble{}, false
	}
	if broken {
		t.Err = m.err
		m.note(m.err)
	}
	t.First, t.Disagree = m.first, m.disagree
	return t, true
}

func (m *Machine) begin(x *Expression) {
	if m.first != nil {
		m.first = nil
	}
	m.disagree, m.gaveUp = false, false
	m.spent = x.weight
}

// FlipsAt is the earliest instant after that of the run at which an evaluation
// since Begin could give something else; zero if there is none.
func (m *Machine) FlipsAt() time.Time {
	if m.flip == never {
		return time.Time{}
	}
	return m.at.Add(time.Duration(m.flip))
}

func (m *Machine) note(err error) {
	if m.first == nil {
		m.first = err
	}
}

func (m *Machine) fail(err error) *Value {
	m.err = err
	return nil
}

// failVal fails with the error that cel-go gives for the same operation.
func (m *Machine) failVal(v ref.Val) *Value {
	if err, ok := v.(*types.Err); ok {
		return m.fail(err)
	}
	return m.giveUp()
}

var errGaveUp = errors.New("given up")

// giveUp leaves the whole evaluation to cel-go.
func (m *Machine) giveUp() *Value {
	m.gaveUp = true
	return m.fail(errGaveUp)
}

// spend counts cost and tells whether there is some left.
func (m *Machine) spend(n int64) bool {
	before := m.spent
	m.spent += n
	if m.spent > m.set.limit {
		m.gaveUp = true
		return false
	}
	if m.done != nil && before>>12 != m.spent>>12 {
		select {
		case <-m.done:
			m.gaveUp = true
		default:
		}
	}
	return !m.gaveUp
}

// read takes the value of a slot that was looked at, or notes why there is
// none.
func (m *Machine) read(s *Value, errs *[states]error) *Value {
	if s.state == there {
		return s
	}
	m.err = errs[s.state]
	m.note(m.err)
	if s.state == disputed {
		m.disagree = true
	}
	return nil
}

// let computes a let once for each subject. Whoever uses it inherits the errors
// that it absorbed.
func (m *Machine) let(i int) *Value {
	l := &m.lets[i]
	if !l.done {
		first, disagree, spent := m.first, m.disagree, m.spent
		m.first, m.disagree, m.spent = nil, false, m.set.lets[i].weight
		v := m.set.lets[i].value(m)
		if v == nil {
			l.err = m.err
			m.note(m.err)
		} else {
			l.v = m.arena.one()
			*l.v = *v
		}
		m.floor = m.arena.at
		l.done, l.first, l.disagree = true, m.first, m.disagree
		m.first, m.disagree, m.spent = first, disagree, spent
	}
	if l.first != nil {
		m.note(l.first)
		m.disagree = m.disagree || l.disagree
	}
	if l.v == nil {
		m.err = l.err
	}
	return l.v
}

// keep computes what holds for the whole run once.
func (m *Machine) keep(i int, of value) *Value {
	k := &m.kept[i]
	if !k.done {
		outer := m.flip
		m.flip = never
		v := of(m)
		k.flip, m.flip = m.flip, outer
		if v == nil {
			m.flip = min(m.flip, k.flip)
			return nil
		}
		k.v, k.done = *v, true
	}
	m.flip = min(m.flip, k.flip)
	return &k.v
}

// lookup is a table, or the error that it is.
func (m *Machine) lookup(i int) *Value {
	t := &m.tables[i]
	if t.err != nil {
		m.note(t.err)
		return m.fail(t.err)
	}
	return &t.v
}

// release gives back what was taken since the place, but for the values of
// lets.
func (m *Machine) release(to place) {
	if to.before(m.floor) {
		to = m.floor
	}
	m.arena.at = to
}

func (m *Machine) truth(t tri) *Value {
	switch t {
	case yes:
		return &m.yes
	case no:
		return &m.no
	case failed:
	}
	return nil
}
