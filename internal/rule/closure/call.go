package closure

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func (c *compiler) call(e ast.Expr) (node, error) {
	if n, known, err := c.optional(e); known {
		return n, err
	}
	switch e.AsCall().FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		return c.logical(e)
	case operators.LogicalNot:
		return c.not(e)
	case operators.Conditional:
		return c.ternary(e)
	case operators.Equals, operators.NotEquals:
		return c.equal(e)
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return c.compare(e)
	case operators.In:
		return c.in(e)
	case operators.Index:
		return c.index(e, false)
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo:
		return c.arithmetic(e)
	case operators.Negate:
		return c.negate(e)
	case "id", "authority":
		return c.identity(e)
	case "size":
		return c.size(e)
	case "matches":
		return c.matches(e)
	}
	return c.function(e)
}

// arguments are those of a call, its target first.
func arguments(e ast.Expr) []ast.Expr {
	call := e.AsCall()
	if !call.IsMemberFunction() {
		return call.Args()
	}
	return append([]ast.Expr{call.Target()}, call.Args()...)
}

func (c *compiler) identity(e ast.Expr) (node, error) {
	arg := arguments(e)[0]
	if c.kindOf(arg) != types.StructKind || !c.known(arg) {
		return outside("identity")
	}
	of, err := c.value(arg)
	authority := e.AsCall().FunctionName() == "authority"
	return node{value: func(m *Machine) *Value {
		o := of(m)
		if o == nil {
			return nil
		}
		if o.res == nil {
			return m.giveUp()
		}
		v := m.arena.one()
		v.text = o.res.Ref.ID
		if authority {
			v.text = o.res.Ref.Authority
		}
		return v
	}}, err
}

func (c *compiler) size(e ast.Expr) (node, error) {
	arg := arguments(e)[0]
	if !c.known(arg) {
		return outside("size")
	}
	of, err := c.value(arg)
	if err != nil {
		return node{}, err
	}
	var count func(v *Value) int
	switch c.kindOf(arg) {
	case types.StringKind:
		count = func(v *Value) int { return utf8.RuneCountInString(v.text) }
	case types.ListKind:
		count = func(v *Value) int { return len(v.list) }
	case types.MapKind:
		count = func(v *Value) int {
			if v.table != nil {
				return len(v.table.keys)
			}
			return len(v.list) / 2
		}
	default:
		return outside("size")
	}
	return node{value: func(m *Machine) *Value {
		v := of(m)
		if v == nil {
			return nil
		}
		return m.number(int64(count(v)))
	}}, nil
}

// matches compiles a pattern that is known now, once.
func (c *compiler) matches(e ast.Expr) (node, error) {
	args := arguments(e)
	if len(args) != 2 || c.kindOf(args[0]) != types.StringKind || c.kindOf(args[1]) != types.StringKind {
		return outside("matches")
	}
	pattern, err := c.value(args[1])
	if err != nil {
		return node{}, err
	}
	if args[1].Kind() != ast.LiteralKind && args[1].Kind() != ast.SelectKind || args[1].Kind() == ast.SelectKind && c.typeOf(args[1].AsSelect().Operand()).TypeName() != "params" {
		return outside("pattern that is not constant")
	}
	text := pattern(nil).text
	re, err := regexp.Compile(text)
	if err != nil {
		return outside("pattern that does not compile")
	}
	of, err := c.value(args[0])
	return node{cond: func(m *Machine) tri {
		v := of(m)
		if v == nil {
			return failed
		}
		m.spent += int64(1+len(v.text)>>3) * int64(1+len(text)>>1)
		if re.MatchString(v.text) {
			return yes
		}
		return no
	}}, err
}

// word makes a truth value of two texts.
func word(name string) func(a, b string) bool {
	switch name {
	case "startsWith":
		return strings.HasPrefix
	case "endsWith":
		return strings.HasSuffix
	case "contains":
		return strings.Contains
	}
	return nil
}

// function compiles the functions that have no form of their own: those that
// are frequent are done here, the others by cel-go, value by value.
func (c *compiler) function(e ast.Expr) (node, error) {
	args := arguments(e)
	name := e.AsCall().FunctionName()
	for _, a := range args {
		if !plain(c.typeOf(a)) {
			return outside(name)
		}
	}
	if !plain(c.typeOf(e)) {
		return outside(name)
	}
	nodes := make([]node, len(args))
	for i, a := range args {
		var err error
		if nodes[i], err = c.node(a); err != nil {
			return node{}, err
		}
	}
	if test := word(name); test != nil && len(args) == 2 {
		return tested(nodes[0].valued(), nodes[1].valued(), test), nil
	}
	if convert, ok := textual[name]; ok && len(args) == 1 && c.kindOf(args[0]) == types.StringKind {
		of := nodes[0].valued()
		return node{value: func(m *Machine) *Value {
			v := of(m)
			if v == nil {
				return nil
			}
			out := m.arena.one()
			out.text = convert(v.text)
			return out
		}}, nil
	}
	if name == "string" && c.kindOf(args[0]) == types.StringKind {
		return nodes[0], nil
	}
	return c.foreign(e, args, nodes)
}

