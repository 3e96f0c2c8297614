package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) accountRoutes(get, post func(string, handler)) {
	get("/accounts", s.accounts)
	post("/accounts/match", s.accountsMatch)
	get("/accounts/{id}", s.account)
	get("/accounts/{id}/confirm", s.accountConfirmForm)
	post("/accounts/{id}/confirm", s.accountConfirm)
	get("/accounts/{id}/declare", s.accountDeclareForm)
	post("/accounts/{id}/declare", s.accountDeclare)
	get("/accounts/{id}/revoke", s.accountRevokeForm)
	post("/accounts/{id}/revoke", s.accountRevoke)
}

// exportedAccount is an account in an export.
type exportedAccount struct {
	ID         string        `json:"id"`
	System     string        `json:"system"`
	Name       string        `json:"name"`
	Email      string        `json:"email,omitempty"`
	State      account.State `json:"state"`
	Person     string        `json:"person,omitempty"`
	PersonName string        `json:"person_name,omitempty"`
	How        account.How   `json:"how,omitempty"`
	Purpose    string        `json:"purpose,omitempty"`
}

func exportedAccounts(l *account.Listing) []exportedAccount {
	rows := make([]exportedAccount, 0, len(l.Accounts))
	for i := range l.Accounts {
		a := &l.Accounts[i]
		row := exportedAccount{ID: a.ID, System: a.Title, Name: a.Name, Email: a.Email, State: a.State, PersonName: a.PersonName}
		if a.Match != nil {
			row.Person, row.How, row.Purpose = a.Match.Person, a.Match.How, a.Match.Note
		}
		rows = append(rows, row)
	}
	return rows
}

// accounts is the register of accounts.
func (s *Server) accounts(r *request) (answer, error) {
	q := r.URL.Query()
	f := account.Filter{State: account.State(q.Get("state")), System: q.Get("system"), Person: q.Get("person"), Admin: q.Get("power") == "admin", Query: q.Get("q")}
	l, err := s.Suite.Accounts.List(r.Context(), r.who, f)
	if err != nil {
		return answer{}, err
	}
	if q.Get("format") != "" { // asked for first: the register may be long
		a, _, err := exported(r, "accounts", exportedAccounts(&l))
		return a, err
	}
	order := cmp.Or(q.Get("sort"), "state")
	if order != "state" { // in which they come
		slices.SortStableFunc(l.Accounts, func(a, b account.Listed) int { return compareAccounts(&a, &b, order) })
	}
	v := page.AccountsView{Head: accountsHead(r, &l), List: s.listOf(r, fmt.Sprintf("%d of the register", l.Total))}
	for _, why := range l.Incomplete {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Say("Accounts may be missing: " + why)})
	}
	v.List.Order, v.List.Find = order, view.Find{Label: "Find an account", Value: q.Get("q")}
	v.List.Chips = accountChips(&l, &f)
	from, to, pager := r.slice(len(l.Accounts))
	v.List.Pager = pager
	for i := range l.Accounts[from:to] {
		v.Rows = append(v.Rows, accountRow(r, &l.Accounts[from+i]))
	}
	if len(l.Accounts) == 0 {
		v.List.Empty = noAccounts(&l, v.List.Query.Clear())
	}
	return show(page.Accounts(s.shell(r, "Accounts", "accounts"), v))
}

