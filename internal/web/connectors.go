package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/fact"
	"assay/internal/resource"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) connectorRoutes(get, post func(string, handler)) {
	get("/connectors", s.connectors)
	get("/connectors/new", s.connect)
	post("/connectors/new", s.connectChosen)
	get("/connectors/new/{product}", s.connectGrant)
	get("/connectors/new/{product}/try", s.connectFound)
	post("/connectors/new/{product}/try", s.connectTry)
	post("/connectors/new/{product}/save", s.connectSave)
	s.importRoutes(get, post)
	get("/connectors/register/{register}", s.connection)
	post("/connectors/register/{register}/sync", s.connectionSync)
	get("/connectors/{id}", s.connection)
	get("/connectors/{id}/{act}", s.connectionAct)
	post("/connectors/{id}/edit", s.connectionEdit)
	post("/connectors/{id}/freshness", s.connectionAge)
	post("/connectors/{id}/freshness/decide", s.connectionAgeDecide)
	post("/connectors/{id}/sync", s.connectionSync)
	post("/connectors/{id}/pause", s.connectionSet(collect.Paused))
	post("/connectors/{id}/resume", s.connectionSet(collect.Enabled))
	post("/connectors/{id}/remove", s.connectionSet(collect.Removed))
}

// connectors is the list of connections and of the registers.
func (s *Server) connectors(r *request) (answer, error) {
	all, err := s.Suite.Connectors.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(slices.Clone(all), func(c collect.Connection) bool {
		return !matches(q.Get("q"), c.Name, c.Product, c.Authority) || q.Get("state") != "" && connectionState(r, &c) != q.Get("state")
	})
	if a, ok, err := exported(r, "connections", rows); ok || err != nil {
		return a, err
	}
	checks, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	order := cmp.Or(q.Get("sort"), "name")
	slices.SortStableFunc(rows, func(a, b collect.Connection) int { return compareConnections(r, &a, &b, order) })
	v := page.ConnectorsView{List: s.listOf(r, plural(len(rows), "connection"))}
	v.List.Order = order
	v.List.Find = view.Find{Label: "Find a connection", Value: q.Get("q")}
	v.List.Chips = []view.Chip{{Name: "state", Label: "State", Value: q.Get("state"), Options: []view.Option{
		{Value: "broken", Label: "broke off"},
		{Value: "overdue", Label: "overdue"},
		{Value: "collected", Label: "collected"},
		{Value: "new", Label: "not collected yet"},
		{Value: "paused", Label: "paused"},
	}}}
	v.Head = view.Head{Title: "Connectors", Answer: connectorsAnswer(r, all), Actions: []view.Action{exportMenu(v.List.Query)}}
	if r.who.Can(access.ConnectorEdit) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Connect a source", Href: "/connectors/new", Icon: "plus", Look: view.Primary})
	}
	if r.who.Can(access.ImportAdd) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Import a file", Href: importBase, Icon: "up"})
	}
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	for i := range rows[from:to] {
		v.Rows = append(v.Rows, s.connectorRow(r, &rows[from+i], checks))
	}
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "No connection matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
		}
	}
	return show(page.Connectors(s.shell(r, "Connectors", "connectors"), v))
}

// connectionState is the word of a connection's state, as filters have it.
func connectionState(r *request, c *collect.Connection) string {
	switch {
	case c.State != collect.Enabled:
		return string(c.State)
	case c.Broke():
		return "broken"
	case c.Overdue(r.now):
		return "overdue"
	case c.Last == nil:
		return "new"
	case c.Last.State == fact.Running:
		return "running"
	}
	return "collected"
}

func connectionBadge(r *request, c *collect.Connection) view.Badge {
	if c.State == collect.Removed {
		return view.Badge{State: view.Open, Label: "Removed"}
	}
	switch connectionState(r, c) {
	case "new":
		return view.Badge{State: view.None, Label: "Not collected yet"}
	case "running":
		return view.Badge{State: view.Info, Label: "Collecting"}
	case "broken":
		return view.Badge{State: view.Fail, Label: "Broke off"}
	case "overdue":
		return view.Badge{State: view.Warn, Label: "Overdue"}
	case "paused":
		return view.Badge{State: view.Warn, Label: "Paused"}
	}
	return view.Badge{State: view.Pass, Label: "Collected"}
}

