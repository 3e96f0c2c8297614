package rule

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// thing is a kind with a field of every type and of most compositions.
func thing() *resource.Schema {
	inner := []resource.Field{
		{Name: "on", Type: resource.Bool},
		{Name: "n", Type: resource.Int, Optional: true},
		{Name: "at", Type: resource.Time, Optional: true},
		{Name: "word", Type: resource.String, Enum: []string{"x", "y"}},
		{Name: "names", Type: resource.List, Of: &resource.Field{Type: resource.String}, Optional: true},
	}
	return &resource.Schema{
		Kind: "test.thing", Version: 1, Title: "Things", Family: resource.State, Label: "s",
		Fields: []resource.Field{
			{Name: "b", Type: resource.Bool},
			{Name: "b2", Type: resource.Bool, Optional: true},
			{Name: "i", Type: resource.Int},
			{Name: "i2", Type: resource.Int, Optional: true},
			{Name: "d", Type: resource.Decimal, Optional: true},
			{Name: "s", Type: resource.String},
			{Name: "s2", Type: resource.String, Optional: true},
			{Name: "e", Type: resource.String, Enum: []string{"x", "y", "z"}},
			{Name: "t", Type: resource.Time},
			{Name: "t2", Type: resource.Time, Optional: true},
			{Name: "day", Type: resource.Date, Optional: true},
			{Name: "ls", Type: resource.List, Of: &resource.Field{Type: resource.String}},
			{Name: "li", Type: resource.List, Of: &resource.Field{Type: resource.Int}, Optional: true},
			{Name: "lo", Type: resource.List, Of: &resource.Field{Type: resource.Object, Fields: inner}},
			{Name: "ms", Type: resource.Map, Of: &resource.Field{Type: resource.String}},
			{Name: "mi", Type: resource.Map, Of: &resource.Field{Type: resource.Int}, Optional: true},
			{Name: "o", Type: resource.Object, Fields: inner, Optional: true},
		},
	}
}

func differentialKinds() Kinds {
	kinds := testKinds()
	kinds["test.thing"] = thing()
	return kinds
}

// dice draws expressions and resources.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

