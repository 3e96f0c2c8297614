package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/personal"
)

type userFormerCmd struct{}

// Run lists users who left.
func (userFormerCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.FormerUsers](ctx, r, "user.former", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.FormerUsers) {
		if len(v.Users) == 0 {
			p.line("The trail holds no name of a user who left.")
			return
		}
		rows := [][]string{{"user", "name", "last entry"}}
		for i := range v.Users {
			rows = append(rows, []string{v.Users[i].ID, v.Users[i].Name, v.Users[i].LastAt.Local().Format(time.DateOnly)})
		}
		p.table(rows)
	})
}

type userEraseCmd struct {
	User  string `arg:"" help:"Id, from assay user former."`
	Basis string `required:"" enum:"request,retention" help:"The person asked for it, or the time for which names are kept is over."`
	Why   string `required:"" help:"Such as when they asked. The trail keeps it, without the name."`
}

// Run erases a user who left.
func (c *userEraseCmd) Run(ctx context.Context, r *run) error {
	if !r.Yes {
		return fault.New(fault.Invalid, "Nothing was erased. It cannot be undone: names and addresses of %s go from the trail, invitations, messages and records, and the account if no other organization has it. To do it, add --yes.", c.User)
	}
	in := &api.EraseIn{ID: c.User}
	in.Body.Basis, in.Body.Why = c.Basis, c.Why
	out, err := change[api.Erasure](ctx, r, "user.erase", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Erasure) {
		p.line("Erased from %d entries of the trail. What was done stays, under the pseudonym; the log stays whole.", v.Entries)
		if !v.Account {
			p.line("The account stays: another organization has it as a member, or it may found some.")
		}
	})
}

type userKeptCmd struct {
	User string `arg:"" optional:"" help:"Id or address; empty: your own."`
	Out  string `placeholder:"FILE" help:"JSON file to write; empty: standard output."`
}

// Run gives what is kept of somebody.
func (c *userKeptCmd) Run(ctx context.Context, r *run) error {
	out, err := c.kept(ctx, r)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if c.Out == "" {
		_, err = r.Stdout.Write(b)
		return err
	}
	n, err := writeWhole(c.Out, bytes.NewReader(b))
	if err == nil {
		r.note("%s: %d bytes.", c.Out, n)
	}
	return err
}

func (c *userKeptCmd) kept(ctx context.Context, r *run) (*personal.File, error) {
	if c.User == "" {
		return call[personal.File](ctx, r, "self.kept", &struct{}{})
	}
	id := c.User
	if strings.Contains(id, "@") {
		var err error
		if id, err = user(ctx, r, id); err != nil {
			return nil, err
		}
	}
	return call[personal.File](ctx, r, "user.kept", &api.ID{ID: id})
}

type userRetentionCmd struct {
	Months *int `arg:"" optional:"" help:"12 to 240; 0: until somebody erases them. Empty: show."`
}

// Run shows or says how long names are kept.
func (c *userRetentionCmd) Run(ctx context.Context, r *run) error {
	if c.Months != nil {
		in := &api.RetentionIn{}
		in.Body.Months = *c.Months
		if _, err := change[nothing](ctx, r, "retention.edit", in); err != nil {
			return err
		}
	}
	out, err := call[api.Retention](ctx, r, "retention.show", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Retention) {
		if v.Months == 0 {
			p.line("Names of users who left are kept until somebody erases them.")
			return
		}
		p.line("Names of users who left are erased %s months after their last entry.", strconv.Itoa(v.Months))
	})
}