func compareConnections(r *request, a, b *collect.Connection, order string) int {
	x := 0
	switch strings.TrimPrefix(order, "-") {
	case "last":
		x = b.Success.Compare(a.Success)
	case "state":
		worst := []string{"broken", "overdue", "new", "running", "paused", "collected"}
		x = slices.Index(worst, connectionState(r, a)) - slices.Index(worst, connectionState(r, b))
	}
	x = cmp.Or(x, strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	if strings.HasPrefix(order, "-") {
		return -x
	}
	return x
}

func connectorsAnswer(r *request, all []collect.Connection) view.Text {
	sources, registers, troubled := 0, 0, 0
	for i := range all {
		if all[i].Register {
			registers++
		} else {
			sources++
		}
		if all[i].Troubled(r.now) {
			troubled++
		}
	}
	t := view.Text{view.B(plural(sources, "source")), view.T(fmt.Sprintf(" connected, and %s of your own.", plural(registers, "register")))}
	if sources == 0 {
		t = view.Say("No outside source is connected yet: only your own registers are read.")
	}
	if troubled > 0 {
		t = append(t, view.T(fmt.Sprintf(" %d need%s attention.", troubled, map[bool]string{true: "s"}[troubled == 1])))
	}
	return t
}

func connectionHref(id string) string { return "/connectors/" + id }

func (s *Server) connectorRow(r *request, c *collect.Connection, checks []check.Summary) page.ConnectorRow {
	row := page.ConnectorRow{
		Name: c.Name, Href: connectionHref(c.ID), Product: c.Product, Scope: nonEmpty(c.Authority, "–"), Last: r.moment(c.Success),
		Next: r.nextRun(c), Resources: "–", Checks: "–", Badge: connectionBadge(r, c),
	}
	if c.Register {
		row.Product, row.Scope = "own register", r.org.Name
	}
	if c.Last != nil {
		row.Resources = view.Num(c.Last.Resources)
		if c.Last.State == fact.Broken || c.Last.State == fact.Interrupted {
			row.LastSub = clip(c.Last.Problem, 120)
		}
	}
	if kinds, err := s.kindsOf(r, c); err == nil {
		row.Checks = view.Num(len(fedBy(kinds, checks)))
	}
	return row
}

// nextRun is when a connection is due again.
func (r *request) nextRun(c *collect.Connection) string {
	switch {
	case c.State != collect.Enabled, c.Uploaded():
		return "–"
	case c.Success.IsZero() && !c.Overdue(r.now):
		return "soon"
	case c.Success.IsZero():
		return "due"
	}
	next := c.Success.Add(c.Every)
	if next.Before(r.now) {
		return "due"
	}
	return ago(r.now, next)
}

// kindsOf is what a connection brings.
func (s *Server) kindsOf(r *request, c *collect.Connection) ([]resource.Schema, error) {
	return s.Suite.Connectors.Brings(r.Context(), r.who, c.ID)
}

// fedBy lists the checks that judge resources of the kinds.
func fedBy(kinds []resource.Schema, checks []check.Summary) (out []*check.Summary) {
	for i := range checks {
		c := &checks[i]
		if slices.ContainsFunc(kinds, func(k resource.Schema) bool { return c.Judges(&k) }) {
			out = append(out, c)
		}
	}
	return out
}

// every is an interval in words.
func every(d time.Duration) string {
	if d == 24*time.Hour {
		return "every day"
	}
	if d == 0 {
		return "when somebody brings a file"
	}
	if d == time.Hour {
		return "every hour"
	}
	return "every " + strings.TrimPrefix(span(d), "1 ")
}

// connectionAges is the page on which somebody says how old the facts of a
// connection may be, for all checks that need them at once.
func (s *Server) connectionAges(r *request, problem error) (answer, error) {
	if err := r.may(access.CheckRead); err != nil {
		return answer{}, err
	}
	c, err := s.living(r, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	kinds, err := s.kindsOf(r, &c)
	if err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Checks.Freshness(r.Context(), r.who, kinds)
	if err != nil {
		return answer{}, err
	}
	at := connectionHref(c.ID) + "/freshness"
	v := page.FormView{
		Head: view.Head{
			Title:  "How old facts of " + c.Name + " may be",
			Answer: view.Say(plural(len(list), "check") + " of those in force need what it collects, which is " + every(c.Every) + ". A listing that is older than a check allows is unknown, never a pass."),
		},
		Title: "One age for all of them",
		Form: view.Form{
			Action: at, Submit: "Propose", Cancel: view.Ref{Label: "Cancel", Href: connectionHref(c.ID)},
			Fields: []view.Input{{
				Name: "freshness", Label: "Age", Value: r.FormValue("freshness"), Sample: "8d", Optional: true, Auto: "off",
				Hint: "From an hour to nine days: 26h, 8d. Empty is each check's own. Another person approves it, and it holds from then on, never for the past.",
			}},
		},
		Notices: agesWaiting(r, list, at),
		Aside:   []page.AsideCard{agesCard(list)},
	}
	sh := s.shell(r, v.Head.Title, "connectors", view.Crumb{Label: "Connectors", Href: "/connectors"}, view.Crumb{Label: c.Name, Href: connectionHref(c.ID)}, view.Crumb{Label: "Age of facts"})
	return s.showForm(r, sh, &v, problem)
}

// agesWaiting says what is proposed, and lets another person than who proposed
// it approve or reject all of it.
func agesWaiting(r *request, list []check.Aged, at string) (out []view.Notice) {
	n, own, age := 0, false, ""
	for i := range list {
		if a := &list[i]; a.Revision > 0 {
			n, own, age = n+1, own || a.Author == r.who.ID, a.Proposed
		}
	}
	switch {
	case n == 0:
		return nil
	case own || !r.who.Can(access.CheckApprove):
		return []view.Notice{{State: view.Info, Text: view.Say(fmt.Sprintf("%s waits for approval by somebody other than its author, for %s.", age, plural(n, "check")))}}
	}
	return []view.Notice{
		{State: view.Info, Text: view.Say(fmt.Sprintf("%s is proposed for %s.", age, plural(n, "check"))), Action: view.Action{Label: "Approve", More: " for all of them", Href: at + "/decide?approve=1", Post: true}},
		{Text: view.Say("Or leave it as it was."), Action: view.Action{Label: "Reject", More: " for all of them", Href: at + "/decide", Post: true}},
	}
}

// agesCard lists the checks with the age that holds for each.
func agesCard(list []check.Aged) page.AsideCard {
	card := page.AsideCard{ID: "h-ages", Title: "Checks that need them"}
	for i := range list {
		a := &list[i]
		line := view.Line{State: view.None, Lead: a.Check, Text: a.Title, Right: a.Own, Href: "/checks/" + a.Check}
		if a.Chosen != "" {
			line.Right = a.Chosen + " instead of " + a.Own
		}
		switch {
		case a.Revision > 0:
			line.State, line.Right = view.Info, line.Right+", proposed "+a.Proposed
		case a.Waiting:
			line.State, line.Right = view.Warn, line.Right+", another change waits"
		}
		card.Lines = append(card.Lines, line)
	}
	return card
}

// connectionAge proposes an age for all checks that need what a connection
// collects.
func (s *Server) connectionAge(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	kinds, err := s.Suite.Connectors.Brings(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	done, err := s.Suite.Checks.ProposeFreshness(r.Context(), r.who, kinds, strings.TrimSpace(r.FormValue("freshness")))
	if err != nil {
		return s.connectionAges(r, err)
	}
	to := connectionHref(r.PathValue("id")) + "/freshness"
	if len(done) == 0 {
		return s.done(r, "That age holds already, or something waits. Nothing was changed.", to)
	}
	return s.done(r, "Proposed for "+plural(len(done), "check")+". It is in force once another person approves it.", to)
}

// connectionAgeDecide approves or rejects what is proposed for them.
func (s *Server) connectionAgeDecide(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	kinds, err := s.Suite.Connectors.Brings(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	approve := r.FormValue("approve") == "1"
	done, err := s.Suite.Checks.DecideFreshness(r.Context(), r.who, kinds, approve)
	if err != nil {
		return answer{}, err
	}
	text := "Rejected for " + plural(len(done), "check") + ". They stay as they were."
	if approve {
		text = "Approved for " + plural(len(done), "check") + ", from now on and never for the past."
	}
	return s.done(r, text, connectionHref(r.PathValue("id"))+"/freshness")
}
