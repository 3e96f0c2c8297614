package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"assay/internal/api"
)

type logCmd struct {
	List   logListCmd   `cmd:"" help:"The newest entries of the log."`
	Head   logHeadCmd   `cmd:"" help:"How long the log is, and its newest signed head."`
	Verify logVerifyCmd `cmd:"" help:"Compute the whole stored log again, and compare it with every row."`

	Handover logHandoverCmd `cmd:"" help:"Give the keys of all logs to the signer, and forget them here."`
}

type logListCmd struct {
	Limit  int    `default:"20" help:"How many."`
	Before string `placeholder:"N" help:"Only entries before this one."`
}

// Run lists entries.
func (c *logListCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Leaves](ctx, r, "log.list", &api.LogIn{Page: api.Page{Limit: c.Limit, After: c.Before}})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Leaves) {
		rows := [][]string{{"entry", "when", "type", "stream", "by", "hash"}}
		for i := range v.Entries {
			l := &v.Entries[i]
			rows = append(rows, []string{
				strconv.FormatInt(l.Index, 10), l.At.Local().Format("2006-01-02 15:04:05"), l.Type, fmt.Sprintf("%s #%d", l.Stream, l.Seq), l.Actor, l.Hash[:16] + "…",
			})
		}
		p.table(rows)
		p.line("%d entries in all", v.Size)
	})
}

type logHeadCmd struct{}

// Run prints the head.
func (logHeadCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Head](ctx, r, "log.head", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Head) {
		p.line("log       %s", v.Origin)
		p.line("entries   %d, of which %d are signed and %d wait for their place", v.Size, v.Signed, v.Pending)
		p.line("root      %s", v.Root)
		p.line("key       %s", v.Key)
		p.line("signed    %s", moment(v.SignedAt, time.Local))
		seenLines(p, v)
		if v.Checkpoint != "" {
			p.line("\n%s", v.Checkpoint)
		}
	})
}

// seenLines says what others saw of the log, and that nobody did.
func seenLines(p *paper, v *api.Head) {
	line := func(term string, x *api.Seen) {
		text := fmt.Sprintf("%s, %d entries, %s", x.Name, x.Size, moment(x.At, time.Local))
		if x.Problem != "" {
			text += fmt.Sprintf("; asked %s: %s", moment(x.TriedAt, time.Local), x.Problem)
		}
		p.line("%-9s %s", term, text)
	}
	for i := range v.Stamps {
		line("stamped", &v.Stamps[i])
	}
	for i := range v.Witnesses {
		line("cosigned", &v.Witnesses[i])
	}
	if len(v.Stamps) == 0 {
		p.line("time      not anchored: no authority of time is named, so times are this store's clock alone")
	}
	if len(v.Witnesses) == 0 {
		p.line("witness   none: keep checkpoints elsewhere")
	}
}

type logVerifyCmd struct{}

// Run verifies the stored log.
func (logVerifyCmd) Run(ctx context.Context, r *run) error {
	out, err := working(r, "Computing the log again", func() (*api.Verified, error) {
		return call[api.Verified](ctx, r, "log.verify", &struct{}{})
	})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Verified) {
		p.line("%s  every entry   %d, each continues its stream", p.paint(green, "ok"), v.Entries)
		p.line("%s  root          %s", p.paint(green, "ok"), v.Root)
		p.line("%s  signed heads  %d compared, %s not signed yet", p.paint(green, "ok"), v.Checkpoints, count(int(v.Unsigned), "entry", "entries"))
		p.line("%s  rows          %d, each says what its entry says", p.paint(green, "ok"), v.Rows)
		if v.Lost > 0 {
			p.line("lost: %s came back without their rows when a backup was put back; the log names them", count(v.Lost, "entry", "entries"))
		}
		missing(p, v)
		p.line("Proven: the stored log is whole and is what was signed. Not proven: that no other log was ever shown; keep checkpoints elsewhere for that.")
	})
}

// missing lists what the log shows that was not done.
func missing(p *paper, v *api.Verified) {
	if len(v.Missing) == 0 {
		p.line("%s  nothing missing: every collection and every check ran when it was due", p.paint(green, "ok"))
		return
	}
	const form = "2006-01-02 15:04"
	p.line("missing, as the log itself shows:")
	for i := range v.Missing {
		m := &v.Missing[i]
		until := ""
		switch {
		case m.To.IsZero():
			until = " and since"
		case !m.To.Equal(m.From):
			until = " to " + m.To.Local().Format(form)
		}
		p.line("  %s, %s%s: %s", m.Of, m.From.Local().Format(form), until, m.What)
	}
	if v.Further > 0 {
		p.line("  and %d more", v.Further)
	}
}

type logHandoverCmd struct{}

type handedOver struct {
	Logs int `json:"logs"`
	Left int `json:"already"`
}

// Run hands the keys over. The trail of each organization has it.
func (logHandoverCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("Keys are handed over where the store is."); err != nil {
		return err
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would give the keys of all logs to the signer. Nothing was done.")
		return nil
	}
	out := &handedOver{}
	if out.Logs, out.Left, err = s.HandOver(ctx); err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *handedOver) {
		p.line("%s handed over, %d were with a signer before.", count(v.Logs, "key was", "keys were"), v.Left)
		p.line("From now on every command needs --signer. Start what serves this store again. Old backups still hold the keys, sealed under the master key.")
	})
}

type trailCmd struct {
	List trailListCmd `cmd:"" help:"Who did what, newest first."`
}

type trailListCmd struct {
	Limit  int    `default:"30" help:"How many."`
	Actor  string `placeholder:"ID" help:"Only what this user did."`
	Noun   string `help:"Only what was done to this noun."`
	Object string `placeholder:"ID" help:"Only what was done to this one."`
	Query  string `placeholder:"TEXT" help:"In label, name or action."`
}

// Run lists the trail.
func (c *trailListCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Trail](ctx, r, "trail.list", &api.TrailIn{
		Page: api.Page{Limit: c.Limit}, Actor: c.Actor, Noun: c.Noun, Object: c.Object, Query: c.Query,
	})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Trail) {
		rows := [][]string{{"when", "who", "by", "did", "to"}}
		for i := range v.Entries {
			a := &v.Entries[i]
			rows = append(rows, []string{a.At.Local().Format("2006-01-02 15:04:05"), a.Name, a.Door, a.Action, clip(a.Noun+" "+a.Label, 70)})
		}
		p.table(rows)
	})
}
