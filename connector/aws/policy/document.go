package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Document is a policy.
type Document struct{ Statements []Statement }

// Statement is one statement of a policy. Of Actions and NotActions, and so on,
// one is empty.
type Statement struct {
	Allow         bool // else it denies
	Actions       []string
	NotActions    []string
	Resources     []string
	NotResources  []string
	Principals    []Principal
	NotPrincipals []Principal
	Conditions    []Condition
}

// Principal is somebody a statement is about.
type Principal struct {
	Type  string // "AWS", "Service", "Federated", "CanonicalUser"; "*" for everybody
	Value string
}

// Condition is one test of a request.
type Condition struct {
	Operator string // "StringEquals", as written
	Key      string // "sts:ExternalId", as written
	Values   []string
}

// Parse reads a policy: JSON, or JSON as IAM sends it, encoded for a URL.
func Parse(text string) (Document, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "%") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return Document{}, fmt.Errorf("a policy's encoding: %w", err)
		}
		text = plain
	}
	var raw struct {
		Statement *oneOrMore[rawStatement]
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return Document{}, fmt.Errorf("a policy: %w", err)
	}
	if raw.Statement == nil {
		return Document{}, errors.New("a policy has no statement")
	}
	var d Document
	for i := range *raw.Statement {
		s, err := (*raw.Statement)[i].statement()
		if err != nil {
			return Document{}, fmt.Errorf("a policy, statement %d: %w", i+1, err)
		}
		d.Statements = append(d.Statements, s)
	}
	return d, nil
}

type rawStatement struct {
	Effect       string
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Principal    principals
	NotPrincipal principals
	Condition    map[string]map[string]oneOrMore[scalar]
}

func (r *rawStatement) statement() (Statement, error) {
	s := Statement{
		Allow: r.Effect == "Allow", Actions: r.Action, NotActions: r.NotAction, Resources: r.Resource, NotResources: r.NotResource,
		Principals: r.Principal, NotPrincipals: r.NotPrincipal,
	}
	switch {
	case r.Effect != "Allow" && r.Effect != "Deny":
		return s, fmt.Errorf("effect %q: want Allow or Deny", r.Effect)
	case (len(r.Action) == 0) == (len(r.NotAction) == 0):
		return s, errors.New("want one of Action and NotAction")
	case len(r.Resource) > 0 && len(r.NotResource) > 0, len(r.Principal) > 0 && len(r.NotPrincipal) > 0:
		return s, errors.New("a resource or a principal stands beside its opposite")
	}
	for operator, keys := range r.Condition {
		for key, values := range keys {
			c := Condition{Operator: operator, Key: key}
			for _, v := range values {
				c.Values = append(c.Values, string(v))
			}
			s.Conditions = append(s.Conditions, c)
		}
	}
	slices.SortFunc(s.Conditions, func(a, b Condition) int { return strings.Compare(a.Operator+" "+a.Key, b.Operator+" "+b.Key) })
	return s, nil
}

// oneOrMore is a list that may be written as its only element.
type oneOrMore[T any] []T

// UnmarshalJSON is json.Unmarshaler's.
func (l *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}

// scalar is a value of a condition, as text.
type scalar string

// UnmarshalJSON is json.Unmarshaler's.
func (s *scalar) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		*s = scalar(text)
		return nil
	}
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return errors.New("a condition's value is no word")
	}
	*s = scalar(b)
	return nil
}

type principals []Principal

// UnmarshalJSON is json.Unmarshaler's.
func (p *principals) UnmarshalJSON(b []byte) error {
	var all string
	if json.Unmarshal(b, &all) == nil {
		if all != "*" {
			return fmt.Errorf("principal %q: want * or a kind of it", all)
		}
		*p = principals{{Type: "*", Value: "*"}}
		return nil
	}
	var by map[string]oneOrMore[string]
	if err := json.Unmarshal(b, &by); err != nil {
		return err
	}
	for kind, values := range by {
		for _, v := range values {
			if kind == "AWS" && v == "*" {
				*p = append(*p, Principal{Type: "*", Value: "*"})
			} else {
				*p = append(*p, Principal{Type: kind, Value: v})
			}
		}
	}
	slices.SortFunc(*p, func(a, b Principal) int { return strings.Compare(a.Type+" "+a.Value, b.Type+" "+b.Value) })
	return nil
}
