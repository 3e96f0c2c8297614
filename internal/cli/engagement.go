package cli

import (
	"context"
	"strconv"
	"strings"

	"assay/internal/api"
)

// engagementVerbs are what engagements have besides what every register has.
func engagementVerbs(about of) []verb {
	return []verb{
		{"workpapers", "Write the working papers in a package that assay-verify verifies.", engagementWorkpapersCmd{of: about}},
		{"roll-forward", "Draft the engagement that follows, with its requests and tests planned anew.", engagementRollCmd{of: about}},
		{"compare", "An engagement beside the one before it.", engagementCompareCmd{of: about}},
	}
}

type engagementWorkpapersCmd struct {
	of  `kong:"-"`
	ID  string `arg:"" help:"Such as EN-01."`
	Out string `required:"" placeholder:"FILE" help:"Where to write; a file that exists is not overwritten without --yes."`
}

// Run writes the working papers of an engagement.
func (c *engagementWorkpapersCmd) Run(ctx context.Context, r *run) error {
	if err := unwritten(r, c.Out); err != nil {
		return err
	}
	if err := fetched(ctx, r, "engagement.workpapers", &api.WorkpapersIn{ID: strings.ToUpper(c.ID)}, c.Out); err != nil {
		return err
	}
	r.note("Verify it on another machine:  assay-verify %s", c.Out)
	return nil
}

type engagementRollCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as EN-01."`
	Title  string `help:"What it is called."`
	From   string `placeholder:"DAY" help:"First day; the day after the period before unless given."`
	To     string `placeholder:"DAY" help:"Last day; twelve months on unless given."`
	AsOf   string `placeholder:"DAY" help:"Of a Type 1; twelve months on unless given."`
	Reason string `help:"Needed while the engagement before has not ended."`
}

// Run drafts the engagement that follows.
func (c *engagementRollCmd) Run(ctx context.Context, r *run) error {
	in := &api.RollForwardIn{ID: strings.ToUpper(c.ID)}
	in.Body.Title, in.Body.From, in.Body.To, in.Body.AsOf, in.Body.Reason = c.Title, c.From, c.To, c.AsOf, c.Reason
	out, err := change[api.RolledForward](ctx, r, "engagement.roll_forward", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.RolledForward) {
		p.line("%s  %s, %s, %s, %s carried; %s still open.", v.ID, count(v.Requests, "request", "requests"), count(v.Populations, "population", "populations"), count(v.Samples, "sample", "samples"),
			count(v.Sheets, "test sheet", "test sheets"), count(len(v.Corrections), "correction", "corrections"))
		for _, left := range v.NotCarried {
			p.line("  %s is not carried: %s.", left.ID, left.Why)
		}
	})
}

type engagementCompareCmd struct {
	of `kong:"-"`
	ID string `arg:"" help:"Such as EN-02."`
}

// Run sets an engagement beside the one before it.
func (c *engagementCompareCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.YearsCompared](ctx, r, "engagement.compare", &api.ID{ID: strings.ToUpper(c.ID)})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.YearsCompared) {
		rows := [][]string{{"", v.Before.ID, v.Now.ID}}
		for _, one := range []struct {
			what        string
			before, now int
		}{
			{"requests", v.Before.Requests, v.Now.Requests},
			{"test sheets", v.Before.Sheets, v.Now.Sheets},
			{"reviewed", v.Before.Reviewed, v.Now.Reviewed},
			{"with deviations", v.Before.Deviating, v.Now.Deviating},
			{"exceptions", v.Before.Exceptions, v.Now.Exceptions},
		} {
			rows = append(rows, []string{one.what, strconv.Itoa(one.before), strconv.Itoa(one.now)})
		}
		p.table(rows)
		p.line("Exceptions in both: %s. Settled: %s.", orNone(v.Again), orNone(v.Settled))
	})
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
