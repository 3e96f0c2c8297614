package web

import (
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/duty"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// exportedDuty is a duty as a file has it.
type exportedDuty struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	Title   string    `json:"title"`
	Why     string    `json:"why"`
	Control string    `json:"control"`
	Href    string    `json:"href"`
	Due     time.Time `json:"due"` // zero: no day is set
	Late    bool      `json:"late"`
	Snoozed string    `json:"snoozed_until"`
}

// tasks is everything that waits for the person, in one list.
func (s *Server) tasks(r *request) (answer, error) {
	if !r.who.Can(access.TaskRead) && r.who.Can(access.PolicyOwn) {
		return goTo("/me")
	}
	l, err := s.Suite.Duties.Mine(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	all := l.Waiting
	if q.Get("snoozed") == "1" {
		all = l.Snoozed
	}
	rows := slices.DeleteFunc(slices.Clone(all), func(d duty.Duty) bool {
		return !matches(q.Get("q"), d.Title, d.Why, d.Control) || q.Get("type") != "" && string(d.Kind) != q.Get("type") || q.Get("overdue") == "1" && !d.Late
	})
	var out []exportedDuty
	for i := range rows {
		d := &rows[i]
		out = append(out, exportedDuty{d.ID, string(d.Kind), d.Title, d.Why, d.Control, d.Href, d.Due, d.Late, d.SnoozedUntil.String()})
	}
	if a, ok, err := exported(r, "tasks", out); ok || err != nil {
		return a, err
	}
	v := page.TasksView{Head: view.Head{Title: "My tasks", Answer: tasksAnswer(&l)}, List: s.listOf(r, plural(len(rows), "task")+", what is due first at the top")}
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	v.List.Find = view.Find{Label: "Find a task", Value: q.Get("q")}
	v.List.Toggles = []view.Toggle{{Name: "overdue", Label: "Overdue", On: q.Get("overdue") == "1"}, {Name: "snoozed", Label: "Snoozed", On: q.Get("snoozed") == "1"}}
	v.List.Chips = []view.Chip{{Name: "type", Label: "Type", Value: q.Get("type")}}
	for _, k := range duty.Kinds() {
		v.List.Chips[0].Options = append(v.List.Chips[0].Options, view.Option{Value: string(k), Label: kindWords(k)})
	}
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	v.Waiting = page.TodoCard{Title: "Waiting for you", Count: view.Num(len(rows))}
	if q.Get("snoozed") == "1" {
		v.Waiting.Title = "Snoozed"
	}
	for i := range rows[from:to] {
		v.Waiting.Todos = append(v.Waiting.Todos, todoOf(r, &rows[from+i], &l))
	}
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneGood, Title: "Nothing waits for you", Text: view.Say("No activity of yours is due, none of your checks fails, and nothing asks for your approval.")}
		if len(l.Waiting)+len(l.Snoozed) > 0 {
			v.List.Empty = &view.Empty{
				Kind: view.NoneMatch, Title: "No task matches", Text: view.Say("Change the filters or clear them."),
				Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
			}
		}
	}
	return show(page.Tasks(s.shell(r, "My tasks", "tasks"), v))
}

func kindWords(k duty.Kind) string {
	switch k {
	case duty.Activity:
		return "activities"
	case duty.Check:
		return "failing checks"
	case duty.Approval:
		return "approvals"
	case duty.Evidence:
		return "evidence due"
	case duty.Policy:
		return "policies"
	case duty.Training:
		return "training"
	case duty.Record:
		return "records"
	case duty.Asked:
		return "asked by people"
	case duty.Milestone:
		return "days to know"
	}
	return string(k)
}

func tasksAnswer(l *duty.List) view.Text {
	t := view.Text{view.B(plural(len(l.Waiting), "task")), view.T(" for you.")}
	if late := l.LateOnes(); late > 0 {
		t = append(t, view.T(" "), view.B(view.Num(late)), view.T(" overdue."))
	}
	if n := len(l.Snoozed); n > 0 {
		t = append(t, view.T(" "+view.Num(n)+" snoozed."))
	}
	return t
}

