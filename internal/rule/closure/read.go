package closure

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// selected compiles r.field, has(r.field) and what is said of p.
func (c *compiler) selected(e ast.Expr) (node, error) {
	sel := e.AsSelect()
	if of := c.typeOf(sel.Operand()); sel.Operand().Kind() == ast.IdentKind && of != nil && of.TypeName() == "params" {
		v := &Value{}
		if sel.IsTestOnly() || !v.adopt(c.set.params[sel.FieldName()], nil) {
			return outside("parameter")
		}
		c.bound = true
		return constant(v), nil
	}
	return c.member(e, sel.Operand(), sel.FieldName(), access{test: sel.IsTestOnly()})
}

// access is how something is read.
type access struct {
	test  bool // only whether it is there
	maybe bool // as an optional value
}

// member compiles the reading of a field of an object, or of a key of a map.
func (c *compiler) member(e, operand ast.Expr, name string, how access) (node, error) {
	t := c.typeOf(operand)
	if t == nil || !c.known(operand) || !how.test && !c.known(e) {
		return outside("selection")
	}
	chained := isOptional(t)
	if chained {
		if how.test {
			return outside("presence in an optional value")
		}
		t, how.maybe = t.Parameters()[0], true
	}
	switch t.Kind() {
	case types.StructKind:
		return c.field(operand, c.set.shapes[t.TypeName()], name, how)
	case types.MapKind:
		if t.Parameters()[0].Kind() != types.StringKind {
			return outside("key of a map")
		}
		key := &Value{state: there, text: name}
		return c.at(operand, func(*Machine) *Value { return key }, types.StringType, how)
	}
	return outside("selection")
}

// field compiles the reading of a field of an object.
func (c *compiler) field(operand ast.Expr, sh *Shape, name string, how access) (node, error) {
	i, ok := sh.slots[name]
	if !ok {
		return outside("field " + name)
	}
	errs := &sh.members[i].errors
	of, err := c.value(operand)
	if err != nil {
		return node{}, err
	}
	direct := isIdent(operand, "r") && !slices.Contains(c.scopes, "r")
	switch {
	case how.test:
		return node{cond: func(m *Machine) tri { return hasField(m, of, i, errs) }}, nil
	case how.maybe:
		return node{value: func(m *Machine) *Value { return maybeField(m, of, i, errs) }}, nil
	case direct:
		return node{value: func(m *Machine) *Value {
			s := &m.r.res.slots[i]
			if s.state == there {
				return s
			}
			return m.read(m.r.res.slot(i), errs)
		}}, nil
	}
	return node{value: func(m *Machine) *Value {
		o := of(m)
		if o == nil {
			return nil
		}
		return m.read(o.slot(i), errs)
	}}, nil
}

func hasField(m *Machine, of value, i int, errs *[states]error) tri {
	o := of(m)
	if o == nil {
		return failed
	}
	s := o.slot(i)
	if s.state == absent {
		return no
	}
	if m.read(s, errs) == nil {
		return failed
	}
	return yes
}

func maybeField(m *Machine, of value, i int, errs *[states]error) *Value {
	o := of(m)
	if o == nil || o.state == absent {
		return o
	}
	s := o.slot(i)
	if s.state == absent {
		return &m.none
	}
	return m.read(s, errs)
}

// index compiles l[i], m[k], and the same as optional values.
func (c *compiler) index(e ast.Expr, maybe bool) (node, error) {
	args := e.AsCall().Args()
	of, key := args[0], args[1]
	t := c.typeOf(of)
	if t == nil || !c.known(of) || !c.known(e) {
		return outside("index")
	}
	if isOptional(t) {
		t, maybe = t.Parameters()[0], true
	}
	want := types.IntKind
	if t.Kind() == types.MapKind {
		want = t.Parameters()[0].Kind()
	}
	if t.Kind() != types.ListKind && t.Kind() != types.MapKind || c.kindOf(key) != want {
		return outside("index")
	}
	k, err := c.value(key)
	if err != nil {
		return node{}, err
	}
	keyType := c.typeOf(key)
	if t.Kind() == types.ListKind {
		keyType = nil
	}
	return c.at(of, k, keyType, access{maybe: maybe})
}

