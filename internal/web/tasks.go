package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/evidence"
	"assay/internal/standing"
	"assay/internal/task"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// The kinds of duties.
const (
	dutyActivity = "activity"
	dutyCheck    = "check"
	dutyApproval = "approval"
	dutyEvidence = "evidence"
	dutyAsked    = "asked"
)

// duty is one thing that waits for the person, whatever asked for it.
type duty struct {
	Kind    string    `json:"kind"`
	Title   string    `json:"title"`
	Why     string    `json:"why"`
	Control string    `json:"control"`
	Href    string    `json:"href"`
	Due     time.Time `json:"due"` // zero: no day is set
	Late    bool      `json:"late"`
	action  view.Action
}

// duties collects what waits for the person of a request. A lead answers for
// everything that nobody else alone can do; an owner for their own controls.
type duties struct {
	r     *request
	o     control.Overview
	names map[string]string
	list  []duty
}

func (d *duties) add(t duty) {
	t.Late = !t.Due.IsZero() && !t.Due.After(d.r.now)
	d.list = append(d.list, t)
}

// mine reports whether the person answers for the control.
func (d *duties) mine(v *control.Version) bool {
	return d.r.who.Role == access.RoleLead || v.Owner != "" && v.Owner == d.r.who.ID
}

func (d *duties) mineByID(id string) bool {
	return slices.ContainsFunc(d.o.Controls, func(c control.Listed) bool { return c.Control == id && d.mine(&c.Version) })
}

// duties are what waits, what is late first.
func (s *Server) duties(r *request) (*duties, error) {
	d := &duties{r: r}
	var err error
	if d.o, err = s.Suite.Controls.List(r.Context(), r.who); err != nil {
		return nil, err
	}
	if d.names, err = s.Suite.UserNames(r.Context(), r.who); err != nil {
		return nil, err
	}
	d.activities()
	for _, part := range []func(*duties) error{s.asked, s.failing, s.exclusionsToDecide, s.omissionsToDecide, s.evidenceDue} {
		if err := part(d); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(d.list, func(a, b duty) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return cmp.Compare(boolInt(a.Due.IsZero()), boolInt(b.Due.IsZero()))
		}
		return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.Title, b.Title))
	})
	return d, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *duties) activities() {
	if !d.r.who.Can(access.ActivityPerform) {
		return
	}
	for i := range d.o.Controls {
		c := &d.o.Controls[i]
		if !d.mine(&c.Version) {
			continue
		}
		for _, l := range c.Standing.Lanes {
			for _, occ := range l.Occurrences {
				if occ.Outcome != standing.Open && occ.Outcome != standing.Missed {
					continue
				}
				why := "Due " + occ.Due.Start(time.UTC).Format("2 Jan 2006")
				if occ.Outcome == standing.Missed {
					why += "; nobody recorded it"
				}
				d.add(duty{
					Kind: dutyActivity, Title: laneTitle(&c.Version, l.Key), Why: why, Control: c.Control, Href: "/controls/" + c.Control + "?tab=activities",
					Due:    (occ.Last + 1).Start(d.r.loc),
					action: view.Action{Label: "Record", More: " " + c.Control + " due " + occ.Due.String(), Href: "/controls/" + c.Control + "/perform?lane=" + queryEscape(l.Key) + "&due=" + occ.Due.String()},
				})
			}
		}
	}
}

// asked are the tasks that people and other nouns opened.
func (s *Server) asked(d *duties) error {
	m, err := s.Suite.Tasks.Mine(d.r.Context(), d.r.who)
	if err != nil {
		return err
	}
	for i := range m.Waiting {
		t := &m.Waiting[i]
		out := duty{Kind: dutyAsked, Title: t.Title, Why: t.Why, Control: t.Control, Href: cmp.Or(t.Href, "/tasks")}
		if t.DueOn > 0 {
			out.Due = (t.DueOn + 1).Start(d.r.loc)
		}
		if t.Noun == task.ByHand {
			out.action = view.Action{Label: "Done", More: ": " + t.Title, Href: "/tasks/" + t.ID + "/finish", Post: true}
		}
		d.add(out)
	}
	return nil
}

