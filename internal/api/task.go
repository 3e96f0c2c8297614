package api

import (
	"context"
	"fmt"
	"time"

	"assay/internal/access"
	"assay/internal/duty"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/task"
)

func taskOperations() []Operation {
	return []Operation{
		{ID: "task.list", Method: get, Path: "/tasks", Permission: access.TaskRead, Summary: "What waits for the caller, what is snoozed, asked for and done.", Do: does(listTasks)},
		{ID: "task.all", Method: get, Path: "/tasks/all", Permission: access.TaskAll, Summary: "What waits for anybody, what falls due first at the top.", Do: does(allTasks)},
		{ID: "calendar.list", Method: get, Path: "/calendar", Permission: access.TaskRead, Summary: "What waits and what comes by a day, for the caller or for anybody.", Do: does(listCalendar)},
		{ID: "task.ask", Method: post, Path: "/tasks", Permission: access.TaskEdit, Summary: "Ask somebody to do something.", Do: does(askTask)},
		{ID: "task.finish", Method: post, Path: "/tasks/{id}/finish", Permission: access.TaskEdit, Summary: "Close a task that was asked for by hand.", Do: does(finishTask)},
		{ID: "task.snooze", Method: post, Path: "/tasks/{id}/snooze", Permission: access.TaskEdit, Summary: "Hide a task until a day, no later than it falls due.", Do: does(snoozeTask)},
		{ID: "task.assign", Method: put, Path: "/tasks/{id}/assignee", Permission: access.TaskEdit, Summary: "Give a task to a user, or to everybody of a role.", Do: does(assignTask)},
	}
}

