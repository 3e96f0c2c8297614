package closure

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// logical compiles && and ||: from left to right until the answer is certain.
// What they absorb is noted.
func (c *compiler) logical(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	conds := make([]cond, len(args))
	for i, a := range args {
		var err error
		if conds[i], err = c.cond(a); err != nil {
			return node{}, err
		}
	}
	stop, end := yes, no
	if e.AsCall().FunctionName() == operators.LogicalAnd {
		stop, end = no, yes
	}
	if len(conds) == 2 {
		return node{cond: both(conds[0], conds[1], stop)}, nil
	}
	return node{cond: func(m *Machine) tri {
		for i, cond := range conds {
			got := cond(m)
			if got == stop {
				return stop
			}
			if got == failed {
				return absorbAll(m, conds[i+1:], stop)
			}
		}
		return end
	}}, nil
}

// both is a logical operator of two operands, the first of which may stop it.
func both(a, b cond, stop tri) cond {
	return func(m *Machine) tri {
		got := a(m)
		if got == stop {
			return stop
		}
		if got == failed {
			return absorb(m, b, stop)
		}
		if got = b(m); got == failed {
			m.note(m.err)
		}
		return got
	}
}

// absorb asks the second operand after the first failed.
func absorb(m *Machine, second cond, stop tri) tri {
	err := m.err
	m.note(err)
	got := second(m)
	if got == failed {
		m.note(m.err)
	}
	if got == stop {
		return stop
	}
	m.err = err
	return failed
}

func absorbAll(m *Machine, others []cond, stop tri) tri {
	err := m.err
	m.note(err)
	for _, other := range others {
		got := other(m)
		if got == stop {
			return stop
		}
		if got == failed {
			m.note(m.err)
		}
	}
	m.err = err
	return failed
}

func (c *compiler) not(e ast.Expr) (node, error) {
	a, err := c.cond(e.AsCall().Args()[0])
	return node{cond: func(m *Machine) tri {
		switch a(m) {
		case yes:
			return no
		case no:
			return yes
		case failed:
		}
		return failed
	}}, err
}

// ternary compiles c ? a : b.
func (c *compiler) ternary(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	test, err := c.cond(args[0])
	if err != nil {
		return node{}, err
	}
	a, err := c.node(args[1])
	if err != nil {
		return node{}, err
	}
	b, err := c.node(args[2])
	if err != nil {
		return node{}, err
	}
	if c.kindOf(e) == types.BoolKind {
		x, y := a.truthful(), b.truthful()
		return node{cond: func(m *Machine) tri {
			switch test(m) {
			case yes:
				return x(m)
			case no:
				return y(m)
			case failed:
			}
			return failed
		}}, nil
	}
	x, y, rate := a.valued(), b.valued(), a.rate
	if a.rate != b.rate {
		x, y, rate = a.still(), b.still(), 0
	}
	return node{rate: rate, value: func(m *Machine) *Value {
		switch test(m) {
		case yes:
			return x(m)
		case no:
			return y(m)
		case failed:
		}
		return nil
	}}, nil
}

// equal compiles == and !=.
func (c *compiler) equal(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	t := c.typeOf(args[0])
	if !c.known(args[0]) || !c.known(args[1]) || !t.IsExactType(c.typeOf(args[1])) || holds(t, types.OpaqueKind) || holds(t, types.StructKind) {
		return outside("equality")
	}
	want := yes
	other := no
	if e.AsCall().FunctionName() == operators.NotEquals {
		want, other = no, yes
	}
	if t.Kind() == types.TimestampKind || t.Kind() == types.DurationKind {
		return c.ordered(args, t.Kind(), func(order int) bool { return (order == 0) == (want == yes) })
	}
	a, err := c.value(args[0])
	if err != nil {
		return node{}, err
	}
	if args[1].Kind() == ast.LiteralKind && t.Kind() == types.StringKind {
		word, _ := args[1].AsLiteral().(types.String)
		return equalWord(a, string(word), want, other), nil
	}
	b, err := c.value(args[1])
	if err != nil {
		return node{}, err
	}
	same := sameOf(t)
	return node{cond: func(m *Machine) tri {
		x := a(m)
		if x == nil {
			return failed
		}
		y := b(m)
		switch {
		case y == nil:
			return failed
		case same(m, x, y):
			return want
		}
		return other
	}}, nil
}

