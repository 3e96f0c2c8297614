package policy

import (
	"slices"
	"strings"
)

// Answer says whether something is allowed.
type Answer int

// The answers.
const (
	No      Answer = iota
	Depends        // a condition decides
	Yes
)

// Every stands for all resources at once.
const Every = "*"

// Identity is what a user, a role or a group is given.
type Identity struct {
	Policies []Document
	Boundary *Document // nil without one

	// Controls are the service control policies at each level of the
	// organization, from its root to the account: each must allow, and none may
	// deny. They give nothing. Empty where none binds the account.
	Controls [][]Document
}

// Decide says whether the identity may perform the action on the resource; on
// all of them where the resource is Every.
func (i Identity) Decide(action, resource string) Answer {
	denied := denies(i.Policies, action, resource)
	allowed := allows(i.Policies, action, resource)
	if i.Boundary != nil {
		boundary := []Document{*i.Boundary}
		denied = max(denied, denies(boundary, action, resource))
		allowed = min(allowed, allows(boundary, action, resource))
	}
	for _, level := range i.Controls {
		denied = max(denied, denies(level, action, resource))
		allowed = min(allowed, allows(level, action, resource))
	}
	switch {
	case denied == Yes || allowed == No:
		return No
	case denied == Depends || allowed == Depends:
		return Depends
	}
	return Yes
}

func allows(docs []Document, action, resource string) Answer {
	return found(docs, true, action, resource)
}

func denies(docs []Document, action, resource string) Answer {
	return found(docs, false, action, resource)
}

// found is the strongest statement of an effect that is about the action and
// the resource.
func found(docs []Document, allow bool, action, resource string) (a Answer) {
	for i := range docs {
		for j := range docs[i].Statements {
			s := &docs[i].Statements[j]
			if s.Allow != allow || !s.concerns(action) || !s.reaches(resource) {
				continue
			}
			if len(s.Conditions) == 0 {
				return Yes
			}
			a = Depends
		}
	}
	return a
}

func (s *Statement) concerns(action string) bool {
	if len(s.NotActions) > 0 {
		return !slices.ContainsFunc(s.NotActions, func(p string) bool { return matchFold(p, action) })
	}
	return slices.ContainsFunc(s.Actions, func(p string) bool { return matchFold(p, action) })
}

// reaches reports that the statement is about the resource. A statement of a
// trust policy names none and is about its role.
func (s *Statement) reaches(resource string) bool {
	if resource == Every {
		return len(s.NotResources) == 0 && (len(s.Resources) == 0 || slices.ContainsFunc(s.Resources, whole))
	}
	if len(s.NotResources) > 0 {
		return !slices.ContainsFunc(s.NotResources, func(p string) bool { return Match(p, resource) })
	}
	return len(s.Resources) == 0 || slices.ContainsFunc(s.Resources, func(p string) bool { return Match(p, resource) })
}

// whole reports a pattern that leaves nothing out.
func whole(pattern string) bool {
	if rest, ok := strings.CutPrefix(pattern, "arn:"); ok {
		partition, after, ok := strings.Cut(rest, ":")
		return ok && (strings.HasPrefix(partition, "aws") || partition == Every) && strings.Trim(after, ":*") == "" && strings.Contains(after, Every)
	}
	return pattern != "" && strings.Trim(pattern, "*") == ""
}

func matchFold(pattern, text string) bool {
	return Match(strings.ToLower(pattern), strings.ToLower(text))
}

// Match reports whether a pattern with * (any text) and ? (one character)
// covers the text.
func Match(pattern, text string) bool {
	p, t, star, back := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			back++
			p, t = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Power is how far an identity's rights go.
type Power struct {
	Full bool // every action on every resource
	// Grants names the actions by which it could give itself every right, on
	// every resource, sorted.
	Grants []string
	// Conditional: only while a condition holds, such as a second factor.
	Conditional bool
}

// Administrator reports that the identity has every right, or can take it.
func (p Power) Administrator() bool { return p.Full || len(p.Grants) > 0 }

// decisive are actions of many services. Whoever may perform all of them on
// every resource has every right.
var decisive = []string{
	"assay:AnyActionThatIsNotThoughtOf", "cloudtrail:StopLogging", "ec2:TerminateInstances", "iam:AttachUserPolicy", "iam:CreateUser",
	"iam:PassRole", "iam:PutRolePolicy", "kms:ScheduleKeyDeletion", "lambda:CreateFunction", "rds:DeleteDBInstance", "s3:DeleteBucket",
	"secretsmanager:GetSecretValue", "sts:AssumeRole",
}

// grants are actions by which, on every resource, each single one gives its user
// every right that anybody in the account has.
var grants = []string{
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:CreateLoginProfile",
	"iam:CreatePolicyVersion", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion",
	"iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
}

// Power says how far the identity's rights go. An allow under a condition counts
// as one, a deny under a condition does not take away: whoever can fulfil the
// one or avoid the other has the power.
func (i Identity) Power() Power {
	var p Power
	p.Full = true
	for _, action := range decisive {
		a := i.Decide(action, Every)
		if a == No {
			p.Full = false
			break
		}
		p.Conditional = p.Conditional || a == Depends
	}
	if !p.Full {
		p.Conditional = false
	}
	sure := false
	for _, action := range grants {
		a := i.Decide(action, Every)
		if a != No {
			p.Grants = append(p.Grants, action)
		}
		sure = sure || a == Yes
	}
	if !p.Full && len(p.Grants) > 0 {
		p.Conditional = !sure
	}
	return p
}
