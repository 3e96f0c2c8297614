package cli

import (
	"context"
	"strings"

	"assay/internal/api"
)

type controlCmd struct {
	List controlListCmd `cmd:"" help:"Every control, and how it stands."`
}

type controlListCmd struct {
	Group     string `placeholder:"GROUP" help:"Only those counted there: operated, action_needed, deviation, not_due."`
	Criterion string `placeholder:"ID" help:"Only those that help to meet it, such as CC6.1."`
}

// Run lists the controls.
func (c *controlListCmd) Run(ctx context.Context, r *run) error {
	in := &api.ControlsIn{Page: everything(), Group: c.Group, Criterion: c.Criterion}
	out, err := call[api.Controls](ctx, r, "control.list", in)
	if err != nil {
		return err
	}
	return emit(r, out, printControls)
}

func printControls(p *paper, out *api.Controls) {
	if len(out.Controls) == 0 {
		p.line("No controls.")
		return
	}
	rows := [][]string{{"control", "state", "criteria", "owner", "title"}}
	for i := range out.Controls {
		c := &out.Controls[i]
		owner := c.OwnerName
		if owner == "" {
			owner = c.OwnerRole
		}
		rows = append(rows, []string{c.ID, c.Group, clip(strings.Join(c.Criteria, " "), 24), owner, clip(c.Title, 60)})
	}
	p.table(rows)
	p.line("%d operated, %d need action, %d with a deviation, %d not due",
		out.Position.Operated, out.Position.ActionNeeded, out.Position.Deviation, out.Position.NotDue)
}
