package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// connectTry reads the source once and keeps nothing of it.
func (s *Server) connectTry(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(r.PathValue("product"))
	if err != nil {
		return answer{}, err
	}
	in, err := settingsFrom(r, &p)
	if err != nil {
		return s.showGrant(r, &p, &in, err)
	}
	begun := s.Suite.Now()
	found, calls, err := s.Suite.Connectors.Try(r.Context(), r.who, in)
	if err != nil {
		return s.showGrant(r, &p, &in, settingProblem(&p, err))
	}
	key, err := s.keepTried(r, &p, &tried{Took: s.Suite.Now().Sub(begun), In: in, Found: found, Calls: calls})
	if err != nil {
		return answer{}, err
	}
	return goTo("/connectors/new/" + p.Name + "/try?draft=" + key)
}

// connectFound shows what the dry run found.
func (s *Server) connectFound(r *request) (answer, error) {
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(r.PathValue("product"))
	if err != nil {
		return answer{}, err
	}
	key := r.URL.Query().Get("draft")
	t, ok, err := s.tried(r, p.Name, key)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return goTo("/connectors/new/" + p.Name)
	}
	return s.showFound(r, &p, key, &t)
}

func (s *Server) showFound(r *request, p *connector.Product, key string, d *tried) (answer, error) {
	v := page.TryView{ConnectView: connectView("What Assay sees", "This was a dry run: nothing of it is stored. What you entered waits 30 minutes for you alone, encrypted.", 2, p.Name)}
	v.FoundHint = fmt.Sprintf("%s, %s, %s", r.moment(d.at), d.Took.Round(10*time.Millisecond), plural(len(d.Calls), "call"))
	total, incomplete := 0, 0
	for i := range d.Found {
		v.Found = append(v.Found, foundRow(p, &d.Found[i]))
		total += d.Found[i].Items
		if !d.Found[i].Complete {
			incomplete++
		}
		v.Denied = append(v.Denied, misfits(&d.Found[i])...)
	}
	if incomplete > 0 {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Say(
			plural(incomplete, "kind") + " could not be listed whole. Checks over them will say unknown, never pass. You can start all the same and allow more later.")})
	}
	for i := range d.Calls {
		if c := &d.Calls[i]; c.Refused > 0 {
			v.Denied = append(v.Denied, page.DeniedCard{ID: fmt.Sprintf("denied-%d", i), Title: c.Name + " was refused", Text: view.Say(c.Problem)})
		}
	}
	const most = 10
	if len(v.Denied) > most {
		v.Denied = v.Denied[:most]
	}
	starts, waits := s.starting(p, d.Found)
	v.Checks = startingCard(starts)
	v.Start = page.StartCard{
		Title: "Start collecting", Sums: []view.Pair{
			{Term: "Kinds", Value: view.Say(view.Num(len(d.Found)))},
			{Term: "Resources", Value: view.Say(view.Num(total))},
			{Term: "Checks that will start", Value: view.Say(view.Num(len(starts))), Total: true, Line: true},
		},
		Form: view.Form{
			Action: "/connectors/new/" + p.Name + "/save", Submit: "Save and collect", Icon: "play",
			Hidden: []view.Hidden{{Name: "draft", Value: key}},
		},
		Note: "From here on what is read is kept and sealed, " + every(d.In.Every) + ".",
	}
	if waits > 0 {
		v.Start.Sums = append(v.Start.Sums, view.Pair{Term: "Without evidence, a list is not whole", Value: view.Say(view.Num(waits)), State: view.Warn})
	}
	if d.In.Every == 0 {
		v.Start.Note = "From here on what is read is kept and sealed."
	}
	v.Steps[1].Href += "?draft=" + key
	return show(page.ConnectTry(connectShell(s, r, "Connect "+p.Title), v))
}

// starting are the checks of the catalog that can judge what was found, and how
// many more could if the lists that they read were whole.
func (s *Server) starting(p *connector.Product, found []collect.Preview) (starts []*checkDef, waits int) {
	for _, c := range s.Suite.Checks.Catalog {
		reads, whole := false, true
		for i := range found {
			k := slices.IndexFunc(p.Kinds, func(k resource.Schema) bool { return k.Kind == found[i].Kind })
			if k < 0 || !c.Judges(&p.Kinds[k]) {
				continue
			}
			reads, whole = true, whole && found[i].Complete
		}
		switch {
		case reads && whole:
			starts = append(starts, c)
		case reads:
			waits++
		}
	}
	return starts, waits
}