// at compiles the reading of an element: by key of the type, or by number where
// there is none.
func (c *compiler) at(operand ast.Expr, key value, keyType *types.Type, how access) (node, error) {
	of, err := c.value(operand)
	if err != nil {
		return node{}, err
	}
	find := func(m *Machine) (found, k *Value) { return element(m, of, key) }
	if keyType != nil {
		text := keyType.Kind() == types.StringKind
		find = func(m *Machine) (found, k *Value) { return entry(m, of, key, text) }
	}
	switch {
	case how.test:
		return node{cond: func(m *Machine) tri {
			found, k := find(m)
			switch {
			case k == nil:
				return failed
			case found == nil:
				return no
			}
			return yes
		}}, nil
	case how.maybe:
		return node{value: func(m *Machine) *Value {
			found, k := find(m)
			switch {
			case k == nil:
				return nil
			case found == nil:
				return &m.none
			}
			return found
		}}, nil
	}
	return node{value: func(m *Machine) *Value {
		found, k := find(m)
		if k != nil && found == nil {
			return m.fail(noSuch(k, keyType))
		}
		return found
	}}, nil
}

// noSuch is the error of cel-go for a key, or the number of an element, that
// there is not.
func noSuch(k *Value, keyType *types.Type) error {
	var word string
	var v ref.Val = types.Int(k.num)
	switch {
	case keyType == nil:
		word = "index out of bounds: %v"
	case keyType.Kind() == types.StringKind:
		word, v = "no such key: %v", types.String(k.text)
	default:
		word = "no such key: %v"
	}
	err, _ := types.NewErr(word, v).(*types.Err)
	return err
}

// element finds an element of a list. The key is nil after an error; of an
// optional value without value it is given with nothing found.
func element(m *Machine, of, key value) (found, k *Value) {
	l := of(m)
	if l == nil {
		return nil, nil
	}
	if l.state == absent {
		return nil, l
	}
	if k = key(m); k == nil {
		return nil, nil
	}
	if k.num < 0 || k.num >= int64(len(l.list)) {
		return nil, k
	}
	return &l.list[k.num], k
}

// entry finds the value of a key in a map, as element does.
func entry(m *Machine, of, key value, text bool) (found, k *Value) {
	l := of(m)
	if l == nil {
		return nil, nil
	}
	if l.state == absent {
		return nil, l
	}
	if k = key(m); k == nil {
		return nil, nil
	}
	return l.entry(k, text), k
}

func (v *Value) entry(k *Value, text bool) *Value {
	if v.table != nil {
		return v.table.find(k, text)
	}
	for i := 0; i < len(v.list); i += 2 {
		if text && v.list[i].text == k.text || !text && v.list[i].num == k.num {
			return &v.list[i+1]
		}
	}
	return nil
}

// optional compiles what is asked of optional values.
func (c *compiler) optional(e ast.Expr) (n node, known bool, err error) {
	call := e.AsCall()
	name := call.FunctionName()
	switch name {
	case operators.OptSelect:
		field, ok := call.Args()[1].AsLiteral().(types.String)
		if !ok {
			n, err = outside("optional selection")
			return n, true, err
		}
		n, err = c.member(e, call.Args()[0], string(field), access{maybe: true})
		return n, true, err
	case operators.OptIndex:
		n, err = c.index(e, true)
		return n, true, err
	case "orValue", "value", "hasValue":
	default:
		return node{}, false, nil
	}
	if !call.IsMemberFunction() || !c.known(call.Target()) || !isOptional(c.typeOf(call.Target())) || !c.known(e) || name == "hasValue" && len(call.Args()) > 0 {
		n, err = outside("optional value")
		return n, true, err
	}
	of, err := c.value(call.Target())
	if err != nil {
		return node{}, true, err
	}
	switch name {
	case "orValue":
		other, err := c.value(call.Args()[0])
		return node{value: func(m *Machine) *Value {
			v := of(m)
			if v != nil && v.state == absent {
				return other(m)
			}
			return v
		}}, true, err
	case "hasValue":
		return node{cond: func(m *Machine) tri {
			v := of(m)
			switch {
			case v == nil:
				return failed
			case v.state == absent:
				return no
			}
			return yes
		}}, true, nil
	}
	return node{value: func(m *Machine) *Value {
		v := of(m)
		if v != nil && v.state == absent {
			return m.failVal(types.OptionalNone.GetValue())
		}
		return v
	}}, true, nil
}
