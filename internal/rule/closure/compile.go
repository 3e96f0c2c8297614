package closure

import (
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Set is what the expressions of one check have in common.
type Set struct {
	shapes    Shapes
	params    map[string]ref.Val
	tables    []string
	functions map[string]*decls.FunctionDecl
	limit     int64
	names     []string // of lets
	lets      []*Expression
	kept      int // expressions of nothing but the instant
}

// Config says what expressions may speak of.
type Config struct {
	Shapes    Shapes
	Params    map[string]ref.Val             // p, by name
	Tables    []string                       // lookups, by name
	Functions map[string]*decls.FunctionDecl // of the environment in which they were checked
	Limit     int64                          // of cost; an evaluation that could exceed it is given up
}

// NewSet makes a set without lets.
func NewSet(c Config) *Set {
	return &Set{shapes: c.Shapes, params: c.Params, tables: c.Tables, functions: c.Functions, limit: c.Limit}
}

// Expression is a compiled expression. It may be used by several machines.
type Expression struct {
	cond   cond  // for type bool
	value  value // for any type
	rate   int8  // how a timestamp or duration moves with now
	weight int64 // a bound on its cost, loops and long values aside
	moves  bool  // it reads now
	bound  bool  // it reads more than r
}

// Alone tells whether the resource alone decides the expression.
func (x *Expression) Alone() bool { return !x.bound }

// Moves tells whether the expression reads the instant of the run.
func (x *Expression) Moves() bool { return x.moves }

// value gives a value, or nil and leaves the error in the machine. It is good
// until the subject changes, or the loop goes on in which it was made.
type value func(*Machine) *Value

// tri is a truth value.
type tri uint8

const (
	no tri = iota
	yes
	failed // the error is in the machine
)

type cond func(*Machine) tri

// node is a compiled part of an expression.
type node struct {
	cond  cond
	value value
	rate  int8 // of a timestamp or a duration: by how much it grows while now grows by one
}

// errOutside says that an expression is left to cel-go.
var errOutside = errors.New("outside of the compiled subset")

func outside(what string) (node, error) { return node{}, fmt.Errorf("%w: %s", errOutside, what) }

// Compile compiles a checked expression. The error says what of it lies outside
// of the subset.
func (s *Set) Compile(tree *ast.AST) (*Expression, error) {
	c := &compiler{set: s, tree: tree}
	n, err := c.node(tree.Expr())
	if err != nil {
		return nil, err
	}
	x := &Expression{cond: n.truthful(), value: n.valued(), rate: n.rate, moves: c.moves, bound: c.bound}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) { x.weight += weightOf(e) }))
	return x, nil
}

// Let adds a let, which later expressions may use.
func (s *Set) Let(name string, x *Expression) {
	s.names = append(s.names, name)
	s.lets = append(s.lets, x)
}

// weightOf bounds what cel-go counts for one evaluation of an expression, its
// parts aside.
func weightOf(e ast.Expr) int64 {
	switch e.Kind() {
	case ast.ListKind:
		return 12
	case ast.MapKind:
		return 32
	case ast.CallKind, ast.ComprehensionKind, ast.IdentKind, ast.SelectKind, ast.LiteralKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return 2
}

// compiler compiles one expression.
type compiler struct {
	set    *Set
	tree   *ast.AST
	scopes []string // loop variables, outermost first
	moves  bool
	bound  bool // it reads something beside r and loop variables
}

func (c *compiler) typeOf(e ast.Expr) *types.Type { return c.tree.GetType(e.ID()) }

// kindOf is the kind of type, or DynKind where it is not known.
func (c *compiler) kindOf(e ast.Expr) types.Kind {
	if t := c.typeOf(e); t != nil {
		return t.Kind()
	}
	return types.DynKind
}

// valued is the node's value, also of a condition.
func (n node) valued() value {
	if n.value != nil {
		return n.value
	}
	cond := n.cond
	return func(m *Machine) *Value { return m.truth(cond(m)) }
}

// truthful is the node's condition, also of a value of type bool.
func (n node) truthful() cond {
	if n.cond != nil {
		return n.cond
	}
	value := n.value
	return func(m *Machine) tri {
		v := value(m)
		switch {
		case v == nil:
			return failed
		case v.num != 0:
			return yes
		}
		return no
	}
}

func constant(v *Value) node { return node{value: func(*Machine) *Value { return v }} }

func (c *compiler) node(e ast.Expr) (node, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		v := &Value{}
		if !plain(c.typeOf(e)) || !v.adopt(e.AsLiteral(), nil) {
			return outside("literal")
		}
		return constant(v), nil
	case ast.IdentKind:
		return c.ident(e.AsIdent())
	case ast.SelectKind:
		return c.selected(e)
	case ast.CallKind:
		n, err := c.call(e)
		if err == nil && n.value != nil && c.timeOnly(e) {
			return c.keep(n), nil
		}
		return n, err
	case ast.ComprehensionKind:
		return c.loop(e)
	case ast.ListKind:
		return c.list(e)
	case ast.MapKind:
		return c.mapping(e)
	case ast.StructKind, ast.UnspecifiedExprKind:
	}
	return outside("expression")
}

// timeOnly tells whether the instant, parameters and constants alone decide an
// expression of a plain type that fits into a value as it is.
func (c *compiler) timeOnly(e ast.Expr) bool {
	moves, only := false, true
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		switch part.Kind() {
		case ast.IdentKind:
			moves = moves || part.AsIdent() == "now"
			only = only && (part.AsIdent() == "now" || part.AsIdent() == "p") && !slices.Contains(c.scopes, part.AsIdent())
		case ast.LiteralKind, ast.SelectKind, ast.CallKind:
		case ast.ComprehensionKind, ast.ListKind, ast.MapKind, ast.StructKind, ast.UnspecifiedExprKind:
			only = false
		}
	}))
	return moves && only && plain(c.typeOf(e)) && c.kindOf(e) != types.ListKind
}

