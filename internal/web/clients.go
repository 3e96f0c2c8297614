package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/portfolio"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// clientRoutes are the addresses of providers and of their clients.
func (s *Server) clientRoutes(get, post func(string, handler)) {
	get("/clients", s.clients)
	get("/clients/work", s.clientsWork)
	get("/clients/calendar", s.clientsCalendar)
	post("/clients/codes", s.clientOffer)
	post("/clients/codes/{offer}/withdraw", s.clientWithdraw)
	get("/clients/{client}", s.client)
	get("/clients/{client}/end", s.clientEnd)
	post("/clients/{client}/end", s.clientEndNow)
	post("/clients/{client}/staff", s.clientAssign)
	post("/clients/{client}/staff/{user}/recall", s.clientRecall)
	get("/settings/providers", s.providers)
	post("/settings/providers", s.providerConsent)
	get("/settings/providers/{provider}", s.provider)
	post("/settings/providers/{provider}", s.providerSave)
	get("/settings/providers/{provider}/end", s.providerEnd)
	post("/settings/providers/{provider}/end", s.providerEndNow)
}

func clientTabs(p *portfolio.Portfolio, at string) []view.Tab {
	return []view.Tab{
		{Label: "Clients", Href: "/clients", Current: at == "", Count: view.Num(len(p.Clients))},
		{Label: "Work at all clients", Href: "/clients/work", Current: at == "work", Count: view.Num(p.Queued())},
		{Label: "Calendar", Href: "/clients/calendar", Current: at == "calendar"},
	}
}

// clients is a provider's portfolio.
func (s *Server) clients(r *request) (answer, error) {
	code := ""
	if key := r.URL.Query().Get("shown"); key != "" {
		var err error
		if code, err = s.shown(r, access.ClientEdit, key); err != nil {
			return answer{}, err
		}
	}
	return s.showClients(r, nil, code)
}

// exportedClient is a client as a file has it.
type exportedClient struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Program     string    `json:"program"`
	Dates       string    `json:"dates"`
	Controls    int       `json:"controls"`
	Operated    int       `json:"operated"`
	Action      int       `json:"need_action"`
	Deviating   int       `json:"with_deviation"`
	Stale       int       `json:"stale_evidence"`
	Late        int       `json:"late"`
	Sources     int       `json:"connections"`
	Troubled    int       `json:"connections_in_trouble"`
	PublishedAt time.Time `json:"published_at,omitzero"`
	Counts      bool      `json:"counts"` // the figures are not too old
}

func exportClients(r *request, list []portfolio.Client) []exportedClient {
	out := make([]exportedClient, 0, len(list))
	for i := range list {
		c := &list[i]
		e := exportedClient{ID: c.ID, Name: c.Name, PublishedAt: c.PublishedAt, Counts: !c.Stale(r.now)}
		if v := c.Summary; v != nil {
			e.Program, e.Dates, e.Controls, e.Operated, e.Action, e.Deviating, e.Stale, e.Late, e.Sources, e.Troubled = v.Program, v.Dates, v.Controls, v.Operated, v.Action, v.Deviating, v.Stale, v.Late, v.Sources, v.Troubled
		}
		out = append(out, e)
	}
	return out
}

