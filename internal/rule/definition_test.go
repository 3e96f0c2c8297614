package rule

import (
	"strings"
	"testing"

	"assay/internal/kit/fault"
)

func TestGoldenCases(t *testing.T) {
	d, err := Parse([]byte(mfaCheck))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range d.RunTests(testKinds()) {
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
	missing := map[string]bool{}
	d.Tests = d.Tests[2:3]
	for _, r := range d.RunTests(testKinds()) {
		if !r.OK {
			missing[r.Name] = true
		}
	}
	for _, sort := range []string{"(pass)", "(fail)", "(null)", "(wrong type)"} {
		if !missing[sort] {
			t.Errorf("nothing says that the case %s is missing: %v", sort, missing)
		}
	}
	d.Tests[0].Expect = Pass
	if got := d.RunTests(testKinds())[0]; got.OK || got.Got != Out {
		t.Errorf("a wrong expectation: %+v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ old, now, field string }{
		{"id: host.account.mfa", "id: MFA", "id"},
		{"version: 1", "version: 0", "version"},
		{"version: 1", "version: one", "version"},
		{"title: Accounts that can sign in have a second factor", "", "title"},
		{"kind: host.account", "kind: host.account\nfacet: account", "kind"},
		{"kind: host.account", "", "kind"},
		{"kind: host.account", "kind: host.account\nscope: set", "scope"},
		{"assert: r.mfa && !old", "assrt: r.mfa", "assrt"},
		{"assert: r.mfa && !old", "assert: ' '", "assert"},
		{"name: old", "name: now", "let.now"},
		{"name: old", "name: Old", "let[0].name"},
		{"max: 365", "max: 60", "params.days.default"},
		{"type: int", "type: integer", "params.days.type"},
		{"default: 90", "default: [90]", "single value"},
		{"min: 1,", "min: x,", "params.days.min"},
		{"empty: proven", "empty: yes please", "empty"},
		{"empty: proven", "empty_second: assay.person", "empty_second"},
		{"freshness: 26h", "freshness: 1.5d", "freshness"},
		{"severity: high", "severity: urgent", "severity"},
		{"severity: high", "severity: high\nsla: {high: soon}", "sla.high"},
		{"id: CC6.1", "id: CC6", "criteria[0].id"},
		{"strength: direct", "strength: strong", "criteria[0].strength"},
		{"expect: pass", "expect: passed", "tests[0].expect"},
		{"severity: high", "severity: high\nrequires: [x]", "requires"},
		{"severity: high", "severity: high\nlookups: {r: {kind: a.b, by: c}}", "lookups.r"},
		{"severity: high", "severity: high\n---\nid: other", "more than one document"},
	}
	for _, tt := range tests {
		text := strings.Replace(mfaCheck, tt.old, tt.now, 1)
		if text == mfaCheck {
			t.Fatalf("nothing to replace: %s", tt.old)
		}
		_, err := Parse([]byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), tt.field) {
			t.Errorf("%q: %v, want an error that names %s", tt.now, err, tt.field)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	loop := "r.keys.all(a, r.keys.all(b, r.keys.all(c, r.keys.all(d, a.active || b.active || c.active || d.active))))"
	tests := []struct {
		lines []string
		want  string
	}{
		{[]string{"assert: r.mfaa"}, "assert: column 2: undefined field 'mfaa'"},
		{[]string{"assert: r.mfa.x"}, "assert"},
		{[]string{"assert: r.uid"}, "assert: is a int, want a bool"},
		{[]string{"assert: r.uid == 'x'"}, "no matching overload"},
		{[]string{"assert: r.keys.all(k, k.active && k.agee > 1)"}, "undefined field 'agee'"},
		{[]string{"assert: x"}, "undeclared reference"},
		{[]string{"assert: r.mfa &&"}, "Syntax error"},
		{[]string{"where: r.uid"}, "where: is a int"},
		{[]string{"message: r.uid"}, "message: is a int"},
		{[]string{`let: [{name: a, expr: "b"}, {name: b, expr: "r.mfa"}]`}, "let.a"},
		{[]string{"kind: host.acount"}, "kind host.acount is not known"},
		{[]string{"facet: acount"}, "not in the vocabulary"},
		{[]string{"lookups: {people: {kind: assay.person, by: mail}}"}, "lookups.people.by"},
		{[]string{"lookups: {people: {kind: assay.person, by: active}}"}, "lookups.people.by"},
		{[]string{"lookups: {people: {kind: assay.persons, by: email}}"}, "lookups.people"},
		{[]string{"requires: [assay.persons]"}, "requires"},
		{[]string{"assert: p.days > 1"}, "undefined field 'days'"},
		{[]string{"assert: r.email == null"}, "assert"},
		{[]string{"assert: r.used_at == null"}, "there is no null"},
		{[]string{"assert: dyn(r.uid) == 1"}, "dyn() is not part"},
		{[]string{"assert: r == r"}, "objects are not compared"},
		{[]string{"assert: r.keys == r.keys"}, "objects are not compared"},
		{[]string{"assert: r.kind == 'persona'"}, `kind is never "persona"`},
		{[]string{"assert: r.name.matches('(')"}, "assert"},
		{[]string{"assert: r.name.matches(r.email)"}, "pattern"},
		{[]string{"assert: rs.all(x, x.mfa)"}, "undeclared reference to 'rs'"},
		{[]string{"scope: population", "assert: r.mfa"}, "undeclared reference to 'r'"},
		{[]string{"assert: " + loop}, "too long"},
		{[]string{"scope: population", `assert: "rs.all(a, rs.all(b, rs.all(c, c.mfa)))"`}, "too long"},
	}
	for _, tt := range tests {
		_, err := Compile(parse(t, tt.lines...), testKinds(), nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), tt.want) {
			t.Errorf("%v: %v, want %q", tt.lines, err, tt.want)
		}
	}
}

func TestParams(t *testing.T) {
	lines := []string{
		"params:",
		"  n: {type: int, default: 3, min: 1, max: 5}",
		"  s: {type: string, default: a, enum: [a, b]}",
		"  b: {type: bool, default: true}",
		"  f: {type: decimal, default: 0.5, min: 0, max: 1}",
		"  d: {type: duration, default: 7d, max: 30d}",
		`  l: {type: list, default: "22, 443", max: 3}`,
		`  re: {type: string, default: "^a"}`,
		`assert: "p.n == 3 && p.s == 'a' && p.b && p.f == 0.5 && p.d == duration('168h') && p.l == ['22', '443'] && r.name.matches(p.re)"`,
	}
	out := judge(t, compile(t, lines...), offering(account("ann", nil)))
	if out.Status != Pass {
		t.Fatalf("%s %s", out.Status, out.Verdicts[0].Message)
	}
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"n", "5", true},
		{"n", "6", false},
		{"n", "0", false},
		{"n", "x", false},
		{"n", "3.0", false},
		{"s", "b", true},
		{"s", "c", false},
		{"b", "false", true},
		{"b", "no", false},
		{"f", "1", true},
		{"f", "1.01", false},
		{"f", "1e-3", false},
		{"f", "NaN", false},
		{"d", "30d", true},
		{"d", "31d", false},
		{"d", "0", true},
		{"d", "soon", false},
		{"l", "", true},
		{"l", "1,2,3", true},
		{"l", "1,2,3,4", false},
		{"re", "(", false},
		{"x", "1", false},
	}
	for _, tt := range tests {
		p, err := Compile(parse(t, lines...), testKinds(), map[string]string{tt.name: tt.value})
		if (err == nil) != tt.ok {
			t.Errorf("%s = %q: %v", tt.name, tt.value, err)
		}
		if err == nil && p.Params()[tt.name] != tt.value {
			t.Errorf("%s = %q: %v", tt.name, tt.value, p.Params())
		}
	}
}

