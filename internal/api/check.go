package api

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/suite"
)

func checkOperations() []Operation {
	return []Operation{
		{ID: "check.list", Method: get, Path: "/checks", Permission: access.CheckRead, Summary: "The checks in force or proposed, with the newest run of each.", Do: does(listChecks)},
		{ID: "check.show", Method: get, Path: "/checks/{id}", Permission: access.CheckRead, Summary: "A check with its rule, results, failures and runs.", Do: does(showCheck)},
		{ID: "check.run", Method: post, Path: "/checks/run", Permission: access.CheckRun, Summary: "Judge checks now, over what is collected.", Do: does(runChecks)},
	}
}

// Check is a check as it stands.
type Check struct {
	ID          string      `json:"id"`
	Version     int         `json:"version"`
	Revision    int         `json:"revision" doc:"Counts versions and parameter changes here."`
	Title       string      `json:"title" doc:"What is true when it passes."`
	Description string      `json:"description,omitempty"`
	Kind        string      `json:"kind,omitempty"`
	Facet       string      `json:"facet,omitempty"`
	Severity    string      `json:"severity"`
	Criteria    []Criterion `json:"criteria"`
	Controls    []string    `json:"controls" doc:"Of the control library."`
	Origin      string      `json:"origin" enum:"catalog,org"`
	State       string      `json:"state" doc:"Of the definition: in_force or proposed."`
	Proposal    bool        `json:"proposal" doc:"A change waits for approval."`
	Status      string      `json:"status" doc:"Of the newest run: pass, fail, unknown, excluded, no_occurrence; not_run before the first."`
	Failing     int         `json:"failing"`
	Since       *time.Time  `json:"failing_since,omitempty" doc:"Of the longest failing resource."`
	Last        *Run        `json:"last,omitempty"`
}

// Criterion is a criterion that a check bears on.
type Criterion struct {
	ID       string `json:"id"`
	Strength string `json:"strength" enum:"direct,supporting"`
}

// Run is one execution of a check.
type Run struct {
	ID          string     `json:"id"`
	Version     int        `json:"version"`
	Revision    int        `json:"revision"`
	At          time.Time  `json:"at"`
	Status      string     `json:"status"`
	Reason      string     `json:"reason,omitempty"`
	Explanation string     `json:"explanation"`
	Counts      Counts     `json:"counts"`
	From        *time.Time `json:"from,omitempty" doc:"Of the time that is covered, for events."`
	To          *time.Time `json:"to,omitempty"`
	Root        string     `json:"root" doc:"Merkle root of the verdicts, base64."`
	Leaf        string     `json:"leaf" doc:"Of the log."`
	Reused      bool       `json:"reused" doc:"Nothing had changed since the run before, so its verdicts hold."`
	Inputs      []Input    `json:"inputs"`
}

// Counts are numbers of resources in a run.
type Counts struct {
	Listed     int `json:"listed"`
	Out        int `json:"out" doc:"Listed and not in the population."`
	Population int `json:"population"`
	Excluded   int `json:"excluded"`
	Pass       int `json:"pass"`
	Fail       int `json:"fail"`
	Unknown    int `json:"unknown"`
}

// Input is a listing that a run was judged on.
type Input struct {
	Kind       string `json:"kind"`
	Connection string `json:"connection"`
	Collection int64  `json:"collection"`
	Leaf       string `json:"leaf"`
	Use        string `json:"use"`
}

func runOf(r *check.Run) *Run {
	if r == nil {
		return nil
	}
	c := r.Counts
	out := &Run{
		ID: r.ID, Version: r.Version, Revision: r.Revision, At: r.At, Status: string(r.Status), Reason: string(r.Reason),
		Explanation: r.Explain, Root: r.Root.String(), Leaf: r.Leaf, Reused: r.Reused, From: maybe(r.From), To: maybe(r.To),
		Counts: Counts{c.Listed, c.Out, c.Population, c.Excluded, c.Pass, c.Fail, c.Unknown}, Inputs: []Input{},
	}
	for _, i := range r.Inputs {
		out.Inputs = append(out.Inputs, Input{i.Kind, i.Connection, i.Seq, i.Leaf, string(i.Use)})
	}
	return out
}

