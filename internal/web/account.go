package web

import (
	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/person"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// account is one account with everything that was said of it.
func (s *Server) account(r *request) (answer, error) {
	d, err := s.Suite.Accounts.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := page.AccountView{
		Head:  view.Head{Title: d.Name, Badges: []view.Badge{stateOf(&d.Listed)}, Answer: accountAnswer(&d)},
		Empty: "Nothing was said of it yet.",
		Facts: page.PairsCard{Title: "As the system shows it", Pairs: []view.Pair{
			{Term: "System", Value: view.Say(d.Title)},
			{Term: "Address", Value: view.Say(nonEmpty(d.Email, "–"))},
			{Term: "Can be used", Value: view.Say(yesNo(d.Enabled))},
			{Term: "Administrative power", Value: view.Say(yesNo(d.Admin))},
			{Term: "Last used", Value: view.Say(lastUsed(r, d.LastUsed))},
			{Term: "Kind", Value: view.Say(d.Kind), Mono: true},
			{Term: "Id", Value: view.Say(d.Ref.ID), Mono: true},
		}, Note: "The register is collected as facts of kind program.account, so that checks can ask whose each account is."},
	}
	v.Head.Actions = accountActions(r, &d)
	if d.Possible {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Say("It was not in the newest listing, which is incomplete: it may be gone.")})
	}
	for i := range d.Matches {
		v.Said = append(v.Said, saidRow(r, &d, &d.Matches[i]))
	}
	for i := range d.History {
		v.History = append(v.History, trailEvent(r, &d.History[i]))
	}
	crumbs := []view.Crumb{{Label: "Accounts", Href: "/accounts"}, {Label: d.Name}}
	return show(page.Account(s.shell(r, d.Name, "accounts", crumbs...), v))
}

func accountAnswer(d *account.Detail) view.Text {
	if d.Match != nil {
		whose, here := view.A(nonEmpty(d.PersonName, d.Match.Person), "/people/"+d.Match.Person), "."
		if !d.Works {
			here = ", who does not work here."
		}
		if d.State == account.Serving {
			return view.Text{view.T("A service uses it: " + d.Match.Note + ". It is answered for by "), whose, view.T(here)}
		}
		return view.Text{view.T("It is the account of "), whose, view.T(here)}
	}
	if d.State == account.OfSystem {
		return view.Say("It is the product’s own and nobody’s.")
	}
	if d.State == account.Off {
		return view.Say("It cannot be used, and it is not known whose it was.")
	}
	return view.Say("It can be used and is nobody’s. Confirm whose it is, declare it a service’s with an owner, or disable it.")
}

func accountActions(r *request, d *account.Detail) (out []view.Action) {
	at := "/accounts/" + d.ID
	if d.Match != nil && r.who.Can(access.AccountRevoke) {
		out = append(out, view.Action{Label: "Revoke…", Href: at + "/revoke"})
	}
	if r.who.Can(access.AccountDeclare) {
		out = append(out, view.Action{Label: "A service’s…", Href: at + "/declare"})
	}
	if r.who.Can(access.AccountConfirm) {
		out = append(out, view.Action{Label: "A person’s…", Href: at + "/confirm", Look: view.Primary})
	}
	return out
}

func yesNo(v *bool) string {
	switch {
	case v == nil:
		return "not known"
	case *v:
		return "yes"
	}
	return "no"
}

func saidRow(r *request, d *account.Detail, m *account.Match) page.SaidRow {
	row := page.SaidRow{
		Person: view.Ref{Label: nonEmpty(d.Names[m.Person], m.Person), Href: "/people/" + m.Person}, How: howOf(m),
		Since: m.MadeAt.In(r.loc).Format("2 Jan 2006 15:04"), Badge: view.Badge{State: view.Pass, Label: "In force"},
	}
	if !m.InForce() {
		row.Until = m.EndedAt.In(r.loc).Format("2 Jan 2006 15:04") + ", by " + m.EndName + ": " + m.Why
		row.Badge = view.Badge{State: view.None, Label: "Revoked"}
	}
	return row
}

// accountsOf are a person's accounts, and those that they answer for.
func (s *Server) accountsOf(r *request, personID string) (*page.AccountsCard, error) {
	l, err := s.Suite.Accounts.List(r.Context(), r.who, account.Filter{Person: personID})
	if err != nil || len(l.Counts) == 0 {
		return nil, err
	}
	c := &page.AccountsCard{Title: "Accounts", Count: view.Num(len(l.Accounts)), Empty: "No account is known to be theirs."}
	if !l.At.IsZero() {
		c.Hint = "As collected since " + l.At.In(r.loc).Format("2 Jan 15:04")
	}
	for i := range l.Accounts {
		a := &l.Accounts[i]
		row := page.AccountRow{
			System: a.Title, Account: view.Ref{Label: a.Name, Href: "/accounts/" + a.ID}, Role: "–", LastUsed: lastUsed(r, a.LastUsed),
			Match: view.Badge{State: view.Pass, Label: howOf(a.Match)},
		}
		switch {
		case a.Enabled != nil && !*a.Enabled:
			row.Role = "off"
		case a.Admin != nil && *a.Admin:
			row.Role = "administrator"
		}
		if r.who.Can(access.AccountRevoke) {
			row.Action = view.Action{Label: "Revoke", More: " match of " + a.Name, Href: "/accounts/" + a.ID + "/revoke"}
		}
		c.Rows = append(c.Rows, row)
	}
	return c, nil
}

