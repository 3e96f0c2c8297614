package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"assay/internal/api"
)

type checkCmd struct {
	List    checkListCmd    `cmd:"" help:"Every check with its newest run."`
	Show    checkShowCmd    `cmd:"" help:"One check: what fails, why, and what to do."`
	Results checkResultsCmd `cmd:"" help:"What the newest run of a check says of each resource."`
	Run     checkRunCmd     `cmd:"" help:"Judge checks now, over what is collected."`
	Test    checkTestCmd    `cmd:"" help:"Run the golden cases of a check's file; needs no store."`
	Propose checkProposeCmd `cmd:"" help:"Propose a check of one's own, or a new version of one."`
	Decide  checkDecideCmd  `cmd:"" help:"Approve or reject a proposal of somebody else."`
	Exclude checkExcludeCmd `cmd:"" help:"Ask that a resource not count for a check until a day."`
}

type checkListCmd struct {
	Status  string `placeholder:"STATUS" help:"Only those whose newest run says so: pass, fail, unknown, no_occurrence, not_run."`
	Control string `placeholder:"CONTROL" help:"Only those that serve this control."`
}

// Run lists the checks.
func (c *checkListCmd) Run(ctx context.Context, r *run) error {
	in := &api.ChecksIn{Status: c.Status, Control: c.Control}
	out, err := whole[api.Checks](ctx, r, "check.list", in)
	if err != nil {
		return err
	}
	if err := emit(r, out, printChecks); err != nil {
		return err
	}
	return checksExit(out.Checks)
}

func checksExit(list []api.Check) error {
	var failing, unknown bool
	for i := range list {
		failing = failing || list[i].Status == statusFail
		unknown = unknown || list[i].Status == statusUnknown || list[i].Status == "not_run"
	}
	switch {
	case failing:
		return found(exitFailing)
	case unknown:
		return found(exitUnknown)
	}
	return nil
}

// The statuses that an exit code follows from.
const (
	statusFail    = "fail"
	statusUnknown = "unknown"
)

func printChecks(p *paper, out *api.Checks) {
	if len(out.Checks) == 0 {
		p.line("No checks. They come into force when something they judge is collected: assay connector add")
		return
	}
	rows := [][]string{{"check", "status", "failing", "population", "what must hold"}}
	for i := range out.Checks {
		c := &out.Checks[i]
		population := "–"
		if c.Last != nil {
			population = strconv.Itoa(c.Last.Counts.Population)
		}
		rows = append(rows, []string{c.ID, c.Status, strconv.Itoa(c.Failing), population, clip(c.Title, 70)})
	}
	p.table(rows)
}

type checkResultsCmd struct {
	Check  string `arg:"" help:"Id, such as linux.sshd.root_login."`
	Status string `placeholder:"STATUS" help:"Only those: pass, fail, unknown, excluded."`
}

// Run lists what the newest run of a check says of each resource.
func (c *checkResultsCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Results](ctx, r, "check.results", &api.ResultsIn{ID: c.Check, Status: c.Status})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, out *api.Results) {
		if len(out.Results) == 0 {
			p.line("No results.")
			return
		}
		rows := [][]string{{"resource", "status", "since", "why"}}
		for i := range out.Results {
			res := &out.Results[i]
			rows = append(rows, []string{clip(cmp.Or(res.Label, res.Resource.ID), 40), res.Status, moment(&res.Since, time.Local), clip(res.Message, 80)})
		}
		p.table(rows)
	})
}

type checkShowCmd struct {
	Check string `arg:"" help:"Id, such as linux.sshd.root_login."`
}

// Run shows a check.
func (c *checkShowCmd) Run(ctx context.Context, r *run) error {
	d, err := call[api.CheckDetail](ctx, r, "check.show", &api.CheckIn{ID: c.Check})
	if err != nil {
		return err
	}
	if err := emit(r, d, func(p *paper, d *api.CheckDetail) { printCheck(p, d, time.Local) }); err != nil {
		return err
	}
	return checkExit(d, r.Now())
}

