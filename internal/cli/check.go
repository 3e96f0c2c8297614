package cli

import (
	"context"
	"fmt"

	"assay/internal/api"
)

type checkCmd struct {
	List checkListCmd `cmd:"" help:"Every check with its newest run."`
}

type checkListCmd struct {
	Status  string `placeholder:"STATUS" help:"Only those whose newest run says so: pass, fail, unknown, no_occurrence, not_run."`
	Control string `placeholder:"CONTROL" help:"Only those that serve this control."`
}

// Run lists the checks.
func (c *checkListCmd) Run(ctx context.Context, r *run) error {
	in := &api.ChecksIn{Page: everything(), Status: c.Status, Control: c.Control}
	out, err := call[api.Checks](ctx, r, "check.list", in)
	if err != nil {
		return err
	}
	if err := emit(r, out, printChecks); err != nil {
		return err
	}
	return checksExit(out.Checks)
}

// everything asks for a whole list.
func everything() api.Page { return api.Page{Limit: 1000} }

func checksExit(list []api.Check) error {
	var failing, unknown bool
	for i := range list {
		failing = failing || list[i].Status == "fail"
		unknown = unknown || list[i].Status == "unknown" || list[i].Status == "not_run"
	}
	switch {
	case failing:
		return found(exitFailing)
	case unknown:
		return found(exitUnknown)
	}
	return nil
}

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
			population = fmt.Sprint(c.Last.Counts.Population)
		}
		rows = append(rows, []string{c.ID, c.Status, fmt.Sprint(c.Failing), population, clip(c.Title, 70)})
	}
	p.table(rows)
}
