package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule/closure"
)

// Kinds are the kinds that checks may speak of, by name.
type Kinds map[string]*resource.Schema

// Program is a compiled check. It may be used by several goroutines.
type Program struct {
	def       *Definition
	own       source
	lookups   []lookup
	families  map[string]resource.Family // of every kind that is needed
	freshness time.Duration
	params    map[string]string // every parameter, with its value
	pvals     *object
	where     *expression // nil: everybody
	lets      []*expression
	assert    *expression
	message   *expression // nil: the title
	usesNow   bool
	fields    []string // of own, that expressions read
	hash      tlog.Hash
	set       *closure.Set
	compiled  closure.Shapes
}

type lookup struct {
	name string
	by   string
	key  *types.Type
	source
}

type expression struct {
	name  string
	prog  cel.Program
	shape *types.Type
	fast  *closure.Expression // nil: only cel-go evaluates it
}

// Definition is what was compiled.
func (p *Program) Definition() *Definition { return p.def }

// Params are all parameters with the values that hold.
func (p *Program) Params() map[string]string { return maps.Clone(p.params) }

// UsesNow tells whether an expression reads the instant of the run, so that a
// verdict can change without any change of a resource.
func (p *Program) UsesNow() bool { return p.usesNow }

// Fields are the top-level fields of the kind, or facet, that expressions
// read, sorted.
func (p *Program) Fields() []string { return slices.Clone(p.fields) }

// Family is the family of what the check is about.
func (p *Program) Family() resource.Family { return p.own.schema.Family }

// Needs lists the kinds that a run needs. For a facet these are all kinds that
// claim it; those that were never collected do not count, but one must be.
func (p *Program) Needs() Needs {
	var n Needs
	add := func(list *[]string, kinds ...string) {
		for _, k := range kinds {
			if !slices.Contains(*list, k) {
				*list = append(*list, k)
			}
		}
	}
	n.Judged = p.own.names()
	for i := range p.lookups {
		add(&n.LookedUp, p.lookups[i].names()...)
	}
	add(&n.Resources, n.Judged...)
	add(&n.Resources, n.LookedUp...)
	n.Listings = slices.Clone(n.Resources)
	add(&n.Listings, p.required()...)
	return n
}

func (p *Program) required() []string {
	if p.def.EmptySecond == "" {
		return p.def.Requires
	}
	return append(slices.Clone(p.def.Requires), p.def.EmptySecond)
}

// Hash is the SHA-256 of all that decides a verdict beside the input: the
// definition, the parameters, and the schemas, facets and mappings of the
// kinds whose resources it reads.
func (p *Program) Hash() tlog.Hash { return p.hash }

// Compile type-checks a definition against the kinds and makes a program. The
// parameters are those that differ from their defaults. The error is of kind
// fault.Invalid and names the field.
func Compile(d *Definition, kinds Kinds, params map[string]string) (*Program, error) {
	if err := d.valid(); err != nil {
		return nil, err
	}
	c := compiler{
		d: d, kinds: kinds, shapes: shapes{}, resources: map[string]bool{},
		p: &Program{def: d, params: map[string]string{}, compiled: closure.Shapes{}},
	}
	c.sources()
	c.parameters(params)
	if err := c.problems.err(d.ID); err != nil {
		return nil, err
	}
	if err := c.expressions(); err != nil {
		return nil, fmt.Errorf("check %s: %w", d.ID, err)
	}
	if err := c.problems.err(d.ID); err != nil {
		return nil, err
	}
	c.p.fields = slices.Sorted(maps.Keys(c.fields))
	if err := c.fingerprint(); err != nil {
		return nil, fmt.Errorf("check %s: %w", d.ID, err)
	}
	return c.p, nil
}

type compiler struct {
	d        *Definition
	kinds    Kinds
	shapes   shapes
	p        *Program
	problems problems
	fields   map[string]bool

	resources map[string]bool // shapes of whole resources, by name
}