var grammar = map[byte][]string{ // by type: b i d s t u(duration) L(list of strings) I(list of ints) k(condition on k) n(condition on an int) w(condition on a string)
	'b': {
		"r.b", "r.b2", "has(r.b2)", "has(r.b)", "has(r.i2)", "has(r.o)", "has(r.o.n)", "has(r.t2)", "has(r.ms.a)", "has(r.day)", "true", "false",
		"%b && %b", "%b || %b", "!(%b)", "%b ? %b : %b", "%b && %b && %b", "%b || %b || %b", "%b == %b", "%b != %b",
		"%i < %i", "%i <= %i", "%i > %i", "%i >= %i", "%i == %i", "%i != %i", "%d < %d", "%d >= %d", "%d == %d",
		"%s == %s", "%s != %s", "%s < %s", "%s >= %s", "%t < %t", "%t > %t", "%t <= %t", "%t >= %t", "%t == %t", "%t != %t", "%u < %u", "%u >= %u", "%u == %u",
		"r.e == 'x'", "r.e != 'z'", "r.e in ['x', 'y']", "%s in %L", "%i in %I", "%s in r.ms", "%s in ['a', 'b', '']", "%i in [1, 2, 3]", "%s in p.list", "%s in many",
		"%s.startsWith(%s)", "%s.endsWith(%s)", "%s.contains(%s)", "%s.matches('^a+b?$')", "%s.matches(p.pattern)",
		"r.lo.all(k, %k)", "r.lo.exists(k, %k)", "r.lo.exists_one(k, %k)", "r.lo.filter(k, %k).size() > 1", "r.lo.filter(k, %k).exists(k, %k)",
		"%I.all(n, %n)", "%I.exists(n, %n)", "%I.exists_one(n, %n)", "%L.all(w, %w)", "%L.exists(w, %w)", "r.ms.all(w, %w)", "r.ms.exists(w, r.ms[w] == %s)", "r.mi.exists_one(w, r.mi[w] > %i)",
		"%I == %I", "%L == %L", "%L != %L", "r.ms == r.ms", "r.?b2.orValue(%b)", "r.?i2.hasValue()", "r.?o.?n.hasValue()", "r.?o.on.orValue(%b)", "r.ms[?%s].hasValue()", "r.?t2.hasValue()",
		"people.exists(e, people[e].all(x, x.active))", "people[%s].exists(x, x.active)", "%s in people", "people.all(e, e.contains('a'))", "size(people) > 1", "byn[%i].exists(x, x.mfa)", "byn.exists(k, %i == k && byn[k].all(x, x.keys.exists(y, y.age > k)))", "%i in byn",
		"people[?%s].hasValue()", "a", "a && !a", "r.o.on", "r.o.word == 'x'", "r.lo[%i].on", "many[%s]",
	},
	'i': {
		"r.i", "r.i2", "0", "1", "2", "7", "-1", "9223372036854775807", "-9223372036854775807", "p.n", "%i + %i", "%i - %i", "%i * %i", "%i / %i", "%i %% %i", "-%i", "size(%s)", "size(%L)", "size(r.lo)", "size(r.ms)",
		"r.li[%i]", "r.mi['a']", "r.mi[%s]", "r.?i2.orValue(%i)", "r.mi[?'b'].orValue(%i)", "r.mi.?a.orValue(%i)", "r.li[?%i].orValue(%i)", "r.?o.?n.orValue(%i)", "r.?o.n.orValue(%i)", "r.o.n", "r.lo[0].n", "r.?i2.value()",
		"%t.getFullYear()", "%t.getMonth()", "%t.getDayOfWeek()", "%t.getHours()", "%u.getHours()", "%u.getMinutes()", "%t.getDate('Europe/Berlin')", "days_between(%t, %t)", "days_between(%q, %t)", "days_between(%t, %q)", "days_between(%q, %q)",
		"int(%s)", "int(%d)", "int(%t)", "int('12')", "%b ? %i : %i", "b", "%s.indexOf(%s)", "%s.lastIndexOf('a')", "r.lo.filter(k, %k).size()", "size(%I)",
	},
	'd': {"r.d", "0.5", "1.0", "-2.25", "p.d", "%d + %d", "%d - %d", "%d * %d", "%d / %d", "-%d", "double(%i)", "r.?d.orValue(%d)", "%b ? %d : %d", "double('1.5')", "double(%s)"},
	's': {
		"r.s", "r.s2", "r.e", "'a'", "'ab'", "''", "'a@example.com'", "p.word", "r.day", "%s + %s", "r.ls[%i]", "r.ms['a']", "r.ms[%s]", "r.ms.b", "r.?s2.orValue(%s)", "r.ms[?%s].orValue(%s)", "lower(%s)", "upper(%s)",
		"string(%i)", "string(%b)", "string(%d)", "string(%t)", "string(%u)", "string(%s)", "date(%t)", "date(%q)", "id(r)", "authority(r)", "%b ? %s : %s", "c", "%s.replace('a', 'b')", "%s.trim()", "%s.substring(%i)", "%s.substring(%i, %i)",
		"%s.charAt(%i)", "%s.lowerAscii()", "%s.upperAscii()", "%L.join(',')", "%L.join()", "%s.split('a')[%i]", "r.o.word", "r.lo[%i].word", "r.lo.map(k, k.word).join('-')", "strings.quote(%s)", "r.?o.?word.orValue(%s)",
	},
	't': {
		"r.t", "r.t2", "now", "%t + %u", "%t - %u", "%u + %t", "r.?t2.orValue(%t)", "timestamp('2026-01-01T00:00:00Z')", "timestamp('2026-01-01T00:00:00.123456789+02:00')", "timestamp(%s)", "timestamp(%i)",
		"%b ? %t : %t", "r.lo[0].at", "r.o.at", "g", "r.?o.?at.orValue(%t)",
	},
	'u': {"p.u", "days(%i)", "days(3)", "duration('1h')", "duration('90s')", "%t - %t", "%u + %u", "%u - %u", "h", "%b ? %u : %u", "duration(%s)"},
	'L': {"r.ls", "['a', 'b']", "[%s, %s]", "%L + %L", "%s.split(',')", "%s.split('')", "r.lo.map(k, k.word)", "r.lo.map(k, %k, k.word)", "p.list", "r.ls.filter(w, %w)", "r.ls.map(w, w + %s)", "r.lo[0].names", "r.?o.?names.orValue(%L)", "%b ? %L : %L"},
	'I': {"r.li", "[1, 2]", "[%i, %i]", "r.lo.map(k, k.n)", "r.lo.map(k, %k, k.n)", "r.li.filter(n, %n)", "r.li.map(n, n + %i)", "%I + %I", "r.?li.orValue(%I)"},
	'k': {"k.on", "has(k.n)", "k.n > %i", "k.word == 'x'", "k.?n.orValue(0) > 1", "%b", "k.at < %t", "%k && %k", "%k || %k", "!(%k)", "k.names.exists(w, %w)", "%s in k.names", "k.on ? %k : %k", "has(k.at)"},
	'n': {"n > %i", "n == %i", "n %% 2 == 0", "%b", "%n && %n", "%n || %n", "10 / n > 3"},
	'w': {"w == %s", "w != ''", "w.startsWith(%s)", "%b", "%w && %w", "%w || %w", "size(w) > %i", "w in r.ms", "r.ms[w] == 'x'"},
	'q': {"'2026-06-29'", "'2026-02-30'", "r.day", "date(%t)", "%s"},
}