func (s *Server) showClients(r *request, refused error, code string) (answer, error) {
	if err := r.may(access.ClientRead); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Portfolio.Show(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "clients", exportClients(r, p.Clients)); ok || err != nil {
		return a, err
	}
	v := page.ClientsView{Head: s.clientsHead(r, &p), Tabs: clientTabs(&p, ""), List: s.listOf(r, ""), Note: "S security, A availability, C confidentiality, P processing integrity, Y privacy. Each client publishes these figures itself, once an hour."}
	if code != "" {
		v.Code = &page.ClientCode{Code: code, Note: "Send it to a lead of the client, by a way you trust. It is answered once, under Settings, Providers, within 14 days, and is shown only now."}
	}
	s.clientRows(r, &p, &v)
	v.Head.Actions = append(v.Head.Actions, exportMenu(v.List.Query))
	if !r.who.Can(access.ClientEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return show(page.Clients(s.shell(r, "Clients", "clients"), v))
	}
	for i := range p.Offers {
		o := &p.Offers[i]
		v.Codes = append(v.Codes, page.ClientOffer{
			Name: o.Name, Until: view.Due{Text: r.moment(o.ExpiresAt)}, Action: view.Action{Label: "Withdraw", More: " the code for " + o.Name, Href: "/clients/codes/" + o.ID + "/withdraw", Post: true},
		})
	}
	v.Form = &view.Form{Action: "/clients/codes", Submit: "Make a code", Hint: "The client’s lead answers it, and says what you see and whether your staff may come in.", Fields: []view.Input{
		{Name: "name", Label: "Client", Value: r.typed("name", ""), Required: true, Full: true, Hint: "As you call it until it answers."},
	}}
	status, err := refuse(v.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	a, err := show(page.Clients(s.shell(r, "Clients", "clients"), v))
	a.status = status
	return a, err
}

func (s *Server) clientsHead(r *request, p *portfolio.Portfolio) view.Head {
	need := 0
	for i := range p.Clients {
		if p.Clients[i].Needs(r.now) {
			need++
		}
	}
	h := view.Head{Title: fmt.Sprintf("%d of %s need you", need, plural(len(p.Clients), "client")), Notes: []string{r.org.Name}}
	switch {
	case len(p.Clients) == 0:
		h.Title, h.Answer = "Clients", view.Say("What your clients let you see of how they stand, on one page.")
	case need == 0:
		h.Title = "No client needs you now"
	}
	return h
}

// clientRows lists the clients as they are asked for.
func (s *Server) clientRows(r *request, p *portfolio.Portfolio, v *page.ClientsView) {
	q := r.URL.Query()
	v.List.Find = view.Find{Label: "Find a client", Value: q.Get("q")}
	v.List.Chips = []view.Chip{{Name: "show", Label: "Show", Value: q.Get("show"), Options: []view.Option{{Value: "need", Label: "those that need you"}}}}
	rows := slices.DeleteFunc(slices.Clone(p.Clients), func(c portfolio.Client) bool {
		return !matches(q.Get("q"), c.Name) || q.Get("show") == "need" && !c.Needs(r.now)
	})
	v.List.Order = q.Get("sort")
	sortClients(rows, v.List.Order)
	from, to, pager := r.slice(len(rows))
	v.List.Pager, v.List.Shown = pager, fmt.Sprintf("%d of %s", len(rows), plural(len(p.Clients), "client"))
	if v.List.Order == "" {
		v.List.Shown += ", those that need you first"
	}
	for i := range rows[from:to] {
		v.Rows = append(v.Rows, clientRow(r, &rows[from+i]))
	}
	switch {
	case len(p.Clients) == 0:
		v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "No client yet", Text: view.Say("Once a lead of a client’s organization in this installation answers your code, the client shows here.")}
		if r.who.Can(access.ClientEdit) {
			v.List.Empty.Text = view.Say("Make a code below and send it to a lead of the client’s organization in this installation. Once they consent, the client shows here.")
		}
	case len(rows) == 0:
		v.List.Empty = &view.Empty{Kind: view.NoneMatch, Title: "No client matches", Text: view.Say("Change the filters or clear them."), Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}}}
	}
}

func sortClients(rows []portfolio.Client, order string) {
	if order == "" {
		return
	}
	figure := func(c *portfolio.Client) int {
		if c.Summary == nil {
			return -1
		}
		if strings.TrimPrefix(order, "-") == "deviations" {
			return c.Summary.Deviating
		}
		return c.Summary.Action
	}
	slices.SortStableFunc(rows, func(a, b portfolio.Client) int {
		x := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		if strings.TrimPrefix(order, "-") != "name" {
			x = cmp.Or(figure(&a)-figure(&b), x)
		}
		if strings.HasPrefix(order, "-") {
			return -x
		}
		return x
	})
}

