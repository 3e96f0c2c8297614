package cli

import (
	"context"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/member"
)

type userCmd struct {
	List      userListCmd      `cmd:"" help:"The members of the organization, and invitations."`
	Invite    userInviteCmd    `cmd:"" help:"Make a link with which somebody joins; no mail server is needed."`
	Import    userImportCmd    `cmd:"" help:"Make a link for each person of a CSV file or workbook: name, email, role, until."`
	Role      userRoleCmd      `cmd:"" help:"Give a member another role."`
	Until     userUntilCmd     `cmd:"" help:"Say when a membership ends by itself, such as one for support."`
	Rm        userRmCmd        `cmd:"" help:"End a membership with its sessions and tokens."`
	Former    userFormerCmd    `cmd:"" help:"Users who left, and whose names the trail holds."`
	Erase     userEraseCmd     `cmd:"" help:"Erase a user who left: names go, what they did stays."`
	Kept      userKeptCmd      `cmd:"" help:"What is kept of somebody, as JSON."`
	Retention userRetentionCmd `cmd:"" help:"How long names of users who left are kept."`
	Reset     userResetCmd     `cmd:"" help:"Make a link for somebody who lost the way in. Only where the store is."`
}

type userListCmd struct{}

type usersOut struct {
	Users       []api.User       `json:"users"`
	Invitations []api.Invitation `json:"invitations"`
}

// Run lists users and invitations.
func (userListCmd) Run(ctx context.Context, r *run) error {
	users, err := whole[api.Users](ctx, r, "user.list", &api.UsersIn{})
	if err != nil {
		return err
	}
	invited, err := whole[api.Invitations](ctx, r, "invitation.list", &api.UsersIn{})
	if err != nil {
		return err
	}
	return emit(r, &usersOut{users.Users, invited.Invitations}, func(p *paper, v *usersOut) {
		rows := [][]string{{"user", "name", "address", "role", "last here", "until"}}
		for i := range v.Users {
			u := &v.Users[i]
			rows = append(rows, []string{u.ID, u.Name, u.Email, u.Role, moment(u.LastAt, time.Local), moment(u.Until, time.Local)})
		}
		for i := range v.Invitations {
			if x := &v.Invitations[i]; x.State == "pending" {
				rows = append(rows, []string{x.ID, x.Name, x.Email, x.Role, "invited, until " + x.ExpiresAt.Local().Format(time.DateOnly), moment(x.Until, time.Local)})
			}
		}
		p.table(rows)
	})
}

type userInviteCmd struct {
	Email   string `arg:"" help:"Address."`
	Name    string `required:"" help:"Name."`
	Role    string `required:"" help:"lead, owner, provider, auditor, viewer, employee, or a role of your own that is approved."`
	Until   string `placeholder:"DAY" help:"The membership ends by itself with this day, such as for support: 2026-03-31."`
	Despite string `placeholder:"WHY" help:"Why an auditor counts as independent who works for a provider of yours."`
}

// Run makes an invitation.
func (c *userInviteCmd) Run(ctx context.Context, r *run) error {
	in := &api.InviteIn{}
	in.Body.Email, in.Body.Name, in.Body.Role, in.Body.Despite = c.Email, c.Name, c.Role, c.Despite
	var err error
	if in.Body.Until, err = endOf(c.Until); err != nil {
		return err
	}
	out, err := change[api.Invitation](ctx, r, "user.invite", in)
	if err != nil {
		return err
	}
	link := r.link(out.Link)
	return emit(r, out, func(p *paper, v *api.Invitation) {
		p.line("%s", link)
		p.line("Send this to %s. It lets its holder join as %s, once, until %s.", v.Email, v.Role, v.ExpiresAt.Local().Format("2 Jan 2006 15:04"))
	})
}

type userImportCmd struct {
	File string `arg:"" help:"CSV file or workbook (XLSX); - for standard input. Columns: name, email, role, and until, a day."`
}

// Run invites the people of a file; with --dry-run it says what would be done.
func (c *userImportCmd) Run(ctx context.Context, r *run) error {
	file, err := r.read(c.File, member.MostFile)
	if err != nil {
		return err
	}
	in := &api.UsersImportIn{Apply: !r.DryRun, RawBody: file}
	r.DryRun = false // the operation itself knows how
	out, err := change[api.UsersImport](ctx, r, "user.import", in)
	if err != nil {
		return err
	}
	if err := emit(r, out, func(p *paper, v *api.UsersImport) { sayInvited(p, r, v) }); err != nil {
		return err
	}
	if out.Counts[string(member.Refused)] > 0 {
		return found(exitFailed)
	}
	return nil
}

