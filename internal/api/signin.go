package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/suite"
)

func signInOperations() []Operation {
	return []Operation{
		{ID: "signin.show", Method: get, Path: "/org/signin", Permission: access.OrgRead, Summary: "What the organization asks of those who sign in.", Do: does(showSignIn)},
		{ID: "signin.edit", Method: put, Path: "/org/signin", Permission: access.OrgEdit, Summary: "Change it, from the next request on. Who lacks it reaches their own account only.", Do: does(editSignIn)},
	}
}

// SignIn is what an organization asks of those who sign in.
type SignIn struct {
	Second string `json:"second" enum:"nothing,second,resistant" doc:"nothing: a password is enough; second: a second factor; resistant: a passkey."`
	SSO    bool   `json:"sso,omitempty" doc:"Everybody but auditors signs in through an identity provider of the organization."`
}

// SignInIn is what it is to ask.
type SignInIn struct{ Body SignIn }

func showSignIn(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*SignIn, error) {
	p, err := s.Auth.Policy(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &SignIn{Second: string(p.Second), SSO: p.SSO}
	if p.Second == auth.AnySignIn {
		out.Second = "nothing"
	}
	return out, nil
}

func editSignIn(ctx context.Context, s *suite.Suite, who access.Actor, in *SignInIn) (*SignIn, error) {
	p := auth.Policy{Second: auth.Strength(in.Body.Second), SSO: in.Body.SSO}
	if in.Body.Second == "nothing" {
		p.Second = auth.AnySignIn
	}
	if err := s.Auth.SetPolicy(ctx, who, p); err != nil {
		return nil, err
	}
	return showSignIn(ctx, s, who, nil)
}

// Factor is something that one signs in with.
type Factor struct {
	Kind   string     `json:"kind" enum:"passkey,app,recovery"`
	ID     string     `json:"id,omitempty"`
	Name   string     `json:"name,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	LastAt *time.Time `json:"last_at,omitempty"`
	Left   int        `json:"left,omitempty" doc:"Recovery codes that were not used."`
}

// Factors are what one signs in with besides a password.
type Factors struct {
	Factors []Factor `json:"factors"`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listFactors(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Factors, error) {
	state, err := s.Auth.State(ctx, who)
	if err != nil {
		return nil, err
	}
	var all []Factor
	for i := range state.Passkeys {
		k := &state.Passkeys[i]
		all = append(all, Factor{Kind: "passkey", ID: k.ID, Name: k.Name, Since: maybe(k.CreatedAt), LastAt: maybe(k.LastAt)})
	}
	if state.Codes() {
		all = append(all, Factor{Kind: "app", ID: "app", Since: maybe(state.CodesSince)})
	}
	if state.Recovery > 0 {
		all = append(all, Factor{Kind: "recovery", ID: "recovery", Left: state.Recovery})
	}
	part, next := cut(all, in.Page, func(f *Factor) string { return f.ID })
	return &Factors{Factors: part, Next: next}, nil
}
