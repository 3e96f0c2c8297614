package rule

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"assay/internal/resource"
	"assay/internal/rule/closure"
)

// walker looks at one checked expression: it refuses what the language leaves
// out and notes what the planner and the program must know.
type walker struct {
	c     *compiler
	field string
	tree  *ast.AST
	plan  planner
	loops bool
}

func (w *walker) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == "now" {
			w.c.p.usesNow = true
		}
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			w.refuse("there is no null: a field that is null is absent; ask has(...)")
		}
	case ast.StructKind:
		w.refuse("objects come from collections and cannot be made")
	case ast.SelectKind:
		w.selects(e)
	case ast.ComprehensionKind:
		w.loops = true
	case ast.CallKind:
		w.call(e)
	case ast.ListKind, ast.MapKind, ast.UnspecifiedExprKind:
	}
}

func (w *walker) refuse(format string, args ...any) { w.c.problems.add(w.field, format, args...) }

// selects notes the fields that are read, and the values of parameters.
func (w *walker) selects(e ast.Expr) {
	sel := e.AsSelect()
	of := w.tree.GetType(sel.Operand().ID())
	w.reads(of, sel.FieldName())
	if w.isParams(sel.Operand()) && !sel.IsTestOnly() {
		if i, ok := w.c.p.pvals.shape.index[sel.FieldName()]; ok {
			w.plan.constants[e.ID()] = w.c.p.pvals.vals[i]
		}
	}
}

func (w *walker) isParams(e ast.Expr) bool {
	of := w.tree.GetType(e.ID())
	return e.Kind() == ast.IdentKind && of != nil && of.TypeName() == "params"
}

func (w *walker) reads(of *types.Type, field string) {
	if of != nil && of.TypeName() == w.c.p.own.shape.name {
		w.c.fields[field] = true
	}
}

func (w *walker) call(e ast.Expr) {
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		for _, a := range call.Args() {
			if a.Kind() != ast.IdentKind { // a let notes its own errors
				w.plan.operands[a.ID()] = false
			}
		}
	case "id", "authority":
		if of := w.tree.GetType(call.Args()[0].ID()); !w.c.resources[of.TypeName()] {
			w.refuse("%s() is of a resource, not of a %s", call.FunctionName(), of.TypeName())
		}
	case "dyn", "type":
		w.refuse("%s() is not part of the language", call.FunctionName())
	case operators.Equals, operators.NotEquals, operators.In:
		if holdsObject(w.tree.GetType(call.Args()[0].ID())) {
			w.refuse("objects are not compared; compare their fields")
			return
		}
		if call.FunctionName() != operators.In {
			w.enum(call.Args()[0], call.Args()[1])
			w.enum(call.Args()[1], call.Args()[0])
		}
	case operators.OptSelect:
		if name := call.Args()[1]; name.Kind() == ast.LiteralKind {
			if s, ok := name.AsLiteral().(types.String); ok {
				w.reads(w.tree.GetType(call.Args()[0].ID()), string(s))
			}
		}
	case "matches":
		w.pattern(call)
	}
}

// pattern wants a pattern that is known now; the planner compiles it.
func (w *walker) pattern(call ast.CallExpr) {
	args := call.Args()
	pattern := args[len(args)-1]
	if pattern.Kind() == ast.LiteralKind {
		return
	}
	if pattern.Kind() == ast.SelectKind && w.isParams(pattern.AsSelect().Operand()) {
		return
	}
	w.refuse("the pattern of matches() must be a literal or a parameter")
}

// enum refuses a comparison with a word that the field cannot have.
func (w *walker) enum(field, word ast.Expr) {
	if field.Kind() != ast.SelectKind || word.Kind() != ast.LiteralKind {
		return
	}
	s, ok := word.AsLiteral().(types.String)
	of := w.tree.GetType(field.AsSelect().Operand().ID())
	if !ok || of == nil {
		return
	}
	sh, ok := w.c.shapes[of.TypeName()]
	if !ok {
		return
	}
	f := sh.fields[sh.index[field.AsSelect().FieldName()]].field
	if f.Type == resource.String && len(f.Enum) > 0 && !slices.Contains(f.Enum, string(s)) {
		w.refuse("%s is never %q, only %s", f.Name, string(s), strings.Join(f.Enum, ", "))
	}
}

func holdsObject(t *types.Type) bool {
	if t == nil {
		return false
	}
	return t.Kind() == types.StructKind || slices.ContainsFunc(t.Parameters(), holdsObject)
}

