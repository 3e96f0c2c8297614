package duty

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/policy"
	"assay/internal/program"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/task"
	"assay/internal/trail"
	"assay/internal/training"
)

// Service is the use cases of what waits.
type Service struct {
	DB        *db.DB
	Now       clock.Clock
	Controls  *control.Service
	Checks    *check.Service
	Evidence  *evidence.Service
	Programs  *program.Service
	Policies  *policy.Service
	Training  *training.Service
	Registers *register.Book
	Tasks     *task.Service
	// Names returns the names of the org's users by id.
	Names func(tx *db.Tx) (map[string]string, error)
}

// Mine returns what waits for the actor.
func (s Service) Mine(ctx context.Context, who access.Actor) (l List, err error) {
	if _, err := who.May(access.TaskRead); err != nil {
		return l, err
	}
	m, err := s.Tasks.Mine(ctx, who)
	if err != nil {
		return l, err
	}
	l.Asked, l.Done = m.Asked, m.Done
	f, err := s.find(ctx, who, false)
	if err != nil {
		return l, err
	}
	f.asked(slices.Concat(m.Waiting, m.Snoozed))
	l.Today = m.Today
	for _, d := range f.sorted() {
		if d.SnoozedUntil > l.Today && !d.Late {
			l.Snoozed = append(l.Snoozed, d)
		} else {
			l.Waiting = append(l.Waiting, d)
		}
	}
	return l, nil
}

// Own returns what waits for the actor as somebody who works here, and nothing of the
// programme: policies to accept, and training to take.
func (s Service) Own(ctx context.Context, who access.Actor) (l List, err error) {
	g, err := who.May(access.PolicyOwn)
	if err != nil {
		return l, err
	}
	f := &finder{s: s, who: who, now: s.Now()}
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		o, err := org.Load(tx)
		f.o.Program.Period.Zone = o.Location()
		return err
	}); err != nil {
		return l, err
	}
	l.Today = standing.DayOf(f.now, f.zone())
	for _, part := range []func(context.Context) error{f.accepting, f.courses} {
		if err := part(ctx); err != nil {
			return l, err
		}
	}
	l.Waiting = f.sorted()
	return l, nil
}

// All returns what waits for anybody, whoever may have snoozed it.
func (s Service) All(ctx context.Context, who access.Actor) ([]Duty, error) {
	tasks, err := s.Tasks.All(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := s.find(ctx, who, true)
	if err != nil {
		return nil, err
	}
	f.asked(tasks)
	return f.sorted(), nil
}

// Coming returns what waits for the actor, or for anybody, and what will by a day: the
// occurrences, reviews and days of records that lie ahead.
func (s Service) Coming(ctx context.Context, who access.Actor, everybody bool, until standing.Date) ([]Duty, error) {
	tasks, err := s.tasks(ctx, who, everybody)
	if err != nil {
		return nil, err
	}
	f, err := s.findUntil(ctx, who, everybody, until)
	if err != nil {
		return nil, err
	}
	f.asked(tasks)
	if err := f.milestones(ctx); err != nil {
		return nil, err
	}
	return f.sorted(), nil
}

func (s Service) tasks(ctx context.Context, who access.Actor, everybody bool) ([]task.Task, error) {
	if everybody {
		return s.Tasks.All(ctx, who)
	}
	m, err := s.Tasks.Mine(ctx, who)
	return slices.Concat(m.Waiting, m.Snoozed), err
}

// Snooze hides a duty from the actor until a day, no later than it is due.
func (s Service) Snooze(ctx context.Context, who access.Actor, id string, until standing.Date) error {
	if !strings.HasPrefix(id, worked) {
		return s.Tasks.Snooze(ctx, who, id, until)
	}
	grant, err := who.May(access.TaskEdit)
	if err != nil {
		return err
	}
	l, err := s.Mine(ctx, who)
	if err != nil {
		return err
	}
	d, ok := l.Find(id)
	if !ok {
		return gone()
	}
	if err := d.Snoozable(until, l.Today); err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := task.SnoozeFor(tx, d.ID, until); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "task", Object: d.ID, Label: d.Title, Detail: map[string]string{
			"snoozed_until": until.String(),
		}})
	})
}