func startingCard(starts []*checkDef) *page.LinesCard {
	const most = 12
	card := &page.LinesCard{Title: "Checks that will start", Empty: "None of the catalog reads what was found whole."}
	for _, c := range starts[:min(len(starts), most)] {
		card.Lines = append(card.Lines, view.Line{State: view.None, Lead: c.ID, Text: c.Title})
	}
	if n := len(starts); n > most {
		card.Hint = fmt.Sprintf("the first %d of %d", most, n)
	}
	return card
}

// misfits are the resources that would not be kept.
func misfits(f *collect.Preview) []page.DeniedCard {
	if len(f.Errors) == 0 {
		return nil
	}
	return []page.DeniedCard{{
		ID: "misfit-" + strings.ReplaceAll(f.Kind, ".", "-"), Title: f.Title + ": not all fit", Text: view.Say("These would not be kept, and the kind would be incomplete."), Code: strings.Join(f.Errors, "\n"),
	}}
}

func foundRow(p *connector.Product, f *collect.Preview) page.FoundRow {
	row := page.FoundRow{Kind: f.Title, Found: view.Num(f.Items), Badge: completeBadge(&f.Report)}
	label := labelOf(p, f.Kind)
	var names []string
	for i := range f.Sample {
		name, _ := f.Sample[i].Fields[label].(string)
		names = append(names, clip(nonEmpty(name, f.Sample[i].ID), 60))
	}
	row.First = strings.Join(names, ", ")
	if len(f.Problems) > 0 {
		row.Why = clip(strings.Join(f.Problems, " "), 300)
	}
	return row
}

// connectSave starts what was tried.
func (s *Server) connectSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	grant, err := r.who.May(access.ConnectorEdit)
	if err != nil {
		return answer{}, err
	}
	var t tried
	d, err := s.Suite.Drafts.Take(r.Context(), grant, draft.Connection, r.PostFormValue("draft"))
	if err == nil {
		err = json.Unmarshal(d.Body, &t)
	}
	if fault.Is(err, fault.NotFound) || err == nil && t.In.Product != r.PathValue("product") {
		return answer{}, fault.New(fault.Conflict, "The dry run was used already, is older than 30 minutes, or belongs to somebody else. Nothing was saved: enter the settings again.")
	}
	if err != nil {
		return answer{}, err
	}
	c, err := s.Suite.Connectors.Add(r.Context(), r.who, t.In)
	if err != nil { // for another try
		_, kept := s.Suite.Drafts.Keep(r.Context(), grant, d)
		return answer{}, errors.Join(err, kept)
	}
	return s.done(r, c.Name+" is connected. Its first collection begins within a minute.", connectionHref(c.ID))
}

// connectionSync asks for a collection now.
func (s *Server) connectionSync(r *request) (answer, error) {
	id := connectionID(r)
	if err := s.Suite.Connectors.Sync(r.Context(), r.who, id); err != nil {
		return answer{}, err
	}
	return s.done(r, "A collection was asked for. It begins within a minute.", connectionHref(id))
}

// connectionState changes whether a connection is collected. Each change can
// be taken back, but a removal forgets the credentials, so it asks first.
func (s *Server) connectionSet(state collect.State) handler {
	return func(r *request) (answer, error) {
		id := connectionID(r)
		if state == collect.Removed && r.URL.Query().Get("sure") != "1" {
			return s.askRemove(r, id)
		}
		if err := s.Suite.Connectors.SetState(r.Context(), r.who, id, state); err != nil {
			return answer{}, err
		}
		switch state {
		case collect.Paused:
			s.say(r, flash{Text: "It is paused. The log says so, so that its silence is not taken for nothing there.", State: view.Warn, Undo: connectionHref(id) + "/resume"})
			return goTo(connectionHref(id))
		case collect.Removed:
			return s.done(r, "It is removed and its credentials are forgotten. What it collected stays.", "/connectors")
		case collect.Enabled:
		}
		return s.done(r, "It is collected again.", connectionHref(id))
	}
}