// failing are the checks with a failing resource, and the proposals that the
// person may decide.
func (s *Server) failing(d *duties) error {
	checks, err := s.Suite.Checks.List(d.r.Context(), d.r.who)
	if err != nil {
		return err
	}
	for i := range checks {
		c := &checks[i]
		if c.Proposal && d.r.who.Can(access.CheckApprove) {
			if err := s.proposals(d, c.ID); err != nil {
				return err
			}
		}
		if c.Failing == 0 {
			continue
		}
		d.fix(c)
	}
	return nil
}

// fix adds a failing check if the person answers for a control that it shows;
// it is due when the first of their limits ends.
func (d *duties) fix(c *check.Summary) {
	t := duty{Kind: dutyCheck, Title: c.Title, Why: plural(c.Failing, "resource") + " failing, the oldest since " + d.r.moment(c.Oldest.Since), Href: "/checks/" + c.ID}
	t.action = view.Action{Label: "Fix", More: " " + c.Title, Href: t.Href}
	mine := d.r.who.Role == access.RoleLead
	for i := range d.o.Controls {
		v := &d.o.Controls[i].Version
		if !slices.Contains(v.Checks(), c.ID) || !d.mine(v) {
			continue
		}
		mine = true
		if at := c.Oldest.Since.Add(v.Limit()); t.Due.IsZero() || at.Before(t.Due) {
			t.Control, t.Due = v.Control, at
		}
	}
	if mine {
		d.add(t)
	}
}

func (s *Server) proposals(d *duties, id string) error {
	detail, err := s.Suite.Checks.Get(d.r.Context(), d.r.who, id)
	if err != nil {
		return err
	}
	for i := range detail.Revisions {
		v := &detail.Revisions[i]
		if v.State != check.Proposed || v.Author == d.r.who.ID {
			continue
		}
		d.add(duty{
			Kind: dutyApproval, Title: "Decide on a change of " + v.Title, Why: "Proposed by " + cmp.Or(d.names[v.Author], v.Author), Href: "/checks/" + id,
			action: view.Action{Label: "Look", More: " at the change of " + v.Title, Href: "/checks/" + id},
		})
	}
	return nil
}

func (s *Server) exclusionsToDecide(d *duties) error {
	if !d.r.who.Can(access.ExclusionApprove) {
		return nil
	}
	list, err := s.Suite.Checks.Exclusions(d.r.Context(), d.r.who)
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		if e.State != check.Asked || e.AskedBy == d.r.who.ID {
			continue
		}
		d.add(duty{
			Kind: dutyApproval, Title: "Decide on the exclusion of " + cmp.Or(e.Label, e.Ref.ID), Why: "Asked by " + cmp.Or(d.names[e.AskedBy], e.AskedBy) + ": " + e.Reason, Href: "/checks/" + e.Check,
			action: view.Action{Label: "Look", More: " at the exclusion of " + e.Label, Href: "/checks/" + e.Check},
		})
	}
	return nil
}

func (s *Server) omissionsToDecide(d *duties) error {
	sc, ok := s.period(d.r)
	if !ok || !d.r.who.Can(access.ProgramEdit) {
		return nil
	}
	for i := range sc.Omissions {
		o := &sc.Omissions[i]
		if o.InForce() || o.AskedBy == d.r.who.ID {
			continue
		}
		href := "/criteria/" + string(o.Criterion)
		d.add(duty{
			Kind: dutyApproval, Title: "Decide whether " + string(o.Criterion) + " is left out", Why: "Asked by " + cmp.Or(d.names[o.AskedBy], o.AskedBy) + ": " + o.Reason, Href: href,
			action: view.Action{Label: "Look", More: " at " + string(o.Criterion), Href: href},
		})
	}
	return nil
}