func gone() error {
	return fault.New(fault.NotFound, "Nothing waits for you under that id. It may have been done in the meantime.")
}

// Finish closes a task that was asked for by hand. What was worked out ends when
// it is done.
func (s Service) Finish(ctx context.Context, who access.Actor, id string) error {
	if strings.HasPrefix(id, worked) {
		if _, err := who.May(access.TaskEdit); err != nil {
			return err
		}
		l, err := s.Mine(ctx, who)
		if err != nil {
			return err
		}
		if _, ok := l.Find(id); !ok {
			return gone()
		}
		return fault.New(fault.Conflict, "This ends by itself when what it asks for is done.")
	}
	return s.Tasks.Finish(ctx, who, id)
}

// find works out what waits for the actor, or for everybody.
func (s Service) find(ctx context.Context, who access.Actor, everybody bool) (*finder, error) {
	return s.findUntil(ctx, who, everybody, 0)
}

// findUntil works out besides what will wait by a day; zero: nothing.
func (s Service) findUntil(ctx context.Context, who access.Actor, everybody bool, until standing.Date) (*finder, error) {
	f := &finder{s: s, who: who, everybody: everybody, now: s.Now(), until: until}
	var err error
	if f.o, err = s.Controls.List(ctx, who); err != nil {
		return nil, err
	}
	grant, err := who.May(access.TaskRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if f.names, err = s.Names(tx); err != nil {
			return err
		}
		f.snoozed, err = task.Snoozes(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.activities()
	for _, part := range []func(context.Context) error{f.checks, f.exclusions, f.omissions, f.evidence, f.policies, f.courses, f.registers} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// finder collects what waits.
type finder struct {
	s         Service
	who       access.Actor
	everybody bool
	now       time.Time
	until     standing.Date // what lies ahead up to this day is asked for as well; zero: nothing
	o         control.Overview
	names     map[string]string
	snoozed   map[string]standing.Date
	list      []Duty
}

func (f *finder) sorted() []Duty {
	slices.SortFunc(f.list, order)
	return f.list
}

func (f *finder) zone() *time.Location { return f.o.Program.Period.Zone }

// add completes what was worked out and keeps it.
func (f *finder) add(d Duty) {
	d.named()
	if !d.Due.IsZero() {
		d.DueOn = standing.DayOf(d.Due.Add(-time.Nanosecond), f.zone())
	}
	d.Late = !d.Due.IsZero() && !d.Due.After(f.now)
	if !f.everybody {
		d.SnoozedUntil = f.snoozed[d.ID]
	}
	f.list = append(f.list, d)
}

// asked adds the tasks that people asked for.
func (f *finder) asked(list []task.Task) {
	for i := range list {
		d := Duty{Task: list[i], Kind: Asked}
		if d.DueOn > 0 {
			d.Due = (d.DueOn + 1).Start(f.zone())
			d.Late = !d.Due.After(f.now)
		}
		if d.Noun == task.ByHand {
			d.Act = Act{Label: "Done", Of: d.Title, Href: "/tasks/" + d.ID + "/finish", Post: true}
		}
		if f.everybody {
			d.SnoozedUntil = 0
		}
		f.list = append(f.list, d)
	}
}

// mine reports whether the actor answers for the control.
func (f *finder) mine(v *control.Version) bool {
	return f.everybody || f.who.Role == access.RoleLead || v.Owner != "" && v.Owner == f.who.ID
}

// decides reports whether the actor may decide on what somebody asked for.
func (f *finder) decides(p access.Permission, asker string) bool {
	return f.everybody || f.who.Can(p) && asker != f.who.ID
}

func (f *finder) named(user string) string {
	if name := f.names[user]; name != "" {
		return name
	}
	return user
}
