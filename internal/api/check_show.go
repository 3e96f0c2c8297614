package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/suite"
)

// CheckIn names a check.
type CheckIn struct {
	ID string `path:"id" doc:"Such as linux.sshd.root_login."`
}

// Ref names a resource.
type Ref struct {
	Kind      string `json:"kind"`
	Authority string `json:"authority" doc:"Who gives out the ids."`
	ID        string `json:"id"`
}

func refOf(r resource.Ref) Ref { return Ref{r.Kind, r.Authority, r.ID} }

// Result is what a check says about a resource now.
type Result struct {
	Resource Ref       `json:"resource"`
	Label    string    `json:"label"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason,omitempty"`
	Message  string    `json:"message,omitempty"`
	Since    time.Time `json:"since"`
	// FixBy follows from the shortest limit that a control with this check
	// states, and from the first failing instant where none is stated.
	FixBy *time.Time `json:"fix_by,omitempty" doc:"Of a failure that a control counts: past it, the failure is a deviation."`
}

// Serving is a control of which a check is a lane.
type Serving struct {
	Control  string `json:"control"`
	Title    string `json:"title"`
	FixLimit string `json:"fix_limit" doc:"As its wording states it; empty when it does not."`
}

// Failure is one failing of one resource from begin to end.
type Failure struct {
	Resource Ref        `json:"resource"`
	Label    string     `json:"label"`
	Message  string     `json:"message"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty" doc:"Absent while it lasts."`
	Gone     bool       `json:"gone" doc:"It ended because the resource is gone, not by a pass."`
}

// Rule is what a check says, in its own language.
type Rule struct {
	Scope     string            `json:"scope"`
	Where     string            `json:"where,omitempty"`
	Assert    string            `json:"assert"`
	Freshness string            `json:"freshness"`
	Empty     string            `json:"empty,omitempty"`
	Requires  []string          `json:"requires"`
	Params    map[string]string `json:"params" doc:"Every parameter with the value that holds."`
	Hash      string            `json:"hash" doc:"Of the canonical definition."`
}

// Remedy says how to put a failure right.
type Remedy struct {
	Text      string `json:"text,omitempty"`
	Console   string `json:"console,omitempty"`
	CLI       string `json:"cli,omitempty"`
	Terraform string `json:"terraform,omitempty"`
}

// CheckDetail is everything about one check.
type CheckDetail struct {
	Check
	Rule       Rule        `json:"rule"`
	Remedy     Remedy      `json:"remedy"`
	Serves     []Serving   `json:"serves" doc:"Controls of which it is a lane."`
	Results    []Result    `json:"results" doc:"The first 200: failing, unknown, excluded, passing. check.results has all."`
	Failures   []Failure   `json:"failures" doc:"The newest 200, newest first."`
	Runs       []Run       `json:"runs" doc:"The newest 60."`
	Revisions  []Revision  `json:"revisions" doc:"Newest first."`
	Exclusions []Exclusion `json:"exclusions"`
	NotAbout   []Left      `json:"not_about" doc:"Kinds of its facet that it does not judge, because they do not have what it asks for."`
}

// Left is a kind that a check does not judge.
type Left struct {
	Kind  string `json:"kind"`
	Field string `json:"field" doc:"What the check asks for and the kind does not have."`
	Why   string `json:"why"`
}

// Revision is a version of a check, or a change of its parameters.
type Revision struct {
	Revision    int               `json:"revision"`
	Version     int               `json:"version"`
	State       string            `json:"state"`
	Params      map[string]string `json:"params" doc:"Those that differ from their defaults."`
	Origin      string            `json:"origin"`
	EffectiveAt *time.Time        `json:"effective_at,omitempty"`
	Author      string            `json:"author,omitempty"`
	Approver    string            `json:"approver,omitempty"`
	Hash        string            `json:"hash"`
	Leaf        string            `json:"leaf,omitempty"`
}

func showCheck(ctx context.Context, s *suite.Suite, who access.Actor, in *CheckIn) (*CheckDetail, error) {
	d, err := s.Checks.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &CheckDetail{
		Check: checkOf(&d.Summary), Rule: ruleOf(&d.Definition), Remedy: Remedy(d.Remediation),
		Results: []Result{}, Failures: []Failure{}, Runs: []Run{}, Revisions: []Revision{}, Exclusions: []Exclusion{}, NotAbout: []Left{},
	}
	var limit time.Duration
	if out.Serves, limit, err = serves(ctx, s, who, in.ID); err != nil {
		return nil, err
	}
	for i := range d.Results {
		out.Results = append(out.Results, resultOf(&d.Results[i], len(out.Serves) > 0, limit))
	}
	for i := range d.Failures {
		f := &d.Failures[i]
		out.Failures = append(out.Failures, Failure{refOf(f.Ref), f.Label, f.Message, f.Since, maybe(f.Until), f.Ended == check.Gone})
	}
	for i := range d.Runs {
		out.Runs = append(out.Runs, *runOf(&d.Runs[i]))
	}
	for i := range d.Revisions {
		out.Revisions = append(out.Revisions, revisionOf(&d.Revisions[i]))
	}
	for i := range d.Exclusions {
		out.Exclusions = append(out.Exclusions, exclusionOf(&d.Exclusions[i]))
	}
	for _, l := range d.Left {
		out.NotAbout = append(out.NotAbout, Left(l))
	}
	if out.Last != nil && len(out.Runs) > 0 {
		out.Last = &out.Runs[0]
	}
	return out, place(ctx, s, who, out.Runs)
}