func (d dice) expression(kind byte, depth int) string {
	for {
		shape := d.of(grammar[kind]...)
		if strings.Contains(strings.ReplaceAll(shape, "%%", ""), "%") && depth <= 0 && d.IntN(4) > 0 {
			continue
		}
		return d.filled(shape, depth)
	}
}

// filled draws the parts of a shape.
func (d dice) filled(shape string, depth int) string {
	var out strings.Builder
	for i := 0; i < len(shape); i++ {
		switch {
		case shape[i] != '%':
			out.WriteByte(shape[i])
		case shape[i+1] == '%':
			out.WriteByte('%')
			i++
		default:
			out.WriteString("(" + d.expression(shape[i+1], depth-1) + ")")
			i++
		}
	}
	return out.String()
}

// program draws a check; nil when the language refuses it.
func (d dice) program() *Program {
	if d.IntN(6) == 0 {
		return drawn("scope: population",
			"where: "+quote(d.of("true", "has(r.i2)", d.fixed('b'))), "assert: "+quote(fmt.Sprintf(d.of("rs.all(r, %s)", "rs.exists(r, %s)", "rs.filter(r, %s).size() > 1", "rs.exists_one(r, %s)"), d.fixed('b'))),
			"message: "+quote(fmt.Sprintf("string(size(rs)) + rs.map(r, %s).join(', ')", d.fixed('s'))))
	}
	lets := fmt.Sprintf("let: [{name: a, expr: %s}, {name: b, expr: %s}, {name: c, expr: %s}, {name: g, expr: %s}, {name: h, expr: %s}, {name: many, expr: %s}]",
		quote(d.fixed('b')), quote(d.fixed('i')), quote(d.fixed('s')), quote(d.fixed('t')), quote(d.fixed('u')), quote("{'a': r.b, 'b': "+d.fixed('b')+"}"))
	return drawn(lets, "where: "+quote(d.of(d.expression('b', 1), "true", "true")), "assert: "+quote(d.expression('b', d.IntN(5))), "message: "+quote(d.expression('s', d.IntN(4))))
}

func drawn(lines ...string) *Program {
	lines = append(lines,
		"id: test.drawn", "version: 1", "title: It holds", "kind: test.thing", "freshness: 26h", "severity: low",
		"lookups: {people: {kind: assay.person, by: email}, byn: {kind: host.account, by: uid}}",
		"params: {n: {type: int, default: 3}, word: {type: string, default: ab}, list: {type: list, default: 'a,b'}, u: {type: duration, default: 36h}, d: {type: decimal, default: '0.5'}, pattern: {type: string, default: '^[a-c]+$'}}",
	)
	def, err := Parse([]byte(strings.Join(lines, "\n") + "\n"))
	if err != nil {
		return nil
	}
	p, err := Compile(def, differentialKinds(), nil)
	if err != nil {
		return nil
	}
	return p
}

// fixed draws an expression that uses no let.
func (d dice) fixed(kind byte) string {
	for {
		e := d.expression(kind, 2)
		if !usesLet(e) {
			return e
		}
	}
}

func usesLet(e string) bool {
	for _, word := range strings.FieldsFunc(e, func(r rune) bool {
		return (r < 'a' || r > 'z') && r != '.' && r != '_' && r != '\'' && (r < '0' || r > '9')
	}) {
		switch word {
		case "a", "b", "c", "g", "h", "many":
			return true
		}
	}
	return false
}

