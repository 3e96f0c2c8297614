package web

import (
	"slices"
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) controlRoutes(get, post func(string, handler)) {
	get("/controls/new", s.controlNew)
	post("/controls/new", s.controlAdd)
	get("/controls/adopt", s.controlLibrary)
	post("/controls/adopt", s.controlAdopt)
	get("/controls/{id}/edit", s.controlEdit)
	post("/controls/{id}/edit", s.controlSave)
	get("/controls/{id}/retire", s.controlRetireForm)
	post("/controls/{id}/retire", s.controlRetire)
	get("/controls/{id}/perform", s.performForm)
	post("/controls/{id}/perform", s.perform)
}

func (s *Server) controlNew(r *request) (answer, error) {
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	v := control.Version{
		EffectiveOn: standing.DayOf(r.now, r.loc), Frequency: string(standing.Quarterly), Nature: string(catalog.Manual), Kind: string(catalog.Preventive),
	}
	if c := r.URL.Query().Get("criterion"); c != "" {
		v.Criteria = []string{c}
	}
	return s.showControlForm(r, &v, nil)
}

// controlEdit is the form for the next version of a control.
func (s *Server) controlEdit(r *request) (answer, error) {
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := d.Versions[len(d.Versions)-1]
	v.EffectiveOn, v.Reason, v.Retired = max(standing.DayOf(r.now, r.loc), v.EffectiveOn), "", false
	return s.showControlForm(r, &v, nil)
}