// clientRow is a client with what it published. Figures that are too old are not shown
// as if they counted.
func clientRow(r *request, c *portfolio.Client) page.ClientRow {
	row := page.ClientRow{Name: c.Name, Href: "/clients/" + c.ID, Sub: "not published yet", SubIs: view.Warn, Engagement: "–", Dates: "–", Controls: "–", Action: "–", Deviations: "–", Stale: "–", Connections: view.Badge{State: view.None, Label: "Not known"}}
	if c.Enters {
		row.Enter = view.Action{Label: "Enter", More: " " + c.Name, Href: "/orgs?org=" + c.Client, Post: true}
	}
	if c.Summary == nil {
		return row
	}
	row.Sub = "published " + ago(r.now, c.PublishedAt)
	if c.Stale(r.now) {
		row.Sub = "nothing since " + r.moment(c.PublishedAt) + ": not known"
		return row
	}
	v := c.Summary
	row.SubIs = ""
	row.Controls, row.Action, row.Deviations, row.Stale = view.Num(v.Controls), view.Num(v.Action), view.Num(v.Deviating), view.Num(v.Stale)
	row.ActionIs, row.DeviationIs = v.Action > 0, v.Deviating > 0
	row.Engagement, row.Dates = engagementWords(v), cmp.Or(v.Dates, "–")
	if v.Type == "type2" && v.Days > 0 && v.Day > 0 {
		row.Period = chart.Bar{Label: fmt.Sprintf("%d of %d days", v.Day, v.Days), Height: 6, Segs: []chart.Seg{{Fill: "accent", Count: v.Day}, {Fill: "track", Count: v.Days - v.Day}}}
	}
	if v.Controls > 0 {
		row.Position = chart.Bar{
			Label: fmt.Sprintf("%d operated, %d need action, %d with a deviation, %d not due", v.Operated, v.Action, v.Deviating, v.NotDue), Height: 8,
			Segs: []chart.Seg{{Fill: "pass", Count: v.Operated}, {Fill: "warn", Count: v.Action}, {Fill: "fail", Count: v.Deviating}, {Fill: "track", Count: v.NotDue}},
		}
	}
	row.Connections = view.Badge{State: view.Pass, Label: fmt.Sprintf("%d of %d", v.Sources, v.Sources)}
	switch {
	case v.Troubled > 0:
		row.Connections = view.Badge{State: view.Fail, Label: fmt.Sprintf("%d failing", v.Troubled)}
	case v.Sources == 0:
		row.Connections = view.Badge{State: view.None, Label: "None"}
	}
	return row
}

func engagementWords(v *portfolio.Summary) string {
	if v.Type == "" {
		return "No program yet"
	}
	letters := map[criteria.CategoryID]string{"security": "S", "availability": "A", "confidentiality": "C", "processing_integrity": "P", "privacy": "Y"}
	words := []string{}
	for _, c := range v.Categories {
		words = append(words, letters[criteria.CategoryID(c)])
	}
	return strings.Replace(v.Type, "type", "Type ", 1) + ", " + strings.Join(words, " ")
}