func TestCanonical(t *testing.T) {
	d, err := Parse([]byte(mfaCheck))
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "tests") {
		t.Errorf("tests are in %s", b)
	}
	again, err := ParseCanonical(b)
	if err != nil {
		t.Fatal(err)
	}
	h1, _ := d.Hash()
	if h2, _ := again.Hash(); h1 != h2 {
		t.Error("read back, the hash differs")
	}
	for _, bad := range []string{"", "{}", " " + string(b), string(b) + " ", strings.Replace(string(b), `"version":1`, `"version":1,"x":2`, 1)} {
		if _, err := ParseCanonical([]byte(bad)); err == nil {
			t.Errorf("read %q", bad)
		}
	}
	reworded, _ := Parse([]byte(strings.Replace(mfaCheck, "r.mfa && !old", "!old && r.mfa", 1)))
	if h2, _ := reworded.Hash(); h1 == h2 {
		t.Error("another assertion, the same hash")
	}
}

// The program's hash covers what the definition's does not.
func TestProgramHash(t *testing.T) {
	d := parse(t, "facet: account", "assert: r.mfa || p.n > 1", "params: {n: {type: int, default: 1}}")
	base, err := Compile(d, testKinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := Compile(d, testKinds(), map[string]string{"n": "2"})
	kinds := testKinds()
	kinds["host.account"].Facets[0].Version = 2
	mapped, _ := Compile(d, kinds, nil)
	again, _ := Compile(d, testKinds(), map[string]string{"n": "1"})
	if set.Hash() == base.Hash() || mapped.Hash() == base.Hash() || again.Hash() != base.Hash() {
		t.Errorf("base %s, set %s, mapped %s, again %s", base.Hash(), set.Hash(), mapped.Hash(), again.Hash())
	}
}