// checkExit is what a check says now: past a limit that a control states, or
// where none is stated but a control counts it; failing; unknown.
func checkExit(d *api.CheckDetail, now time.Time) error {
	failing := false
	for i := range d.Results {
		res := &d.Results[i]
		if res.Status != statusFail {
			continue
		}
		failing = true
		if res.FixBy != nil && !res.FixBy.After(now) {
			return found(exitDeviation)
		}
	}
	switch {
	case failing:
		return found(exitFailing)
	case d.Last == nil || d.Last.Status == statusUnknown:
		return found(exitUnknown)
	}
	return nil
}

func printCheck(p *paper, d *api.CheckDetail, zone *time.Location) {
	p.line("%s  %s", d.ID, d.Title)
	printRun(p, d, zone)
	if text := d.Remedy.Text; text != "" {
		p.line("remedy          %s", text)
	}
	for _, way := range []struct{ name, text string }{{"console", d.Remedy.Console}, {"cli", d.Remedy.CLI}, {"terraform", d.Remedy.Terraform}} {
		if way.text != "" {
			p.line("  %-13s %s", way.name, indentBy(way.text, 16))
		}
	}
	if d.Rule.Where != "" {
		p.line("population      where %s", indentBy(d.Rule.Where, 16))
	}
	p.line("must hold       %s", indentBy(d.Rule.Assert, 16))
	for _, l := range d.NotAbout {
		p.line("not about       %s: %s", l.Kind, l.Why)
	}
	for i := range d.Serves {
		limit := d.Serves[i].FixLimit
		if limit == "" {
			limit = "no fix limit stated"
		}
		p.line("control         %s  %s (%s)", d.Serves[i].Control, d.Serves[i].Title, limit)
	}
	if d.Proposal {
		p.line("proposal        a change waits for another person: assay check decide %s", d.ID)
	}
}

// printRun prints the newest run with what fails.
func printRun(p *paper, d *api.CheckDetail, zone *time.Location) {
	if d.Last == nil {
		p.line("result          not run yet: assay check run %s", d.ID)
		return
	}
	n := d.Last.Counts
	p.line("population      %d collected · %d in the population · %d excluded", n.Listed, n.Population, n.Excluded)
	switch d.Last.Status {
	case statusUnknown:
		p.line("result          %s  %s", p.paint(yellow, "could not be judged"), d.Last.Explanation)
	case "no_occurrence":
		p.line("result          nothing to judge: %s", d.Last.Explanation)
	default:
		text := fmt.Sprintf("%d pass · %d fail", n.Pass, n.Fail)
		if n.Unknown > 0 {
			text += fmt.Sprintf(" · %d unknown", n.Unknown)
		}
		p.line("result          %s", text)
	}
	var rows [][]string
	for i := range d.Results {
		if row := failingRow(p, &d.Results[i], zone); row != nil {
			rows = append(rows, row)
		}
	}
	const shown = 20
	p.table(rows[:min(len(rows), shown)])
	if more := n.Fail + n.Unknown - shown; more > 0 {
		p.line("  and %d more: assay check results %s", more, d.ID)
	}
	if d.Last.Index != nil {
		p.line("evidence        %d  %s", *d.Last.Index, d.Last.Leaf)
	} else {
		p.line("evidence        pending  %s", d.Last.Leaf)
	}
}

func failingRow(p *paper, res *api.Result, zone *time.Location) []string {
	var mark string
	switch res.Status {
	case statusFail:
		mark = p.paint(red, "✗")
	case statusUnknown:
		mark = p.paint(yellow, "?")
	default:
		return nil
	}
	due := "since " + moment(&res.Since, zone)
	if res.FixBy != nil {
		due = "fix by " + moment(res.FixBy, zone)
	}
	return []string{"  " + mark + " " + clip(res.Label, 32), clip(res.Message, 80), due}
}
