package task

import (
	"fmt"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// ByHand is the noun of tasks that a person asked for.
const ByHand = "task"

// Task is one thing that waits for somebody.
type Task struct {
	ID      string
	Noun    string // what asks: "exclusion", "control"; ByHand for a person
	Object  string // which one
	Step    string // what of it, where several things can wait: "approve"
	Title   string // what to do, an imperative
	Why     string // one sentence
	Control string // id of the control that it serves; empty if none
	Href    string // page on which it is done
	DueOn   standing.Date

	Assignee string      // user id; empty: whoever has the role
	Role     access.Role // when there is no assignee

	AskedBy     string
	AskedByName string
	CreatedAt   time.Time

	SnoozedUntil standing.Date // first day on which it shows again
	DoneAt       time.Time
	DoneBy       string
	DoneByName   string
}

// State is how far a task has come.
type State string

// The states.
const (
	Open    State = "open"
	Snoozed State = "snoozed"
	Done    State = "done"
)

// State is the task's on a day.
func (t *Task) State(today standing.Date) State {
	switch {
	case !t.DoneAt.IsZero():
		return Done
	case t.SnoozedUntil > today:
		return Snoozed
	}
	return Open
}

// Late reports whether the task is past due.
func (t *Task) Late(today standing.Date) bool {
	return t.DoneAt.IsZero() && t.DueOn != 0 && today > t.DueOn
}

// For reports whether the task waits for the actor.
func (t *Task) For(who access.Actor) bool {
	return t.Assignee == who.ID || t.Assignee == "" && t.Role == who.Role
}

// clean puts the task into the form in which it is kept, or returns what is
// wrong with it.
func (t *Task) clean() error {
	var wrong []fault.Field
	t.Title = strings.Join(strings.Fields(t.Title), " ")
	if t.Title == "" || len(t.Title) > 200 {
		wrong = append(wrong, fault.Field{Name: "title", Text: "Say what to do, in at most 200 characters."})
	}
	if t.Why = strings.TrimSpace(t.Why); len(t.Why) > 1000 {
		wrong = append(wrong, fault.Field{Name: "why", Text: "At most 1,000 characters."})
	}
	if t.Assignee == "" && !t.Role.Valid() {
		wrong = append(wrong, fault.Field{Name: "assignee", Text: "Choose who does it: a user, or everybody of a role."})
	}
	if t.Href != "" && (!strings.HasPrefix(t.Href, "/") || strings.HasPrefix(t.Href, "//")) {
		wrong = append(wrong, fault.Field{Name: "href", Text: "The page must be one of this installation."})
	}
	if len(wrong) > 0 {
		return fault.Fields("The task was not saved.", wrong...)
	}
	if t.Noun == "" || t.Object == "" {
		return fmt.Errorf("task %q: noun %q and object %q are both needed", t.Title, t.Noun, t.Object)
	}
	return nil
}

// Snoozable checks a day until which the task is to be hidden.
func (t *Task) Snoozable(until, today standing.Date) error {
	switch {
	case until <= today:
		return fault.Fields("The task was not snoozed.", fault.Field{Name: "until", Text: "Choose a day after today."})
	case t.DueOn != 0 && until > t.DueOn:
		return fault.Fields("The task was not snoozed.", fault.Field{Name: "until", Text: "It falls due on " + t.DueOn.String() + "; choose a day no later."})
	}
	return nil
}
