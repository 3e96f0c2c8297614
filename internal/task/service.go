package task

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of tasks.
type Service struct {
	DB *db.DB
	// Member reports, by its error, a user who is not a member of the
	// transaction's organization. It may be nil.
	Member func(tx *db.Tx, userID string) error
}

// Mine is everything that concerns one actor.
type Mine struct {
	Waiting []Task // open, what falls due first at the top
	Snoozed []Task
	Asked   []Task // asked for by the actor, waiting for others
	Done    []Task // by the actor in the last 30 days, newest first
	Today   standing.Date
}

const recent = 30 * 24 * time.Hour

// Mine returns the actor's own tasks.
func (s Service) Mine(ctx context.Context, who access.Actor) (m Mine, err error) {
	g, err := who.May(access.TaskRead)
	if err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if m.Today, err = today(tx); err != nil {
			return err
		}
		all, err := waiting(tx, who)
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.State(m.Today) == Snoozed {
				m.Snoozed = append(m.Snoozed, t)
			} else {
				m.Waiting = append(m.Waiting, t)
			}
		}
		if m.Asked, err = asked(tx, who); err != nil {
			return err
		}
		m.Done, err = doneSince(tx, who, tx.Now().Add(-recent))
		return err
	})
	return m, err
}

func today(tx *db.Tx) (standing.Date, error) {
	o, err := org.Load(tx)
	if err != nil {
		return 0, err
	}
	return standing.DayOf(tx.Now(), o.Location()), nil
}

// All returns everybody's open tasks, what falls due first at the top.
func (s Service) All(ctx context.Context, who access.Actor) (list []Task, err error) {
	g, err := who.May(access.TaskAll)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = everybodys(tx)
		return err
	})
	return list, err
}

// Ask opens a task by hand.
func (s Service) Ask(ctx context.Context, who access.Actor, t Task) error {
	g, err := who.May(access.TaskEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t.Noun, t.Object, t.Step = ByHand, trail.NewObject(tx, "ask"), ""
		if err := s.member(tx, t.Assignee); err != nil {
			return err
		}
		if err := Add(tx, t); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "task", Object: t.Object, Label: t.Title, Detail: map[string]string{
			"assignee": t.Assignee, "role": string(t.Role), "due_on": t.DueOn.String(),
		}})
	})
}

func (s Service) member(tx *db.Tx, userID string) error {
	if s.Member == nil || userID == "" {
		return nil
	}
	return s.Member(tx, userID)
}

// Finish closes a task that was asked for by hand and waits for the actor, or
// that the actor asked for. What another noun asked for ends when it is done
// there.
func (s Service) Finish(ctx context.Context, who access.Actor, taskID string) error {
	return s.touch(ctx, who, taskID, func(tx *db.Tx, t *Task) (map[string]string, error) {
		if t.Noun != ByHand {
			return nil, fault.New(fault.Conflict, "This task ends by itself when what it asks for is done.")
		}
		return map[string]string{"done": "yes"}, Finish(tx, t.Noun, t.Object)
	})
}

// Snooze hides a task that waits for the actor until a day, no later than it
// falls due.
func (s Service) Snooze(ctx context.Context, who access.Actor, taskID string, until standing.Date) error {
	return s.touch(ctx, who, taskID, func(tx *db.Tx, t *Task) (map[string]string, error) {
		day, err := today(tx)
		if err != nil {
			return nil, err
		}
		if err := t.Snoozable(until, day); err != nil {
			return nil, err
		}
		return map[string]string{"snoozed_until": until.String()}, snooze(tx, t.ID, until)
	})
}

// Assign gives a task to a user, or with an empty id to everybody of a role.
func (s Service) Assign(ctx context.Context, who access.Actor, taskID, userID string, role access.Role) error {
	return s.touch(ctx, who, taskID, func(tx *db.Tx, t *Task) (map[string]string, error) {
		if err := s.member(tx, userID); err != nil {
			return nil, err
		}
		was := t.Assignee + string(t.Role)
		if t.Assignee, t.Role = userID, role; userID != "" {
			t.Role = ""
		}
		if err := t.clean(); err != nil {
			return nil, err
		}
		return map[string]string{"assignee": was + " → " + t.Assignee + string(t.Role)}, assign(tx, t)
	})
}

// touch changes an open task. Whoever it waits for may, whoever asked for it,
// and a lead.
func (s Service) touch(ctx context.Context, who access.Actor, taskID string, fn func(*db.Tx, *Task) (map[string]string, error)) error {
	g, err := who.May(access.TaskEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t, err := load(tx, taskID)
		if err != nil {
			return err
		}
		if !t.For(who) && t.AskedBy != who.ID && who.Role != access.RoleLead {
			return fault.New(fault.Forbidden, "The task is somebody else's.")
		}
		if !t.DoneAt.IsZero() {
			return fault.New(fault.Conflict, "The task was done already, by %s.", t.DoneByName)
		}
		detail, err := fn(tx, &t)
		if err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "task", Object: t.ID, Label: t.Title, Detail: detail})
	})
}
