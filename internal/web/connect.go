package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/draft"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func connectView(title, answer string, at int, product string) page.ConnectView {
	steps := []view.Step{{Label: "Choose", Href: "/connectors/new"}, {Label: "Allow and set"}, {Label: "Look and start"}}
	if product != "" {
		steps[1].Href = "/connectors/new/" + product
	}
	return page.ConnectView{Head: view.Head{Title: title, Answer: view.Say(answer)}, Steps: steps, At: at}
}

func connectShell(s *Server, r *request, title string) view.Shell {
	return s.shell(r, title, "connectors", view.Crumb{Label: "Connectors", Href: "/connectors"}, view.Crumb{Label: title})
}

// connect asks which system.
func (s *Server) connect(r *request) (answer, error) {
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	all, err := s.Suite.Connectors.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	group := view.Choices{Name: "product", Label: "Source", Quiet: true}
	for i, p := range s.Suite.Connectors.Products {
		group.Options = append(group.Options, view.Choice{Value: p.Name, Label: p.Title, Detail: p.Summary, Checked: i == 0})
	}
	v := page.ChooseView{
		ConnectView: connectView("Connect a source", "Facts come first: a source is read and sealed before anything is judged. A connector only reads.", 0, ""),
		Form:        view.Form{Action: "/connectors/new", Submit: "Continue", Cancel: view.Ref{Label: "Cancel", Href: "/connectors"}},
		AllTitle:    "All " + plural(len(s.Suite.Connectors.Products), "connector"), Groups: []view.Choices{group},
		Connected: &page.LinesCard{Title: "Connected", Empty: "Nothing yet."},
		Notice: view.Notice{State: view.Info, Text: view.Text{
			view.T("A system that is not listed can still be brought in: "), view.A("import a file", importBase), view.T(" of a kind that you declare."),
		}},
	}
	for i := range all {
		if c := &all[i]; !c.Register {
			v.Connected.Lines = append(v.Connected.Lines, view.Line{State: connectionBadge(r, c).State, Lead: c.Name, Text: c.Product, Href: connectionHref(c.ID)})
		}
	}
	if _, err := s.Suite.Connectors.Product("import"); err != nil {
		v.Notice = view.Notice{State: view.Info, Text: view.Say("What nothing here can read, people can still add as evidence.")}
	}
	return show(page.ConnectChoose(connectShell(s, r, "Connect a source"), v))
}

func (s *Server) connectChosen(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(r.PostFormValue("product"))
	if err != nil {
		return answer{}, err
	}
	return goTo("/connectors/new/" + p.Name)
}

// connectGrant says what to allow and asks for the settings.
func (s *Server) connectGrant(r *request) (answer, error) {
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(r.PathValue("product"))
	if err != nil {
		return answer{}, err
	}
	in := collect.New{Product: p.Name, Name: p.Title, Every: p.Every}
	if t, ok, err := s.tried(r, p.Name, r.URL.Query().Get("draft")); err != nil {
		return answer{}, err
	} else if ok {
		in = t.In
	}
	return s.showGrant(r, &p, &in, nil)
}

func (s *Server) showGrant(r *request, p *connector.Product, in *collect.New, err error) (answer, error) {
	v := page.GrantView{
		ConnectView: connectView("Connect "+p.Title, p.Summary, 1, p.Name), Title: "Then say where it is", ReadsOf: "Kind",
		Form: view.Form{
			Action: "/connectors/new/" + p.Name + "/try", Submit: "Look without storing", Icon: "search",
			Cancel: view.Ref{Label: "Back", Href: "/connectors/new"}, Hint: "Nothing is stored by looking.",
		},
		Undo: "Remove the connection here, then take back what you granted there. What was collected stays: the log says that the connection ended.",
	}
	v.Form.Fields = settingFields(p, in, nil)
	if len(p.Grant.Steps) > 0 || p.Grant.Text != "" {
		v.Ways = []page.GrantWay{grantWay(&p.Grant)}
	}
	for i := range p.Kinds {
		v.Reads = append(v.Reads, page.ReadRow{What: p.Kinds[i].Title, For: nonEmpty(facets(&p.Kinds[i]), "–"), Checks: view.Num(s.checksOver(&p.Kinds[i]))})
	}
	for _, text := range p.Grant.NotRead {
		v.Unread = append(v.Unread, view.Sign{State: view.Open, Text: text})
	}
	status, err := refuse(&v.Form, nil, err)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: page.ConnectGrant(connectShell(s, r, "Connect "+p.Title), v)}, nil
}

// grantWay is the steps and what is to be copied, in each form that there is.
func grantWay(g *connector.Grant) page.GrantWay {
	w := page.GrantWay{ID: "grant", Title: "What to allow", Steps: g.Steps, Note: "Only reading is asked for."}
	if len(g.Ways) == 0 {
		w.Text = strings.TrimRight(g.Text, "\n")
		return w
	}
	for i, way := range g.Ways {
		w.Forms = append(w.Forms, page.GrantForm{ID: "grant-form-" + strconv.Itoa(i+1), Title: way.Title, Text: strings.TrimRight(way.Text, "\n")})
	}
	return w
}