func sayInvited(p *paper, r *run, v *api.UsersImport) {
	rows := [][]string{}
	for i := range v.Rows {
		if row := &v.Rows[i]; row.Link != "" {
			rows = append(rows, []string{row.Email, row.Role, r.link(row.Link)})
		}
	}
	if len(rows) > 0 {
		p.table(append([][]string{{"address", "role", "link"}}, rows...))
	}
	for i := range v.Rows {
		if row := &v.Rows[i]; row.Outcome == string(member.Refused) {
			p.line("line %d  %s: %s %s", row.Line, p.paint(red, "refused"), row.Field, row.Why)
		}
	}
	done := "invited. Send each their link: it is shown only now, and works once, within 7 days"
	if !v.Applied {
		done = "to invite; nothing was done"
	}
	p.line("%d %s. %d known already, %d refused.", v.Counts[string(member.Invited)], done, v.Counts[string(member.Known)], v.Counts[string(member.Refused)])
	if len(v.Ignored) > 0 {
		p.line("Columns that mean nothing here: %s", strings.Join(v.Ignored, ", "))
	}
}

// link is a path on the server that is worked on; of a store, the path alone.
func (r *run) link(path string) string {
	at, err := r.remote()
	if err != nil || at.Server == "" {
		return path
	}
	return at.Server + path
}

// user finds a member by id or address.
func user(ctx context.Context, r *run, name string) (string, error) {
	list, err := whole[api.Users](ctx, r, "user.list", &api.UsersIn{})
	if err != nil {
		return "", err
	}
	for i := range list.Users {
		if u := &list.Users[i]; u.ID == name || strings.EqualFold(u.Email, name) {
			return u.ID, nil
		}
	}
	return "", fault.New(fault.NotFound, "There is no user %q in the organization.", name)
}

type userRoleCmd struct {
	User    string `arg:"" help:"Id or address."`
	Role    string `arg:"" help:"lead, owner, provider, auditor, viewer, employee, or a role of your own that is approved."`
	Despite string `placeholder:"WHY" help:"Why an auditor counts as independent who works for a provider of yours."`
}

// Run changes a role.
func (c *userRoleCmd) Run(ctx context.Context, r *run) error {
	id, err := user(ctx, r, c.User)
	if err != nil {
		return err
	}
	in := &api.RoleIn{ID: id}
	in.Body.Role, in.Body.Despite = c.Role, c.Despite
	if _, err := change[nothing](ctx, r, "user.role", in); err != nil {
		return err
	}
	r.note("%s is %s from the next request on.", c.User, c.Role)
	return nil
}

type userUntilCmd struct {
	User string `arg:"" help:"Id or address."`
	Day  string `arg:"" optional:"" help:"Last day, such as 2026-03-31; none: the membership does not end."`
}

// Run says when a membership ends by itself.
func (c *userUntilCmd) Run(ctx context.Context, r *run) error {
	id, err := user(ctx, r, c.User)
	if err != nil {
		return err
	}
	in := &api.UntilIn{ID: id}
	if in.Body.Until, err = endOf(c.Day); err != nil {
		return err
	}
	if _, err := change[nothing](ctx, r, "user.until", in); err != nil {
		return err
	}
	if c.Day == "" {
		r.note("The membership of %s does not end by itself.", c.User)
		return nil
	}
	r.note("The membership of %s ends with %s, by itself.", c.User, c.Day)
	return nil
}

// endOf is the moment at which a day ends where this runs; empty for none.
func endOf(day string) (string, error) {
	if day == "" {
		return "", nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, time.Local)
	if err != nil {
		return "", fault.New(fault.Invalid, "%q is no day. Give one such as 2026-03-31.", day)
	}
	return t.AddDate(0, 0, 1).Format(time.RFC3339), nil
}

type userRmCmd struct {
	User string `arg:"" help:"Id or address."`
}

// Run ends a membership.
func (c *userRmCmd) Run(ctx context.Context, r *run) error {
	id, err := user(ctx, r, c.User)
	if err != nil {
		return err
	}
	if _, err := change[nothing](ctx, r, "user.remove", &api.ID{ID: id}); err != nil {
		return err
	}
	r.note("%s is no member any more; sessions and tokens are ended.", c.User)
	return nil
}

type userResetCmd struct {
	Email   string `arg:"" help:"Address of the user."`
	Factors bool   `help:"Also forget the user's passkeys, authenticator app and recovery codes."`
}

type resetOut struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Path  string `json:"path"`
}

// Run makes a one-time link. Whoever holds the store's files and key may.
func (c *userResetCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("A lost way in is opened where the store is."); err != nil {
		return err
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	if c.Factors {
		if _, err := s.Auth.DropFactors(ctx, c.Email); err != nil {
			return err
		}
	}
	secret, u, err := s.Auth.Reset(ctx, c.Email)
	if err != nil {
		return err
	}
	return emit(r, &resetOut{u.Email, u.Name, "/reset/" + secret}, func(p *paper, v *resetOut) {
		p.line("%s", v.Path)
		p.line("Open this on Assay's address within an hour: %s chooses a new password. The trails of the user's organizations say so.", v.Name)
	})
}
