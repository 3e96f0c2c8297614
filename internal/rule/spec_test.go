package rule

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// specification are cases of CEL's own conformance tests.
type specification struct {
	Source  string
	Licence string
	Cases   []struct {
		Case  string
		Expr  string
		Want  string // what the expression equals; empty for an error
		Error bool
	}
}

// elsewise are cases of which the check language, or the version of cel-go and
// of its string functions that it has, says something else, and why.
var elsewise = map[string]string{
	"logic/AND/short_circuit_error_right":                         "an error that was absorbed keeps a check from passing",
	"logic/OR/short_circuit_error_right":                          "as above",
	"macros/all/list_elem_error_shortcircuit":                     "as above",
	"fields/qualified_identifier_resolution/map_value_repeat_key": "cel-go takes a key that is there twice",
	"optionals/optionals/map_optional_select_has":                 "asking for the presence of what cannot have members is an error",
	"string_ext/value_errors/indexof_out_of_range":                "cel-go finds nothing there",
	"string_ext/value_errors/lastindexof_out_of_range":            "as above",
}

// TestSpecification runs the conformance cases of cel-spec that the check
// language has, by both engines. Those that it refuses are about what it leaves
// out: null, bytes, unsigned numbers, types as values, values of any type.
func TestSpecification(t *testing.T) {
	b, err := os.ReadFile("testdata/cel-spec.json")
	if err != nil {
		t.Fatal(err)
	}
	var spec specification
	if err := json.Unmarshal(b, &spec); err != nil {
		t.Fatal(err)
	}
	ran, refused, left := 0, 0, []string{}
	in := offering(account("a", nil))
	for _, c := range spec.Cases {
		assert := "(" + c.Expr + ") == " + c.Want
		if c.Error {
			assert = "[" + c.Expr + "].size() == 1"
		}
		text, err := json.Marshal(assert)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse([]byte("id: test.check\nversion: 1\ntitle: t\nkind: host.account\nfreshness: 26h\nseverity: low\nassert: " + string(text) + "\n"))
		if err != nil {
			refused++
			continue
		}
		p, err := Compile(d, testKinds(), nil)
		if err != nil {
			refused++
			continue
		}
		if p.assert.fast == nil {
			left = append(left, c.Case)
		}
		ran++
		want := "pass"
		if c.Error {
			want = "unknown/error"
		}
		_, other := elsewise[c.Case]
		other = other || strings.HasPrefix(c.Case, "string_ext/format/") // as it was in version 2
		in.Reference = false
		said := [2]*Outcome{judge(t, p, in)}
		in.Reference = true
		said[1] = judge(t, p, in)
		for i, engine := range []string{"closures", "cel-go"} {
			if got := verdictOf(said[i], "a"); got != want && !other {
				t.Errorf("%s: %s: %s says %s, want %s (%s)", c.Case, assert, engine, got, want, said[i].Verdicts[0].Message)
			}
		}
		if said[0].Verdicts[0].Message != said[1].Verdicts[0].Message {
			t.Errorf("%s: %q, and cel-go %q", c.Case, said[0].Verdicts[0].Message, said[1].Verdicts[0].Message)
		}
	}
	t.Logf("%d cases, of which the closures have %d; %d refused by the language", ran, ran-len(left), refused)
	if ran-len(left) < 600 {
		t.Errorf("the closures have only %d of %d cases; cel-go alone has %v", ran-len(left), ran, left)
	}
}