func compareAccounts(a, b *account.Listed, order string) int {
	x := 0
	switch strings.TrimPrefix(order, "-") {
	case "name":
	case "system":
		x = strings.Compare(a.Title, b.Title)
	case "used":
		x = b.LastUsed.Compare(a.LastUsed)
	default:
		x = slices.Index(account.States(), a.State) - slices.Index(account.States(), b.State)
	}
	x = cmp.Or(x, strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	if strings.HasPrefix(order, "-") {
		return -x
	}
	return x
}

func accountsHead(r *request, l *account.Listing) view.Head {
	h := view.Head{Title: "Accounts", Actions: []view.Action{exportMenu(queryOf(r))}}
	n := 0
	for _, k := range l.Counts {
		n += k
	}
	switch orphans := l.Counts[account.Orphan]; {
	case n == 0:
		h.Answer = view.Say("No connected system has shown an account yet.")
	case orphans == 0:
		h.Answer = view.Text{view.B("Every account that can be used is somebody’s"), view.T(fmt.Sprintf(": %d are people’s, %d are services’ with an owner.", l.Counts[account.Matched], l.Counts[account.Serving]))}
	default:
		h.Answer = view.Text{view.B(fmt.Sprintf("%d of %d accounts can be used and are nobody’s", orphans, n)), view.T(". Confirm whose they are, declare them services’ with an owner, or disable them.")}
	}
	if r.who.Can(access.AccountMatch) && n > 0 {
		h.Actions = append(h.Actions, view.Action{Label: "Match by address", Href: "/accounts/match", Post: true, Look: view.Primary})
	}
	return h
}

func accountChips(l *account.Listing, f *account.Filter) []view.Chip {
	states := view.Chip{Name: "state", Label: "State", Value: string(f.State)}
	for _, st := range account.States() {
		states.Options = append(states.Options, view.Option{Value: string(st), Label: accountBadge(st).Label, Count: view.Num(l.Counts[st])})
	}
	systems := view.Chip{Name: "system", Label: "System", Value: f.System}
	for _, kind := range slices.Sorted(maps.Keys(l.Systems)) {
		systems.Options = append(systems.Options, view.Option{Value: kind, Label: l.Systems[kind]})
	}
	power := view.Chip{Name: "power", Label: "Power", Options: []view.Option{{Value: "admin", Label: "administrative"}}}
	if f.Admin {
		power.Value = "admin"
	}
	return []view.Chip{states, systems, power}
}

func noAccounts(l *account.Listing, clear string) *view.Empty {
	if len(l.Counts) > 0 {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "No account matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	return &view.Empty{
		Kind: view.NoneYet, Title: "No accounts yet", Text: view.Say("Connect the identity provider first: its accounts say whose the others are."),
		Actions: []view.Action{{Label: "Connect a source", Href: "/connectors/new", Look: view.Primary}},
	}
}

func accountBadge(st account.State) view.Badge {
	switch st {
	case account.Orphan:
		return view.Badge{State: view.Fail, Label: "Nobody’s"}
	case account.Matched:
		return view.Badge{State: view.Pass, Label: "A person’s"}
	case account.Serving:
		return view.Badge{State: view.Pass, Label: "A service’s"}
	case account.Off:
		return view.Badge{State: view.None, Label: "Off"}
	case account.OfSystem:
	}
	return view.Badge{State: view.None, Label: "The product’s own"}
}

func stateOf(a *account.Listed) view.Badge {
	if a.Match != nil && !a.Works && (a.Enabled == nil || *a.Enabled) {
		return view.Badge{State: view.Fail, Label: "Its person left"}
	}
	return accountBadge(a.State)
}

func howOf(m *account.Match) string {
	switch m.How {
	case account.ByAddress:
		return "by address"
	case account.ByProvider:
		return "by identity provider"
	case account.Confirmed:
		return "confirmed by " + m.MadeName
	case account.Declared:
	}
	return "answers for it: " + m.Note
}

func accountRow(r *request, a *account.Listed) page.AccountsRow {
	row := page.AccountsRow{
		Name: a.Name, Href: "/accounts/" + a.ID, Sub: a.Email, System: a.Title, LastUsed: lastUsed(r, a.LastUsed), Badge: stateOf(a),
	}
	if a.Email == a.Name {
		row.Sub = ""
	}
	if a.Admin != nil && *a.Admin {
		row.Power = view.Badge{State: view.Warn, Label: "Admin"}
	}
	if a.Match != nil {
		row.Person, row.How = view.Ref{Label: nonEmpty(a.PersonName, a.Match.Person), Href: "/people/" + a.Match.Person}, howOf(a.Match)
	}
	return row
}

func lastUsed(r *request, at time.Time) string {
	if at.IsZero() {
		return "not known"
	}
	return at.In(r.loc).Format("2 Jan 2006")
}

func (s *Server) accountsMatch(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	n, err := s.Suite.Accounts.Match(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	text := fmt.Sprintf("%d accounts were matched.", n)
	if n == 0 {
		text = "The rules find nobody else."
	}
	return s.done(r, text, "/accounts")
}
