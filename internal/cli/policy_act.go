package cli

import (
	"context"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/policy"
)

type policyAddCmd struct {
	Policy   string   `arg:"" help:"Id: capital letters, digits and hyphens, such as PLC-AUP."`
	File     string   `arg:"" help:"Markdown; - for standard input."`
	Title    string   `required:"" help:"What it is called."`
	Audience []string `placeholder:"DEPARTMENT" help:"Whom it binds; everybody unless given."`
	Control  []string `placeholder:"ID" help:"Controls that it backs."`
	Accept   int      `default:"30" placeholder:"DAYS" help:"Within which people accept it; 0 asks nobody."`
	Again    int      `default:"12" placeholder:"MONTHS" help:"After which acceptance is asked for again; 0 never."`
	Review   int      `default:"12" placeholder:"MONTHS" help:"Between two reviews."`
}

// Run begins a policy.
func (c *policyAddCmd) Run(ctx context.Context, r *run) error {
	text, err := r.words(c.File)
	if err != nil {
		return err
	}
	in := &api.PolicyAddIn{}
	in.Body.ID, in.Body.Text, in.Body.Ask = c.Policy, text, true
	in.Body.PolicyFields = api.PolicyFields{
		Title: c.Title, Audience: c.Audience, Controls: c.Control, ReviewMonths: c.Review, AcceptDays: c.Accept, AgainMonths: c.Again,
	}
	if _, err := change[nothing](ctx, r, "policy.add", in); err != nil {
		return err
	}
	r.note("Version 1 of %s is a draft. Send it for approval: assay policy submit %s", strings.ToUpper(c.Policy), strings.ToUpper(c.Policy))
	return nil
}

// words reads a text from a file or from standard input.
func (r *run) words(file string) (string, error) {
	b, err := r.read(file, policy.MostText+1)
	return string(b), err
}

type policyEditCmd struct {
	Policy   string   `arg:"" help:"Id."`
	File     string   `help:"Markdown of the next version; - for standard input."`
	Note     string   `help:"What changes, for its readers."`
	Ask      bool     `help:"Everybody accepts it anew."`
	Title    *string  `help:"What it is called."`
	Owner    *string  `placeholder:"USER" help:"Who answers for it."`
	Audience []string `placeholder:"DEPARTMENT" help:"Whom it binds."`
	Everyone bool     `help:"It binds everybody who works here."`
	Control  []string `placeholder:"ID" help:"Controls that it backs; those named replace all."`
	Accept   *int     `placeholder:"DAYS" help:"Within which people accept it; 0 asks nobody."`
	Again    *int     `placeholder:"MONTHS" help:"After which acceptance is asked for again; 0 never."`
	Review   *int     `placeholder:"MONTHS" help:"Between two reviews."`
}

// Run changes what is given and keeps the rest.
func (c *policyEditCmd) Run(ctx context.Context, r *run) error {
	have, err := call[api.PolicyDetail](ctx, r, "policy.show", &api.ID{ID: c.Policy})
	if err != nil {
		return err
	}
	in := &api.PolicyEditIn{ID: have.ID, Body: have.PolicyFields}
	about := set(&in.Body.Title, c.Title)
	about = set(&in.Body.Owner, c.Owner) || about
	if len(c.Audience) > 0 || c.Everyone {
		in.Body.Audience, about = c.Audience, true
	}
	if len(c.Control) > 0 {
		in.Body.Controls, about = c.Control, true
	}
	about = set(&in.Body.AcceptDays, c.Accept) || about
	about = set(&in.Body.AgainMonths, c.Again) || about
	about = set(&in.Body.ReviewMonths, c.Review) || about
	if !about && c.File == "" {
		return fault.New(fault.Invalid, "Say what to change: --file for the text, or such as --title. What is not given stays.")
	}
	if about {
		if _, err := change[nothing](ctx, r, "policy.edit", in); err != nil {
			return err
		}
	}
	if c.File != "" {
		text, err := r.words(c.File)
		if err != nil {
			return err
		}
		draft := &api.PolicyWriteIn{ID: have.ID, Body: api.PolicyWords{Text: text, Note: c.Note, Ask: c.Ask}}
		if _, err := change[nothing](ctx, r, "policy.write", draft); err != nil {
			return err
		}
	}
	r.note("%s is changed. What was before is in the history.", have.ID)
	return nil
}