// showControlForm asks for everything about a version. What was posted is in v.
func (s *Server) showControlForm(r *request, v *control.Version, refused error) (answer, error) {
	owners, err := s.Suite.Auth.Users(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	who := []view.Option{{Value: "", Label: "nobody yet"}}
	for i := range owners {
		who = append(who, view.Option{Value: owners[i].ID, Label: owners[i].Name})
	}
	adding := r.PathValue("id") == ""
	f := page.FormView{
		Head:  view.Head{Title: "Add a control", Answer: view.Say("Say what you do, in words that the auditor will test: who does what, when, and what remains of it.")},
		Title: "Wording", Form: view.Form{Action: r.URL.Path, Submit: "Add control", Cancel: view.Ref{Label: "Cancel", Href: "/controls"}},
	}
	crumbs := []view.Crumb{{Label: "Controls", Href: "/controls"}, {Label: "New"}}
	if adding {
		f.Form.Fields = append(f.Form.Fields, view.Input{
			Name: "control", Label: "Id", Value: v.Control, Required: true, Mono: true, Sample: "IAM-03", Hint: "Capital letters, a hyphen, two or three digits.",
		})
	} else {
		back := "/controls/" + v.Control
		f.Head = view.Head{ID: v.Control, Title: "New version of " + v.Control, Answer: view.Say("The present wording stays in the record for the days on which it held.")}
		f.Form.Submit, f.Form.Cancel.Href = "Save version", back
		f.Danger = &view.Notice{State: view.Warn, Text: view.Say("If it is not done any more, retire it. Its past stays."), Action: view.Action{Label: "Retire", Href: back + "/retire"}}
		crumbs = []view.Crumb{{Label: "Controls", Href: "/controls"}, {Label: v.Control, Href: back}, {Label: "New version"}}
	}
	f.Form.Fields = append(f.Form.Fields, wordingFields(v)...)
	f.Sections = []page.FormSection{s.termsSection(v, who), effectSection(v, adding)}
	checks, err := s.checksSection(r, v)
	if err != nil {
		return answer{}, err
	}
	f.Sections = append(f.Sections, checks)
	f.Sections = append(f.Sections, laneSections(v)...)
	f.Form.Hidden = append(laneHidden(v), view.Hidden{Name: "number", Value: strconv.Itoa(v.Number)})
	return s.showForm(r, s.shell(r, f.Head.Title, "controls", crumbs...), &f, refused)
}

func wordingFields(v *control.Version) []view.Input {
	return []view.Input{
		{Name: "title", Label: "Title", Value: v.Title, Required: true},
		{
			Name: "statement", Label: "What is done", Type: "textarea", Rows: "6", Value: v.Statement, Required: true, Full: true,
			Hint: "It will read so in the report. State limits only where you keep them.",
		},
		{Name: "criteria", Label: "Criteria that it serves", Value: strings.Join(v.Criteria, " "), Required: true, Mono: true, Full: true, Sample: "CC6.1 CC6.2", Hint: "Ids with blanks between, the foremost first."},
	}
}

func (s *Server) termsSection(v *control.Version, who []view.Option) page.FormSection {
	key := view.Choices{Name: "key", Label: "Weight", Quiet: true, Many: true, Options: []view.Choice{
		{Value: "1", Label: "Key control", Detail: "a criterion is not met without it", Checked: v.Key},
	}}
	roles := append([]view.Option{{Value: "", Label: "–"}}, options(s.Suite.Library.OwnerRoles()...)...)
	if v.OwnerRole != "" && !slices.Contains(s.Suite.Library.OwnerRoles(), v.OwnerRole) {
		roles = append(roles, view.Option{Value: v.OwnerRole, Label: v.OwnerRole})
	}
	return page.FormSection{Title: "Terms", Fields: []view.Input{
		{Name: "owner", Label: "Owner", Type: "select", Value: v.Owner, Options: who},
		{Name: "owner_role", Label: "Role of the owner", Type: "select", Value: v.OwnerRole, Options: roles},
		{Name: "frequency", Label: "How often", Type: "select", Value: v.Frequency, Options: options(catalog.Frequencies()...)},
		{Name: "fix_limit", Label: "Fix limit", Value: v.FixLimit, Optional: true, Sample: "3d", Hint: "Only if the wording states one: 72h, 3d, 2w."},
		{Name: "nature", Label: "Done by", Type: "select", Value: v.Nature, Options: options(catalog.Natures()...)},
		{Name: "kind", Label: "Kind", Type: "select", Value: v.Kind, Options: options(catalog.ControlKinds()...)},
	}, Lists: []view.Choices{key}}
}

func effectSection(v *control.Version, adding bool) page.FormSection {
	sec := page.FormSection{Title: "From when", Fields: []view.Input{
		{Name: "effective_on", Label: "Holds from", Type: "date", Value: v.EffectiveOn.String(), Required: true, Hint: "Days before it are judged by the wording that held then."},
	}}
	if !adding {
		sec.Fields = append(sec.Fields, view.Input{Name: "reason", Label: "Why it changes", Value: v.Reason, Required: true, Full: true, Hint: "The auditor reads this."})
	}
	return sec
}

// controlFrom reads the form into v.
func (s *Server) controlFrom(r *request, v *control.Version) error {
	var wrong []fault.Field
	v.Title, v.Statement = r.text("title"), strings.ReplaceAll(r.text("statement"), "\r\n", "\n")
	v.Criteria = strings.FieldsFunc(r.text("criteria"), func(c rune) bool { return c == ',' || c == ';' || c <= ' ' })
	v.OwnerRole, v.Frequency, v.FixLimit = r.text("owner_role"), r.text("frequency"), r.text("fix_limit")
	v.Nature, v.Kind, v.Key, v.Reason = r.text("nature"), r.text("kind"), r.text("key") == "1", r.text("reason")
	if !slices.Contains(catalog.Frequencies(), catalog.Frequency(v.Frequency)) {
		wrong = append(wrong, fault.Field{Name: "frequency", Text: "Choose how often it is done."})
	}
	if v.EffectiveOn = r.date("effective_on", &wrong); v.EffectiveOn == 0 && len(wrong) == 0 {
		wrong = append(wrong, fault.Field{Name: "effective_on", Text: "Give the day from which this holds."})
	}
	if v.Owner != r.text("owner") || v.Owner == "" {
		v.Owner, v.OwnerName = r.text("owner"), ""
	}
	if v.Owner != "" {
		names, err := s.Suite.UserNames(r.Context(), r.who)
		if err != nil {
			return err
		}
		if v.OwnerName = names[v.Owner]; v.OwnerName == "" {
			wrong = append(wrong, fault.Field{Name: "owner", Text: "Choose somebody who has an account here."})
		}
	}
	v.Lanes = append(s.checkLanes(r, v.Lanes), lanesFrom(r, &wrong)...)
	if len(wrong) > 0 {
		return fault.Fields("The control was not saved.", wrong...)
	}
	return nil
}

func (s *Server) controlAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	v := control.Version{Control: r.text("control"), Reason: "Added"}
	err := s.controlFrom(r, &v)
	if err == nil {
		v.Reason = "Added"
		if _, getErr := s.Suite.Controls.Get(r.Context(), r.who, v.Control); getErr == nil {
			err = fault.Fields("The control was not saved.", fault.Field{Name: "control", Text: "There is a control of this id already. Open it to make a new version."})
		}
	}
	if err == nil {
		_, err = s.Suite.Controls.Save(r.Context(), r.who, v)
	}
	if err != nil {
		return s.showControlForm(r, &v, err)
	}
	return s.done(r, v.Control+" is added. It is judged within a minute.", "/controls/"+v.Control)
}