func equalWord(a value, word string, want, other tri) node {
	return node{cond: func(m *Machine) tri {
		x := a(m)
		switch {
		case x == nil:
			return failed
		case x.text == word:
			return want
		}
		return other
	}}
}

// holds tells whether a type of the kind is in t.
func holds(t *types.Type, kind types.Kind) bool {
	return t != nil && (t.Kind() == kind || slices.ContainsFunc(t.Parameters(), func(p *types.Type) bool { return holds(p, kind) }))
}

// sameOf compares two values of a type.
func sameOf(t *types.Type) func(m *Machine, a, b *Value) bool {
	switch t.Kind() {
	case types.StringKind:
		return func(m *Machine, a, b *Value) bool {
			m.spent += int64(len(a.text)) >> 3
			return a.text == b.text
		}
	case types.DoubleKind:
		return func(_ *Machine, a, b *Value) bool { return a.float() == b.float() } // false of NaN
	case types.TimestampKind:
		return func(_ *Machine, a, b *Value) bool { return a.num == b.num && a.nanos == b.nanos }
	case types.ListKind:
		return sameList(sameOf(t.Parameters()[0]))
	case types.MapKind:
		return sameMap(t.Parameters()[0].Kind() == types.StringKind, sameOf(t.Parameters()[1]))
	}
	return func(_ *Machine, a, b *Value) bool { return a.num == b.num }
}

func sameList(same func(m *Machine, a, b *Value) bool) func(m *Machine, a, b *Value) bool {
	return func(m *Machine, a, b *Value) bool {
		if len(a.list) != len(b.list) || !m.spend(int64(len(a.list))) {
			return false
		}
		for i := range a.list {
			if !same(m, &a.list[i], &b.list[i]) {
				return false
			}
		}
		return true
	}
}

func sameMap(text bool, same func(m *Machine, a, b *Value) bool) func(m *Machine, a, b *Value) bool {
	return func(m *Machine, a, b *Value) bool {
		if len(a.list) != len(b.list) || !m.spend(int64(len(a.list))) {
			return false
		}
		for i := 0; i < len(a.list); i += 2 {
			other := b.entry(&a.list[i], text)
			if other == nil || !same(m, &a.list[i+1], other) {
				return false
			}
		}
		return true
	}
}

// in compiles x in list and key in map.
func (c *compiler) in(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	t := c.typeOf(args[1])
	if !c.known(args[0]) || !c.known(args[1]) || !t.Parameters()[0].IsExactType(c.typeOf(args[0])) || holds(c.typeOf(args[0]), types.OpaqueKind) || holds(c.typeOf(args[0]), types.StructKind) {
		return outside("in")
	}
	a, err := c.value(args[0])
	if err != nil {
		return node{}, err
	}
	b, err := c.value(args[1])
	if err != nil {
		return node{}, err
	}
	same := sameOf(t.Parameters()[0])
	within := func(m *Machine, x, l *Value) bool {
		m.spent += int64(len(l.list)) * (1 + int64(len(x.text))>>2)
		for i := range l.list {
			if same(m, x, &l.list[i]) {
				return true
			}
		}
		return false
	}
	if t.Kind() == types.MapKind {
		text := t.Parameters()[0].Kind() == types.StringKind
		within = func(_ *Machine, x, l *Value) bool { return l.entry(x, text) != nil }
	}
	return node{cond: func(m *Machine) tri {
		x := a(m)
		if x == nil {
			return failed
		}
		l := b(m)
		switch {
		case l == nil:
			return failed
		case within(m, x, l):
			return yes
		}
		return no
	}}, nil
}

func orderInstants(_ *Machine, a, b *Value) int {
	switch {
	case a.num < b.num:
		return -1
	case a.num > b.num:
		return 1
	}
	return int(a.nanos) - int(b.nanos)
}

func orderDoubles(_ *Machine, a, b *Value) int {
	x, y := a.float(), b.float()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return unordered
}