// set puts what was given into its place, and tells whether it was.
func set[T any](into, given *T) bool {
	if given != nil {
		*into = *given
	}
	return given != nil
}

type policySubmitCmd struct {
	Policy string `arg:"" help:"Id."`
}

// Run sends the draft for approval.
func (c *policySubmitCmd) Run(ctx context.Context, r *run) error {
	return acted(ctx, r, "policy.submit", &api.ID{ID: c.Policy}, "It waits for approval by somebody who did not write it.")
}

type policyReturnCmd struct {
	Policy string `arg:"" help:"Id."`
	Why    string `required:"" help:"What should change."`
}

// Run gives a version back.
func (c *policyReturnCmd) Run(ctx context.Context, r *run) error {
	in := &api.PolicyReturnIn{ID: c.Policy}
	in.Body.Why = c.Why
	return acted(ctx, r, "policy.return", in, "It is a draft again.")
}

type policyApproveCmd struct {
	Policy string `arg:"" help:"Id."`
	From   string `placeholder:"DATE" help:"First day in force; today unless given."`
}

// Run puts a version in force.
func (c *policyApproveCmd) Run(ctx context.Context, r *run) error {
	in := &api.PolicyApproveIn{ID: c.Policy}
	in.Body.EffectiveOn = c.From
	return acted(ctx, r, "policy.approve", in, "Approved. Whoever it binds is asked to accept it from its first day on.")
}

type policyWithdrawCmd struct {
	Policy string `arg:"" help:"Id."`
}

// Run takes a version back.
func (c *policyWithdrawCmd) Run(ctx context.Context, r *run) error {
	return acted(ctx, r, "policy.withdraw", &api.ID{ID: c.Policy}, "Withdrawn.")
}

type policyReviewCmd struct {
	Policy string `arg:"" help:"Id."`
	Note   string `required:"" help:"What was looked at, and why nothing changes."`
}

// Run records a review.
func (c *policyReviewCmd) Run(ctx context.Context, r *run) error {
	in := &api.PolicyReviewIn{ID: c.Policy}
	in.Body.Note = c.Note
	return acted(ctx, r, "policy.review", in, "Recorded.")
}

type policyRetireCmd struct {
	Policy string `arg:"" help:"Id."`
	Again  bool   `help:"Bring it back."`
}

// Run ends a policy.
func (c *policyRetireCmd) Run(ctx context.Context, r *run) error {
	in := &api.PolicyRetireIn{ID: c.Policy}
	in.Body.Again = c.Again
	if c.Again {
		return acted(ctx, r, "policy.retire", in, "It binds again.")
	}
	return acted(ctx, r, "policy.retire", in, "It binds nobody from today on.")
}

type policyAcceptCmd struct {
	Policy  string `arg:"" help:"Id."`
	Version int    `required:"" help:"The version that you read: assay policy text ID"`
}

// Run accepts a policy.
func (c *policyAcceptCmd) Run(ctx context.Context, r *run) error {
	in := &api.PolicyAcceptIn{ID: c.Policy}
	in.Body.Version = c.Version
	return acted(ctx, r, "policy.accept", in, "Accepted.")
}

// acted calls an operation that answers with nothing, and says what came of it.
func acted[In any](ctx context.Context, r *run, operation string, in *In, said string) error {
	out, err := change[nothing](ctx, r, operation, in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, _ *nothing) { p.line("%s", said) })
}
