package policy

import (
	"slices"
	"strings"
)

// Trust is who may take on a role.
type Trust struct {
	Anyone    bool     // anybody with an account of AWS, with nothing that narrows it
	Accounts  []string // numbers of accounts, sorted; those of their own included
	Services  []string // services of AWS, sorted
	Providers []string // identity providers (OpenID Connect, SAML), sorted
	// Unnamed are the accounts that may take it on without giving an external
	// id and without another condition, sorted.
	Unnamed []string
	// OpenProviders are identity providers, sorted, any of whose users may take
	// it on: no condition looks at who it is or where it is from.
	OpenProviders []string
}

var assuming = []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}

// Trusted reads a role's trust policy. Statements that deny are left out of
// account unless they deny everybody without a condition.
func Trusted(d Document) Trust {
	var t Trust
	for i := range d.Statements {
		s := &d.Statements[i]
		if !slices.ContainsFunc(assuming, s.concerns) {
			continue
		}
		if !s.Allow {
			if len(s.Conditions) == 0 && slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.Type == "*" }) &&
				!slices.ContainsFunc(assuming, func(a string) bool { return !s.concerns(a) }) {
				return Trust{}
			}
			continue
		}
		if len(s.NotPrincipals) > 0 {
			t.Anyone = true // everybody else
		}
		for _, p := range s.Principals {
			t.add(s, p)
		}
	}
	for _, l := range []*[]string{&t.Accounts, &t.Services, &t.Providers, &t.Unnamed, &t.OpenProviders} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return t
}

func (t *Trust) add(s *Statement, p Principal) {
	switch p.Type {
	case "*":
		accounts := s.narrowed()
		switch {
		case accounts == nil && !s.asks("aws:principalorgid", "aws:principalorgpaths"):
			t.Anyone = true
		default:
			t.Accounts = append(t.Accounts, accounts...)
		}
	case "AWS":
		number := Account(p.Value)
		if number == "" {
			number = p.Value // the id of somebody who is gone
		}
		t.Accounts = append(t.Accounts, number)
		if len(s.Conditions) == 0 {
			t.Unnamed = append(t.Unnamed, number)
		}
	case "Service":
		t.Services = append(t.Services, p.Value)
	case "Federated":
		t.Providers = append(t.Providers, p.Value)
		if !s.asksWho() {
			t.OpenProviders = append(t.OpenProviders, p.Value)
		}
	}
}

// narrowed are the accounts to which a statement's conditions narrow it; nil if
// they do not.
func (s *Statement) narrowed() (accounts []string) {
	for _, c := range s.Conditions {
		key := strings.ToLower(c.Key)
		if !positive(c.Operator) || key != "aws:principalaccount" && key != "aws:principalarn" && key != "aws:sourceaccount" {
			continue
		}
		for _, v := range c.Values {
			number := Account(v)
			if number == "" {
				return nil // a pattern over accounts
			}
			accounts = append(accounts, number)
		}
	}
	return accounts
}

func (s *Statement) asks(keys ...string) bool {
	return slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		return positive(c.Operator) && slices.Contains(keys, strings.ToLower(c.Key)) && !slices.ContainsFunc(c.Values, whole)
	})
}

// asksWho reports a condition on an identity provider's user or source. SAML
// providers belong to the account, and what they assert is for it alone.
func (s *Statement) asksWho() bool {
	return slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		key := strings.ToLower(c.Key)
		last := key[strings.LastIndexByte(key, ':')+1:]
		return positive(c.Operator) && (key == "saml:aud" || slices.Contains([]string{"sub", "email", "amr", "hd"}, last)) &&
			!slices.ContainsFunc(c.Values, func(v string) bool { return whole(v) || v == "repo:*" })
	})
}

func positive(operator string) bool {
	operator = strings.ToLower(operator)
	operator = operator[strings.LastIndexByte(operator, ':')+1:]
	return !strings.Contains(operator, "not") && !strings.HasSuffix(operator, "ifexists") && operator != "null"
}

// Account is the account's number in an ARN, or the number itself; empty if
// there is none.
func Account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		arn = parts[4]
	}
	if len(arn) != 12 || strings.Trim(arn, "0123456789") != "" {
		return ""
	}
	return arn
}

// TLSOnly reports that a bucket's policy denies everybody every action on the
// bucket and on what is in it, unless the request is encrypted.
func TLSOnly(d Document, bucket string) bool {
	all, inside := false, false
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Allow || !s.concerns("s3:GetObject") || !s.concerns("s3:PutObject") || !s.concerns("s3:ListBucket") || !s.unencrypted() ||
			!slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.Type == "*" }) {
			continue
		}
		all = all || s.reaches(bucket)
		inside = inside || s.reaches(bucket+"/any")
	}
	return all && inside
}

// unencrypted reports that the statement's only condition is that the request
// is not encrypted.
func (s *Statement) unencrypted() bool {
	return len(s.Conditions) == 1 && strings.EqualFold(s.Conditions[0].Key, "aws:SecureTransport") &&
		strings.HasPrefix(strings.ToLower(s.Conditions[0].Operator), "bool") && len(s.Conditions[0].Values) == 1 &&
		strings.EqualFold(s.Conditions[0].Values[0], "false")
}
