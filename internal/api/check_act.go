package api

import (
	"context"

	"assay/internal/access"
	"assay/internal/suite"
)

func checkActOperations() []Operation {
	return []Operation{
		{ID: "check.propose", Method: post, Path: "/checks", Permission: access.CheckEdit, Summary: "Propose a check of the organization's own, or a new version of one.", Do: does(proposeCheck)},
		{ID: "check.params", Method: put, Path: "/checks/{id}/params", Permission: access.CheckEdit, Summary: "Propose other parameters for a check that is in force.", Do: does(proposeParams)},
		{ID: "check.approve", Method: post, Path: "/checks/{id}/revisions/{revision}/decision", Permission: access.CheckApprove, Summary: "Put a proposal in force, or reject it. Whoever made it cannot.", Do: does(decideCheck)},
	}
}

// ProposeIn is a check as its author wrote it.
type ProposeIn struct {
	Body struct {
		Definition string            `json:"definition" maxLength:"262144" doc:"YAML, as docs/spec/check.md has it."`
		Params     map[string]string `json:"params,omitempty" doc:"Those that differ from their defaults."`
	}
}

func proposeCheck(ctx context.Context, s *suite.Suite, who access.Actor, in *ProposeIn) (*Revision, error) {
	d, err := s.Checks.Propose(ctx, who, []byte(in.Body.Definition), in.Body.Params)
	if err != nil {
		return nil, err
	}
	out := revisionOf(&d)
	return &out, nil
}

// ParamsIn are parameters to be.
type ParamsIn struct {
	ID   string `path:"id"`
	Body struct {
		Params map[string]string `json:"params" doc:"Those that differ from their defaults."`
	}
}

func proposeParams(ctx context.Context, s *suite.Suite, who access.Actor, in *ParamsIn) (*Revision, error) {
	d, err := s.Checks.SetParams(ctx, who, in.ID, in.Body.Params)
	if err != nil {
		return nil, err
	}
	out := revisionOf(&d)
	return &out, nil
}

// CheckDecisionIn decides about a proposal.
type CheckDecisionIn struct {
	ID       string `path:"id"`
	Revision int    `path:"revision" minimum:"1"`
	Body     Decision
}

func decideCheck(ctx context.Context, s *suite.Suite, who access.Actor, in *CheckDecisionIn) (*none, error) {
	return &none{}, s.Checks.Decide(ctx, who, in.ID, in.Revision, in.Body.Approve)
}
