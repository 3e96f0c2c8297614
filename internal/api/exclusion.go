package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/resource"
	"assay/internal/suite"
)

func exclusionOperations() []Operation {
	return []Operation{
		{ID: "exclusion.list", Method: get, Path: "/exclusions", Permission: access.CheckRead, Summary: "Every exclusion that was ever asked for.", Do: does(listExclusions)},
		{ID: "exclusion.ask", Method: post, Path: "/exclusions", Permission: access.ExclusionAsk, Summary: "Ask that a resource not count for a check until a time.", Do: does(askExclusion)},
		{ID: "exclusion.decide", Method: post, Path: "/exclusions/{id}/decision", Permission: access.ExclusionApprove, Summary: "Approve or refuse. Whoever asked cannot.", Do: does(decideExclusion)},
		{ID: "exclusion.lift", Method: post, Path: "/exclusions/{id}/lift", Permission: access.ExclusionApprove, Summary: "End an approved exclusion before its time.", Do: does(liftExclusion)},
	}
}

// Exclusion is an approved, expiring reason why a resource does not count.
type Exclusion struct {
	ID           string     `json:"id"`
	Check        string     `json:"check"`
	Resource     Ref        `json:"resource"`
	Label        string     `json:"label"`
	Reason       string     `json:"reason"`
	Compensating string     `json:"compensating,omitempty" doc:"What is done instead."`
	State        string     `json:"state" enum:"asked,approved,refused,lifted"`
	AskedBy      string     `json:"asked_by"`
	AskedAt      time.Time  `json:"asked_at"`
	ApprovedBy   string     `json:"approved_by,omitempty"`
	From         *time.Time `json:"from,omitempty"`
	Until        time.Time  `json:"until"`
}

func exclusionOf(e *check.Exclusion) Exclusion {
	return Exclusion{
		ID: e.ID, Check: e.Check, Resource: refOf(e.Ref), Label: e.Label, Reason: e.Reason, Compensating: e.Compensating,
		State: string(e.State), AskedBy: e.AskedBy, AskedAt: e.AskedAt, ApprovedBy: e.ApprovedBy, From: maybe(e.From), Until: e.Until,
	}
}

// ExclusionsIn narrows the list of exclusions.
type ExclusionsIn struct {
	Page
	Check string `query:"check"`
	State string `query:"state" enum:"asked,approved,refused,lifted"`
}

// Exclusions is a page of exclusions.
type Exclusions struct {
	Exclusions []Exclusion `json:"exclusions"`
	Next       string      `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listExclusions(ctx context.Context, s *suite.Suite, who access.Actor, in *ExclusionsIn) (*Exclusions, error) {
	list, err := s.Checks.Exclusions(ctx, who)
	if err != nil {
		return nil, err
	}
	var all []Exclusion
	for i := range list {
		if (in.Check == "" || list[i].Check == in.Check) && (in.State == "" || string(list[i].State) == in.State) {
			all = append(all, exclusionOf(&list[i]))
		}
	}
	out := &Exclusions{}
	out.Exclusions, out.Next = cut(all, in.Page, func(e *Exclusion) string { return e.ID })
	return out, nil
}

// AskIn asks for an exclusion.
type AskIn struct {
	Body struct {
		Check        string    `json:"check"`
		Resource     Ref       `json:"resource"`
		Reason       string    `json:"reason" doc:"10 to 4,000 characters; the auditor reads it."`
		Compensating string    `json:"compensating,omitempty"`
		Until        time.Time `json:"until" doc:"At most 366 days ahead."`
	}
}

func askExclusion(ctx context.Context, s *suite.Suite, who access.Actor, in *AskIn) (*Exclusion, error) {
	b := &in.Body
	e, err := s.Checks.Ask(ctx, who, check.Exclusion{
		Check: b.Check, Ref: resource.Ref{Kind: b.Resource.Kind, Authority: b.Resource.Authority, ID: b.Resource.ID},
		Reason: b.Reason, Compensating: b.Compensating, Until: b.Until.UTC(),
	})
	if err != nil {
		return nil, err
	}
	out := exclusionOf(&e)
	return &out, nil
}

// DecisionIn decides about something with an id.
type DecisionIn struct {
	ID   string `path:"id"`
	Body Decision
}

func decideExclusion(ctx context.Context, s *suite.Suite, who access.Actor, in *DecisionIn) (*none, error) {
	return &none{}, s.Checks.DecideExclusion(ctx, who, in.ID, in.Body.Approve)
}

func liftExclusion(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Checks.Lift(ctx, who, in.ID)
}