// checksOver is how many checks of the catalog read the kind.
func (s *Server) checksOver(k *resource.Schema) (n int) {
	for _, c := range s.Suite.Checks.Catalog {
		if c.Judges(k) {
			n++
		}
	}
	return n
}

// settingFields are the fields of a connection's settings. A secret is never
// shown again; one that is kept may be left empty.
func settingFields(p *connector.Product, in *collect.New, kept []string) []view.Input {
	fields := []view.Input{
		{Name: "name", Label: "What you call it", Value: in.Name, Required: true},
		{Name: "every", Label: "Collect", Type: "select", Value: nonEmpty(in.Every.String(), p.Every.String()), Options: intervals(in.Every)},
	}
	for _, st := range p.Settings {
		f := view.Input{
			Name: "set_" + st.Name, Label: st.Label, Hint: st.Help, Sample: st.Example, Value: nonEmpty(in.Settings[st.Name], st.Default),
			Required: st.Required, Optional: !st.Required, Full: true, Auto: "off",
		}
		switch {
		case st.Secret:
			f.Value, f.Mono = "", true
			f.Type = "password"
			if st.Lines {
				f.Type = "textarea"
			}
			if slices.Contains(kept, st.Name) {
				f.Required, f.Hint = false, "It is kept as it is unless you enter another."
			}
		case st.Lines:
			f.Type, f.Mono = "textarea", true
		case len(st.Choices) > 0:
			f.Type, f.Options = "select", options(st.Choices...)
			if !st.Required {
				f.Options = append([]view.Option{{Value: "", Label: "–"}}, f.Options...)
			}
		}
		fields = append(fields, f)
	}
	return fields
}

func intervals(now time.Duration) []view.Option {
	list := []time.Duration{time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	if now != 0 && !slices.Contains(list, now) {
		list = append(list, now)
	}
	out := make([]view.Option, 0, len(list))
	for _, d := range list {
		out = append(out, view.Option{Value: d.String(), Label: every(d)})
	}
	return out
}

// settingsFrom reads the fields of settingFields.
func settingsFrom(r *request, p *connector.Product) (collect.New, error) {
	in := collect.New{Product: p.Name, Name: r.text("name"), Settings: map[string]string{}}
	for _, st := range p.Settings {
		in.Settings[st.Name] = strings.ReplaceAll(r.PostFormValue("set_"+st.Name), "\r\n", "\n")
	}
	d, err := time.ParseDuration(r.PostFormValue("every"))
	if err != nil && r.PostFormValue("every") != "" {
		return in, fault.Fields("The connection was not saved.", fault.Field{Name: "every", Text: "Choose how often to collect."})
	}
	in.Every = d
	return in, nil
}

// settingProblem names the fields of an error as the form has them.
func settingProblem(p *connector.Product, err error) error {
	list := fault.FieldsOf(err)
	if len(list) == 0 {
		return err
	}
	for i := range list {
		if slices.ContainsFunc(p.Settings, func(st connector.Setting) bool { return st.Name == list[i].Name }) {
			list[i].Name = "set_" + list[i].Name
		}
	}
	return fault.Fields(fault.Text(err), list...)
}

// tried is a connection that was tried and not saved: what a draft keeps, so that
// credentials are not sent back to the browser.
type tried struct {
	In    collect.New       `json:"in"`
	Took  time.Duration     `json:"took"`
	Found []collect.Preview `json:"found"`
	Calls []connector.Call  `json:"calls"`

	at time.Time
}

// keepTried keeps a draft and returns its key. Of the resources that were seen
// it keeps what the page shows: their names.
func (s *Server) keepTried(r *request, p *connector.Product, t *tried) (string, error) {
	grant, err := r.who.May(access.ConnectorEdit)
	if err != nil {
		return "", err
	}
	for i := range t.Found {
		f := &t.Found[i]
		label := labelOf(p, f.Kind)
		for j := range f.Sample {
			x := &f.Sample[j]
			*x = connector.Resource{Kind: x.Kind, ID: x.ID, Fields: map[string]any{label: x.Fields[label]}}
		}
	}
	body, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return s.Suite.Drafts.Keep(r.Context(), grant, draft.Draft{Kind: draft.Connection, Body: body})
}

// tried returns the person's draft for the product; ok is false if there is none
// any more.
func (s *Server) tried(r *request, product, key string) (t tried, ok bool, err error) {
	grant, err := r.who.May(access.ConnectorEdit)
	if err != nil || key == "" {
		return t, false, err
	}
	d, err := s.Suite.Drafts.Look(r.Context(), grant, draft.Connection, key)
	if fault.Is(err, fault.NotFound) {
		return t, false, nil
	}
	if err == nil {
		err = json.Unmarshal(d.Body, &t)
	}
	t.at = d.At
	return t, err == nil && t.In.Product == product, err
}

// labelOf is the field by which people know a resource of the kind.
func labelOf(p *connector.Product, kind string) string {
	for i := range p.Kinds {
		if p.Kinds[i].Kind == kind {
			return p.Kinds[i].Label
		}
	}
	return ""
}