// maybe is a time that may be none.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// notRun is the status of a check before its first run.
const notRun = "not_run"

func checkOf(c *check.Summary) Check {
	out := Check{
		ID: c.ID, Version: c.Version, Revision: c.Revision, Title: c.Title, Description: c.Description, Kind: c.Kind, Facet: c.Facet,
		Severity: string(c.Severity), Criteria: []Criterion{}, Controls: append([]string{}, c.Controls...), Origin: c.Origin,
		State: string(c.State), Proposal: c.Proposal, Status: notRun, Failing: c.Failing, Since: maybe(c.Oldest.Since), Last: runOf(c.Last),
	}
	for _, x := range c.Criteria {
		out.Criteria = append(out.Criteria, Criterion{x.ID, string(x.Strength)})
	}
	if c.Last != nil {
		out.Status = string(c.Last.Status)
	}
	return out
}

// ChecksIn narrows the list of checks.
type ChecksIn struct {
	Page
	Status  string `query:"status" doc:"Only those whose newest run says so."`
	Control string `query:"control" doc:"Only those that serve this control of the library."`
}

// Checks is a page of checks.
type Checks struct {
	Checks []Check `json:"checks"`
	Next   string  `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listChecks(ctx context.Context, s *suite.Suite, who access.Actor, in *ChecksIn) (*Checks, error) {
	list, err := s.Checks.List(ctx, who)
	if err != nil {
		return nil, err
	}
	var all []Check
	for i := range list {
		c := checkOf(&list[i])
		if (in.Status == "" || c.Status == in.Status) && (in.Control == "" || slices.Contains(c.Controls, in.Control)) {
			all = append(all, c)
		}
	}
	out := &Checks{}
	out.Checks, out.Next = cut(all, in.Page, func(c *Check) string { return c.ID })
	return out, nil
}

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
	Results    []Result    `json:"results" doc:"Open ones: failing, unknown, excluded, passing."`
	Failures   []Failure   `json:"failures" doc:"Newest first."`
	Runs       []Run       `json:"runs" doc:"The newest 60."`
	Revisions  []Revision  `json:"revisions" doc:"Newest first."`
	Exclusions []Exclusion `json:"exclusions"`
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
		Results: []Result{}, Failures: []Failure{}, Runs: []Run{}, Revisions: []Revision{}, Exclusions: []Exclusion{},
	}
	for i := range d.Results {
		t := &d.Results[i]
		out.Results = append(out.Results, Result{refOf(t.Ref), t.Label, string(t.Status), string(t.Reason), t.Message, t.Since})
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
	return out, nil
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
	return r
}

func revisionOf(d *check.Definition) Revision {
	return Revision{
		Revision: d.Revision, Version: d.Version, State: string(d.State), Params: d.Values, Origin: d.Origin,
		EffectiveAt: maybe(d.EffectiveAt), Author: d.Author, Approver: d.Approver, Hash: d.Hash, Leaf: d.Leaf,
	}
}

// RunIn names the checks to run.
type RunIn struct {
	Body struct {
		Checks []string `json:"checks,omitempty" maxItems:"1000" doc:"Ids; all that are in force if there is none."`
	}
}

// CheckRun is a run with the check that it is of.
type CheckRun struct {
	Check string `json:"check"`
	Run
}

// Runs are the runs that were made.
type Runs struct {
	Runs []CheckRun `json:"runs"`
}

func runChecks(ctx context.Context, s *suite.Suite, who access.Actor, in *RunIn) (*Runs, error) {
	if len(in.Body.Checks) == 0 {
		if _, err := s.Checks.Install(ctx, who); err != nil {
			return nil, err
		}
	}
	list, err := s.Checks.Run(ctx, who, in.Body.Checks...)
	if err != nil {
		return nil, err
	}
	out := &Runs{Runs: []CheckRun{}}
	for i := range list {
		out.Runs = append(out.Runs, CheckRun{list[i].Check, *runOf(&list[i])})
	}
	slices.SortFunc(out.Runs, func(a, b CheckRun) int { return strings.Compare(a.Check, b.Check) })
	return out, nil
}