// resultOf is a result; counted says that a control counts the check.
func resultOf(t *check.Transition, counted bool, limit time.Duration) Result {
	r := Result{
		Resource: refOf(t.Ref), Label: t.Label, Status: string(t.Status), Reason: string(t.Reason), Message: t.Message, Since: t.Since,
	}
	if t.Status == rule.Fail && counted {
		r.FixBy = maybe(t.Since.Add(limit))
	}
	return r
}

// ResultsIn asks for results of a check.
type ResultsIn struct {
	Page
	ID     string `path:"id" doc:"Such as linux.sshd.root_login."`
	Status string `query:"status" enum:"pass,fail,unknown,excluded" doc:"Only those; every one if it is not given."`
}

// Results is a page of a check's results.
type Results struct {
	Results []Result `json:"results"`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listResults(ctx context.Context, s *suite.Suite, who access.Actor, in *ResultsIn) (*Results, error) {
	after, err := refAfter(in.After)
	if err != nil {
		return nil, err
	}
	part := check.Part{Status: rule.Status(in.Status), After: &after, Limit: cmp.Or(in.Limit, 100) + 1}
	list, err := s.Checks.Results(ctx, who, in.ID, part)
	if err != nil {
		return nil, err
	}
	serving, limit, err := serves(ctx, s, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Results{Results: []Result{}}
	if len(list) == part.Limit {
		list = list[:len(list)-1]
		if out.Next, err = nextOf(list[len(list)-1].Ref); err != nil {
			return nil, err
		}
	}
	for i := range list {
		out.Results = append(out.Results, resultOf(&list[i], len(serving) > 0, limit))
	}
	return out, nil
}

// nextOf names a resource as the last of a page.
func nextOf(r resource.Ref) (string, error) {
	b, err := json.Marshal([3]string{r.Kind, r.Authority, r.ID})
	return base64.RawURLEncoding.EncodeToString(b), err
}

// refAfter reads what nextOf wrote; empty text is before every resource.
func refAfter(text string) (resource.Ref, error) {
	var words [3]string
	if text == "" {
		return resource.Ref{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &words)
	}
	if err != nil {
		return resource.Ref{}, fault.Wrap(fault.Invalid, err, "after is not the next of a page of these results.")
	}
	return resource.Ref{Kind: words[0], Authority: words[1], ID: words[2]}, nil
}

// serves lists the controls of which a check is a lane, and the shortest fix
// limit among them, which is 0 if one states none.
func serves(ctx context.Context, s *suite.Suite, who access.Actor, id string) (out []Serving, limit time.Duration, err error) {
	view, err := s.Controls.List(ctx, who)
	out = []Serving{}
	for i := range view.Controls {
		v := &view.Controls[i]
		if !slices.Contains(v.Checks(), id) {
			continue
		}
		if len(out) == 0 || v.Limit() < limit {
			limit = v.Limit()
		}
		out = append(out, Serving{v.Control, v.Title, v.FixLimit})
	}
	return out, limit, err
}

// place finds where the leaves of runs stand in the log.
func place(ctx context.Context, s *suite.Suite, who access.Actor, runs []Run) error {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return err
	}
	leaves := make([]string, 0, len(runs))
	for i := range runs {
		leaves = append(leaves, runs[i].Leaf)
	}
	return s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		at, err := ledger.Places(tx, leaves)
		for i := range runs {
			if n, ok := at[runs[i].Leaf]; ok {
				runs[i].Index = &n
			}
		}
		return err
	})
}

func ruleOf(d *check.Definition) Rule {
	r := Rule{
		Scope: string(d.Scope), Where: d.Where, Assert: d.Assert, Freshness: d.Freshness, Empty: string(d.Empty),
		Requires: append([]string{}, d.Requires...), Params: map[string]string{}, Hash: d.Hash,
	}
	if r.Scope == "" {
		r.Scope = string(rule.ScopeResource)
	}
	for name, p := range d.Params {
		r.Params[name] = string(p.Default)
	}
	maps.Copy(r.Params, d.Values)
	if chosen, ok := d.Values[rule.ParamFreshness]; ok {
		r.Freshness = chosen
	}
	return r
}

func revisionOf(d *check.Definition) Revision {
	return Revision{
		Revision: d.Revision, Version: d.Version, State: string(d.State), Params: d.Values, Origin: d.Origin,
		EffectiveAt: maybe(d.EffectiveAt), Author: d.Author, Approver: d.Approver, Hash: d.Hash, Leaf: d.Leaf,
	}
}
