package cli

import (
	"context"
	"strings"

	"assay/internal/api"
)

// engagementVerbs are what engagements have besides what every register has.
func engagementVerbs(about of) []verb {
	return []verb{
		{"workpapers", "Write the working papers in a package that assay-verify verifies.", engagementWorkpapersCmd{of: about}},
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
