package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/suite"
)

func checkOperations() []Operation {
	return []Operation{
		{ID: "check.list", Method: get, Path: "/checks", Permission: access.CheckRead, Summary: "The checks in force or proposed, with the newest run of each.", Do: does(listChecks)},
		{ID: "check.show", Method: get, Path: "/checks/{id}", Permission: access.CheckRead, Summary: "A check with its rule, results, failures and runs.", Do: does(showCheck)},
		{ID: "check.results", Method: get, Path: "/checks/{id}/results", Permission: access.CheckRead, Summary: "What the newest run of a check says of each resource, by resource.", Do: does(listResults)},
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
	Index       *int64     `json:"index,omitempty" doc:"Place of the leaf in the log; absent until it has one, and in lists."`
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

// RunIn names the checks to run.
type RunIn struct {
	Body struct {
		Checks []string `json:"checks,omitempty" maxItems:"1000" doc:"Ids; all that are in force if there is none."`
	}
}

// CheckRun is a run with the check that it is of.
type CheckRun struct {
	Check string `json:"check"`
	Title string `json:"title"`
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
	runs := make([]Run, 0, len(list))
	for i := range list {
		runs = append(runs, *runOf(&list[i]))
	}
	if err := place(ctx, s, who, runs); err != nil {
		return nil, err
	}
	known, err := s.Checks.List(ctx, who)
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for i := range known {
		titles[known[i].ID] = known[i].Title
	}
	out := &Runs{Runs: []CheckRun{}}
	for i := range list {
		out.Runs = append(out.Runs, CheckRun{list[i].Check, titles[list[i].Check], runs[i]})
	}
	slices.SortFunc(out.Runs, func(a, b CheckRun) int { return strings.Compare(a.Check, b.Check) })
	return out, nil
}
