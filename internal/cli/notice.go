package cli

import (
	"context"
	"time"

	"assay/internal/api"
)

type noticeCmd struct {
	List noticeListCmd `cmd:"" help:"The newest mail to people; on a server without a lead's role, to you."`
	Hour noticeHourCmd `cmd:"" help:"Set the hour of your daily message."`
	Try  noticeTryCmd  `cmd:"" help:"Send yourself a message, to see whether mail arrives."`
}

type noticeListCmd struct{}

// Run lists messages.
func (c *noticeListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Notices](ctx, r, "notice.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Notices) {
		if len(v.Notices) == 0 {
			p.line("Nothing was written yet.")
			return
		}
		rows := [][]string{{"written", "state", "to", "subject", "problem"}}
		for i := range v.Notices {
			n := &v.Notices[i]
			state := n.State
			if n.State == "failed" {
				state = p.paint(red, state)
			}
			rows = append(rows, []string{n.CreatedAt.Format(time.DateTime), state, n.Address, clip(n.Subject, 60), clip(n.Problem, 60)})
		}
		p.table(rows)
	})
}

type noticeHourCmd struct {
	Hour int `arg:"" help:"0 to 23, in the organization's time zone."`
}

// Run sets the hour.
func (c *noticeHourCmd) Run(ctx context.Context, r *run) error {
	in := &api.HourIn{}
	in.Body.Hour = c.Hour
	out, err := change[nothing](ctx, r, "notice.hour", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, _ *nothing) { p.line("Your daily message comes from %02d:00 on.", c.Hour) })
}

type noticeTryCmd struct{}

// Run sends a message.
func (c *noticeTryCmd) Run(ctx context.Context, r *run) error {
	out, err := change[api.Notice](ctx, r, "notice.try", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, n *api.Notice) {
		if n.State == "sent" {
			p.line("The mail server took a message to %s.", n.Address)
			return
		}
		p.line("The mail server did not take it: %s", n.Problem)
	})
}
