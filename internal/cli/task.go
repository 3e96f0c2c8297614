package cli

import (
	"cmp"
	"context"

	"assay/internal/api"
)

type taskCmd struct {
	List   taskListCmd   `cmd:"" help:"What waits for anybody; on a server, for you."`
	Snooze taskSnoozeCmd `cmd:"" help:"Hide a task until a day, no later than it falls due."`
	Finish taskFinishCmd `cmd:"" help:"Close a task that somebody asked for by hand."`
}

type taskListCmd struct {
	All bool `help:"Everybody's."`
}

// Run lists tasks. The host's console has none of its own.
func (c *taskListCmd) Run(ctx context.Context, r *run) error {
	at, err := r.remote()
	if err != nil {
		return err
	}
	var list []api.Task
	if c.All || at.Server == "" {
		out, err := whole[api.Tasks](ctx, r, "task.all", &api.TasksIn{})
		if err != nil {
			return err
		}
		list = out.Tasks
	} else {
		out, err := whole[api.MyTasks](ctx, r, "task.list", &api.PageIn{})
		if err != nil {
			return err
		}
		list = out.Waiting
	}
	return emit(r, &api.Tasks{Tasks: list}, printTasks)
}

func printTasks(p *paper, v *api.Tasks) {
	if len(v.Tasks) == 0 {
		p.line("Nothing waits.")
		return
	}
	rows := [][]string{{"task", "due", "what", "control", "for", "why"}}
	for i := range v.Tasks {
		t := &v.Tasks[i]
		due := cmp.Or(t.DueOn, "–")
		if t.Late {
			due = p.paint(red, due+" late")
		}
		rows = append(rows, []string{t.ID, due, clip(t.Title, 60), t.Control, cmp.Or(t.Role, t.Assignee, "whoever answers for it"), clip(t.Why, 50)})
	}
	p.table(rows)
}

type calendarCmd struct {
	All   bool   `help:"What waits for anybody."`
	Until string `placeholder:"DATE" help:"Last day; 92 days from today unless given."`
}

// Run lists what waits and what comes. The host's console has nothing of its own.
func (c *calendarCmd) Run(ctx context.Context, r *run) error {
	at, err := r.remote()
	if err != nil {
		return err
	}
	out, err := whole[api.Tasks](ctx, r, "calendar.list", &api.CalendarIn{All: c.All || at.Server == "", Until: c.Until})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Tasks) {
		if len(v.Tasks) == 0 {
			p.line("Nothing waits, and nothing comes.")
			return
		}
		rows := [][]string{{"due", "what", "kind", "control", "state"}}
		for i := range v.Tasks {
			t := &v.Tasks[i]
			state := "waits"
			switch {
			case t.Late:
				state = p.paint(red, "late")
			case t.Ahead:
				state = "ahead"
			}
			rows = append(rows, []string{cmp.Or(t.DueOn, "–"), clip(t.Title, 70), t.Kind, t.Control, state})
		}
		p.table(rows)
	})
}

type taskSnoozeCmd struct {
	Task  string `arg:"" help:"Id of the task: assay task list"`
	Until string `required:"" placeholder:"DATE" help:"Day on which it shows again."`
}

// Run hides a task.
func (c *taskSnoozeCmd) Run(ctx context.Context, r *run) error {
	in := &api.SnoozeIn{ID: c.Task}
	in.Body.Until = c.Until
	out, err := change[nothing](ctx, r, "task.snooze", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, _ *nothing) { p.line("Hidden until %s. It shows before if it is late.", c.Until) })
}

type taskFinishCmd struct {
	Task string `arg:"" help:"Id of the task: assay task list"`
}

// Run closes a task.
func (c *taskFinishCmd) Run(ctx context.Context, r *run) error {
	out, err := change[nothing](ctx, r, "task.finish", &api.ID{ID: c.Task})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, _ *nothing) { p.line("Done.") })
}
