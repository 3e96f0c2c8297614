package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/control"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// controlLibrary shows the library's controls, by profile and by domain.
func (s *Server) controlLibrary(r *request) (answer, error) {
	if err := r.may(access.ControlAdopt); err != nil {
		return answer{}, err
	}
	return s.showLibrary(r, nil)
}

func (s *Server) showLibrary(r *request, refused error) (answer, error) {
	lib := s.Suite.Library
	q := r.URL.Query()
	o, err := s.Suite.Controls.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	list, checked := lib.Controls(), []catalog.LibraryControl(nil)
	if p := q.Get("profile"); p != "" {
		if list, err = lib.Adopt([]catalog.ProfileID{catalog.ProfileID(p)}); err != nil {
			return answer{}, err
		}
		checked = list
	}
	from := standing.DayOf(r.now, r.loc)
	if sc, ok := s.period(r); ok && sc.From < from {
		from = sc.From
	}
	f := page.FormView{
		Head:  view.Head{Title: "Controls from the library", Answer: view.Say("Adopt what you really do. Each comes with the checks and activities that can show it; then make the wording yours.")},
		Title: "From when", Form: view.Form{
			Action: r.URL.RequestURI(), Submit: "Adopt the chosen", Icon: "plus", Cancel: view.Ref{Label: "Cancel", Href: "/controls"},
			Fields: []view.Input{{Name: "effective_on", Label: "They hold from", Type: "date", Required: true, Value: r.typed("effective_on", from.String())}},
		},
		Aside: s.libraryAside(q.Get("profile"), q.Get("domain")),
	}
	for _, d := range lib.Domains() {
		if want := q.Get("domain"); want != "" && want != string(d.ID) {
			continue
		}
		group := view.Choices{Name: "control", ID: "control-" + string(d.ID), Label: d.Name, Quiet: true, Many: true}
		for i := range list {
			c := &list[i]
			if c.Domain == d.ID {
				group.Options = append(group.Options, s.libraryChoice(r, c, o, slices.ContainsFunc(checked, func(x catalog.LibraryControl) bool { return x.ID == c.ID })))
			}
		}
		if len(group.Options) > 0 {
			f.Sections = append(f.Sections, page.FormSection{Title: d.Name, Hint: plural(len(group.Options), "control"), Lists: []view.Choices{group}})
		}
	}
	crumbs := []view.Crumb{{Label: "Controls", Href: "/controls"}, {Label: "From the library"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "controls", crumbs...), &f, refused)
}

// libraryChoice is one control as it would be adopted.
func (s *Server) libraryChoice(r *request, c *catalog.LibraryControl, o control.Overview, on bool) view.Choice {
	ch := view.Choice{Value: string(c.ID), Label: string(c.ID) + " " + c.Title}
	if slices.Contains(o.Ever, string(c.ID)) {
		ch.Disabled, ch.Detail = true, "Adopted already."
		return ch
	}
	ch.Checked = on
	if r.Method == http.MethodPost {
		ch.Checked = slices.Contains(r.PostForm["control"], ch.Value)
	}
	var serves []string
	for _, id := range c.Criteria {
		serves = append(serves, string(id))
	}
	checks := 0
	for _, d := range s.Suite.Checks.Catalog {
		if slices.Contains(d.Controls, string(c.ID)) {
			checks++
		}
	}
	ch.Detail = fmt.Sprintf("%s Serves %s. %s, %s; owner: %s; %s.", strings.TrimSpace(c.Description), strings.Join(serves, ", "),
		frequencyWord(string(c.Frequency)), c.Nature, c.OwnerRole, plural(checks, "check"))
	return ch
}

func (s *Server) libraryAside(profile, domain string) []page.AsideCard {
	href := func(p, d string) string {
		to := "/controls/adopt?"
		if p != "" {
			to += "profile=" + queryEscape(p) + "&"
		}
		if d != "" {
			to += "domain=" + queryEscape(d)
		}
		return strings.TrimRight(to, "?&")
	}
	profiles := page.AsideCard{ID: "h-pro", Title: "Profiles", Lines: []view.Line{{State: onIf(profile == ""), Text: "The whole library", Href: href("", domain)}}}
	for _, p := range s.Suite.Library.Profiles() {
		profiles.Lines = append(profiles.Lines, view.Line{State: onIf(profile == string(p.ID)), Lead: p.Name, Text: p.Summary, Right: view.Num(len(p.Controls)), Href: href(string(p.ID), domain)})
	}
	domains := page.AsideCard{ID: "h-dom", Title: "Domains", Lines: []view.Line{{State: onIf(domain == ""), Text: "All", Href: href(profile, "")}}}
	for _, d := range s.Suite.Library.Domains() {
		domains.Lines = append(domains.Lines, view.Line{State: onIf(domain == string(d.ID)), Lead: string(d.ID), Text: d.Name, Href: href(profile, string(d.ID))})
	}
	return []page.AsideCard{profiles, domains}
}

func onIf(on bool) view.State {
	if on {
		return view.Pass
	}
	return view.Open
}

