package rule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/fault"
)

var (
	checkID     = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$`)
	kindID      = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	localName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	criterionID = regexp.MustCompile(`^(CC|A|C|PI|P)[1-9][0-9]?\.[1-9][0-9]?$`)
	controlID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	span        = regexp.MustCompile(`^([1-9][0-9]{0,4})(m|h|d|w)$`)
)

// reserved are the names that an expression already has.
var reserved = []string{
	"r", "rs", "p", "now", "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for",
	"function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
	"has", "all", "exists", "exists_one", "map", "filter", "optional", "optMap", "optFlatMap",
	"int", "uint", "double", "bool", "string", "bytes", "list", "type", "null_type", "dyn", "cel", "google",
}

const maxExpression = 4000

// Limits on the parts of a definition, so that one file cannot be made to cost
// much.
const (
	maxLets     = 20
	maxParams   = 20
	maxLookups  = 5
	maxRequires = 10
	maxTests    = 200
)

// problems collects what is wrong with a definition, by field.
type problems []fault.Field

func (p *problems) add(field, format string, args ...any) {
	*p = append(*p, fault.Field{Name: field, Text: fmt.Sprintf(format, args...)})
}

func (p problems) err(id string) error {
	if len(p) == 0 {
		return nil
	}
	texts := make([]string, len(p))
	for i, f := range p {
		texts[i] = f.Name + ": " + f.Text
	}
	if id == "" {
		id = "without id"
	}
	return fault.Fields("Check "+id+": "+strings.Join(texts, "; ")+".", p...)
}

func (d *Definition) valid() error {
	var p problems
	d.validHead(&p)
	d.validExpressions(&p)
	for _, name := range slices.Sorted(maps.Keys(d.Params)) {
		param := d.Params[name]
		switch {
		case name == ParamFreshness:
			p.add("params."+name, "every check has this parameter: how old a listing may be")
		case localName.MatchString(name):
			param.valid("params."+name, &p)
		default:
			p.add("params."+name, "want a name of lower-case letters, digits and underscore")
		}
	}
	d.validLookups(&p)
	d.validTail(&p)
	return p.err(d.ID)
}

func (d *Definition) validHead(p *problems) {
	if !checkID.MatchString(d.ID) || len(d.ID) > 100 {
		p.add("id", "want a dotted name in lower case, such as linux.sshd.root_login")
	}
	if d.Version < 1 {
		p.add("version", "want 1 or more")
	}
	if strings.TrimSpace(d.Title) == "" || len(d.Title) > 200 {
		p.add("title", "want a sentence of at most 200 bytes")
	}
	switch {
	case (d.Kind == "") == (d.Facet == ""):
		p.add("kind", "want either kind or facet")
	case d.Kind != "" && !kindID.MatchString(d.Kind):
		p.add("kind", "%q is not a kind", d.Kind)
	}
	switch d.Scope {
	case "", ScopeResource, ScopePopulation:
	default:
		p.add("scope", "%q: want resource or population", d.Scope)
	}
	switch d.Empty {
	case "", EmptyNever, EmptyProven:
	default:
		p.add("empty", "%q: want proven or never", d.Empty)
	}
	if d.EmptySecond != "" && (d.Empty != EmptyProven || !kindID.MatchString(d.EmptySecond)) {
		p.add("empty_second", "want a kind, and empty: proven")
	}
}

func (d *Definition) validExpressions(p *problems) {
	if strings.TrimSpace(d.Assert) == "" {
		p.add("assert", "say what must hold")
	}
	for _, e := range []struct{ field, text string }{{"where", d.Where}, {"assert", d.Assert}, {"message", d.Message}} {
		if len(e.text) > maxExpression {
			p.add(e.field, "longer than %d bytes", maxExpression)
		}
	}
	if len(d.Let) > maxLets {
		p.add("let", "more than %d", maxLets)
	}
	if len(d.Params) > maxParams {
		p.add("params", "more than %d", maxParams)
	}
	taken := slices.Clone(reserved)
	taken = slices.AppendSeq(taken, maps.Keys(d.Lookups))
	for i, l := range d.Let {
		field := "let." + l.Name
		switch {
		case !localName.MatchString(l.Name):
			p.add(fmt.Sprintf("let[%d].name", i), "want a name of lower-case letters, digits and underscore")
		case slices.Contains(taken, l.Name):
			p.add(field, "the name is taken")
		case strings.TrimSpace(l.Expr) == "" || len(l.Expr) > maxExpression:
			p.add(field, "want an expression of at most %d bytes", maxExpression)
		}
		taken = append(taken, l.Name)
	}
}

func (d *Definition) validLookups(p *problems) {
	if len(d.Lookups) > maxLookups {
		p.add("lookups", "more than %d", maxLookups)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Lookups)) {
		l, field := d.Lookups[name], "lookups."+name
		switch {
		case !localName.MatchString(name) || slices.Contains(reserved, name):
			p.add(field, "want a free name of lower-case letters, digits and underscore")
		case (l.Kind == "") == (l.Facet == ""):
			p.add(field, "want either kind or facet")
		case l.Kind != "" && !kindID.MatchString(l.Kind):
			p.add(field+".kind", "%q is not a kind", l.Kind)
		case l.By == "":
			p.add(field+".by", "want a field")
		}
	}
	if len(d.Requires) > maxRequires {
		p.add("requires", "more than %d", maxRequires)
	}
	for i, k := range d.Requires {
		if !kindID.MatchString(k) || slices.Contains(d.Requires[:i], k) {
			p.add("requires", "%q is not a kind, or is named twice", k)
		}
	}
}

func (d *Definition) validTail(p *problems) {
	if _, err := ParseSpan(d.Freshness); err != nil {
		p.add("freshness", "%s", err)
	}
	if !d.Severity.valid() {
		p.add("severity", "%q: want critical, high, medium or low", d.Severity)
	}
	for _, s := range slices.Sorted(maps.Keys(d.SLA)) {
		if !Severity(s).valid() {
			p.add("sla."+s, "want critical, high, medium or low")
		}
		if _, err := ParseSpan(d.SLA[s]); err != nil {
			p.add("sla."+s, "%s", err)
		}
	}
	for i, c := range d.Criteria {
		if !criterionID.MatchString(c.ID) {
			p.add(fmt.Sprintf("criteria[%d].id", i), "%q is not a criterion", c.ID)
		}
		if c.Strength != Direct && c.Strength != Supporting {
			p.add(fmt.Sprintf("criteria[%d].strength", i), "%q: want direct or supporting", c.Strength)
		}
	}
	for i, c := range d.Controls {
		if !controlID.MatchString(c) {
			p.add(fmt.Sprintf("controls[%d]", i), "%q is not a control", c)
		}
	}
	if len(d.Tests) > maxTests {
		p.add("tests", "more than %d", maxTests)
	}
	for i := range d.Tests {
		d.Tests[i].valid(fmt.Sprintf("tests[%d]", i), d.population(), p)
	}
}

func (s Severity) valid() bool { return slices.Contains([]Severity{Critical, High, Medium, Low}, s) }

func (d *Definition) population() bool { return d.Scope == ScopePopulation }

// ParseSpan reads a length of time: a number and m, h, d or w, where a day is
// 24 hours.
func ParseSpan(s string) (time.Duration, error) {
	m := span.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is not a length of time such as 26h or 35d", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, err
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// Param is a value of a check that an org may set, within bounds.
type Param struct {
	Type    ParamType `yaml:"type" json:"type"`
	Default Scalar    `yaml:"default" json:"default"`
	Min     Scalar    `yaml:"min,omitempty" json:"min,omitempty"` // int, decimal, duration; list: number of entries
	Max     Scalar    `yaml:"max,omitempty" json:"max,omitempty"`
	Enum    []Scalar  `yaml:"enum,omitempty" json:"enum,omitempty"` // string: the only values; list: of its entries
	Meaning string    `yaml:"meaning,omitempty" json:"meaning,omitempty"`
}

// ParamType is the type of a parameter.
type ParamType string

// The types of parameters and how their values are written.
const (
	ParamInt      ParamType = "int"      // "90"
	ParamString   ParamType = "string"   // any text
	ParamBool     ParamType = "bool"     // "true", "false"
	ParamDecimal  ParamType = "decimal"  // "0.99"
	ParamDuration ParamType = "duration" // "26h", "35d"
	ParamList     ParamType = "list"     // of strings, commas between: "22,443"; empty is the empty list
)

// Scalar is a value as written.
type Scalar string

// UnmarshalYAML takes any scalar as it is written.
func (s *Scalar) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return fmt.Errorf("line %d: want a single value", n.Line)
	}
	*s = Scalar(n.Value)
	return nil
}

func (p Param) valid(field string, out *problems) {
	switch p.Type {
	case ParamInt, ParamDecimal, ParamDuration, ParamList, ParamString, ParamBool:
	default:
		out.add(field+".type", "%q: want int, string, bool, decimal, duration or list", p.Type)
		return
	}
	for _, b := range []struct {
		name  string
		value Scalar
	}{{"min", p.Min}, {"max", p.Max}} {
		if b.value == "" {
			continue
		}
		if p.Type == ParamString || p.Type == ParamBool {
			out.add(field+"."+b.name, "a %s has no bounds", p.Type)
		} else if _, err := p.measure(string(b.value), true); err != nil {
			out.add(field+"."+b.name, "%s", err)
		}
	}
	if len(p.Enum) > 0 && p.Type != ParamString && p.Type != ParamList {
		out.add(field+".enum", "only a string or a list has one")
	}
	if err := p.Accepts(string(p.Default)); err != nil {
		out.add(field+".default", "%s", err)
	}
}

// Accepts returns why the parameter cannot have the value, or nil.
func (p Param) Accepts(value string) error {
	if len(value) > maxExpression {
		return fmt.Errorf("longer than %d bytes", maxExpression)
	}
	switch p.Type {
	case ParamBool:
		if value != "true" && value != "false" {
			return fmt.Errorf("%q: want true or false", value)
		}
		return nil
	case ParamString:
		return p.among([]string{value})
	case ParamList:
		if err := p.among(listOf(value)); err != nil {
			return err
		}
	case ParamInt, ParamDecimal, ParamDuration:
	}
	n, err := p.measure(value, false)
	if err != nil {
		return err
	}
	if p.Min != "" {
		if low, _ := p.measure(string(p.Min), true); n < low {
			return fmt.Errorf("%s is below the least, %s", value, p.Min)
		}
	}
	if p.Max != "" {
		if high, _ := p.measure(string(p.Max), true); n > high {
			return fmt.Errorf("%s is above the most, %s", value, p.Max)
		}
	}
	return nil
}

func (p Param) among(values []string) error {
	for _, v := range values {
		if len(p.Enum) > 0 && !slices.Contains(p.Enum, Scalar(v)) {
			return fmt.Errorf("%q is not one of %v", v, p.Enum)
		}
	}
	return nil
}

// measure is the number that the bounds compare: the value itself, or the
// entries of a list; bound is true for a bound.
func (p Param) measure(value string, bound bool) (float64, error) {
	switch {
	case p.Type == ParamList && !bound:
		return float64(len(listOf(value))), nil
	case p.Type == ParamInt || p.Type == ParamList:
		n, err := strconv.ParseInt(value, 10, 53)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", value)
		}
		return float64(n), nil
	case p.Type == ParamDuration:
		if value == "0" {
			return 0, nil
		}
		d, err := ParseSpan(value)
		return float64(d), err
	}
	return parseDecimal(value)
}

// listOf splits a list as written; white space around entries does not count.
func listOf(value string) []string {
	out := []string{}
	for e := range strings.SplitSeq(value, ",") {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

func parseDecimal(s string) (float64, error) {
	if !decimal.MatchString(s) || len(s) > 100 {
		return 0, fmt.Errorf("%q is not a decimal", s)
	}
	return strconv.ParseFloat(s, 64)
}