func (c *compiler) keep(n node) node {
	i, value := c.set.kept, n.value
	c.set.kept++
	return node{rate: n.rate, value: func(m *Machine) *Value { return m.keep(i, value) }}
}

func (c *compiler) cond(e ast.Expr) (cond, error) {
	if c.kindOf(e) != types.BoolKind {
		_, err := outside("condition that is not a bool")
		return nil, err
	}
	n, err := c.node(e)
	if err != nil {
		return nil, err
	}
	return n.truthful(), nil
}

// value compiles an expression whose value is used as it is now: one that moves
// with now may be another at the next instant.
func (c *compiler) value(e ast.Expr) (value, error) {
	n, err := c.node(e)
	if err != nil {
		return nil, err
	}
	return n.still(), nil
}

// still says of a value that moves that it changes at once.
func (n node) still() value {
	if n.rate == 0 {
		return n.valued()
	}
	value := n.value
	return func(m *Machine) *Value {
		m.flips(1)
		return value(m)
	}
}

func (c *compiler) values(list []ast.Expr) ([]value, error) {
	out := make([]value, len(list))
	for i, e := range list {
		var err error
		if out[i], err = c.value(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *compiler) ident(name string) (node, error) {
	for i, scope := range slices.Backward(c.scopes) {
		if scope == name {
			return node{value: func(m *Machine) *Value { return m.vars[i] }}, nil
		}
	}
	if name == "r" {
		return node{value: func(m *Machine) *Value { return &m.r }}, nil
	}
	c.bound = true
	switch name {
	case "rs":
		return node{value: func(m *Machine) *Value { return &m.rs }}, nil
	case "now":
		c.moves = true
		return node{value: func(m *Machine) *Value { return &m.now }, rate: 1}, nil
	}
	for i, let := range c.set.names {
		if let == name {
			c.moves = c.moves || c.set.lets[i].moves
			return node{value: func(m *Machine) *Value { return m.let(i) }, rate: c.set.lets[i].rate}, nil
		}
	}
	for i, table := range c.set.tables {
		if table == name {
			return node{value: func(m *Machine) *Value { return m.lookup(i) }}, nil
		}
	}
	return outside("variable " + name)
}

// list makes a list. Constant lists are made once.
func (c *compiler) list(e ast.Expr) (node, error) {
	l := e.AsList()
	if len(l.OptionalIndices()) > 0 || !c.known(e) {
		return outside("list")
	}
	parts, err := c.values(l.Elements())
	if err != nil {
		return node{}, err
	}
	if allLiteral(l.Elements()) {
		v := &Value{state: there, list: make([]Value, len(parts))}
		for i, part := range parts {
			v.list[i] = *part(nil)
		}
		return constant(v), nil
	}
	return node{value: func(m *Machine) *Value {
		v := m.arena.one()
		v.list = m.arena.take(len(parts))
		for i, part := range parts {
			p := part(m)
			if p == nil {
				return nil
			}
			v.list[i] = *p
		}
		return v
	}}, nil
}

func allLiteral(list []ast.Expr) bool {
	for _, e := range list {
		if e.Kind() != ast.LiteralKind {
			return false
		}
	}
	return true
}

// known tells whether the type of the expression, and of all that is in it, is
// one that values have here.
func (c *compiler) known(e ast.Expr) bool { return c.knownType(c.typeOf(e)) }

func (c *compiler) knownType(t *types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind() {
	case types.StructKind:
		return c.set.shapes[t.TypeName()] != nil
	case types.ListKind:
		return c.knownType(t.Parameters()[0])
	case types.MapKind:
		key := t.Parameters()[0].Kind()
		return (key == types.StringKind || key == types.IntKind) && c.knownType(t.Parameters()[1])
	case types.OpaqueKind:
		return isOptional(t) && !isOptional(t.Parameters()[0]) && c.knownType(t.Parameters()[0])
	}
	return plain(t)
}

func isOptional(t *types.Type) bool {
	return t.Kind() == types.OpaqueKind && t.TypeName() == "optional_type" && len(t.Parameters()) == 1
}

// mapping makes a map of literal keys, each of which is there once.
func (c *compiler) mapping(e ast.Expr) (node, error) {
	entries := e.AsMap().Entries()
	keys := make([]Value, len(entries))
	parts := make([]ast.Expr, len(entries))
	seen := map[string]bool{}
	for i, entry := range entries {
		pair := entry.AsMapEntry()
		key := pair.Key()
		if pair.IsOptional() || key.Kind() != ast.LiteralKind || c.kindOf(key) != types.StringKind || !keys[i].adopt(key.AsLiteral(), nil) || seen[keys[i].text] {
			return outside("map")
		}
		seen[keys[i].text] = true
		parts[i] = pair.Value()
	}
	if !c.known(e) {
		return outside("map")
	}
	values, err := c.values(parts)
	if err != nil {
		return node{}, err
	}
	return node{value: func(m *Machine) *Value {
		v := m.arena.one()
		v.list = m.arena.take(2 * len(keys))
		for i, part := range values {
			p := part(m)
			if p == nil {
				return nil
			}
			v.list[2*i], v.list[2*i+1] = keys[i], *p
		}
		return v
	}}, nil
}

// isLogical tells whether the call is && or ||.
func isLogical(name string) bool {
	return name == operators.LogicalAnd || name == operators.LogicalOr
}