func (s *Server) evidenceDue(d *duties) error {
	if !d.r.who.Can(access.EvidenceAdd) {
		return nil
	}
	for _, f := range []evidence.Freshness{evidence.Due, evidence.Overdue} {
		l, err := s.Suite.Evidence.List(d.r.Context(), d.r.who, evidence.Filter{Freshness: f})
		if err != nil {
			return err
		}
		for i := range l.Evidence {
			e := &l.Evidence[i]
			j := slices.IndexFunc(e.Controls, d.mineByID)
			if j < 0 {
				continue
			}
			d.add(duty{
				Kind: dutyEvidence, Title: "Add evidence again: " + e.Title, Why: "The last covers days up to " + (e.To - 1).Start(time.UTC).Format("2 Jan 2006"), Control: e.Controls[j],
				Href: "/evidence/" + e.ID, Due: (e.DueOn + 1).Start(d.r.loc), action: view.Action{Label: "Add", More: " " + e.Title, Href: "/evidence/new?control=" + e.Controls[j]},
			})
		}
	}
	return nil
}

// tasks is everything that waits for the person, in one list.
func (s *Server) tasks(r *request) (answer, error) {
	if err := r.may(access.TaskRead); err != nil {
		return answer{}, err
	}
	d, err := s.duties(r)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(slices.Clone(d.list), func(t duty) bool {
		return !matches(q.Get("q"), t.Title, t.Why, t.Control) || q.Get("type") != "" && t.Kind != q.Get("type") || q.Get("overdue") == "1" && !t.Late
	})
	if a, ok, err := exported(r, "tasks", rows); ok || err != nil {
		return a, err
	}
	v := page.TasksView{Head: view.Head{Title: "My tasks", Answer: tasksAnswer(d.list)}, List: s.listOf(r, plural(len(rows), "task")+", what is due first at the top")}
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	v.List.Find = view.Find{Label: "Find a task", Value: q.Get("q")}
	v.List.Toggles = []view.Toggle{{Name: "overdue", Label: "Overdue", On: q.Get("overdue") == "1"}}
	v.List.Chips = []view.Chip{{Name: "type", Label: "Type", Value: q.Get("type"), Options: []view.Option{
		{Value: dutyActivity, Label: "activities"},
		{Value: dutyCheck, Label: "failing checks"},
		{Value: dutyApproval, Label: "approvals"},
		{Value: dutyEvidence, Label: "evidence due"},
		{Value: dutyAsked, Label: "asked by people"},
	}}}
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	v.Waiting = page.TodoCard{Title: "Waiting for you", Count: view.Num(len(rows))}
	for i := range rows[from:to] {
		v.Waiting.Todos = append(v.Waiting.Todos, todoOf(r, &rows[from+i]))
	}
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneGood, Title: "Nothing waits for you", Text: view.Say("No activity of yours is due, none of your checks fails, and nothing asks for your approval.")}
		if len(d.list) > 0 {
			v.List.Empty = &view.Empty{
				Kind: view.NoneMatch, Title: "No task matches", Text: view.Say("Change the filters or clear them."),
				Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
			}
		}
	}
	return show(page.Tasks(s.shell(r, "My tasks", "tasks"), v))
}

func tasksAnswer(list []duty) view.Text {
	late := 0
	for i := range list {
		late += boolInt(list[i].Late)
	}
	t := view.Text{view.B(plural(len(list), "task")), view.T(" for you.")}
	if late > 0 {
		t = append(t, view.T(" "), view.B(view.Num(late)), view.T(" overdue."))
	}
	return t
}

func todoOf(r *request, t *duty) view.Todo {
	out := view.Todo{Title: t.Title, Href: t.Href, Action: t.action, Badge: view.Badge{State: view.Open, Label: "To do"}}
	if t.Control != "" {
		out.Sub = view.Text{view.A(t.Control, "/controls/"+t.Control), view.T(" · ")}
	}
	out.Sub = append(out.Sub, view.T(t.Why))
	if !t.Due.IsZero() {
		out.Due = due(r, t.Due)
	}
	switch {
	case t.Late:
		out.Badge = view.Badge{State: view.Fail, Label: "Overdue"}
	case t.Kind == dutyCheck:
		out.Badge = view.Badge{State: view.Warn, Label: "Failing"}
	case t.Kind == dutyApproval:
		out.Badge = view.Badge{State: view.Info, Label: "Approval"}
	}
	return out
}

// taskFinish closes a task that a person asked for.
func (s *Server) taskFinish(r *request) (answer, error) {
	if err := s.Suite.Tasks.Finish(r.Context(), r.who, r.PathValue("id")); err != nil {
		return answer{}, err
	}
	return s.done(r, "Done.", "/tasks")
}
