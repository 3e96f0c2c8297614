package web

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/siem"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// siem is where the trail is sent.
func (s *Server) siem(r *request) (answer, error) { return s.showSIEM(r, nil) }

func (s *Server) showSIEM(r *request, refused error) (answer, error) {
	list, err := s.Suite.SIEM.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{SIEM: &page.DestinationsCard{}, Aside: []page.AsideCard{{ID: "h-as", Title: "What is sent", Lines: []view.Line{
		{Lead: "Each entry", Text: "of the trail, as OCSF 1.3.0: a sign-in as Authentication, everything else as API Activity"},
		{Lead: "Once", Text: "in the order of the log; after a break one can come twice, its metadata.uid tells"},
		{Lead: "Never less", Text: "a destination that is away gets everything later"},
	}, Note: "Entries hold names and addresses of people. Leads hear when a destination has taken nothing for an hour."}}}
	for i := range list {
		v.SIEM.Rows = append(v.SIEM.Rows, destinationRow(r, &list[i]))
	}
	if !r.who.Can(access.SIEMEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return s.settingsPage(r, "siem", v)
	}
	f := page.SettingsForm{Title: "Add a destination", Form: view.Form{Action: "/settings/siem", Submit: "Add", Hint: "What it answers to the first entry shows at once.", Fields: append(
		siemFields(r, &siem.Destination{Form: siem.Lines, Header: "Authorization"}), view.Input{
			Name: "start", Label: "Begin", Type: "select", Value: r.typed("start", "now"), Full: true, Options: []view.Option{{Value: "now", Label: "with what happens from now on"}, {Value: "log", Label: "with the log: everything there ever was"}},
		})}}
	status, err := refuse(&f.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	v.Forms = []page.SettingsForm{f}
	return s.refusedPage(r, "siem", v, status)
}

func destinationRow(r *request, d *siem.Destination) page.DestinationRow {
	row := page.DestinationRow{Name: view.Ref{Label: d.Name}, Form: formWords(d.Form), Address: d.Address, Sent: view.Num(int(d.Sent)), Last: r.moment(d.SentAt), Problem: d.Problem}
	if r.who.Can(access.SIEMEdit) {
		row.Name.Href = "/settings/siem/" + d.ID
	}
	row.Badge = destinationBadge(r, d)
	return row
}

func destinationBadge(r *request, d *siem.Destination) view.Badge {
	switch {
	case d.Paused:
		return view.Badge{State: view.None, Label: "Paused"}
	case d.Problem != "":
		return view.Badge{State: view.Fail, Label: "Takes nothing since " + r.moment(d.Since)}
	case d.SentAt.IsZero():
		return view.Badge{State: view.Open, Label: "Nothing sent yet"}
	}
	return view.Badge{State: view.Pass, Label: "Takes entries"}
}

func formWords(f siem.Form) string {
	return map[siem.Form]string{
		siem.Lines: "HTTP, one entry a line", siem.Array: "HTTP, JSON array", siem.Splunk: "Splunk HTTP Event Collector", siem.Syslog: "Syslog (RFC 5424)",
	}[f]
}

func siemFields(r *request, d *siem.Destination) []view.Input {
	forms := make([]view.Option, 0, len(siem.Forms()))
	for _, f := range siem.Forms() {
		forms = append(forms, view.Option{Value: string(f), Label: formWords(f)})
	}
	hint := "The header’s whole value, such as Bearer … or Splunk …. It is sealed, and shown to nobody."
	if d.Secret() {
		hint = "Leave it empty to keep the one there is, while the host stays the same."
	}
	return []view.Input{
		{Name: "name", Label: "Name", Value: r.typed("name", d.Name), Required: true, Sample: "Splunk"},
		{Name: "form", Label: "Form", Type: "select", Value: r.typed("form", string(d.Form)), Options: forms},
		{Name: "address", Label: "Address", Value: r.typed("address", d.Address), Required: true, Full: true, Mono: true, Sample: "https://siem.example.com/in", Hint: "For syslog tls://host:6514. Without TLS only a number of this machine or its own network, such as tcp://127.0.0.1:514."},
		{Name: "header", Label: "Header of the credential", Value: r.typed("header", d.Header), Optional: true, Mono: true, Hint: "HTTP alone. Some products have their own, such as DD-API-KEY."},
		{Name: "credential", Label: "Credential", Type: "password", Optional: true, Auto: "off", Hint: hint},
		{Name: "roots", Label: "Its authorities, in PEM", Type: "textarea", Value: r.typed("roots", d.Roots), Full: true, Optional: true, Mono: true, Hint: "Where its certificate is from an authority of your own."},
	}
}

func typedDestination(r *request) siem.New {
	return siem.New{
		Name: r.text("name"), Form: siem.Form(r.text("form")), Address: r.text("address"), Header: r.text("header"), Secret: secret.NewText(r.text("credential")),
		Roots: r.text("roots"), Start: r.text("start") == "log",
	}
}

func (s *Server) siemAdd(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.SIEM.Add(r.Context(), r.who, typedDestination(r))
	if err != nil {
		return s.showSIEM(r, err)
	}
	return s.siemDone(r, &d, d.Name+" is added.")
}

// siemDone says what the destination answered.
func (s *Server) siemDone(r *request, d *siem.Destination, what string) (answer, error) {
	switch {
	case d.Problem != "":
		s.say(r, flash{Text: what + " It took nothing: " + d.Problem + ". Nothing is lost, it is tried again.", State: view.Warn})
		return goTo("/settings/siem/" + d.ID)
	case d.SentAt.IsZero():
		return s.done(r, what+" It gets the trail within a minute.", "/settings/siem")
	}
	return s.done(r, what+" It took what there was.", "/settings/siem")
}

// siemOne is one destination, to change, try or remove.
func (s *Server) siemOne(r *request) (answer, error) { return s.showDestination(r, nil) }

func (s *Server) showDestination(r *request, refused error) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	d, behind, err := s.Suite.SIEM.Get(r.Context(), r.who, r.PathValue("destination"))
	if err != nil {
		return answer{}, err
	}
	at := "/settings/siem/" + d.ID
	v := page.FormView{
		Title: "Destination", Head: view.Head{Title: d.Name, Answer: view.Say("Added on " + r.day(d.AddedAt) + ". It took " + plural(int(d.Sent), "entry") + ".")},
		Form: view.Form{Action: at, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/siem"}, Fields: siemFields(r, &d)},
		Aside: []page.AsideCard{{ID: "h-st", Title: "How far it is", Badge: destinationBadge(r, &d), Pairs: []view.Pair{
			{Term: "Has everything before", Value: view.Say("leaf " + view.Num(int(d.Place)))}, {Term: "Leaves after that", Value: view.Say(view.Num(int(behind)))}, {Term: "Took entries last", Value: view.Say(r.moment(d.SentAt))},
		}, Note: "The log has leaves of other kinds too; the trail’s are sent."}},
		Danger: &view.Notice{State: view.Warn, Text: view.Text{view.B("Removing sends nothing more."), view.T(" What it has stays there.")}, Action: view.Action{Label: "Remove…", More: " " + d.Name, Href: at + "/remove"}},
	}
	if d.Paused {
		v.Head.Actions = []view.Action{{Label: "Resume", More: " " + d.Name, Href: at + "/resume", Post: true, Look: view.Primary}}
	} else {
		v.Head.Actions = []view.Action{{Label: "Pause", More: " " + d.Name, Href: at + "/pause", Post: true}, {Label: "Send now", More: " to " + d.Name, Href: at + "/try", Post: true, Look: view.Primary}}
	}
	if d.Problem != "" {
		v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Text{view.B("It takes nothing since " + r.moment(d.Since) + ": " + d.Problem + "."), view.T(" Nothing is lost. It is tried again at " + r.moment(d.NextAt) + ".")}})
	}
	return s.showForm(r, s.shell(r, d.Name, "settings", siemCrumbs(view.Crumb{Label: d.Name})...), &v, refused)
}

