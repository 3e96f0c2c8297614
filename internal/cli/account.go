package cli

import (
	"cmp"
	"context"
	"strings"

	"assay/internal/api"
)

type accountCmd struct {
	List    accountListCmd    `cmd:"" help:"Every account that connected systems show, and whose it is."`
	Show    accountShowCmd    `cmd:"" help:"One account with everything that was said of it."`
	Confirm accountConfirmCmd `cmd:"" help:"Say that an account is a person's."`
	Declare accountDeclareCmd `cmd:"" help:"Say that an account is a service's, and who answers for it."`
	Revoke  accountRevokeCmd  `cmd:"" help:"Take back whose an account is."`
	Match   accountMatchCmd   `cmd:"" help:"Match what the rules find, by address and by identity provider."`
}

type accountListCmd struct {
	State  string `placeholder:"STATE" help:"Only these: orphan, matched, service, off, system."`
	System string `placeholder:"KIND" help:"Only accounts of this kind."`
	Person string `placeholder:"ID" help:"Only what is this person's, or what they answer for."`
	Admin  bool   `help:"Only those with administrative power."`
	Query  string `placeholder:"TEXT" help:"In name and address."`
}

// Run lists accounts.
func (c *accountListCmd) Run(ctx context.Context, r *run) error {
	in := &api.AccountsIn{State: c.State, System: c.System, Person: c.Person, Admin: c.Admin, Query: c.Query}
	out, err := whole[api.Accounts](ctx, r, "account.list", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Accounts) {
		rows := [][]string{{"account", "system", "name", "state", "whose", "how"}}
		for i := range v.Accounts {
			a := &v.Accounts[i]
			rows = append(rows, []string{a.ID, a.System, clip(a.Name, 40), a.State, whose(a), a.How})
		}
		p.table(rows)
		for _, why := range v.Incomplete {
			p.line("Accounts may be missing: %s", why)
		}
		if n := v.Counts["orphan"]; n > 0 {
			p.line("%d can be used and are nobody's.", n)
		}
	})
}

func whose(a *api.Account) string {
	if a.Person != "" && !a.Works {
		return a.PersonName + ", not here"
	}
	return a.PersonName
}

type accountShowCmd struct {
	Account string `arg:"" help:"Id."`
}

// Run shows an account.
func (c *accountShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.AccountDetail](ctx, r, "account.show", &api.ID{ID: c.Account})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.AccountDetail) {
		p.line("%s  %s, %s", v.ID, v.Name, v.State)
		p.line("%s · %s · %s", v.System, v.Resource.ID, cmp.Or(v.Email, "no address"))
		if v.Person != "" {
			p.line("%s, by %s%s", whose(&v.Account), v.How, strings.TrimSuffix(": "+v.Purpose, ": "))
		}
		if v.Proposed != "" {
			p.line("the rules find %s", v.Proposed)
		}
		for i := range v.Matches {
			m := &v.Matches[i]
			if m.EndedAt != nil {
				p.line("  until %s  %s, by %s; revoked by %s: %s", m.EndedAt.Local().Format("2006-01-02 15:04"), m.Person.Name, m.How, m.EndedBy, m.Why)
			}
		}
	})
}

type accountConfirmCmd struct {
	Account string `arg:"" help:"Id."`
	Person  string `arg:"" help:"Id, or work address."`
}

// Run confirms whose an account is.
func (c *accountConfirmCmd) Run(ctx context.Context, r *run) error {
	in := &api.ConfirmIn{ID: c.Account}
	in.Body.Person = c.Person
	if _, err := change[nothing](ctx, r, "account.confirm", in); err != nil {
		return err
	}
	r.note("%s is the account of %s.", c.Account, c.Person)
	return nil
}

type accountDeclareCmd struct {
	Account string `arg:"" help:"Id."`
	Owner   string `required:"" placeholder:"PERSON" help:"Id, or work address, of who answers for it."`
	Purpose string `required:"" placeholder:"TEXT" help:"What it does."`
}

// Run declares a service's account.
func (c *accountDeclareCmd) Run(ctx context.Context, r *run) error {
	in := &api.DeclareIn{ID: c.Account}
	in.Body.Owner, in.Body.Purpose = c.Owner, c.Purpose
	if _, err := change[nothing](ctx, r, "account.declare", in); err != nil {
		return err
	}
	r.note("%s is a service's; %s answers for it.", c.Account, c.Owner)
	return nil
}

type accountRevokeCmd struct {
	Account string `arg:"" help:"Id."`
	Why     string `required:"" placeholder:"TEXT" help:"Why it was wrong."`
}

// Run revokes a match.
func (c *accountRevokeCmd) Run(ctx context.Context, r *run) error {
	in := &api.RevokeIn{ID: c.Account}
	in.Body.Why = c.Why
	if _, err := change[nothing](ctx, r, "account.revoke", in); err != nil {
		return err
	}
	r.note("%s is nobody's now. What was said before is kept.", c.Account)
	return nil
}

type accountMatchCmd struct{}

// Run matches what the rules find.
func (c *accountMatchCmd) Run(ctx context.Context, r *run) error {
	out, err := change[api.Made](ctx, r, "account.match", &api.MatchIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Made) { p.line("%d matched.", v.Made) })
}