// whose are the people to choose from, those who work here first.
func (s *Server) whose(r *request, proposed string) ([]view.Option, error) {
	l, err := s.Suite.People.List(r.Context(), r.who, person.Filter{})
	if err != nil {
		return nil, err
	}
	out := []view.Option{{Value: "", Label: "choose…"}}
	for _, left := range []bool{false, true} {
		for i := range l.People {
			p := &l.People[i]
			if (p.State == person.Left) != left {
				continue
			}
			label := p.Name
			switch {
			case p.ID == proposed:
				label += " (has its address)"
			case left:
				label += " (left)"
			}
			out = append(out, view.Option{Value: p.ID, Label: label})
		}
	}
	return out, nil
}

// accountForm is the page on which something is said of an account.
func (s *Server) accountForm(r *request, title, submit string, refused error, fields func(*account.Detail, []view.Option) []view.Input) (answer, error) {
	d, err := s.Suite.Accounts.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	people, err := s.whose(r, d.Proposed)
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{
		Head: view.Head{Title: title + " " + d.Name, Answer: accountAnswer(&d)}, Title: d.Title,
		Form: view.Form{Action: r.URL.Path, Submit: submit, Cancel: view.Ref{Label: "Cancel", Href: "/accounts/" + d.ID}, Fields: fields(&d, people)},
	}
	crumbs := []view.Crumb{{Label: "Accounts", Href: "/accounts"}, {Label: d.Name, Href: "/accounts/" + d.ID}, {Label: title}}
	return s.showForm(r, s.shell(r, f.Head.Title, "accounts", crumbs...), &f, refused)
}

func (s *Server) accountConfirmForm(r *request) (answer, error) {
	if err := r.may(access.AccountConfirm); err != nil {
		return answer{}, err
	}
	return s.confirmForm(r, nil)
}

func (s *Server) confirmForm(r *request, refused error) (answer, error) {
	return s.accountForm(r, "Whose is", "Confirm", refused, func(d *account.Detail, people []view.Option) []view.Input {
		return []view.Input{{Name: "person", Label: "Person", Type: "select", Value: r.typed("person", d.Proposed), Options: people, Required: true, Hint: "What was said before is revoked and kept."}}
	})
}

func (s *Server) accountConfirm(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Accounts.Confirm(r.Context(), r.who, r.PathValue("id"), r.text("person")); err != nil {
		return s.confirmForm(r, err)
	}
	return s.done(r, "It is known whose the account is.", "/accounts/"+r.PathValue("id"))
}

func (s *Server) accountDeclareForm(r *request) (answer, error) {
	if err := r.may(access.AccountDeclare); err != nil {
		return answer{}, err
	}
	return s.declareForm(r, nil)
}

func (s *Server) declareForm(r *request, refused error) (answer, error) {
	return s.accountForm(r, "A service uses", "Declare", refused, func(d *account.Detail, people []view.Option) []view.Input {
		purpose := ""
		if d.State == account.Serving {
			purpose = d.Match.Note
		}
		return []view.Input{
			{Name: "person", Label: "Who answers for it", Type: "select", Value: r.typed("person", ""), Options: people, Required: true},
			{Name: "purpose", Label: "What it does", Value: r.typed("purpose", purpose), Required: true, Sample: "Copies orders to the warehouse"},
		}
	})
}

func (s *Server) accountDeclare(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Accounts.Declare(r.Context(), r.who, r.PathValue("id"), r.text("person"), r.text("purpose")); err != nil {
		return s.declareForm(r, err)
	}
	return s.done(r, "The account is a service’s, with an owner.", "/accounts/"+r.PathValue("id"))
}

func (s *Server) accountRevokeForm(r *request) (answer, error) {
	if err := r.may(access.AccountRevoke); err != nil {
		return answer{}, err
	}
	return s.revokeForm(r, nil)
}

func (s *Server) revokeForm(r *request, refused error) (answer, error) {
	return s.accountForm(r, "Take back whose is", "Revoke", refused, func(*account.Detail, []view.Option) []view.Input {
		return []view.Input{{Name: "why", Label: "Why it was wrong", Value: r.typed("why", ""), Required: true, Full: true, Hint: "It stays in the history, and is not matched to the same person again by itself."}}
	})
}

func (s *Server) accountRevoke(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Accounts.Revoke(r.Context(), r.who, r.PathValue("id"), r.text("why")); err != nil {
		return s.revokeForm(r, err)
	}
	return s.done(r, "The account is nobody’s now.", "/accounts/"+r.PathValue("id"))
}
