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
		if slices.ContainsFunc(kinds, func(k resource.Schema) bool {
			return c.Kind != "" && c.Kind == k.Kind || slices.ContainsFunc(k.Facets, func(f resource.Claim) bool { return c.Facet != "" && f.Facet == c.Facet })
		}) {
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
