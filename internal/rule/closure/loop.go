package closure

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// loop compiles the macros all, exists, exists_one, filter and map, which are
// recognized by what they expand to.
func (c *compiler) loop(e ast.Expr) (node, error) {
	x := e.AsComprehension()
	if x.HasIterVar2() || len(c.scopes) == deepest || !c.known(x.IterRange()) {
		return outside("loop")
	}
	over, err := c.rangeOf(x.IterRange())
	if err != nil {
		return node{}, err
	}
	l := &loop{over: over, slot: len(c.scopes)}
	ast.PreOrderVisit(x.LoopStep(), ast.NewExprVisitor(func(e ast.Expr) { l.weight += weightOf(e) }))
	l.weight += 8 // the condition
	c.scopes = append(c.scopes, x.IterVar())
	defer func() { c.scopes = c.scopes[:len(c.scopes)-1] }()
	step := x.LoopStep()
	if step.Kind() != ast.CallKind {
		return outside("loop")
	}
	call := step.AsCall()
	accu := x.AccuVar()
	switch {
	case isLogical(call.FunctionName()) && len(call.Args()) == 2 && isIdent(call.Args()[0], accu) && isIdent(x.Result(), accu):
		if l.test, err = c.cond(call.Args()[1]); err != nil {
			return node{}, err
		}
		if call.FunctionName() == operators.LogicalAnd {
			return node{cond: func(m *Machine) tri { return l.quantify(m, no, yes) }}, nil
		}
		return node{cond: func(m *Machine) tri { return l.quantify(m, yes, no) }}, nil
	case x.AccuInit().Kind() == ast.LiteralKind && x.AccuInit().AsLiteral() == types.Int(0):
		return c.count(x, l)
	case x.AccuInit().Kind() == ast.ListKind && x.AccuInit().AsList().Size() == 0 && isIdent(x.Result(), accu) && c.known(e):
		return c.collect(x, l)
	}
	return outside("loop")
}

// rangeOf compiles what a loop goes over: elements, or keys of a map whose
// order is known.
func (c *compiler) rangeOf(e ast.Expr) (func(*Machine) ([]Value, int, bool), error) {
	of, err := c.value(e)
	if err != nil {
		return nil, err
	}
	switch t := c.typeOf(e); t.Kind() {
	case types.ListKind:
		return func(m *Machine) ([]Value, int, bool) {
			v := of(m)
			if v == nil {
				return nil, 0, false
			}
			return v.list, 1, true
		}, nil
	case types.MapKind:
		if e.Kind() != ast.SelectKind && e.Kind() != ast.IdentKind || e.Kind() == ast.IdentKind && slices.Contains(c.set.names, e.AsIdent()) {
			break // a literal, perhaps, whose order cel-go does not know
		}
		return func(m *Machine) ([]Value, int, bool) {
			v := of(m)
			switch {
			case v == nil:
				return nil, 0, false
			case v.table != nil:
				return v.table.keys, 1, true
			}
			return v.list, 2, true
		}, nil
	}
	_, err = outside("loop over a map")
	return nil, err
}

func isIdent(e ast.Expr, name string) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == name }

// loop is one that is compiled.
type loop struct {
	over   func(*Machine) (list []Value, step int, ok bool)
	slot   int   // of the variable
	weight int64 // of one turn
	test   cond  // nil in map
	made   value // of map
}

// each turns the loop while turn says so. What a turn takes is given back,
// unless it is kept.
func (l *loop) each(m *Machine, keep bool, turn func(v *Value) bool) bool {
	list, step, ok := l.over(m)
	if !ok {
		return false
	}
	outer := m.vars[l.slot]
	defer func() { m.vars[l.slot] = outer }()
	for i := 0; i < len(list); i += step {
		if !m.spend(l.weight) {
			m.giveUp()
			return false
		}
		at := m.arena.at
		m.vars[l.slot] = &list[i]
		more := turn(&list[i])
		if !keep {
			m.release(at)
		}
		if !more {
			break
		}
	}
	return true
}

// quantify is all and exists: until one decides. An error of an element is
// noted, and what it comes to if none decides.
func (l *loop) quantify(m *Machine, stop, end tri) tri {
	got := end
	var err error
	if !l.each(m, false, func(*Value) bool {
		one := l.test(m)
		if one == failed {
			m.note(m.err)
			if err == nil {
				err = m.err
			}
		}
		if one == stop {
			got = stop
		}
		return one != stop
	}) {
		return failed
	}
	if got == end && err != nil {
		m.err = err
		return failed
	}
	return got
}

// count compiles exists_one: every element is asked, and the last error is the
// one that counts.
func (c *compiler) count(x ast.ComprehensionExpr, l *loop) (node, error) {
	call := x.LoopStep().AsCall()
	result := x.Result()
	if call.FunctionName() != operators.Conditional || !isIdent(call.Args()[2], x.AccuVar()) || result.Kind() != ast.CallKind ||
		result.AsCall().FunctionName() != operators.Equals || !isIdent(result.AsCall().Args()[0], x.AccuVar()) ||
		result.AsCall().Args()[1].Kind() != ast.LiteralKind || result.AsCall().Args()[1].AsLiteral() != types.Int(1) {
		return outside("loop")
	}
	var err error
	if l.test, err = c.cond(call.Args()[0]); err != nil {
		return node{}, err
	}
	return node{cond: func(m *Machine) tri {
		n := 0
		var err error
		if !l.each(m, false, func(*Value) bool {
			switch l.test(m) {
			case yes:
				n++
			case failed:
				err = m.err
			case no:
			}
			return true
		}) {
			return failed
		}
		switch {
		case err != nil:
			m.err = err
			return failed
		case n == 1:
			return yes
		}
		return no
	}}, nil
}

// collect compiles filter and map.
func (c *compiler) collect(x ast.ComprehensionExpr, l *loop) (node, error) {
	step := x.LoopStep()
	if call := step.AsCall(); call.FunctionName() == operators.Conditional {
		if !isIdent(call.Args()[2], x.AccuVar()) || call.Args()[1].Kind() != ast.CallKind {
			return outside("loop")
		}
		var err error
		if l.test, err = c.cond(call.Args()[0]); err != nil {
			return node{}, err
		}
		step = call.Args()[1]
	}
	call := step.AsCall()
	if call.FunctionName() != operators.Add || !isIdent(call.Args()[0], x.AccuVar()) ||
		call.Args()[1].Kind() != ast.ListKind || call.Args()[1].AsList().Size() != 1 || len(call.Args()[1].AsList().OptionalIndices()) > 0 {
		return outside("loop")
	}
	var err error
	if l.made, err = c.value(call.Args()[1].AsList().Elements()[0]); err != nil {
		return node{}, err
	}
	return node{value: l.collect}, nil
}

// collect gathers elements. After an error the tests go on, and their last
// error is the one that counts, but nothing more is made.
func (l *loop) collect(m *Machine) *Value {
	out := m.arena.one()
	var err error
	if !l.each(m, true, func(*Value) bool {
		if l.test != nil {
			switch l.test(m) {
			case no:
				return true
			case failed:
				err = m.err
				return true
			case yes:
			}
		}
		if err != nil {
			return true
		}
		v := l.made(m)
		if v == nil {
			err = m.err
			return true
		}
		out.list = append(out.list, *v)
		return true
	}) {
		return nil
	}
	if err != nil {
		m.err = err
		return nil
	}
	return out
}