func (s *Server) controlAdopt(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ControlAdopt); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	from := r.date("effective_on", &wrong)
	ids := r.PostForm["control"]
	if len(ids) == 0 {
		wrong = append(wrong, fault.Field{Name: "control", Text: "Choose one control at least."})
	}
	if len(wrong) > 0 {
		return s.showLibrary(r, fault.Fields("Nothing was adopted.", wrong...))
	}
	added, err := s.Suite.Controls.Adopt(r.Context(), r.who, ids, from)
	if err != nil {
		return s.showLibrary(r, err)
	}
	return s.done(r, plural(len(added), "control")+" adopted. Give each an owner and make its wording yours.", "/controls")
}

// performForm records that an activity was performed.
func (s *Server) performForm(r *request) (answer, error) {
	if err := r.may(access.ActivityPerform); err != nil {
		return answer{}, err
	}
	return s.showPerform(r, nil)
}

func (s *Server) showPerform(r *request, refused error) (answer, error) {
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	id := d.Current.Control
	lane, due := r.FormValue("lane"), r.FormValue("due")
	if laneTitle(&d.Current, lane) == lane {
		return answer{}, activity.ErrUnknown(id, clip(lane, 80), clip(due, 10))
	}
	list, err := s.Suite.Evidence.List(r.Context(), r.who, evidence.Filter{Control: id, Limit: 30})
	if err != nil {
		return answer{}, err
	}
	proof := view.Choices{Name: "evidence", Label: "Evidence", Quiet: true, Many: true}
	for i := range list.Evidence {
		e := &list.Evidence[i]
		if e.SupersededBy == "" {
			proof.Options = append(proof.Options, view.Choice{Value: e.ID, Label: e.Title, Detail: r.day(e.At), Checked: slices.Contains(r.PostForm["evidence"], e.ID)})
		}
	}
	sec := page.FormSection{Title: "Evidence", Hint: "What shows it; it can also be added first"}
	if len(proof.Options) > 0 {
		sec.Lists = []view.Choices{proof}
	} else {
		proof.Hint = "Nothing was added for this control yet. A note alone is kept too, and shown as a performance without evidence."
		sec.Lists = []view.Choices{proof}
	}
	opens, hint := "", r.loc.String()
	if o, ok := occurrence(&d.Current, lane, due); ok {
		at := o.Opens.Start(r.loc)
		opens, hint = at.Format(localTime), hint+". Its window opens on "+r.day(at)+": what was done before does not count."
	}
	f := page.FormView{
		Head:  view.Head{ID: id, Title: laneTitle(&d.Current, lane), Notes: []string{"due " + due}, Answer: view.Say(d.Current.Statement)},
		Title: "What was done", Sections: []page.FormSection{sec},
		Form: view.Form{
			Action: "/controls/" + id + "/perform", Submit: "Record", Icon: "check", Cancel: view.Ref{Label: "Cancel", Href: "/controls/" + id + "?tab=activities"},
			Hidden: []view.Hidden{{Name: "lane", Value: lane}, {Name: "due", Value: due}},
			Hint:   "It is in the log under your name.",
			Fields: []view.Input{
				{Name: "performed_at", Label: "Done on", Type: "datetime-local", Value: r.typed("performed_at", r.now.In(r.loc).Format(localTime)), Max: r.now.In(r.loc).Format(localTime), Required: true, Min: opens, Hint: hint},
				{Name: "note", Label: "What was done, and what came of it", Type: "textarea", Rows: "5", Value: r.typed("note", ""), Full: true},
			},
		},
	}
	if r.who.Can(access.EvidenceAdd) {
		f.Notices = []view.Notice{{State: view.Info, Text: view.Say("A file that shows it is added as evidence of the control first."), Action: view.Action{Label: "Add evidence", Href: "/evidence/new?control=" + id}}}
	}
	crumbs := []view.Crumb{{Label: "Controls", Href: "/controls"}, {Label: id, Href: "/controls/" + id}, {Label: "Record"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "controls", crumbs...), &f, refused)
}

// occurrence is the one of the lane that is due on the date.
func occurrence(v *control.Version, lane, due string) (o standing.Occurrence, ok bool) {
	day, err := standing.ParseDate(due)
	if err != nil {
		return o, false
	}
	for i := range v.Lanes {
		if l := &v.Lanes[i]; l.ID == lane {
			for _, o := range l.Schedule.Occurrences(standing.Period{From: day, To: day + 1}) {
				return o, true
			}
		}
	}
	return o, false
}

const localTime = "2006-01-02T15:04"

func (s *Server) perform(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ActivityPerform); err != nil {
		return answer{}, err
	}
	p := activity.Performance{
		Control: r.PathValue("id"), Lane: r.text("lane"), DueOn: r.text("due"), Note: strings.ReplaceAll(r.text("note"), "\r\n", "\n"), Evidence: r.PostForm["evidence"],
	}
	at, err := time.ParseInLocation(localTime, r.text("performed_at"), r.loc)
	if err != nil {
		return s.showPerform(r, fault.Fields("The activity was not recorded.", fault.Field{Name: "performed_at", Text: "Give day and time as YYYY-MM-DDTHH:MM."}))
	}
	p.PerformedAt = at
	for _, id := range p.Evidence {
		if _, err := s.Suite.Evidence.Get(r.Context(), r.who, id); err != nil {
			return answer{}, err
		}
	}
	if p, err = s.Suite.Activities.Perform(r.Context(), r.who, p); err != nil {
		return s.showPerform(r, err)
	}
	return s.done(r, "It is recorded, and in the log. The control is judged anew within a minute.", "/controls/"+p.Control+"?tab=activities")
}
