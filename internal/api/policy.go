package api

import (
	"context"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/policy"
	"assay/internal/suite"
)

func policyOperations() []Operation {
	return []Operation{
		{ID: "policy.list", Method: get, Path: "/policies", Permission: access.PolicyRead, Summary: "The policies, by id, and how they stand.", Do: does(listPolicies)},
		{ID: "policy.show", Method: get, Path: "/policies/{id}", Permission: access.PolicyRead, Summary: "A policy with its versions, who is asked to accept it, and its history.", Do: does(showPolicy)},
		{ID: "policy.owed", Method: get, Path: "/policies/acceptances", Permission: access.PolicyRead, Summary: "Who is asked to accept which policy, and who has.", Do: does(listOwed)},
		{ID: "policy.library", Method: get, Path: "/policies/library", Permission: access.PolicyRead, Summary: "The policies to begin with, and what is asked to fill them.", Do: does(listTemplates)},
		{ID: "policy.mine", Method: get, Path: "/policies/mine", Permission: access.PolicyOwn, Summary: "What the caller still has to accept.", Do: does(listMine)},
	}
}

// PolicyFields are what people say of a policy, besides its text.
type PolicyFields struct {
	Title        string   `json:"title" maxLength:"200"`
	Owner        string   `json:"owner,omitempty" doc:"User id of who answers for it."`
	Audience     []string `json:"audience,omitempty" doc:"Departments that it binds; everybody who works here if absent."`
	Controls     []string `json:"controls,omitempty" doc:"Ids of the controls that it backs."`
	ReviewMonths int      `json:"review_months,omitempty" minimum:"0" maximum:"36" doc:"Between two reviews; 12 if absent."`
	AcceptDays   int      `json:"accept_days" minimum:"0" maximum:"365" doc:"Within which people accept it; 0 asks nobody."`
	AgainMonths  int      `json:"again_months,omitempty" minimum:"0" maximum:"36" doc:"After which acceptance is asked for again; 0 never."`
}

func (f *PolicyFields) policy(id string) policy.Policy {
	return policy.Policy{
		ID: id, Title: f.Title, Owner: f.Owner, Audience: f.Audience, Controls: f.Controls, ReviewMonths: f.ReviewMonths,
		AcceptDays: f.AcceptDays, AgainMonths: f.AgainMonths,
	}
}

// Policy is one policy and how it stands.
type Policy struct {
	ID string `json:"id"`
	PolicyFields
	Version     int    `json:"version,omitempty" doc:"In force; absent while none is."`
	EffectiveOn string `json:"effective_on,omitempty" format:"date" doc:"First day of the version in force."`
	Next        int    `json:"next,omitempty" doc:"Newest version that is not in force yet."`
	NextState   string `json:"next_state,omitempty" enum:"draft,in_review,scheduled"`
	ReviewedOn  string `json:"reviewed_on,omitempty" format:"date"`
	ReviewDueOn string `json:"review_due_on,omitempty" format:"date"`
	RetiredOn   string `json:"retired_on,omitempty" format:"date"`
	Accepted    int    `json:"accepted"`
	Asked       int    `json:"asked" doc:"People who are asked to accept it."`
	Late        int    `json:"late" doc:"Of them, who are late."`
}

func policyOf(l *policy.Listed) Policy {
	out := Policy{
		ID: l.ID, PolicyFields: PolicyFields{
			Title: l.Title, Owner: l.Owner, Audience: l.Audience, Controls: l.Controls, ReviewMonths: l.ReviewMonths, AcceptDays: l.AcceptDays,
			AgainMonths: l.AgainMonths,
		},
		Version: l.Now.Number, EffectiveOn: l.Now.EffectiveOn.String(), Next: l.Next.Number, NextState: string(l.NextState),
		ReviewedOn: l.ReviewedOn.String(), ReviewDueOn: l.ReviewDue.String(), RetiredOn: l.RetiredOn.String(),
		Accepted: l.Accepted, Asked: l.Asked, Late: l.Late,
	}
	return out
}

// PoliciesIn asks for a page of policies.
type PoliciesIn struct{ Page }