// Task is one thing that waits for somebody.
type Task struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"activity,check,approval,evidence,policy,training,record,asked,milestone" doc:"What sort of thing waits; asked for what a person asked for, milestone for a day to know."`
	Noun         string     `json:"noun" doc:"What asks; task for a person."`
	Object       string     `json:"object,omitempty"`
	Title        string     `json:"title"`
	Why          string     `json:"why,omitempty"`
	Control      string     `json:"control,omitempty"`
	Href         string     `json:"href,omitempty" doc:"Page on which it is done."`
	DueOn        string     `json:"due_on,omitempty"`
	Due          *time.Time `json:"due,omitempty" doc:"From when it is late."`
	State        string     `json:"state" enum:"open,snoozed,done"`
	Late         bool       `json:"late"`
	Ahead        bool       `json:"ahead,omitempty" doc:"Not asked for yet; in a calendar alone."`
	Assignee     string     `json:"assignee,omitempty" doc:"User id."`
	Role         string     `json:"role,omitempty" doc:"Whoever has it, without an assignee."`
	AskedBy      string     `json:"asked_by,omitempty"`
	AskedByName  string     `json:"asked_by_name,omitempty"`
	SnoozedUntil string     `json:"snoozed_until,omitempty"`
	CreatedAt    *time.Time `json:"created_at,omitempty" doc:"Absent for what is worked out from the record."`
	DoneAt       *time.Time `json:"done_at,omitempty"`
	DoneByName   string     `json:"done_by_name,omitempty"`
}

func tasksOf(list []task.Task, today standing.Date) []Task {
	out := make([]Task, 0, len(list))
	for i := range list {
		t := &list[i]
		out = append(out, Task{
			ID: t.ID, Kind: string(duty.Asked), Noun: t.Noun, Object: t.Object, Title: t.Title, Why: t.Why, Control: t.Control, Href: t.Href,
			DueOn: t.DueOn.String(), State: string(t.State(today)), Late: t.Late(today), Assignee: t.Assignee, Role: string(t.Role),
			AskedBy: t.AskedBy, AskedByName: t.AskedByName, SnoozedUntil: t.SnoozedUntil.String(), CreatedAt: maybe(t.CreatedAt),
			DoneAt: maybe(t.DoneAt), DoneByName: t.DoneByName,
		})
	}
	return out
}

func dutiesOf(list []duty.Duty, today standing.Date) []Task {
	out := make([]Task, 0, len(list))
	for i := range list {
		d := &list[i]
		t := tasksOf([]task.Task{d.Task}, today)[0]
		t.Kind, t.Due, t.Late, t.Ahead = string(d.Kind), maybe(d.Due), d.Late, d.Ahead
		if d.Late && d.DoneAt.IsZero() {
			t.State = string(task.Open) // what is late shows, whatever was snoozed
		}
		out = append(out, t)
	}
	return out
}

// MyTasks is everything that concerns the caller. What waits comes in pages, the
// rest with the first of them.
type MyTasks struct {
	Waiting []Task `json:"waiting"`
	Next    string `json:"next,omitempty" doc:"What to send as after for the next page of what waits."`
	Snoozed []Task `json:"snoozed"`
	Asked   []Task `json:"asked" doc:"By the caller, waiting for others."`
	Done    []Task `json:"done" doc:"By the caller in the last 30 days."`
	Today   string `json:"today" format:"date"`
}

func listTasks(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*MyTasks, error) {
	m, err := s.Duties.Mine(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(m.Waiting, in.Page, func(d *duty.Duty) string { return d.ID })
	out := &MyTasks{Waiting: dutiesOf(part, m.Today), Next: next, Snoozed: []Task{}, Asked: []Task{}, Done: []Task{}, Today: m.Today.String()}
	if in.After == "" {
		out.Snoozed, out.Asked, out.Done = dutiesOf(m.Snoozed, m.Today), tasksOf(m.Asked, m.Today), tasksOf(m.Done, m.Today)
	}
	return out, nil
}

// TasksIn asks for a page of tasks.
type TasksIn struct{ Page }

// Tasks is a page of tasks.
type Tasks struct {
	Tasks []Task `json:"tasks"`
	Next  string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func allTasks(ctx context.Context, s *suite.Suite, who access.Actor, in *TasksIn) (*Tasks, error) {
	list, err := s.Duties.All(ctx, who)
	if err != nil {
		return nil, err
	}
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(d *duty.Duty) string { return d.ID })
	return &Tasks{dutiesOf(part, standing.DayOf(s.Now(), o.Location())), next}, nil
}

// CalendarIn asks for a page of what waits and what comes.
type CalendarIn struct {
	Page
	Until string `query:"until" format:"date" doc:"Last day; 92 days from today unless given, and at most 370."`
	All   bool   `query:"all" doc:"What waits for anybody, of whoever may see that."`
}

const (
	calendarDays = 92
	calendarMost = 370
)

func listCalendar(ctx context.Context, s *suite.Suite, who access.Actor, in *CalendarIn) (*Tasks, error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	today := standing.DayOf(s.Now(), o.Location())
	until, err := dateOf("until", in.Until)
	if err != nil {
		return nil, err
	}
	if until == 0 {
		until = today + calendarDays
	}
	if until < today || until > today+calendarMost {
		return nil, fault.Fields("Nothing was looked up.", fault.Field{Name: "until", Text: fmt.Sprintf("Give a day from today on, within %d days.", calendarMost)})
	}
	list, err := s.Duties.Coming(ctx, who, in.All, until)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(d *duty.Duty) string { return d.ID })
	return &Tasks{dutiesOf(part, today), next}, nil
}

// AskTaskIn is a task to be.
type AskTaskIn struct {
	Body struct {
		Title    string `json:"title" doc:"What to do."`
		Why      string `json:"why,omitempty"`
		Control  string `json:"control,omitempty"`
		DueOn    string `json:"due_on,omitempty" format:"date"`
		Assignee string `json:"assignee,omitempty" doc:"User id; or"`
		Role     string `json:"role,omitempty" enum:"lead,owner,auditor,viewer"`
	}
}

func askTask(ctx context.Context, s *suite.Suite, who access.Actor, in *AskTaskIn) (*none, error) {
	b := &in.Body
	t := task.Task{Title: b.Title, Why: b.Why, Control: b.Control, Assignee: b.Assignee, Role: access.Role(b.Role)}
	var err error
	if t.DueOn, err = dateOf("due_on", b.DueOn); err != nil {
		return nil, err
	}
	return &none{}, s.Tasks.Ask(ctx, who, t)
}

func finishTask(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Duties.Finish(ctx, who, in.ID)
}

// SnoozeIn is the day until which a task is hidden.
type SnoozeIn struct {
	ID   string `path:"id"`
	Body struct {
		Until string `json:"until" format:"date"`
	}
}

func snoozeTask(ctx context.Context, s *suite.Suite, who access.Actor, in *SnoozeIn) (*none, error) {
	until, err := dateOf("until", in.Body.Until)
	if err != nil {
		return nil, err
	}
	return &none{}, s.Duties.Snooze(ctx, who, in.ID, until)
}

// AssignIn is whom a task is given to.
type AssignIn struct {
	ID   string `path:"id"`
	Body struct {
		Assignee string `json:"assignee,omitempty" doc:"User id; or"`
		Role     string `json:"role,omitempty" enum:"lead,owner,auditor,viewer"`
	}
}

func assignTask(ctx context.Context, s *suite.Suite, who access.Actor, in *AssignIn) (*none, error) {
	return &none{}, s.Tasks.Assign(ctx, who, in.ID, in.Body.Assignee, access.Role(in.Body.Role))
}