// clientsWork is what is due at all clients, day by day.
func (s *Server) clientsWork(r *request) (answer, error) {
	if err := r.may(access.ClientRead); err != nil {
		return answer{}, err
	}
	p, all, err := s.Suite.Portfolio.Work(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "work", exportWork(all)); ok || err != nil {
		return a, err
	}
	q := r.URL.Query()
	v := page.ClientWorkView{Tabs: clientTabs(&p, "work"), List: s.listOf(r, ""), Head: view.Head{Title: "Work at all clients", Answer: view.Say("What is due at the clients that let you see their work, day by day.")}}
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	v.List.Find = view.Find{Label: "Find by words, client or person", Value: q.Get("q")}
	v.List.Chips = []view.Chip{{Name: "show", Label: "Show", Value: q.Get("show"), Options: []view.Option{{Value: "late", Label: "what is late"}}}}
	rows := slices.DeleteFunc(all, func(d portfolio.Due) bool {
		return !matches(q.Get("q"), d.Title, d.Client.Name, d.With, d.Control) || q.Get("show") == "late" && !d.Late
	})
	from, to, pager := r.slice(len(rows))
	v.List.Pager, v.List.Shown = pager, plural(len(rows), "thing")+", what is due first at the top"
	for i := range rows[from:to] {
		addDue(r, &v, &rows[from+i])
	}
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nothing is due", Text: view.Say("Clients that let you see their figures alone do not show here.")}
		if q.Get("q") != "" || q.Get("show") != "" {
			v.List.Empty = &view.Empty{Kind: view.NoneMatch, Title: "Nothing matches", Text: view.Say("Change the filters or clear them."), Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}}}
		}
	}
	return show(page.ClientWork(s.shell(r, "Work at all clients", "clients"), v))
}

type exportedWork struct {
	Client  string    `json:"client"`
	Title   string    `json:"title"`
	Control string    `json:"control"`
	With    string    `json:"with"`
	Due     time.Time `json:"due,omitzero"`
	Late    bool      `json:"late"`
}

func exportWork(list []portfolio.Due) []exportedWork {
	out := make([]exportedWork, 0, len(list))
	for _, d := range list {
		out = append(out, exportedWork{d.Client.Name, d.Title, d.Control, d.With, d.Due, d.Late})
	}
	return out
}

// addDue adds one thing to do under its day.
func addDue(r *request, v *page.ClientWorkView, d *portfolio.Due) {
	title, id := "No day set", "none"
	row := page.ClientDue{What: d.Title, Client: d.Client.Name, ClientHref: "/clients/" + d.Client.ID, Control: d.Control, With: nonEmpty(d.With, "–")}
	if !d.Due.IsZero() {
		day := standing.DayOf(d.Due.Add(-time.Nanosecond), r.org.Location())
		title, id, row.Due = dayOf(day), day.String(), due(r, d.Due)
		if d.Late {
			title, id = "Late", "late"
		}
	}
	if d.Client.Enters {
		row.Enter = view.Action{Label: "Enter", More: " " + d.Client.Name, Href: "/orgs?org=" + d.Client.Client, Post: true}
	}
	if n := len(v.Days); n == 0 || v.Days[n-1].ID != "d-"+id {
		v.Days = append(v.Days, page.ClientDay{ID: "d-" + id, Title: title})
	}
	last := &v.Days[len(v.Days)-1]
	last.Rows = append(last.Rows, row)
}

func (s *Server) clientOffer(r *request) (answer, error) {
	if err := r.may(access.ClientEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	_, code, err := s.Suite.Portfolio.Offer(r.Context(), r.who, r.text("name"))
	if err != nil {
		return s.showClients(r, err, "")
	}
	key, err := s.showOnce(r, access.ClientEdit, code)
	if err != nil {
		return answer{}, err
	}
	return goTo("/clients?shown=" + key)
}

func (s *Server) clientWithdraw(r *request) (answer, error) {
	if err := s.Suite.Portfolio.Withdraw(r.Context(), r.who, r.PathValue("offer")); err != nil {
		return answer{}, err
	}
	return s.done(r, "The code does not work any more. You can make another.", "/clients")
}

// found is the client that a page is about.
func (s *Server) found(r *request) (portfolio.Client, error) {
	p, err := s.Suite.Portfolio.Show(r.Context(), r.who)
	if err != nil {
		return portfolio.Client{}, err
	}
	i := slices.IndexFunc(p.Clients, func(c portfolio.Client) bool { return c.ID == r.PathValue("client") })
	if i < 0 {
		return portfolio.Client{}, fault.New(fault.NotFound, "There is no such client.")
	}
	return p.Clients[i], nil
}