func (s *Server) askRemove(r *request, id string) (answer, error) {
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	c, err := s.living(r, id)
	if err != nil {
		return answer{}, err
	}
	if c.Uploaded() {
		v := page.FormView{
			Head: view.Head{Title: "Remove " + c.Name + "?", Answer: view.Say("No more files of this kind are taken, and its resources leave the populations of checks. What was brought in stays, and so does the log. Declaring the kind again takes it up.")},
			Form: view.Form{Action: connectionHref(id) + "/remove?sure=1", Submit: "Remove", Cancel: view.Ref{Label: "Keep it", Href: connectionHref(id)}},
		}
		return show(page.Form(connectShell(s, r, "Remove"), v))
	}
	v := page.FormView{
		Head: view.Head{Title: "Remove " + c.Name + "?", Answer: view.Say("Its credentials are forgotten for good, and checks that need it will say unknown. What it collected stays, and so does the log.")},
		Form: view.Form{Action: connectionHref(id) + "/remove?sure=1", Submit: "Remove", Cancel: view.Ref{Label: "Keep it", Href: connectionHref(id)}},
	}
	return show(page.Form(connectShell(s, r, "Remove"), v))
}

// connectionAct is the page of a connection that the address names.
func (s *Server) connectionAct(r *request) (answer, error) {
	switch r.PathValue("act") {
	case "freshness":
		return s.connectionAges(r, nil)
	case "edit":
	default:
		return answer{}, fault.New(fault.NotFound, "There is no such page.")
	}
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	return s.showConnectionEdit(r, nil)
}

// living is a connection that was not removed: one that was has its history and
// nothing to change.
func (s *Server) living(r *request, id string) (collect.Connection, error) {
	c, _, err := s.Suite.Connectors.Get(r.Context(), r.who, id)
	if err == nil && c.State == collect.Removed {
		err = fault.New(fault.NotFound, "%s was removed. Connect it again.", c.Name)
	}
	return c, err
}

func (s *Server) showConnectionEdit(r *request, err error) (answer, error) {
	c, getErr := s.living(r, r.PathValue("id"))
	if getErr != nil {
		return answer{}, getErr
	}
	p, getErr := s.Suite.Connectors.Product(c.Product)
	if getErr != nil {
		return answer{}, getErr
	}
	in := collect.New{Name: c.Name, Every: c.Every, Settings: c.Settings}
	if r.Method != "GET" {
		in, _ = settingsFrom(r, &p)
	}
	v := page.FormView{
		Head:  view.Head{Title: "Settings of " + c.Name, Answer: view.Say(p.Summary)},
		Title: "Settings", Form: view.Form{
			Action: connectionHref(c.ID) + "/edit", Submit: "Save", Fields: settingFields(&p, &in, c.HasSecret),
			Cancel: view.Ref{Label: "Cancel", Href: connectionHref(c.ID)},
		},
	}
	if forget := forgettable(r, &p, c.HasSecret); len(forget.Options) > 0 {
		v.Sections = []page.FormSection{{Title: "Forget", Hint: "What is not needed any more", Lists: []view.Choices{forget}}}
	}
	if err != nil {
		err = settingProblem(&p, err)
	}
	sh := s.shell(r, v.Head.Title, "connectors", view.Crumb{Label: "Connectors", Href: "/connectors"}, view.Crumb{Label: c.Name, Href: connectionHref(c.ID)}, view.Crumb{Label: "Settings"})
	return s.showForm(r, sh, &v, err)
}

// forgettable offers the secrets that are set and need not be.
func forgettable(r *request, p *connector.Product, kept []string) view.Choices {
	c := view.Choices{Name: "clear", Label: "Secrets to forget", Quiet: true, Many: true}
	for _, st := range p.Settings {
		if st.Secret && !st.Required && slices.Contains(kept, st.Name) {
			c.Options = append(c.Options, view.Choice{Value: st.Name, Label: "Forget: " + st.Label, Checked: slices.Contains(r.PostForm["clear"], st.Name)})
		}
	}
	return c
}

func (s *Server) connectionEdit(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ConnectorEdit); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	c, _, err := s.Suite.Connectors.Get(r.Context(), r.who, id)
	if err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(c.Product)
	if err != nil {
		return answer{}, err
	}
	in, err := settingsFrom(r, &p)
	in.Clear = r.PostForm["clear"]
	if err == nil {
		err = s.Suite.Connectors.Edit(r.Context(), r.who, id, in)
	}
	if err != nil {
		return s.showConnectionEdit(r, err)
	}
	return s.done(r, "The settings are saved. They hold from the next collection on.", connectionHref(id))
}
