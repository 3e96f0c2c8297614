package cli

import (
	"context"
	"strconv"
	"time"

	"assay/internal/api"
)

type checkRunCmd struct {
	Checks  []string `arg:"" optional:"" help:"Ids; every check in force unless named."`
	Collect bool     `help:"Collect every source first."`
}

// Run judges checks.
func (c *checkRunCmd) Run(ctx context.Context, r *run) error {
	if c.Collect {
		sync := connectorSyncCmd{All: true}
		if err := sync.sync(ctx, r); err != nil {
			return err
		}
	}
	in := &api.RunIn{}
	in.Body.Checks = c.Checks
	out, err := working(r, "Judging", func() (*api.Runs, error) { return change[api.Runs](ctx, r, "check.run", in) })
	if err != nil {
		return err
	}
	if len(out.Runs) == 1 && !r.JSON {
		d, err := call[api.CheckDetail](ctx, r, "check.show", &api.CheckIn{ID: out.Runs[0].Check})
		if err != nil {
			return err
		}
		if err := emit(r, d, func(p *paper, d *api.CheckDetail) { printRun(p, d, time.Local) }); err != nil {
			return err
		}
		return checkExit(d, r.Now())
	}
	if err := emit(r, out, printRuns); err != nil {
		return err
	}
	return c.exit(ctx, r, out)
}

func printRuns(p *paper, out *api.Runs) {
	rows := [][]string{{"check", "status", "pass", "fail", "unknown", "excluded", "what it says"}}
	for i := range out.Runs {
		v := &out.Runs[i]
		n := v.Counts
		text := v.Explanation
		if text == "" {
			text = v.Title
		}
		rows = append(rows, []string{
			v.Check, v.Status, strconv.Itoa(n.Pass), strconv.Itoa(n.Fail), strconv.Itoa(n.Unknown), strconv.Itoa(n.Excluded), clip(text, 80),
		})
	}
	p.table(rows)
}

// exit is the worst that the runs say. Whether a failure is past its limit is
// asked for the checks that fail.
func (c *checkRunCmd) exit(ctx context.Context, r *run, out *api.Runs) error {
	var worst error
	for i := range out.Runs {
		switch out.Runs[i].Status {
		case statusFail:
			d, err := call[api.CheckDetail](ctx, r, "check.show", &api.CheckIn{ID: out.Runs[i].Check})
			if err != nil {
				return err
			}
			if worst = checkExit(d, r.Now()); codeOf(worst) == exitDeviation {
				return worst
			}
		case statusUnknown:
			if worst == nil {
				worst = found(exitUnknown)
			}
		}
	}
	return worst
}