func siemCrumbs(more ...view.Crumb) []view.Crumb {
	return append([]view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "SIEM", Href: "/settings/siem"}}, more...)
}

func (s *Server) siemSave(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.SIEM.Edit(r.Context(), r.who, r.PathValue("destination"), typedDestination(r))
	if err != nil {
		return s.showDestination(r, err)
	}
	return s.siemDone(r, &d, d.Name+" is saved.")
}

func (s *Server) siemTry(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.SIEM.Try(r.Context(), r.who, r.PathValue("destination"))
	if fault.Is(err, fault.Conflict) {
		s.say(r, flash{Text: fault.Text(err), State: view.Warn})
		return goTo("/settings/siem/" + r.PathValue("destination"))
	}
	if err != nil {
		return answer{}, err
	}
	return s.siemDone(r, &d, d.Name+" was tried.")
}

func (s *Server) siemPause(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	if err := s.Suite.SIEM.Pause(r.Context(), r.who, r.PathValue("destination")); err != nil {
		return answer{}, err
	}
	return s.done(r, "It is paused. Nothing is lost: it gets everything once it is resumed.", "/settings/siem/"+r.PathValue("destination"))
}

func (s *Server) siemResume(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.SIEM.Resume(r.Context(), r.who, r.PathValue("destination"))
	if err != nil {
		return answer{}, err
	}
	return s.siemDone(r, &d, d.Name+" is resumed.")
}

func (s *Server) siemRemove(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	d, _, err := s.Suite.SIEM.Get(r.Context(), r.who, r.PathValue("destination"))
	if err != nil {
		return answer{}, err
	}
	at := "/settings/siem/" + d.ID
	v := page.FormView{
		Head: view.Head{Title: "Remove " + d.Name + "?", Answer: view.Say("It gets nothing more of the trail. What it has stays there. Added again, it begins where you say.")},
		Form: view.Form{Action: at + "/remove", Submit: "Remove", Cancel: view.Ref{Label: "Keep", Href: at}},
	}
	return s.showForm(r, s.shell(r, "Remove", "settings", siemCrumbs(view.Crumb{Label: d.Name, Href: at}, view.Crumb{Label: "Remove"})...), &v, nil)
}

func (s *Server) siemRemoveNow(r *request) (answer, error) {
	if err := r.may(access.SIEMEdit); err != nil {
		return answer{}, err
	}
	if err := s.Suite.SIEM.Remove(r.Context(), r.who, r.PathValue("destination")); err != nil {
		return answer{}, err
	}
	return s.done(r, "It gets nothing more of the trail.", "/settings/siem")
}
