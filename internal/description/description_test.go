package description_test

import (
	"fmt"
	"strings"
	"testing"

	"assay/internal/description"
	"assay/internal/register"
)

func TestDeclarations(t *testing.T) {
	for _, d := range []register.Declaration{description.Declaration(), description.UserControls()} {
		if err := d.Valid(); err != nil {
			t.Error(err)
		}
		if bad := d.Check(&register.Record{Noun: d.Noun, Values: d.Sample.Clone()}, &register.World{}); bad != nil {
			t.Errorf("%s: its own example: %v", d.Noun, bad)
		}
	}
}

func TestReferences(t *testing.T) {
	d := description.Declaration()
	for text, ok := range map[string]bool{
		"Plain text with a } and a {.":                  true,
		"{{control:IAM-03}} and {{vendor:V-01}}.":       true,
		"{{org:name}}, {{org:service}}":                 true,
		"{{criterion:CC6.1}} {{incident:IN-02}}":        true,
		"{{control:}}":                                  false,
		"{{controls:IAM-03}}":                           false,
		"{{org:owner}}":                                 false,
		"{{control:IAM-03}":                             false,
		"{{ control : IAM-03 }}":                        false,
		"}}":                                            false,
		"{{{control:IAM-03}}}":                          true, // braces around a reference
		"{{control:IAM-03}} " + strings.Repeat("{{", 9): false,
	} {
		bad := d.Check(&register.Record{Values: register.Values{"text": {text}}}, &register.World{})
		if (len(bad) == 0) != ok {
			t.Errorf("%q: %v", text, bad)
		}
	}
	var said strings.Builder
	description.Fill("a {{control:X-01}}b{{org:name}}", func(s string) { said.WriteString(s) }, func(r description.Reference) { fmt.Fprintf(&said, "<%s %s>", r.Kind, r.Name) })
	if said.String() != "a <control X-01>b<org name>" {
		t.Error(said.String())
	}
}

// TestUserControls: a complementary control names what would fail, a responsibility
// names nothing.
func TestUserControls(t *testing.T) {
	d := description.UserControls()
	for _, c := range []struct {
		values register.Values
		wrong  string
	}{
		{register.Values{"sort": {description.Complementary}, "criteria": {"CC6.4"}, "why": {"x"}}, ""},
		{register.Values{"sort": {"responsibility"}}, ""},
		{register.Values{"sort": {description.Complementary}, "why": {"x"}}, "criteria"},
		{register.Values{"sort": {description.Complementary}, "criteria": {"CC6.4"}}, "why"},
		{register.Values{"sort": {"responsibility"}, "criteria": {"CC6.4"}}, "criteria"},
	} {
		var names []string
		for _, f := range d.Check(&register.Record{Values: c.values}, &register.World{}) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != c.wrong {
			t.Errorf("%v: %q, want %q", c.values, got, c.wrong)
		}
	}
}
