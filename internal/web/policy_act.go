package web

import (
	"context"
	"strconv"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// policyActs does something to the policy that the address names, and shows it
// again, with what was wrong if it was refused.
func (s *Server) policyActs(r *request, said string, do func(ctx context.Context, id string) error) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	err := do(r.Context(), id)
	switch k := fault.Of(err); {
	case err == nil:
		return s.done(r, said, "/policies/"+id)
	case k == fault.Invalid || k == fault.Conflict:
		return s.showPolicy(r, err)
	}
	return answer{}, err
}

func (s *Server) policySubmit(r *request) (answer, error) {
	return s.policyActs(r, "It waits for approval by somebody who did not write on it.", func(ctx context.Context, id string) error {
		return s.Suite.Policies.Submit(ctx, r.who, id)
	})
}

func (s *Server) policyApprove(r *request) (answer, error) {
	return s.policyActs(r, "Approved.", func(ctx context.Context, id string) error {
		var wrong []fault.Field
		from := r.date("effective_on", &wrong)
		if len(wrong) > 0 {
			return fault.Fields("The version was not approved.", wrong...)
		}
		return s.Suite.Policies.Approve(ctx, r.who, id, from)
	})
}

func (s *Server) policyReturn(r *request) (answer, error) {
	return s.policyActs(r, "It is a draft again.", func(ctx context.Context, id string) error {
		return s.Suite.Policies.Return(ctx, r.who, id, r.text("why"))
	})
}

func (s *Server) policyWithdraw(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	err := s.Suite.Policies.Withdraw(r.Context(), r.who, id)
	if fault.Is(err, fault.Conflict) {
		return s.showPolicy(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	if _, err := s.Suite.Policies.Get(r.Context(), r.who, id); fault.Is(err, fault.NotFound) {
		return s.done(r, id+" is gone: no version of it was ever approved.", "/policies")
	}
	return s.done(r, "Withdrawn.", "/policies/"+id)
}

func (s *Server) policyRetire(r *request) (answer, error) {
	return s.policyActs(r, "Retired. It binds nobody from today on.", func(ctx context.Context, id string) error {
		return s.Suite.Policies.Retire(ctx, r.who, id, false)
	})
}

func (s *Server) policyRestore(r *request) (answer, error) {
	return s.policyActs(r, "It binds again.", func(ctx context.Context, id string) error {
		return s.Suite.Policies.Retire(ctx, r.who, id, true)
	})
}

func (s *Server) policyAccept(r *request) (answer, error) {
	return s.policyActs(r, "Accepted. Thank you.", func(ctx context.Context, id string) error {
		n, err := strconv.Atoi(r.text("version"))
		if err != nil {
			return fault.New(fault.Conflict, "Open the policy, read it, and accept it under its end.")
		}
		return s.Suite.Policies.Accept(ctx, r.who, id, n)
	})
}

func (s *Server) policyReviewForm(r *request) (answer, error) {
	if err := r.may(access.PolicyApprove); err != nil {
		return answer{}, err
	}
	return s.showReview(r, nil)
}

func (s *Server) showReview(r *request, refused error) (answer, error) {
	d, err := s.Suite.Policies.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{
		Head:  view.Head{Title: "Record a review", Answer: view.Say("Of what is in force, when nothing has to change. If something has to, write the next version.")},
		Title: d.Title, Form: view.Form{
			Action: r.URL.Path, Submit: "Record", Cancel: view.Ref{Label: "Cancel", Href: "/policies/" + d.ID},
			Fields: []view.Input{{Name: "note", Label: "What was looked at, and why it stays", Type: "textarea", Full: true, Required: true, Value: r.typed("note", "")}},
		},
	}
	crumbs := []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: d.ID, Href: "/policies/" + d.ID}, {Label: "Review"}}
	return s.showForm(r, s.shell(r, "Record a review", "policies", crumbs...), &f, refused)
}

func (s *Server) policyReview(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	err := s.Suite.Policies.Review(r.Context(), r.who, id, r.text("note"))
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return s.showReview(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "The review is recorded.", "/policies/"+id)
}