func (c *compiler) sources() {
	c.p.own = c.source("kind", c.d.Kind, c.d.Facet)
	for _, name := range slices.Sorted(maps.Keys(c.d.Lookups)) {
		l := c.d.Lookups[name]
		src := c.source("lookups."+name, l.Kind, l.Facet)
		if src.schema == nil {
			continue
		}
		by, ok := src.schema.Field(l.By)
		key := types.StringType
		switch {
		case l.By == byID:
		case ok && by.Type == resource.Int:
			key = types.IntType
		case !ok || by.Type != resource.String && by.Type != resource.Date:
			c.problems.add("lookups."+name+".by", "%s has no field %q of type string, int or date", src.schema.Kind, l.By)
		}
		c.p.lookups = append(c.p.lookups, lookup{name: name, by: l.By, key: key, source: src})
	}
	for _, k := range c.p.required() {
		if c.kinds[k] == nil {
			c.problems.add("requires", "the kind %s is not known", k)
		}
	}
	c.p.families = map[string]resource.Family{}
	for _, k := range c.p.Needs().Listings {
		if s := c.kinds[k]; s != nil {
			c.p.families[k] = s.Family
		}
	}
}

func (c *compiler) source(field, kind, facet string) source {
	if kind != "" {
		s := c.kinds[kind]
		if s == nil {
			c.problems.add(field, "the kind %s is not known", kind)
			return source{}
		}
		sh := c.shape(s)
		return source{kinds: []kindOf{{s, sh}}, schema: s, shape: sh}
	}
	f, ok := resource.Facets()[facet]
	if !ok {
		c.problems.add(field, "the facet %q is not in the vocabulary (%s)", facet, strings.Join(resource.FacetNames(), ", "))
		return source{}
	}
	src := source{facet: &f, schema: f.Schema()}
	src.shape = c.shape(src.schema)
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		if _, claims := c.kinds[name].Claims(facet); claims && (field != "kind" || c.d.Judges(c.kinds[name])) {
			src.kinds = append(src.kinds, kindOf{c.kinds[name], c.shape(c.kinds[name])})
		}
	}
	return src
}

func (c *compiler) shape(s *resource.Schema) *shape {
	if sh, ok := c.shapes[s.Kind]; ok {
		return sh
	}
	c.resources[s.Kind] = true
	c.p.compiled.Add(s.Kind, s.Fields)
	return c.shapes.add(s.Kind, s.Fields)
}

// parameters makes p: an object whose fields are the parameters.
func (c *compiler) parameters(set map[string]string) {
	c.fresh(set)
	for name := range set {
		if _, ok := c.d.Params[name]; !ok && name != ParamFreshness {
			c.problems.add("params."+name, "the check has no such parameter")
		}
	}
	sh := &shape{name: "params", index: map[string]int{}, cel: cel.ObjectType("params")}
	c.shapes[sh.name] = sh
	c.p.pvals = &object{shape: sh}
	for _, name := range slices.Sorted(maps.Keys(c.d.Params)) {
		param := c.d.Params[name]
		text, ok := set[name]
		if !ok {
			text = string(param.Default)
		}
		if err := param.Accepts(text); err != nil {
			c.problems.add("params."+name, "%s", err)
			continue
		}
		v, err := param.value(text)
		if err != nil {
			c.problems.add("params."+name, "%s", err)
			continue
		}
		c.p.params[name] = text
		sh.index[name] = len(sh.fields)
		sh.fields = append(sh.fields, member{field: &resource.Field{Name: name}, cel: param.Type.cel()})
		c.p.pvals.vals = append(c.p.pvals.vals, v)
	}
	c.p.pvals.absent = make([]bool, len(sh.fields))
}

func (t ParamType) cel() *types.Type {
	switch t {
	case ParamInt:
		return types.IntType
	case ParamBool:
		return types.BoolType
	case ParamDecimal:
		return types.DoubleType
	case ParamDuration:
		return types.DurationType
	case ParamList:
		return types.NewListType(types.StringType)
	case ParamString:
	}
	return types.StringType
}

func (p Param) value(text string) (ref.Val, error) {
	switch p.Type {
	case ParamBool:
		return types.Bool(text == "true"), nil
	case ParamList:
		return types.NewStringList(types.DefaultTypeAdapter, listOf(text)), nil
	case ParamDuration:
		if text == "0" {
			return types.Duration{}, nil
		}
		d, err := ParseSpan(text)
		return types.Duration{Duration: d}, err
	case ParamInt:
		n, err := p.measure(text, false)
		return types.Int(n), err
	case ParamDecimal:
		n, err := p.measure(text, false)
		return types.Double(n), err
	case ParamString:
	}
	return types.String(text), nil
}

