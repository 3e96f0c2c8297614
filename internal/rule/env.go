package rule

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
	"cel.dev/cel-go/interpreter"

	"assay/internal/resource"
	"assay/internal/rule/closure"
)

// baseEnv is the language without any kind: CEL with optional values, string
// functions and the few functions of checks.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.OptionalTypes(),
		cel.EnableErrorOnBadPresenceTest(true),
		cel.HomogeneousAggregateLiterals(),
		cel.DefaultUTCTimeZone(true),
		cel.StrictTimestampParsing(true),
		cel.ParserRecursionLimit(50),
		cel.ParserExpressionSizeLimit(maxExpression),
		ext.Strings(ext.StringsVersion(2)),
		functions(),
	)
})

// functions are what checks add to CEL (docs/spec/check.md, functions).
func functions() cel.EnvOption {
	text := func(name string, fn func(string) string) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				s, ok := v.(types.String)
				if !ok {
					return types.MaybeNoSuchOverloadErr(v)
				}
				return types.String(fn(string(s)))
			})))
	}
	between := func(a, b *cel.Type) cel.FunctionOpt {
		return cel.Overload("days_between_"+a.String()+"_"+b.String(), []*cel.Type{a, b}, cel.IntType,
			cel.BinaryBinding(daysBetween))
	}
	identity := func(name string, of func(resource.Ref) string) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_resource", []*cel.Type{cel.TypeParamType("T")}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				o, ok := v.(*object)
				if !ok || o.ref.Kind == "" {
					return types.MaybeNoSuchOverloadErr(v)
				}
				return types.String(of(o.ref))
			})))
	}
	options := []cel.EnvOption{
		identity("id", func(r resource.Ref) string { return r.ID }),
		identity("authority", func(r resource.Ref) string { return r.Authority }),
		text("lower", strings.ToLower),
		text("upper", strings.ToUpper),
		cel.Function("days", cel.Overload("days_int", []*cel.Type{cel.IntType}, cel.DurationType, cel.UnaryBinding(days))),
		cel.Function("date",
			cel.Overload("date_timestamp", []*cel.Type{cel.TimestampType}, cel.StringType, cel.UnaryBinding(date)),
			cel.Overload("date_string", []*cel.Type{cel.StringType}, cel.StringType, cel.UnaryBinding(date))),
		cel.Function("days_between",
			between(cel.StringType, cel.StringType), between(cel.StringType, cel.TimestampType),
			between(cel.TimestampType, cel.StringType), between(cel.TimestampType, cel.TimestampType)),
	}
	return func(e *cel.Env) (*cel.Env, error) {
		var err error
		for _, o := range options {
			if e, err = o(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

const maxDays = int64(math.MaxInt64 / (24 * time.Hour))

func days(v ref.Val) ref.Val {
	n, ok := v.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	if int64(n) > maxDays || int64(n) < -maxDays {
		return types.NewErr("days: %d is too many", n)
	}
	return types.Duration{Duration: time.Duration(n) * 24 * time.Hour}
}

// date is the calendar day, in UTC, of an instant, or a day itself if it is
// one.
func date(v ref.Val) ref.Val {
	switch v := v.(type) {
	case types.Timestamp:
		return types.String(v.UTC().Format(time.DateOnly))
	case types.String:
		if _, err := time.Parse(time.DateOnly, string(v)); err != nil {
			return types.NewErr("date: %q is not a day", string(v))
		}
		return v
	}
	return types.MaybeNoSuchOverloadErr(v)
}

// daysBetween counts the days from a to b: whole spans of 24 hours between
// two instants, else calendar days in UTC.
func daysBetween(a, b ref.Val) ref.Val {
	from, fromInstant := a.(types.Timestamp)
	to, toInstant := b.(types.Timestamp)
	if fromInstant && toInstant {
		ms, day := to.UnixMilli()-from.UnixMilli(), (24 * time.Hour).Milliseconds()
		days := ms / day
		if ms%day < 0 {
			days--
		}
		return types.Int(days)
	}
	first, err := day(a)
	if err != nil {
		return types.WrapErr(err)
	}
	last, err := day(b)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Int((last.Unix() - first.Unix()) / int64((24 * time.Hour).Seconds()))
}

func day(v ref.Val) (time.Time, error) {
	switch d := date(v).(type) {
	case types.String:
		return time.Parse(time.DateOnly, string(d))
	case *types.Err:
		return time.Time{}, d
	}
	return time.Time{}, fmt.Errorf("days_between: %s is not a day", v.Type())
}

// provider adds the object types of a check to the language.
type provider struct {
	types.Provider
	shapes shapes
}

// FindStructType finds a type by name.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if sh, ok := p.shapes[name]; ok {
		return types.NewTypeTypeWithParam(sh.cel), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames lists the fields of a type.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	sh, ok := p.shapes[name]
	if !ok {
		return p.Provider.FindStructFieldNames(name)
	}
	names := make([]string, len(sh.fields))
	for i, m := range sh.fields {
		names[i] = m.field.Name
	}
	return names, true
}

// FindStructFieldType finds the type of a field. It offers no accessors, so
// that every reading goes through the object.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	sh, ok := p.shapes[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	i, ok := sh.index[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{Type: sh.fields[i].cel}, true
}

// NewValue refuses: objects come from collections.
func (p *provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if _, ok := p.shapes[name]; ok {
		return types.NewErr("%s cannot be made by an expression", name)
	}
	return p.Provider.NewValue(name, fields)
}

// evaluation offers the variables of expressions, and holds what one
// evaluation left behind.
type evaluation struct {
	run     *Judging
	r       *object // nil in the expressions about a population
	rs      ref.Val // nil in the others
	lookups []ref.Val
	lets    []letValue
	t       tracker
	late    func() *object   // makes r where cel-go is asked after all; nil in a Judge
	machine *closure.Machine // nil until it is first needed
	begun   bool             // with the subject
	// Until when what was said of the subject holds is not known: cel-go said it.
	restless bool
	flips    time.Time // the earliest flip of the subjects before
}

// letValue is a let once it was computed for the subject at hand, with what
// went wrong on the way.
type letValue struct {
	v ref.Val
	t tracker
}

// start turns to another subject.
func (e *evaluation) start(r *object) {
	e.flips = earlier(e.flips, e.flipsAt())
	e.r, e.rs, e.t, e.begun, e.restless = r, nil, tracker{}, false, false
	clear(e.lets)
}

// reason is why the latest evaluation could not tell.
func (e *evaluation) reason() Reason {
	if e.t.disagree {
		return Disagree
	}
	return Error
}

// ResolveName finds a variable.
func (e *evaluation) ResolveName(name string) (any, bool) {
	switch name {
	case "r":
		if e.r == nil && e.late != nil {
			e.r = e.late()
		}
		return e.r, e.r != nil
	case "rs":
		return e.rs, e.rs != nil
	case "p":
		return e.run.p.pvals, true
	case "now":
		return types.Timestamp{Time: e.run.in.Now}, true
	case trackerName:
		return &e.t, true
	}
	for i := range e.run.p.lookups {
		if e.run.p.lookups[i].name == name {
			return e.noted(e.lookups[i]), true
		}
	}
	for i, l := range e.run.p.lets {
		if l.name == name {
			return e.let(i), true
		}
	}
	return nil, false
}

// Parent is none.
func (e *evaluation) Parent() interpreter.Activation { return nil }

func (e *evaluation) noted(v ref.Val) ref.Val {
	if err, ok := v.(*types.Err); ok {
		e.t.note(err)
	}
	return v
}

// let computes a let once for each subject. Whoever uses it inherits the
// errors that it absorbed.
func (e *evaluation) let(i int) ref.Val {
	l := &e.lets[i]
	if l.v == nil {
		outer := e.t
		e.t = tracker{}
		out, _, err := e.run.p.lets[i].prog.Eval(e)
		if err != nil {
			out = types.WrapErr(err)
		}
		e.noted(out)
		l.v, l.t = out, e.t
		e.t = outer
	}
	if l.t.err != nil {
		e.t.note(l.t.err)
		e.t.disagree = e.t.disagree || l.t.disagree
	}
	return l.v
}

// plain is an error of the language for people.
func plain(err error) string {
	text := err.Error()
	if strings.Contains(text, "cost limit exceeded") {
		return "it takes more computation than allowed"
	}
	return strings.TrimPrefix(text, "internal error: ")
}