func (s *Server) controlSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := d.Versions[len(d.Versions)-1]
	v.Retired, v.Leaf = false, ""
	if n, bad := strconv.Atoi(r.text("number")); bad == nil {
		v.Number = n // the version that the form showed
	}
	err = s.controlFrom(r, &v)
	if err == nil && v.Reason == "" {
		err = fault.Fields("The control was not saved.", fault.Field{Name: "reason", Text: "Say why it changes."})
	}
	if err == nil {
		v, err = s.Suite.Controls.Save(r.Context(), r.who, v)
	}
	if err != nil {
		return s.showControlForm(r, &v, err)
	}
	return s.done(r, "The new version holds from "+v.EffectiveOn.String()+" on. Its wording is in the log.", "/controls/"+v.Control+"?tab=versions")
}

func (s *Server) controlRetireForm(r *request) (answer, error) {
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	return s.showRetire(r, nil)
}

func (s *Server) showRetire(r *request, refused error) (answer, error) {
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	id := d.Current.Control
	f := page.FormView{
		Head:  view.Head{ID: id, Title: "Retire " + id, Answer: view.Say("From that day on it is not in force. The days before stay as they are, and a later version brings it back.")},
		Title: d.Current.Title, Form: view.Form{Action: "/controls/" + id + "/retire", Submit: "Retire", Cancel: view.Ref{Label: "Cancel", Href: "/controls/" + id}, Fields: []view.Input{
			{Name: "effective_on", Label: "First day without it", Type: "date", Value: r.typed("effective_on", standing.DayOf(r.now, r.loc).String()), Required: true},
			{Name: "reason", Label: "Why, and what does its work now", Type: "textarea", Value: r.typed("reason", ""), Required: true, Full: true},
		}},
	}
	crumbs := []view.Crumb{{Label: "Controls", Href: "/controls"}, {Label: id, Href: "/controls/" + id}, {Label: "Retire"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "controls", crumbs...), &f, refused)
}

func (s *Server) controlRetire(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ControlEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := d.Versions[len(d.Versions)-1]
	var wrong []fault.Field
	v.Retired, v.Reason, v.EffectiveOn = true, r.text("reason"), r.date("effective_on", &wrong)
	if v.EffectiveOn == 0 && len(wrong) == 0 {
		wrong = append(wrong, fault.Field{Name: "effective_on", Text: "Give the first day without it."})
	}
	if len(v.Reason) < 10 {
		wrong = append(wrong, fault.Field{Name: "reason", Text: "Say why, in 10 characters or more: the auditor reads this."})
	}
	if len(wrong) > 0 {
		return s.showRetire(r, fault.Fields("The control was not retired.", wrong...))
	}
	if _, err := s.Suite.Controls.Save(r.Context(), r.who, v); err != nil {
		return s.showRetire(r, err)
	}
	return s.done(r, v.Control+" is retired from "+v.EffectiveOn.String()+" on.", "/controls/"+v.Control+"?tab=versions")
}
