package api

import (
	"context"

	"assay/internal/access"
	"assay/internal/policy"
	"assay/internal/suite"
)

func policyActOperations() []Operation {
	return []Operation{
		{ID: "policy.add", Method: post, Path: "/policies", Permission: access.PolicyEdit, Summary: "Begin a policy with the draft of its first version.", Do: does(addPolicy)},
		{ID: "policy.adopt", Method: post, Path: "/policies/adopt", Permission: access.PolicyEdit, Summary: "Begin policies with the library's text.", Do: does(adoptPolicies)},
		{ID: "policy.edit", Method: put, Path: "/policies/{id}", Permission: access.PolicyEdit, Summary: "Change what a policy is about; its text has versions.", Do: does(editPolicy)},
		{ID: "policy.write", Method: put, Path: "/policies/{id}/draft", Permission: access.PolicyEdit, Summary: "Write the draft of the next version.", Do: does(writePolicy)},
		{ID: "policy.submit", Method: post, Path: "/policies/{id}/submit", Permission: access.PolicyEdit, Summary: "Send the draft for approval.", Do: does(submitPolicy)},
		{ID: "policy.return", Method: post, Path: "/policies/{id}/return", Permission: access.PolicyApprove, Summary: "Give a version back to its author.", Do: does(returnPolicy)},
		{ID: "policy.approve", Method: post, Path: "/policies/{id}/approve", Permission: access.PolicyApprove, Summary: "Put a version in force from a day on. Whoever wrote on it cannot.", Do: does(approvePolicy)},
		{ID: "policy.withdraw", Method: post, Path: "/policies/{id}/withdraw", Permission: access.PolicyEdit, Summary: "Take back a version before it is in force.", Do: does(withdrawPolicy)},
		{ID: "policy.review", Method: post, Path: "/policies/{id}/review", Permission: access.PolicyApprove, Summary: "Record that what is in force was looked at and stays.", Do: does(reviewPolicy)},
		{ID: "policy.retire", Method: post, Path: "/policies/{id}/retire", Permission: access.PolicyApprove, Summary: "End a policy, or bring it back.", Do: does(retirePolicy)},
		{ID: "policy.accept", Method: post, Path: "/policies/{id}/accept", Permission: access.PolicyAccept, Summary: "Accept the version in force, for oneself.", Do: does(acceptPolicy)},
	}
}

// PolicyWords are a version's text and what is said of it.
type PolicyWords struct {
	Text string `json:"text" doc:"Markdown."`
	Note string `json:"note,omitempty" maxLength:"500" doc:"What changes."`
	Ask  bool   `json:"ask,omitempty" doc:"Everybody accepts it anew."`
}

func (w *PolicyWords) words() policy.Words {
	return policy.Words{Text: w.Text, Note: w.Note, Ask: w.Ask}
}

// PolicyAddIn is a new policy.
type PolicyAddIn struct {
	Body struct {
		ID string `json:"id" doc:"Capital letters, digits and hyphens, such as PLC-AUP."`
		PolicyFields
		PolicyWords
	}
}

func addPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyAddIn) (*none, error) {
	return &none{}, s.Policies.Add(ctx, who, in.Body.policy(in.Body.ID), in.Body.words())
}

// PolicyEditIn is what a policy is about.
type PolicyEditIn struct {
	ID   string `path:"id"`
	Body PolicyFields
}

func editPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyEditIn) (*none, error) {
	return &none{}, s.Policies.Edit(ctx, who, in.Body.policy(in.ID))
}

// PolicyWriteIn is the draft of a version.
type PolicyWriteIn struct {
	ID   string `path:"id"`
	Body PolicyWords
}

func writePolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyWriteIn) (*none, error) {
	return &none{}, s.Policies.Write(ctx, who, in.ID, in.Body.words())
}

func submitPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Policies.Submit(ctx, who, in.ID)
}

// PolicyReturnIn says why a version goes back.
type PolicyReturnIn struct {
	ID   string `path:"id"`
	Body struct {
		Why string `json:"why" maxLength:"2000"`
	}
}

func returnPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyReturnIn) (*none, error) {
	return &none{}, s.Policies.Return(ctx, who, in.ID, in.Body.Why)
}

// PolicyApproveIn says from when a version is in force.
type PolicyApproveIn struct {
	ID   string `path:"id"`
	Body struct {
		EffectiveOn string `json:"effective_on,omitempty" format:"date" doc:"Today if absent."`
	}
}

func approvePolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyApproveIn) (*none, error) {
	from, err := dateOf("effective_on", in.Body.EffectiveOn)
	if err != nil {
		return nil, err
	}
	return &none{}, s.Policies.Approve(ctx, who, in.ID, from)
}

func withdrawPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Policies.Withdraw(ctx, who, in.ID)
}

// PolicyReviewIn says what was looked at.
type PolicyReviewIn struct {
	ID   string `path:"id"`
	Body struct {
		Note string `json:"note" maxLength:"2000"`
	}
}

func reviewPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyReviewIn) (*none, error) {
	return &none{}, s.Policies.Review(ctx, who, in.ID, in.Body.Note)
}

// PolicyRetireIn ends a policy or brings it back.
type PolicyRetireIn struct {
	ID   string `path:"id"`
	Body struct {
		Again bool `json:"again,omitempty" doc:"Bring it back."`
	}
}

func retirePolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyRetireIn) (*none, error) {
	return &none{}, s.Policies.Retire(ctx, who, in.ID, in.Body.Again)
}

// PolicyAcceptIn says which version was read.
type PolicyAcceptIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int `json:"version" minimum:"1"`
	}
}

func acceptPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyAcceptIn) (*none, error) {
	return &none{}, s.Policies.Accept(ctx, who, in.ID, in.Body.Version)
}

// PolicyAdoptIn says which policies of the library to begin with, and answers
// what they ask.
type PolicyAdoptIn struct {
	Body struct {
		Policies []string          `json:"policies"`
		Values   map[string]string `json:"values,omitempty" doc:"By key; what has a default needs none."`
	}
}

func adoptPolicies(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyAdoptIn) (*none, error) {
	return &none{}, s.Policies.Adopt(ctx, who, in.Body.Policies, in.Body.Values)
}