func (d dice) moment() string {
	return noon.Add(time.Duration(d.IntN(400_000)-200_000) * 37 * time.Minute).Add(time.Duration(d.IntN(3)) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
}

func (d dice) good(f *resource.Field) any {
	switch f.Type {
	case resource.Bool:
		return d.IntN(2) == 0
	case resource.Int:
		return []any{json.Number(strconv.Itoa(d.IntN(5) - 1)), int64(d.IntN(3)), "9223372036854775807", "-9007199254740993"}[min(d.IntN(12), 3)*d.IntN(2)]
	case resource.Decimal:
		return d.of("0.1", "0.5", "-2.25", "100", "0")
	case resource.String:
		if len(f.Enum) > 0 {
			return d.of(f.Enum...)
		}
		return d.of("a", "b", "ab", "aab", "", "a,b", "12", "Ärger", "a@example.com", "b@example.com", "2026-06-29", "2026-01-01T00:00:00Z", "1h")
	case resource.Time:
		if d.IntN(12) == 0 {
			return d.of("0001-01-01T00:00:00.000Z", "3000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "0000-02-29T00:00:00.000Z", "1582-10-15T07:00:00.001Z")
		}
		return d.moment()
	case resource.Date:
		return d.of("2026-06-29", "2026-06-30", "2024-02-29", "1999-12-31", "0000-01-01")
	case resource.List:
		out := []any{}
		for range d.IntN(4) {
			out = append(out, d.good(f.Of))
		}
		return out
	case resource.Map:
		out := map[string]any{}
		for range d.IntN(4) {
			out[d.of("a", "b", "c", "ab")] = d.good(f.Of)
		}
		return out
	case resource.Object:
		return d.fields(f.Fields)
	}
	return nil
}

func (d dice) fields(fields []resource.Field) map[string]any {
	out := map[string]any{}
	for i := range fields {
		f := &fields[i]
		if !f.Optional || d.IntN(3) > 0 {
			out[f.Name] = d.good(f)
		} else if d.IntN(2) == 0 {
			out[f.Name] = nil
		}
	}
	return out
}

var rubbish = []any{
	"", "x", "01", "1e5", json.Number("7"), json.Number("0.5"), json.Number("1e400"), true,
	[]any{},
	[]any{"x"},
	[]any{nil},
	[]any{map[string]any{"on": true}},
	map[string]any{"a": true},
	map[string]any{"a": nil},
	map[string]any{"on": true, "word": "x", "more": 1},
	map[string]any{"on": true, "word": "q"},
	"2026-02-30", "2026-1-01", "2026-01-01T00:00:00Z", "2026-01-01T24:00:00.000Z", "2026-01-01T00:00:60.000Z", "2025-02-29T00:00:00.000Z", "9007199254740993", "+1", "-0",
	7, 0.5,
	[]string{"x"},
	map[string]string{"a": "x"},
}

func (d dice) view(id string) *resource.View { return d.viewOf(differentialKinds()["test.thing"], id) }

func (d dice) viewOf(s *resource.Schema, id string) *resource.View {
	v := &resource.View{
		Ref: resource.Ref{Kind: s.Kind, Authority: "host-1", ID: id}, Schema: s,
		Hash: tlog.LeafHash([]byte(id)), Fields: d.fields(s.Fields),
	}
	if d.IntN(3) == 0 { // well-formed
		return v
	}
	for i := range s.Fields {
		name := s.Fields[i].Name
		switch d.IntN(16) {
		case 0:
			v.Unavailable = append(v.Unavailable, name)
		case 1:
			v.Unavailable = append(v.Unavailable, name)
			delete(v.Fields, name)
		case 2:
			v.Fields[name] = rubbish[d.IntN(len(rubbish))]
		case 3:
			delete(v.Fields, name)
		}
	}
	return v
}

func (d dice) input(n int) Input {
	in := Input{Now: noon, Resources: map[string][]*resource.View{}}
	if d.IntN(2) == 0 {
		in.Now = noon.Add(time.Duration(d.Int64N(int64(48 * time.Hour))))
	}
	add := func(v *resource.View) { in.Resources[v.Kind] = append(in.Resources[v.Kind], v) }
	for i := range n {
		id := "t" + strconv.Itoa(i)
		add(d.view(id))
		if d.IntN(10) == 0 { // another connection tells of it too
			other := d.view(id)
			other.Hash = tlog.LeafHash([]byte("other" + id))
			for name, v := range in.Resources["test.thing"][len(in.Resources["test.thing"])-1].Fields {
				if d.IntN(4) > 0 {
					other.Fields[name] = v
				}
			}
			add(other)
		}
	}
	for i, name := range []string{"a", "b", "c"} {
		add(account(name, map[string]any{"uid": json.Number(strconv.Itoa(i)), "mfa": rubbish[d.IntN(8)], "keys": []any{map[string]any{"active": true, "age": d.good(&resource.Field{Type: resource.Int})}}}))
		add(person(name, map[string]any{"active": d.IntN(2) == 0}))
	}
	if d.IntN(8) == 0 {
		add(refused(person("d", nil), d.of("email", "active")))
	}
	for kind := range differentialKinds() {
		in.Listings = append(in.Listings, Listing{Kind: kind, Connection: "c1", Complete: true, At: in.Now.Add(-time.Hour), Items: len(in.Resources[kind])})
	}
	return in
}

// said is everything that a run says.
type spoken struct {
	Status   Status
	Reason   Reason
	Explain  string
	Counts   Counts
	Verdicts []Verdict
	Root     tlog.Hash
}

func speak(t tester, p *Program, in Input) spoken {
	t.Helper()
	out, err := p.Judge(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out.Verdicts {
		out.Verdicts[i].FlipsAt = time.Time{} // cel-go does not know
	}
	return spoken{out.Status, out.Reason, out.Explain, out.Counts, out.Verdicts, out.Root}
}

// TestClosuresAgree holds the closures to cel-go: drawn checks over drawn
// resources, whole and damaged, must be said the same of by both, word by word.
// ASSAY_DIFFERENTIAL is how long it goes on (a duration); by default it is
// short. test/differential.sh is the long form.
func TestClosuresAgree(t *testing.T) {
	seed, span := uint64(1), time.Duration(0)
	if text := os.Getenv("ASSAY_DIFFERENTIAL"); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		seed = uint64(time.Now().UnixNano()) //nolint:forbidigo // another seed each time, which is printed
	}
	tally := differential{t: t, dice: dice{rand.New(rand.NewPCG(seed, 0))}}
	until := time.Now().Add(span)                          //nolint:forbidigo // the test's own length
	for n := 0; n < 150 || time.Now().Before(until); n++ { //nolint:forbidigo // as above
		tally.one()
		if t.Failed() {
			t.Fatalf("seed %d, check %d", seed, n)
		}
	}
	t.Logf("seed %d: %d checks, %d refused by the language, %d evaluations, %d of %d expressions compiled, %d pass, %d fail, %d unknown",
		seed, tally.checks, tally.refused, tally.evaluations, tally.compiled, tally.expressions, tally.pass, tally.fail, tally.unknown)
	if tally.compiled*10 < tally.expressions*6 {
		t.Errorf("only %d of %d expressions are compiled", tally.compiled, tally.expressions)
	}
}

type differential struct {
	t *testing.T
	dice
	in                                                  Input // drawn anew now and then
	checks, refused, evaluations, compiled, expressions int
	pass, fail, unknown                                 int
}

func (d *differential) one() {
	p := d.program()
	if p == nil {
		d.refused++
		return
	}
	d.checks++
	for _, x := range append([]*expression{p.where, p.assert, p.message}, p.lets...) {
		d.expressions++
		if x.fast != nil {
			d.compiled++
		}
	}
	if d.checks%8 == 1 {
		d.in = d.input(100)
	}
	in := d.in
	got := speak(d.t, p, in)
	in.Reference = true
	want := speak(d.t, p, in)
	d.pass, d.fail, d.unknown = d.pass+want.Counts.Pass, d.fail+want.Counts.Fail, d.unknown+want.Counts.Unknown
	d.evaluations += want.Counts.Listed + want.Counts.Population + want.Counts.Fail
	if reflect.DeepEqual(got, want) {
		return
	}
	for i := range want.Verdicts {
		if i < len(got.Verdicts) && !reflect.DeepEqual(got.Verdicts[i], want.Verdicts[i]) {
			d.t.Errorf("where %s\nassert %s\nmessage %s\nlets %v\n%v %v\nclosures: %+v\ncel-go:   %+v", p.def.Where, p.def.Assert, p.def.Message, p.def.Let, of(in, got.Verdicts[i].Ref), of(in, want.Verdicts[i].Ref), got.Verdicts[i], want.Verdicts[i])
			return
		}
	}
	d.t.Errorf("where %s\nassert %s\nclosures: %+v\ncel-go:   %+v", p.def.Where, p.def.Assert, got.Counts, want.Counts)
}

// of are the fields of a resource.
func of(in Input, r resource.Ref) (fields []map[string]any) {
	for _, v := range in.Resources[r.Kind] {
		if v.Ref == r {
			fields = append(fields, v.Fields, map[string]any{"unavailable": v.Unavailable})
		}
	}
	return fields
}

// DrawInput draws resources, whole and damaged, of every kind, listed completely
// and freshly. It is for the tests outside of the package.
func DrawInput(seed uint64, kinds Kinds, n int) Input {
	d := dice{rand.New(rand.NewPCG(seed, 3))}
	in := Input{Now: noon, Resources: map[string][]*resource.View{}, Period: Period{From: noon.AddDate(-20, 0, 0), To: noon.AddDate(20, 0, 0)}}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		s := kinds[name]
		for i := range n {
			in.Resources[name] = append(in.Resources[name], d.viewOf(s, "r"+strconv.Itoa(i)))
		}
		in.Listings = append(in.Listings, Listing{Kind: name, Connection: "c1", Complete: true, At: noon.Add(-time.Hour), To: noon.AddDate(21, 0, 0), Items: n})
	}
	return in
}

// Compiled counts the expressions of a program, and those of them that the
// closures have.
func Compiled(p *Program) (all, compiled int) {
	for _, x := range append([]*expression{p.where, p.assert, p.message}, p.lets...) {
		if x == nil {
			continue
		}
		if all++; x.fast != nil {
			compiled++
		}
	}
	return all, compiled
}

// TestLimitAgrees holds that an evaluation which is too costly for cel-go is too
// costly for the closures, at whatever size of lists and texts that begins.
func TestLimitAgrees(t *testing.T) {
	if os.Getenv("ASSAY_DIFFERENTIAL") == "" {
		t.Skip("takes minutes; test/differential.sh runs it")
	}
	over := 0
	for _, body := range []string{
		"a == a", "a == b || a != b", "a.contains(b) || true", "a.startsWith('x') || b.endsWith('z') || true", "a in r.ls || true", "r.ls == r.ls", "a.matches('^[a-z]+$') || true", "a < b || true",
		"(a + b) != ''", "size(a + b) > 0", "[a, b].size() == 2", "a.split('').size() >= 0", "a.replace('x', 'yy') != ''", "r.ls.exists(c, c == a)", "r.ls.map(c, c + a).size() >= 0", "lower(a) != '' || true",
		"r.ms[?a].hasValue() || true", "has(r.s2) || true", "a.substring(0) == a", "{'x': a, 'y': b}['x'] == a", "(r.ls + r.ls).size() > 0", "r.ls.filter(c, c != a).size() >= 0", "r.li.all(n, n * 2 >= n) || true", "string(r.i) != ''",
	} {
		def, err := Parse([]byte("id: test.drawn\nversion: 1\ntitle: t\nkind: test.thing\nfreshness: 26h\nseverity: low\nassert: " + quote("r.ls.all(a, r.ls.all(b, "+body+"))") + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(def, differentialKinds(), nil)
		if err != nil {
			continue // too costly already
		}
		for _, size := range []int{60, 330} {
			for _, length := range []int{1, 200} {
				v := dice{rand.New(rand.NewPCG(1, 1))}.viewOf(differentialKinds()["test.thing"], "t")
				list := make([]any, size)
				for i := range list {
					list[i] = strings.Repeat("x", length)
				}
				v.Fields["ls"], v.Unavailable = list, nil
				in := Input{
					Now: noon, Resources: map[string][]*resource.View{"test.thing": {v}},
					Listings: []Listing{{Kind: "test.thing", Connection: "c1", Complete: true, At: noon, Items: 1}},
				}
				got := speak(t, p, in)
				in.Reference = true
				want := speak(t, p, in)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s with %d of %d: closures %+v, cel-go %+v", body, size, length, got.Verdicts, want.Verdicts)
				}
				if strings.Contains(want.Verdicts[0].Message, "more computation") {
					over++
				}
			}
		}
	}
	if over < 10 {
		t.Errorf("only %d evaluations were too costly", over)
	}
}