// Bounds on what an expression may cost. The estimate assumes the sizes below;
// the limit holds for one evaluation, whatever the sizes are.
const (
	maxEstimate  = 200_000_000
	maxCost      = 2_000_000
	maxCostWhole = 100_000_000 // of an expression about a population

	nominalPopulation = 10_000 // rs, and the keys of a lookup
	nominalSize       = 200    // lists, maps and strings in a resource
)

// limit is what one evaluation may cost.
func (c *compiler) limit() uint64 {
	if c.d.population() {
		return maxCostWhole
	}
	return maxCost
}

// closures begins the set of expressions that are compiled beyond cel-go.
func (c *compiler) closures(env *cel.Env) *closure.Set {
	conf := closure.Config{Shapes: c.p.compiled, Params: map[string]ref.Val{}, Functions: env.Functions(), Limit: int64(c.limit())} //nolint:gosec // small
	for name, i := range c.p.pvals.shape.index {
		conf.Params[name] = c.p.pvals.vals[i]
	}
	for _, l := range c.p.lookups {
		conf.Tables = append(conf.Tables, l.name)
	}
	return closure.NewSet(conf)
}

// sizes is what the cost estimate assumes: that the variables named are as
// large as a population.
type sizes []string

// EstimateSize is the assumed size of a value.
func (s sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	kind, path := n.Type().Kind(), n.Path()
	if len(path) == 1 && slices.Contains(s, path[0]) {
		return &cost.SizeEstimate{Max: nominalPopulation}
	}
	if slices.Contains([]types.Kind{types.ListKind, types.MapKind, types.StringKind, types.BytesKind}, kind) {
		return &cost.SizeEstimate{Max: nominalSize}
	}
	return nil
}

// EstimateCallCost leaves calls to the default, which does not know the size
// of what an optional value holds.
func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if function != "orValue" && function != "value" {
		return nil
	}
	return cost.NewCallEstimate(cost.FixedCostEstimate(1), &cost.SizeEstimate{Max: nominalSize})
}

// planner improves the plan of one expression while it is made: it computes
// what is constant once, and has the operands of && and || watched, which are
// the only places where the language absorbs an error.
type planner struct {
	operands  map[int64]bool    // expressions to watch; true once watched
	constants map[int64]ref.Val // p.name, by expression
}

func (p *planner) decorate(n interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	if v, ok := p.constants[n.ID()]; ok {
		n = interpreter.NewConstValue(n.ID(), v)
	}
	n, err := fold(n)
	if err != nil {
		return nil, err
	}
	if _, ok := p.operands[n.ID()]; ok {
		if _, already := n.(*watched); !already {
			p.operands[n.ID()] = true
			n = &watched{n}
		}
	}
	return n, nil
}

// fold makes a constant of a list of constants and of a call with constant
// arguments, unless it fails, and compiles constant patterns.
func fold(n interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	switch node := n.(type) {
	case interpreter.InterpretableConstructor:
		if node.Type() == types.ListType && constant(node.InitVals()) {
			return computed(n), nil
		}
	case interpreter.InterpretableCall:
		args := node.Args()
		if len(args) > 0 && constant(args) {
			return computed(n), nil
		}
		if node.Function() != interpreter.MatchesRegexOptimization.Function || len(args) != 2 {
			return n, nil
		}
		if pattern, ok := args[1].(interpreter.InterpretableConst); ok {
			if s, ok := pattern.Value().(types.String); ok {
				return interpreter.MatchesRegexOptimization.Factory(node, string(s))
			}
		}
	}
	return n, nil
}

func constant(nodes []interpreter.InterpretableV2) bool {
	for _, n := range nodes {
		if _, ok := n.(interpreter.InterpretableConst); !ok {
			return false
		}
	}
	return true
}

func computed(n interpreter.InterpretableV2) interpreter.InterpretableV2 {
	v := n.Eval(interpreter.EmptyActivation())
	if types.IsUnknownOrError(v) {
		return n
	}
	return interpreter.NewConstValue(n.ID(), v)
}

// trackerName is the name under which an evaluation offers its tracker; no
// expression can say it.
const trackerName = "@tracker"

// watched notes an error of an operand before the operator can absorb it.
type watched struct{ interpreter.InterpretableV2 }

// Exec evaluates the operand.
func (w *watched) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := w.InterpretableV2.Exec(frame)
	if err, ok := v.(*types.Err); ok {
		if t, ok := frame.ResolveName(trackerName); ok {
			if t, ok := t.(*tracker); ok {
				t.note(err)
			}
		}
	}
	return v
}

// Eval evaluates the operand.
func (w *watched) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, w.Exec)
}
