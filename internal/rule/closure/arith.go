package closure

import (
	"math"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// operation makes a value of two, or fails.
type operation func(m *Machine, a, b *Value) *Value

// arithmetic compiles + - * / %.
func (c *compiler) arithmetic(e ast.Expr) (node, error) {
	call := e.AsCall()
	args := call.Args()
	if !c.known(args[0]) || !c.known(args[1]) || !c.known(e) {
		return outside("arithmetic")
	}
	a, err := c.node(args[0])
	if err != nil {
		return node{}, err
	}
	b, err := c.node(args[1])
	if err != nil {
		return node{}, err
	}
	sign := int8(1)
	if call.FunctionName() == operators.Subtract {
		sign = -1
	}
	rate := a.rate + sign*b.rate
	op := operationOf(call.FunctionName(), c.typeOf(args[0]), c.typeOf(args[1]), rate)
	if op == nil {
		return outside("arithmetic")
	}
	x, y := a.valued(), b.valued()
	moving := a.rate != 0 || b.rate != 0
	return node{rate: rate, value: func(m *Machine) *Value {
		v := x(m)
		if v == nil {
			return nil
		}
		w := y(m)
		if w == nil {
			return nil
		}
		out := op(m, v, w)
		if out == nil && moving && rate == 0 {
			m.flips(1)
		}
		return out
	}}, nil
}

func operationOf(name string, a, b *types.Type, rate int8) operation {
	add, sub := name == operators.Add, name == operators.Subtract
	switch {
	case a.Kind() == types.IntKind && b.Kind() == types.IntKind:
		return intOperation(name)
	case a.Kind() == types.DoubleKind && b.Kind() == types.DoubleKind:
		return doubleOperation(name)
	case a.Kind() == types.StringKind && b.Kind() == types.StringKind && add:
		return concat
	case a.Kind() == types.ListKind && a.IsExactType(b) && add:
		return concatLists
	case a.Kind() == types.TimestampKind && b.Kind() == types.TimestampKind && sub:
		return between(rate)
	case a.Kind() == types.TimestampKind && b.Kind() == types.DurationKind && (add || sub):
		return shifted(sub, rate)
	case a.Kind() == types.DurationKind && b.Kind() == types.TimestampKind && add:
		later := shifted(false, rate)
		return func(m *Machine, a, b *Value) *Value { return later(m, b, a) }
	case a.Kind() == types.DurationKind && b.Kind() == types.DurationKind && (add || sub):
		return longer(sub, rate)
	}
	return nil
}

func intOperation(name string) operation {
	switch name {
	case operators.Add:
		return func(m *Machine, a, b *Value) *Value {
			if n := a.num + b.num; (n > a.num) == (b.num > 0) {
				return m.number(n)
			}
			return m.failVal(types.Int(a.num).Add(types.Int(b.num)))
		}
	case operators.Subtract:
		return func(m *Machine, a, b *Value) *Value {
			if n := a.num - b.num; (n < a.num) == (b.num > 0) {
				return m.number(n)
			}
			return m.failVal(types.Int(a.num).Subtract(types.Int(b.num)))
		}
	case operators.Multiply:
		return viaCEL(func(a, b types.Int) ref.Val { return a.Multiply(b) })
	case operators.Divide:
		return viaCEL(func(a, b types.Int) ref.Val { return a.Divide(b) })
	case operators.Modulo:
		return viaCEL(func(a, b types.Int) ref.Val { return a.Modulo(b) })
	}
	return nil
}

func viaCEL(op func(a, b types.Int) ref.Val) operation {
	return func(m *Machine, a, b *Value) *Value {
		got := op(types.Int(a.num), types.Int(b.num))
		if n, ok := got.(types.Int); ok {
			return m.number(int64(n))
		}
		return m.failVal(got)
	}
}

func (m *Machine) number(n int64) *Value {
	v := m.arena.one()
	v.num = n
	return v
}

func doubleOperation(name string) operation {
	var op func(a, b float64) float64
	switch name {
	case operators.Add:
		op = func(a, b float64) float64 { return a + b }
	case operators.Subtract:
		op = func(a, b float64) float64 { return a - b }
	case operators.Multiply:
		op = func(a, b float64) float64 { return a * b }
	case operators.Divide:
		op = func(a, b float64) float64 { return a / b }
	default:
		return nil
	}
	return func(m *Machine, a, b *Value) *Value { return m.number(floatBits(op(a.float(), b.float()))) }
}

func concat(m *Machine, a, b *Value) *Value {
	if !m.spend(int64(len(a.text)+len(b.text)) >> 3) {
		return m.giveUp()
	}
	v := m.arena.one()
	v.text = a.text + b.text
	return v
}

func concatLists(m *Machine, a, b *Value) *Value {
	v := m.arena.one()
	v.list = m.arena.take(len(a.list) + len(b.list))
	copy(v.list, a.list)
	copy(v.list[len(a.list):], b.list)
	return v
}

// farSeconds is where what moves with now comes near the ends of time; there it
// is asked again at once.
const farSeconds = 8000 * 366 * secondsOfDay

// shifted is a timestamp and, or without, a duration.
func shifted(sub bool, rate int8) operation {
	return func(m *Machine, a, b *Value) *Value {
		d := b.num
		if sub {
			d = -d
		}
		second := int64(time.Second)
		sec, rest := a.num+d/second, int64(a.nanos)+d%second
		if rest < 0 {
			sec, rest = sec-1, rest+second
		} else if rest >= second {
			sec, rest = sec+1, rest-second
		}
		if rate != 0 && (sec > farSeconds || sec < -farSeconds/5) {
			m.flips(1)
		}
		if sec > lastSecond || sec < firstSecond || d == math.MinInt64 {
			return m.failShift(a, b, sub)
		}
		v := m.arena.one()
		v.num, v.nanos = sec, int32(rest) //nolint:gosec // below a second
		return v
	}
}

// The instants that the language has: the years 1 to 9999.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// failShift fails as cel-go does, if it does.
func (m *Machine) failShift(a, b *Value, sub bool) *Value {
	t, d := types.Timestamp{Time: a.instant()}, types.Duration{Duration: time.Duration(b.num)}
	got := t.Add(d)
	if sub {
		got = t.Subtract(d)
	}
	return m.failVal(got)
}

// longer is a duration and, or without, another.
func longer(sub bool, rate int8) operation {
	return func(m *Machine, a, b *Value) *Value {
		x, y := types.Duration{Duration: time.Duration(a.num)}, types.Duration{Duration: time.Duration(b.num)}
		var got ref.Val
		if sub {
			got = x.Subtract(y)
		} else {
			got = x.Add(y)
		}
		d, ok := got.(types.Duration)
		if !ok {
			if rate != 0 {
				m.flips(1)
			}
			return m.failVal(got)
		}
		if rate != 0 { // until it is longer than a duration can be
			m.flips((never - abs(int64(d.Duration))) / abs(int64(rate)))
		}
		return m.number(int64(d.Duration))
	}
}

// between is the time from b to a, which is an error beyond 292 years.
func between(rate int8) operation {
	return func(m *Machine, a, b *Value) *Value {
		apart := a.num - b.num
		if near := abs(apart) < mostSpan; near {
			if rate != 0 {
				m.spans(apart, rate, true)
			}
			return m.number(apart*int64(time.Second) + int64(a.nanos-b.nanos))
		}
		got := types.Timestamp{Time: a.instant()}.Subtract(types.Timestamp{Time: b.instant()})
		d, ok := got.(types.Duration)
		if rate != 0 {
			m.spans(apart, rate, ok)
		}
		if !ok {
			return m.failVal(got)
		}
		return m.number(int64(d.Duration))
	}
}

// negate compiles -x.
func (c *compiler) negate(e ast.Expr) (node, error) {
	arg := e.AsCall().Args()[0]
	a, err := c.node(arg)
	if err != nil {
		return node{}, err
	}
	x := a.valued()
	switch kind := c.kindOf(arg); kind {
	case types.DoubleKind:
		return node{value: func(m *Machine) *Value {
			v := x(m)
			if v == nil {
				return nil
			}
			return m.number(floatBits(-v.float()))
		}}, nil
	case types.IntKind, types.DurationKind:
		return node{rate: -a.rate, value: func(m *Machine) *Value {
			v := x(m)
			switch {
			case v == nil:
				return nil
			case v.num == math.MinInt64:
				if neg, ok := v.export(c.typeOf(arg)).(traits.Negater); ok {
					return m.failVal(neg.Negate())
				}
				return m.giveUp()
			}
			return m.number(-v.num)
		}}, nil
	}
	return outside("negation")
}

// compare compiles < <= > >=.
func (c *compiler) compare(e ast.Expr) (node, error) {
	args := e.AsCall().Args()
	t := c.typeOf(args[0])
	if !plain(t) || !t.IsExactType(c.typeOf(args[1])) {
		return outside("comparison")
	}
	var right func(order int) bool
	switch e.AsCall().FunctionName() {
	case operators.Less:
		right = func(order int) bool { return order < 0 }
	case operators.LessEquals:
		right = func(order int) bool { return order <= 0 }
	case operators.Greater:
		right = func(order int) bool { return order > 0 }
	default:
		right = func(order int) bool { return order >= 0 }
	}
	return c.ordered(args, t.Kind(), right)
}

// ordered compiles a comparison of two values of a kind by their order.
func (c *compiler) ordered(args []ast.Expr, kind types.Kind, right func(order int) bool) (node, error) {
	if kind == types.IntKind {
		if n, ok, err := c.days(args, right); ok || err != nil {
			return n, err
		}
	}
	a, err := c.node(args[0])
	if err != nil {
		return node{}, err
	}
	b, err := c.node(args[1])
	if err != nil {
		return node{}, err
	}
	order := orderOf(kind)
	if order == nil {
		return outside("comparison")
	}
	x, y, rate := a.valued(), b.valued(), a.rate-b.rate
	return node{cond: func(m *Machine) tri {
		v := x(m)
		if v == nil {
			return failed
		}
		w := y(m)
		if w == nil {
			return failed
		}
		o := order(m, v, w)
		if o == unordered {
			return no
		}
		if rate != 0 {
			m.crosses(v, w, kind, rate, right)
		}
		if right(o) {
			return yes
		}
		return no
	}}, nil
}

// unordered is the order of what has none.
const unordered = math.MaxInt

func orderOf(kind types.Kind) func(m *Machine, a, b *Value) int {
	switch kind {
	case types.IntKind, types.BoolKind, types.DurationKind:
		return func(_ *Machine, a, b *Value) int {
			switch {
			case a.num < b.num:
				return -1
			case a.num > b.num:
				return 1
			}
			return 0
		}
	case types.StringKind:
		return func(m *Machine, a, b *Value) int {
			m.spent += int64(len(a.text)) >> 3
			return strings.Compare(a.text, b.text)
		}
	case types.TimestampKind:
		return orderInstants
	case types.DoubleKind:
		return orderDoubles
	}
	return nil
}