func todoOf(r *request, d *duty.Duty, l *duty.List) view.Todo {
	out := view.Todo{Title: d.Title, Href: nonEmpty(d.Href, "/tasks"), Badge: view.Badge{State: view.Open, Label: "To do"}}
	out.Action = view.Action{Label: d.Act.Label, Href: d.Act.Href, Post: d.Act.Post}
	if d.Act.Label != "" {
		out.Action.More = " " + d.Act.Of
	}
	if d.Control != "" {
		out.Sub = view.Text{view.A(d.Control, "/controls/"+d.Control), view.T(" · ")}
	}
	out.Sub = append(out.Sub, view.T(d.Why))
	if d.SnoozedUntil > l.Today {
		out.Sub = append(out.Sub, view.T(" · snoozed until "+d.SnoozedUntil.String()))
	}
	if r.who.Can(access.TaskEdit) && d.Snoozable(l.Today+1, l.Today) == nil {
		out.Sub = append(out.Sub, view.T(" · "), view.A("Snooze", "/tasks/"+d.ID+"/snooze"))
	}
	if !d.Due.IsZero() {
		out.Due = due(r, d.Due)
	}
	switch {
	case d.Late:
		out.Badge = view.Badge{State: view.Fail, Label: "Overdue"}
	case d.Kind == duty.Check:
		out.Badge = view.Badge{State: view.Warn, Label: "Failing"}
	case d.Kind == duty.Approval:
		out.Badge = view.Badge{State: view.Info, Label: "Approval"}
	case d.Kind == duty.Activity, d.Kind == duty.Evidence, d.Kind == duty.Policy, d.Kind == duty.Training, d.Kind == duty.Asked:
	}
	return out
}

// taskFinish closes a task that a person asked for.
func (s *Server) taskFinish(r *request) (answer, error) {
	if err := s.Suite.Duties.Finish(r.Context(), r.who, r.PathValue("id")); err != nil {
		return answer{}, err
	}
	return s.done(r, "Done.", "/tasks")
}

// taskSnoozeForm asks until when a task is to be hidden.
func (s *Server) taskSnoozeForm(r *request) (answer, error) {
	if err := r.may(access.TaskEdit); err != nil {
		return answer{}, err
	}
	return s.showSnooze(r, nil)
}

func (s *Server) showSnooze(r *request, refused error) (answer, error) {
	l, err := s.Suite.Duties.Mine(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	d, ok := l.Find(r.PathValue("id"))
	if !ok {
		return answer{}, fault.New(fault.NotFound, "Nothing waits for you under that id. It may have been done in the meantime.")
	}
	until, last := l.Today+7, ""
	if d.DueOn > 0 {
		until, last = min(until, d.DueOn), d.DueOn.String()
	}
	f := page.FormView{
		Head:  view.Head{Title: "Snooze", Answer: view.Say(d.Title)},
		Title: "Until when", Form: view.Form{
			Action: r.URL.Path, Submit: "Snooze", Cancel: view.Ref{Label: "Cancel", Href: "/tasks"},
			Hint: "It is hidden from your list alone, and no longer than until it is due.",
			Fields: []view.Input{{
				Name: "until", Label: "Show it again on", Type: "date", Required: true, Value: r.typed("until", until.String()), Min: (l.Today + 1).String(), Max: last,
			}},
		},
	}
	crumbs := []view.Crumb{{Label: "My tasks", Href: "/tasks"}, {Label: "Snooze"}}
	return s.showForm(r, s.shell(r, "Snooze", "tasks", crumbs...), &f, refused)
}

func (s *Server) taskSnooze(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	until := r.date("until", &wrong)
	if len(wrong) > 0 {
		return s.showSnooze(r, fault.Fields("The task was not snoozed.", wrong...))
	}
	if err := s.Suite.Duties.Snooze(r.Context(), r.who, r.PathValue("id"), until); err != nil {
		if fault.Of(err) == fault.Invalid {
			return s.showSnooze(r, err)
		}
		return answer{}, err
	}
	return s.done(r, "Snoozed until "+until.String()+".", "/tasks")
}