// Policies is a page of policies.
type Policies struct {
	Policies []Policy `json:"policies"`
	Next     string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listPolicies(ctx context.Context, s *suite.Suite, who access.Actor, in *PoliciesIn) (*Policies, error) {
	l, err := s.Policies.List(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(l.Policies, in.Page, func(p *policy.Listed) string { return p.ID })
	out := &Policies{Policies: []Policy{}, Next: next}
	for i := range part {
		out.Policies = append(out.Policies, policyOf(&part[i]))
	}
	return out, nil
}

// PolicyVersion is one text of a policy.
type PolicyVersion struct {
	Number      int        `json:"number"`
	State       string     `json:"state" enum:"draft,in_review,scheduled,in_force,superseded,withdrawn"`
	Text        string     `json:"text" doc:"Markdown."`
	Note        string     `json:"note,omitempty" doc:"What changes."`
	Ask         bool       `json:"ask" doc:"Everybody is asked to accept it anew."`
	Author      string     `json:"author" doc:"User id."`
	AuthorName  string     `json:"author_name"`
	WrittenAt   time.Time  `json:"written_at"`
	SubmittedAt *time.Time `json:"submitted_at,omitempty"`
	Returned    string     `json:"returned,omitempty" doc:"Why it was given back."`
	Approver    string     `json:"approver,omitempty" doc:"User id."`
	ApproveName string     `json:"approver_name,omitempty"`
	ApprovedAt  *time.Time `json:"approved_at,omitempty"`
	EffectiveOn string     `json:"effective_on,omitempty" format:"date"`
	Hash        string     `json:"text_sha256,omitempty" doc:"Of an approved text."`
	Leaf        string     `json:"leaf,omitempty" doc:"Entry of the log that seals it."`
}

// Acceptance is how a person stands to a policy.
type Acceptance struct {
	Policy     string     `json:"policy"`
	Title      string     `json:"title"`
	Person     string     `json:"person"`
	Name       string     `json:"name"`
	Version    int        `json:"version" doc:"In force."`
	From       string     `json:"from" format:"date" doc:"Since when it is asked for."`
	DueOn      string     `json:"due_on" format:"date"`
	State      string     `json:"state" enum:"accepted,waiting,late"`
	AcceptedAt *time.Time `json:"accepted_at,omitempty" doc:"Of the last acceptance, of whatever version."`
	AcceptedV  int        `json:"accepted_version,omitempty"`
}

func acceptancesOf(list []policy.Owed) []Acceptance {
	out := make([]Acceptance, 0, len(list))
	for i := range list {
		o := &list[i]
		out = append(out, Acceptance{
			Policy: o.Policy, Title: o.Title, Person: o.Person, Name: o.Name, Version: o.Version, From: o.From.String(), DueOn: o.DueOn.String(),
			State: string(o.Word), AcceptedAt: maybe(o.AcceptedAt), AcceptedV: o.AcceptedV,
		})
	}
	return out
}

// PolicyReview is a look at a version that left it as it is.
type PolicyReview struct {
	Version int    `json:"version"`
	On      string `json:"on" format:"date"`
	By      string `json:"by"`
	ByName  string `json:"by_name"`
	Note    string `json:"note"`
}

// PolicyDetail is a policy with everything about it.
type PolicyDetail struct {
	Policy
	Versions []PolicyVersion `json:"versions" doc:"The newest first."`
	Reviews  []PolicyReview  `json:"reviews"`
	People   []Acceptance    `json:"people" doc:"Who is asked to accept it, who is late at the top."`
	History  []Act           `json:"history"`
}

func showPolicy(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*PolicyDetail, error) {
	d, err := s.Policies.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &PolicyDetail{Policy: policyOf(&d.Listed), People: acceptancesOf(d.People), Versions: []PolicyVersion{}, Reviews: []PolicyReview{}, History: []Act{}}
	for _, v := range slices.Backward(d.Versions) {
		out.Versions = append(out.Versions, PolicyVersion{
			Number: v.Number, State: string(v.StateOn(d.Versions, d.Today)), Text: v.Text, Note: v.Note, Ask: v.Ask, Author: v.Author,
			AuthorName: v.AuthorName, WrittenAt: v.WrittenAt, SubmittedAt: maybe(v.SubmittedAt), Returned: v.Returned, Approver: v.Approver,
			ApproveName: v.ApproveName, ApprovedAt: maybe(v.ApprovedAt), EffectiveOn: v.EffectiveOn.String(), Hash: v.Hash, Leaf: v.Leaf,
		})
	}
	for _, r := range d.Reviews {
		out.Reviews = append(out.Reviews, PolicyReview{Version: r.Version, On: r.On.String(), By: r.By, ByName: r.ByName, Note: r.Note})
	}
	for i := range d.History {
		out.History = append(out.History, actOf(&d.History[i]))
	}
	return out, nil
}

// OwedIn asks for a page of acceptances.
type OwedIn struct {
	Page
	State string `query:"state" enum:"accepted,waiting,late"`
}

// Owed is a page of acceptances.
type Owed struct {
	Acceptances []Acceptance `json:"acceptances"`
	Next        string       `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listOwed(ctx context.Context, s *suite.Suite, who access.Actor, in *OwedIn) (*Owed, error) {
	list, err := s.Policies.Everybodys(ctx, who)
	if err != nil {
		return nil, err
	}
	if in.State != "" {
		list = slices.DeleteFunc(list, func(o policy.Owed) bool { return string(o.Word) != in.State })
	}
	part, next := cut(list, in.Page, func(o *policy.Owed) string { return o.Policy + "/" + o.Person })
	return &Owed{acceptancesOf(part), next}, nil
}

// MineIn asks for what the caller has to accept.
type MineIn struct{ Page }

func listMine(ctx context.Context, s *suite.Suite, who access.Actor, in *MineIn) (*Owed, error) {
	list, err := s.Policies.Mine(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(o *policy.Owed) string { return o.Policy + "/" + o.Person })
	return &Owed{acceptancesOf(part), next}, nil
}

// LibraryIn asks for a page of the library.
type LibraryIn struct{ Page }

// PolicyTemplate is a policy to begin with.
type PolicyTemplate struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Summary  string   `json:"summary"`
	Criteria []string `json:"criteria"`
	Controls []string `json:"controls"`
	Settings []string `json:"settings" doc:"Keys of what it asks."`
	Adopted  bool     `json:"adopted"`
}

// PolicyQuestion is what an organization chooses for itself.
type PolicyQuestion struct {
	Key     string   `json:"key"`
	Label   string   `json:"label"`
	Type    string   `json:"type" enum:"text,number,frequency,choice,yes_no"`
	Unit    string   `json:"unit,omitempty"`
	Default string   `json:"default,omitempty"`
	Min     int      `json:"min,omitempty"`
	Max     int      `json:"max,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Value   string   `json:"value,omitempty" doc:"The answer known so far."`
}

// PolicyLibrary is a page of the library.
type PolicyLibrary struct {
	Templates []PolicyTemplate `json:"templates"`
	Questions []PolicyQuestion `json:"questions" doc:"Of what is not adopted yet; what has no default first."`
	Next      string           `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listTemplates(ctx context.Context, s *suite.Suite, who access.Actor, in *LibraryIn) (*PolicyLibrary, error) {
	l, err := s.Policies.Templates(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(l.Templates, in.Page, func(t *policy.Template) string { return string(t.ID) })
	out := &PolicyLibrary{Templates: []PolicyTemplate{}, Questions: []PolicyQuestion{}, Next: next}
	for i := range part {
		t := &part[i]
		one := PolicyTemplate{ID: string(t.ID), Title: t.Title, Summary: t.Summary, Adopted: t.Adopted, Criteria: []string{}, Controls: []string{}, Settings: []string{}}
		for _, c := range t.Criteria {
			one.Criteria = append(one.Criteria, string(c))
		}
		for _, c := range t.Controls {
			one.Controls = append(one.Controls, string(c))
		}
		for j := range t.Settings {
			one.Settings = append(one.Settings, string(t.Settings[j].Key))
		}
		out.Templates = append(out.Templates, one)
	}
	for i := range l.Questions {
		q := &l.Questions[i]
		out.Questions = append(out.Questions, PolicyQuestion{
			Key: string(q.Key), Label: q.Label, Type: string(q.Type), Unit: q.Unit, Default: q.Default, Min: q.Min, Max: q.Max, Choices: q.Choices,
			Value: l.Values[string(q.Key)],
		})
	}
	return out, nil
}
