package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/federation"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/suite"
)

func federationOperations() []Operation {
	return []Operation{
		{ID: "federation.list", Method: get, Path: "/federation", Permission: access.UserList, Summary: "Issuers whose word is taken for jobs of build systems, newest first.", Do: does(listTrusts)},
		{ID: "federation.add", Method: post, Path: "/federation", Permission: access.FederationEdit, Summary: "Take an OpenID Connect issuer's word for the jobs that meet conditions.", Do: does(addTrust)},
		{ID: "federation.end", Method: remove, Path: "/federation/{id}", Permission: access.FederationEdit, Summary: "Take no more of its word, and end every token that was given for it.", Do: does(endTrust)},
		{ID: "token.exchange", Method: post, Path: "/tokens/exchange", Public: true, Summary: "Exchange what an issuer says of a job for a service's token (the terms of RFC 8693, in JSON).", Do: does(exchangeToken)},
	}
}

// JobTrust is an issuer whose word is taken for some jobs.
type JobTrust struct {
	ID         string      `json:"id" doc:"What a job names in token.exchange. No secret."`
	Name       string      `json:"name"`
	Issuer     string      `json:"issuer"`
	Audience   string      `json:"audience" doc:"For whom the issuer's word must be."`
	Conditions []Condition `json:"conditions"`
	Scope      []string    `json:"scope" doc:"Permissions of a job's token."`
	Minutes    int         `json:"minutes" doc:"Life of a job's token."`
	State      string      `json:"state" enum:"active,ended"`
	By         string      `json:"by" doc:"User who added it."`
	AddedAt    time.Time   `json:"added_at"`
	EndedAt    *time.Time  `json:"ended_at,omitempty"`
	UsedAt     *time.Time  `json:"used_at,omitempty"`
	UsedBy     string      `json:"used_by,omitempty" doc:"Subject of the last job."`
	Problem    string      `json:"problem,omitempty" doc:"Why the issuer could not be asked just now; when it is added."`
}

// Condition is what a claim must be.
type Condition struct {
	Claim   string `json:"claim" maxLength:"60"`
	Pattern string `json:"pattern" maxLength:"300" doc:"The claim from beginning to end; a star stands for any characters but / and :."`
}

func trustOf(t *federation.Trust) JobTrust {
	out := JobTrust{
		ID: t.ID, Name: t.Name, Issuer: t.Issuer, Audience: t.Audience, Conditions: []Condition{}, Scope: t.Scope.List(), Minutes: t.Minutes, State: "active", By: t.AddedBy, AddedAt: t.AddedAt,
		EndedAt: maybe(t.EndedAt), UsedAt: maybe(t.UsedAt), UsedBy: t.UsedBy, Problem: t.Problem,
	}
	for _, c := range t.Conditions {
		out.Conditions = append(out.Conditions, Condition(c))
	}
	if out.EndedAt != nil {
		out.State = "ended"
	}
	return out
}

// JobTrusts are the issuers whose word is taken.
type JobTrusts struct {
	Trusts []JobTrust `json:"trusts"`
	Next   string     `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listTrusts(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*JobTrusts, error) {
	list, err := s.Federation.List(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(t *federation.Trust) string { return t.ID })
	out := &JobTrusts{Trusts: []JobTrust{}, Next: next}
	for i := range part {
		out.Trusts = append(out.Trusts, trustOf(&part[i]))
	}
	return out, nil
}

// JobTrustIn is a trust to be.
type JobTrustIn struct {
	Body struct {
		Name       string      `json:"name" maxLength:"100"`
		Issuer     string      `json:"issuer" maxLength:"500" doc:"Such as https://token.actions.githubusercontent.com."`
		Audience   string      `json:"audience,omitempty" maxLength:"200" doc:"One of the trust's own if absent."`
		Conditions []Condition `json:"conditions" maxItems:"10" doc:"All must hold; at least one says whose the job is, such as repository = acme/app."`
		Scope      []string    `json:"scope" maxItems:"100" doc:"Permissions of scheduled work, such as import.add."`
		Minutes    int         `json:"minutes,omitempty" minimum:"1" maximum:"60" doc:"Life of a job's token; 15 if absent."`
	}
}

func addTrust(ctx context.Context, s *suite.Suite, who access.Actor, in *JobTrustIn) (*JobTrust, error) {
	b := &in.Body
	n := federation.New{Name: b.Name, Issuer: b.Issuer, Audience: b.Audience, Scope: b.Scope, Minutes: b.Minutes}
	for _, c := range b.Conditions {
		n.Conditions = append(n.Conditions, federation.Condition(c))
	}
	t, err := s.Federation.Add(ctx, who, n)
	if err != nil {
		return nil, err
	}
	out := trustOf(&t)
	return &out, nil
}

func endTrust(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Federation.End(ctx, who, in.ID)
}

// ExchangeIn is what a job shows.
type ExchangeIn struct {
	Body struct {
		GrantType string `json:"grant_type,omitempty" maxLength:"100" doc:"urn:ietf:params:oauth:grant-type:token-exchange, which it is if absent."`
		Trust     string `json:"trust" maxLength:"100" doc:"Id of the trust."`
		Token     string `json:"subject_token" maxLength:"20000" doc:"The signed JSON web token that the issuer gave the job."`
	}
}

// Exchanged is a job's token.
type Exchanged struct {
	Token   string `json:"access_token" doc:"A secret; told once."`
	Issued  string `json:"issued_token_type"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in" doc:"Seconds."`
	Scope   string `json:"scope" doc:"Permissions, with blanks between."`
}

func exchangeToken(ctx context.Context, s *suite.Suite, _ access.Actor, in *ExchangeIn) (*Exchanged, error) {
	if g := in.Body.GrantType; g != "" && g != "urn:ietf:params:oauth:grant-type:token-exchange" {
		return nil, fault.Fields("Nothing was exchanged.", fault.Field{Name: "grant_type", Text: "This exchanges tokens: urn:ietf:params:oauth:grant-type:token-exchange."})
	}
	t, err := s.Federation.Exchange(ctx, in.Body.Trust, secret.NewText(in.Body.Token), fromOf(ctx))
	if err != nil {
		return nil, err
	}
	return &Exchanged{
		Token: t.Secret, Issued: "urn:ietf:params:oauth:token-type:access_token", Type: "Bearer", Expires: int(t.ExpiresAt.Sub(s.Now()) / time.Second), Scope: string(t.Scope),
	}, nil
}
