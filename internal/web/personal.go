package web

import (
	"encoding/json"
	"strconv"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/personal"
	"assay/internal/trail"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// personal is what is kept of users who left, and for how long.
func (s *Server) personal(r *request) (answer, error) { return s.showPersonal(r, nil) }

func (s *Server) showPersonal(r *request, refused error) (answer, error) {
	list, err := s.Suite.Personal.Former(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	months, err := s.Suite.Personal.Rule(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Former: &page.FormerCard{}, Aside: []page.AsideCard{{ID: "h-pd", Title: "What an erasure does", Lines: []view.Line{
		{Lead: "Goes", Text: "name, address of mail and network addresses: from the trail, tasks, records, policies, invitations, provisioning, messages; and the account, if no other organization has it"},
		{Lead: "Stays", Text: "what was done, when, under the pseudonym; and the name in evidence, reviews and test sheets, as long as those are kept"},
		{Lead: "Holds", Text: "the log: it tells that something was erased, when, by whom and why, and commits to what is left"},
	}, Note: "Backups, packages and a SIEM that were made or fed before have the name still: erase it there by their own rules."}}}
	for i := range list {
		f := &list[i]
		at := "/settings/personal/" + f.ID
		v.Former.Rows = append(v.Former.Rows, page.FormerRow{Name: f.Name, ID: f.ID, Last: r.day(f.LastAt), Actions: []view.Action{
			{Label: "What is kept", More: " of " + f.Name, Href: at + "/kept"}, {Label: "Erase…", More: " " + f.Name, Href: at},
		}})
	}
	f := page.SettingsForm{Title: "How long names are kept", Form: view.Form{Action: "/settings/personal", Submit: "Save", Fields: []view.Input{{
		Name: "months", Label: "Months after somebody’s last entry", Value: r.typed("months", strconv.Itoa(months)), Required: true,
		Hint: "12 to 240; 0 keeps names until somebody erases them. An auditor of the last period asks who did what.",
	}}}}
	status, err := refuse(&f.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	v.Forms = []page.SettingsForm{f}
	return s.refusedPage(r, "personal", v, status)
}

func (s *Server) personalRule(r *request) (answer, error) {
	if err := r.may(access.UserErase); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	months, err := strconv.Atoi(r.text("months"))
	if err != nil {
		months = -1
	}
	if err := s.Suite.Personal.SetRule(r.Context(), r.who, months); err != nil {
		return s.showPersonal(r, err)
	}
	if months == 0 {
		return s.done(r, "Names are kept until somebody erases them.", "/settings/personal")
	}
	return s.done(r, "Names of users who left are erased "+plural(months, "month")+" after their last entry.", "/settings/personal")
}

// personalErase asks before it erases somebody.
func (s *Server) personalErase(r *request) (answer, error) { return s.showErase(r, nil) }

func (s *Server) showErase(r *request, refused error) (answer, error) {
	f, err := s.formerUser(r)
	if err != nil {
		return answer{}, err
	}
	at := "/settings/personal/" + f.ID
	v := page.FormView{
		Title: "Erase", Head: view.Head{Title: "Erase " + f.Name + "?", Answer: view.Say("It cannot be undone. Names and addresses go; what was done stays, under " + f.ID + ". The log stays whole and tells of it.")},
		Form: view.Form{Action: at, Submit: "Erase", Cancel: view.Ref{Label: "Keep", Href: "/settings/personal"}, Fields: []view.Input{
			{Name: "basis", Label: "Basis", Type: "select", Value: r.typed("basis", string(trail.OnRequest)), Options: []view.Option{{Value: string(trail.OnRequest), Label: "the person asked for it"}, {Value: string(trail.Expired), Label: "the time is over for which names are kept"}}},
			{Name: "why", Label: "Why", Type: "textarea", Value: r.typed("why", ""), Required: true, Full: true, Hint: "Such as when they asked. The trail keeps it, without the name."},
			{Name: "confirm", Label: "Type the name", Hint: f.Name, Value: r.typed("confirm", ""), Required: true, Full: true},
		}},
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Personal data", Href: "/settings/personal"}, {Label: f.Name}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func (s *Server) formerUser(r *request) (personal.Former, error) {
	list, err := s.Suite.Personal.Former(r.Context(), r.who)
	if err != nil {
		return personal.Former{}, err
	}
	for i := range list {
		if list[i].ID == r.PathValue("user") {
			return list[i], nil
		}
	}
	return personal.Former{}, fault.New(fault.NotFound, "There is no such user who left.")
}

func (s *Server) personalEraseNow(r *request) (answer, error) {
	if err := r.may(access.UserErase); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	f, err := s.formerUser(r)
	if err != nil {
		return answer{}, err
	}
	if r.text("confirm") != f.Name {
		return s.showErase(r, fault.Fields("Nothing was erased.", fault.Field{Name: "confirm", Text: "This is not the name: " + f.Name + "."}))
	}
	out, err := s.Suite.Personal.Erase(r.Context(), r.who, r.PathValue("user"), trail.Basis(r.text("basis")), r.text("why"))
	if err != nil {
		return s.showErase(r, err)
	}
	text := "Erased from " + plural(out.Entries, "entry") + " of the trail."
	if !out.Account {
		text += " The account stays: another organization has it, or it may found some."
	}
	return s.done(r, text, "/settings/personal")
}

func (s *Server) personalKept(r *request) (answer, error) { return s.kept(r, r.PathValue("user")) }

// meKept is what is kept of whoever asks.
func (s *Server) meKept(r *request) (answer, error) { return s.kept(r, r.who.ID) }

func (s *Server) kept(r *request, userID string) (answer, error) {
	if err := r.who.Fresh(); err != nil { // an export
		return answer{}, err
	}
	f, err := s.Suite.Personal.Kept(r.Context(), r.who, userID)
	if err != nil {
		return answer{}, err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return answer{file: &file{name: "kept-" + userID + ".json", media: "application/json", body: append(b, '\n')}}, err
}
