package rule

import (
	"fmt"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"assay/internal/rule/closure"
)

// truth evaluates an expression of type bool. Afterwards the tracker tells of
// errors that were absorbed.
func (e *evaluation) truth(x *expression) (bool, error) {
	e.t = tracker{}
	if m := e.compiled(x); m != nil {
		if b, t, ok := m.Truth(x.fast); ok {
			e.t = tracker{err: t.First, disagree: t.Disagree}
			return b, t.Err
		}
	}
	e.restless = true
	out, _, err := x.prog.Eval(e)
	if err != nil {
		e.t.note(err)
		return false, err
	}
	b, ok := out.(types.Bool)
	if !ok {
		err = fmt.Errorf("%s is not a bool", x.name)
		e.t.note(err)
	}
	return bool(b), err
}

// text evaluates an expression of type string; it is not ok when something
// went wrong on the way, absorbed or not.
func (e *evaluation) text(x *expression) (s string, ok bool) {
	e.t = tracker{}
	if m := e.compiled(x); m != nil {
		if s, t, ok := m.Text(x.fast); ok {
			e.t = tracker{err: t.First, disagree: t.Disagree}
			return s, t.First == nil
		}
	}
	e.restless = true
	out, _, err := x.prog.Eval(e)
	v, ok := out.(types.String)
	return string(v), ok && err == nil && e.t.err == nil
}

// compiled is the machine, with the subject at hand, if it can evaluate the
// expression.
func (e *evaluation) compiled(x *expression) *closure.Machine {
	p := e.run.p
	if x.fast == nil || e.run.in.Reference {
		return nil
	}
	if e.machine == nil {
		e.machine = closure.NewMachine(e.run.in.Now, e.run.done)
		session := p.set.Session()
		for i, v := range e.lookups {
			table, err := tableOf(v, p.compiled)
			session.Table(i, table, err)
		}
		e.machine.Use(session)
	}
	if e.begun {
		return e.machine
	}
	e.begun = true
	if e.r != nil {
		e.machine.Begin(e.machine.Borrow(p.compiled[e.r.shape.name], e.r.ref, e.r.known()), nil)
	} else {
		e.machine.Begin(nil, closure.List(resources(e.rs, p.compiled)))
	}
	return e.machine
}

// tableOf is a lookup for the machine, or the error that it is.
func tableOf(v ref.Val, shapes closure.Shapes) (*closure.Table, error) {
	if err, ok := v.(*types.Err); ok {
		return nil, err
	}
	lists := map[ref.Val][]*closure.Resource{}
	if m, ok := v.(orderedMap); ok {
		for it := m.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			lists[key] = resources(m.Get(key), shapes)
		}
	}
	return closure.NewTable(lists), nil
}

// resources are the objects of a list, for the machine.
func resources(list ref.Val, shapes closure.Shapes) []*closure.Resource {
	l, _ := list.(traits.Lister)
	if l == nil {
		return nil
	}
	var out []*closure.Resource
	for it := l.Iterator(); it.HasNext() == types.True; {
		if o, ok := it.Next().(*object); ok {
			out = append(out, shapes[o.shape.name].New(o.ref, o.known()))
		}
	}
	return out
}

func (o *object) known() closure.Fields {
	return closure.Fields{Values: o.fields, Unavailable: o.unavailable, Disputed: o.disputed}
}

// flipsAt is the earliest instant after that of the run at which what was said
// of the subject could change, as far as expressions decide; zero if none.
func (e *evaluation) flipsAt() time.Time {
	switch {
	case !e.run.p.usesNow:
	case e.restless:
		return e.run.in.Now.Add(1)
	case e.begun:
		return e.machine.FlipsAt()
	}
	return time.Time{}
}

// earlier is the earlier of two instants, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// told asks of the subject at hand whether it is in the population. When it
// cannot be told, doubt says why.
func (r *Judging) told() (in bool, doubt Verdict) {
	in, err := r.e.truth(r.p.where)
	if err == nil && !in {
		err = r.e.t.err // absorbed: nobody is left out on the strength of what could not be read
	}
	if err != nil {
		doubt.Reason, doubt.Message = r.e.reason(), "Cannot tell whether it counts: "+plain(err)+"."
		return false, doubt
	}
	return in, doubt
}
