package okta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// description is what a Swagger 2.0 document says, as far as it is needed.
type description struct {
	Paths       map[string]map[string]*operation `json:"paths"`
	Definitions map[string]schema                `json:"definitions"`
}

type operation struct {
	Parameters []parameter `json:"parameters"`
	Responses  map[string]struct {
		Schema schema `json:"schema"`
	} `json:"responses"`
}

type parameter struct {
	Name string `json:"name"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Enum       []any             `json:"enum"`
}

func (d *description) find(path string) (string, *operation) {
	have := strings.Split(path, "/")
	for name, methods := range d.Paths {
		want := strings.Split(name, "/")
		if len(want) != len(have) || methods["get"] == nil {
			continue
		}
		if !slices.ContainsFunc(want, func(s string) bool { return strings.Contains(s, "?") }) && matches(want, have) {
			return name, methods["get"]
		}
	}
	return "", nil
}

func matches(want, have []string) bool {
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// kinds are the definitions that say more of a policy and a rule than the one
// that the list of them names.
var kinds = map[string][]string{
	"Policy":                      {"OktaSignOnPolicy", "PasswordPolicy", "AccessPolicy"},
	"PolicyRule":                  {"OktaSignOnPolicyRule", "AccessPolicyRule"},
	"AccessPolicyRuleActions":     {"OktaSignOnPolicyRuleActions"},
	"OktaSignOnPolicyRuleActions": {"AccessPolicyRuleActions"},
}

// since are names that Okta added after the description was written.
var since = []string{
	"vendorName", "profile", "emails", "primaryFactor", "accessPolicy", "detailEntry", "settings", "authenticators", "factors", "role",
	"userVerification", "chains", "signing", "required", "type",
}

// against lists where a value differs from what is described.
func (d *description) against(s schema, v any, at string) (problems []string) {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/definitions/")
		s = d.Definitions[name]
		merged := map[string]schema{}
		for _, n := range append([]string{name}, kinds[name]...) {
			maps.Copy(merged, d.Definitions[n].Properties)
		}
		s.Properties = merged
	}
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		if s.Type != "array" {
			return []string{at + " is a list, not " + s.Type}
		}
		for i, one := range x {
			problems = append(problems, d.against(*s.Items, one, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		if len(s.Properties) == 0 {
			return nil
		}
		for name, one := range x {
			p, ok := s.Properties[name]
			switch {
			case ok:
				problems = append(problems, d.against(p, one, at+"."+name)...)
			case !slices.Contains(since, name):
				problems = append(problems, at+"."+name+" is not described")
			}
		}
	case string:
		if _, err := time.Parse(time.RFC3339, x); s.Format == "date-time" && err != nil {
			problems = append(problems, at+" is no time: "+x)
		}
		if s.Type != "string" && s.Type != "" {
			problems = append(problems, at+" is a string, not "+s.Type)
		}
	case bool:
		if s.Type != "boolean" {
			problems = append(problems, at+" is a bool, not "+s.Type)
		}
	case float64:
		if s.Type != "integer" {
			problems = append(problems, at+" is a number, not "+s.Type)
		}
	}
	return problems
}