// textual are functions from text to text.
var textual = map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper}

func tested(a, b value, test func(a, b string) bool) node {
	return node{cond: func(m *Machine) tri {
		x := a(m)
		if x == nil {
			return failed
		}
		y := b(m)
		if y == nil {
			return failed
		}
		m.spent += int64(1+len(x.text)>>3) * int64(1+len(y.text)>>3)
		if test(x.text, y.text) {
			return yes
		}
		return no
	}}
}

// foreign compiles a call of cel-go's own function.
func (c *compiler) foreign(e ast.Expr, args []ast.Expr, nodes []node) (node, error) {
	name := e.AsCall().FunctionName()
	invoke := c.overload(e)
	if invoke == nil {
		return outside(name)
	}
	kinds := make([]*types.Type, len(args))
	values := make([]value, len(args))
	constants := true
	for i, a := range args {
		kinds[i], values[i] = c.typeOf(a), nodes[i].valued()
		constants = constants && a.Kind() == ast.LiteralKind
	}
	step := c.steps(name, args, nodes)
	call := func(m *Machine) *Value {
		in := make([]ref.Val, len(values))
		given := [2]*Value{}
		for i, value := range values {
			v := value(m)
			if v == nil {
				return nil
			}
			if in[i] = v.export(kinds[i]); in[i] == nil {
				return m.giveUp()
			}
			if i < len(given) {
				given[i] = v
			}
			m.spent += int64(len(v.text)+len(v.list)) >> 3
		}
		if step != nil {
			m.flips(step(given[0], given[1]))
		}
		got := invoke(in)
		v := m.arena.one()
		if types.IsError(got) || !v.adopt(got, &m.arena) {
			return m.failVal(got)
		}
		return v
	}
	if constants {
		return folded(call), nil
	}
	return node{value: call}, nil
}

// folded computes what is constant once, unless it fails.
func folded(call value) node {
	m := NewMachine(time.Time{}, nil)
	m.Use((&Set{limit: never}).Session())
	v := call(m)
	if v == nil || m.gaveUp {
		return node{value: call}
	}
	kept := *v
	return constant(&kept)
}

// steps says when a function of what moves changes; nil where nothing moves.
func (c *compiler) steps(name string, args []ast.Expr, nodes []node) func(a, b *Value) int64 {
	moving, at := 0, 0
	for i := range nodes {
		if nodes[i].rate != 0 {
			moving, at = moving+1, i
		}
	}
	daily := name == "date" || name == "days_between" || len(args) == 1 && calendar[name]
	switch {
	case moving == 0:
		return nil
	case moving > 1 || !daily || nodes[at].rate != 1:
		return func(_, _ *Value) int64 { return 1 }
	case len(args) == 2 && c.kindOf(args[1-at]) == types.TimestampKind && at == 1:
		return func(a, b *Value) int64 { return untilDays(a, b, wholeDays(a, b)+1, 1) }
	case len(args) == 2 && c.kindOf(args[1-at]) == types.TimestampKind:
		return func(a, b *Value) int64 { return untilDays(a, b, wholeDays(a, b)-1, -1) }
	}
	return func(a, b *Value) int64 { return untilMidnight([2]*Value{a, b}[at]) }
}

// calendar are the functions of an instant that change at midnight in UTC.
var calendar = map[string]bool{
	"getFullYear": true, "getMonth": true, "getDate": true, "getDayOfMonth": true, "getDayOfWeek": true, "getDayOfYear": true,
}

// overload finds the implementation of the one overload that is called.
func (c *compiler) overload(e ast.Expr) func([]ref.Val) ref.Val {
	reference := c.tree.ReferenceMap()[e.ID()]
	decl := c.set.functions[e.AsCall().FunctionName()]
	if reference == nil || len(reference.OverloadIDs) != 1 || decl == nil {
		return nil
	}
	bindings, err := decl.Bindings()
	if err != nil {
		return nil
	}
	for _, b := range bindings {
		if b.Operator == reference.OverloadIDs[0] && !b.NonStrict {
			return implementation(b, len(arguments(e)))
		}
	}
	return nil
}

func implementation(b *functions.Overload, n int) func([]ref.Val) ref.Val {
	switch {
	case b.Function != nil:
		return func(in []ref.Val) ref.Val { return b.Function(in...) }
	case n == 1 && b.Unary != nil:
		return func(in []ref.Val) ref.Val { return b.Unary(in[0]) }
	case n == 2 && b.Binary != nil:
		return func(in []ref.Val) ref.Val { return b.Binary(in[0], in[1]) }
	}
	return nil
}