// expressions compiles every expression in the order in which they may refer
// to each other.
func (c *compiler) expressions() error {
	base, err := baseEnv()
	if err != nil {
		return err
	}
	c.fields = map[string]bool{}
	vars := []cel.EnvOption{
		cel.CustomTypeProvider(&provider{Provider: base.CELTypeProvider(), shapes: c.shapes}),
		cel.Variable("now", cel.TimestampType), cel.Variable("p", cel.ObjectType("params")),
	}
	for _, l := range c.p.lookups {
		vars = append(vars, cel.Variable(l.name, cel.MapType(l.key, cel.ListType(l.shape.cel))))
	}
	one, err := base.Extend(append(vars, cel.Variable("r", c.p.own.shape.cel))...)
	if err != nil {
		return err
	}
	env := one
	if c.d.population() {
		if env, err = base.Extend(append(vars, cel.Variable("rs", cel.ListType(c.p.own.shape.cel)))...); err != nil {
			return err
		}
	}
	c.p.set = c.closures(env)
	for _, l := range c.d.Let {
		e := c.expression("let."+l.Name, l.Expr, env, nil)
		if e == nil {
			continue
		}
		e.name = l.Name
		if e.fast != nil {
			c.p.set.Let(l.Name, e.fast)
		}
		c.p.lets = append(c.p.lets, e)
		if env, err = env.Extend(cel.Variable(l.Name, e.shape)); err != nil {
			return err
		}
	}
	if !c.d.population() {
		one = env
	}
	if strings.TrimSpace(c.d.Where) != "" {
		c.p.where = c.expression("where", c.d.Where, one, cel.BoolType)
	}
	c.p.assert = c.expression("assert", c.d.Assert, env, cel.BoolType)
	if strings.TrimSpace(c.d.Message) != "" {
		c.p.message = c.expression("message", c.d.Message, env, cel.StringType)
	}
	return nil
}

// large names the variables that may be as large as a population.
func (c *compiler) large() sizes {
	large := sizes{"rs"}
	for _, l := range c.p.lookups {
		large = append(large, l.name)
	}
	if c.d.population() {
		for _, l := range c.d.Let {
			large = append(large, l.Name)
		}
	}
	return large
}

// expression compiles one; it returns nil when it noted a problem.
func (c *compiler) expression(field, text string, env *cel.Env, want *cel.Type) *expression {
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			c.problems.add(field, "column %d: %s", e.Location.Column()+1, e.Message)
		}
		return nil
	}
	if want != nil && !checked.OutputType().IsExactType(want) {
		c.problems.add(field, "is a %s, want a %s", checked.OutputType(), want)
		return nil
	}
	walk := &walker{c: c, field: field, tree: checked.NativeRep(), plan: planner{map[int64]bool{}, map[int64]ref.Val{}}}
	before := len(c.problems)
	ast.PreOrderVisit(walk.tree.Expr(), ast.NewExprVisitor(walk.visit))
	if len(c.problems) > before {
		return nil
	}
	if cost, err := env.EstimateCost(checked, c.large()); err != nil || cost.Max > maxEstimate {
		c.problems.add(field, "could take too long on large lists; use fewer loops inside of loops, or a lookup")
		return nil
	}
	options := []cel.ProgramOption{cel.CustomDecoratorV2(walk.plan.decorate)}
	if walk.loops {
		options = append(options, cel.CostLimit(c.limit()))
	}
	prog, err := env.Program(checked, options...)
	if err != nil {
		c.problems.add(field, "%s", err)
		return nil
	}
	for id, seen := range walk.plan.operands {
		if !seen {
			c.problems.add(field, "expression %d escapes observation; write it in another way", id)
			return nil
		}
	}
	fast, _ := c.p.set.Compile(walk.tree) // what lies outside is left to cel-go
	return &expression{name: field, prog: prog, shape: checked.OutputType(), fast: fast}
}
