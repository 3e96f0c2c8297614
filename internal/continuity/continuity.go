package continuity

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// The names of the registers.
const (
	Noun     = "recovery"
	TestNoun = "recovery_test"
)

// The states of a target.
const (
	Kept    = "kept"
	Dropped = "dropped"
)

// Declaration is the register of recovery targets.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "RT", Path: "continuity", Title: "Continuity", One: "recovery target", Label: "title", Sort: "test_due_on",
		About: "What has to come back within which time, how much of it may be lost, and each time that it was tried.",
		Read:  access.ContinuityRead, Edit: access.ContinuityEdit, Fields: fields(), Derive: derive,
		States: []register.State{
			{Name: Kept, Label: "In force", Tone: register.Good},
			{Name: Dropped, Label: "Dropped", Tone: register.Quiet, Ended: true},
		},
		Moves: []register.Move{
			{Name: "drop", Label: "Drop", From: []string{Kept}, To: Dropped, Permission: access.ContinuityEdit, Why: true, Help: "Say why it does not have to come back any more."},
			{Name: "resume", Label: "Put in force again", From: []string{Dropped}, To: Kept, Permission: access.ContinuityEdit, Why: true},
		},
		Dues: []register.Due{{Field: "test_due_on", Label: "Test the recovery of", Ahead: 21, Owner: "owner"}},
		Sample: register.Values{
			"title": {"Customers' orders"}, "sort": {"data"}, "within": {"4h"}, "loss": {"1h"}, "months": {"3"}, "controls": {"AVL-06"},
		},
	}
}

func fields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "What has to come back", Type: register.Text, Required: true, Listed: true},
		{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("service", "service", "data", "store of data", "work", "way of working")},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
		{Name: "within", Label: "Back within", Type: register.Duration, Required: true, Listed: true, Help: "The recovery time objective: how long it may be away."},
		{Name: "loss", Label: "At most lost", Type: register.Duration, Help: "The recovery point objective: the work of how long may be lost. Empty if there is nothing to lose."},
		{Name: "months", Label: "Months between tests", Type: register.Number, Required: true, Min: 1, Max: 24, Default: "12"},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		{Name: "vendors", Label: "Vendors that it rests on", Type: register.Link, To: "vendor", Many: true},
		{Name: "plan", Label: "Plan", Type: register.Evidence, Help: "Id of the plan among the evidence."},
		{Name: "notes", Label: "Notes", Type: register.Long},
		{Name: "tested_on", Label: "Last test", Type: register.Date, Derived: true, Listed: true},
		{Name: "took", Label: "It took", Type: register.Duration, Derived: true, Listed: true},
		{Name: "met", Label: "Target met", Type: register.YesNo, Derived: true, Listed: true, Filter: true},
		{Name: "test_due_on", Label: "Next test", Type: register.Date, Derived: true, Listed: true},
	}
}

// derive finds out what the newest test says.
func derive(r *register.Record, w *register.World) {
	from := w.Today
	if !r.CreatedAt.IsZero() {
		from = standing.DayOf(r.CreatedAt, w.Zone)
	}
	if t := newest(w.Children[TestNoun]); t != nil {
		from = t.Date("held_on")
		r.Derive("tested_on", from.String())
		if took := t.Get("took"); took != "" {
			r.Derive("took", took)
		}
		if met, known := Met(r, t); known {
			word := register.No
			if met {
				word = register.Yes
			}
			r.Derive("met", word)
		}
	}
	months, _ := r.Int("months")
	r.Derive("test_due_on", from.AddMonths(months).String())
}

// newest is the test that was held last, of one day the one written down last; nil
// if there is none.
func newest(tests []register.Record) (t *register.Record) {
	for i := range tests {
		c := &tests[i]
		if t == nil || c.Date("held_on") > t.Date("held_on") || c.Date("held_on") == t.Date("held_on") && c.CreatedAt.After(t.CreatedAt) {
			t = c
		}
	}
	return t
}

// Met tells whether a test shows that its target is met; known is false where the
// test does not say enough. What shows that it is not met needs nothing else.
func Met(target, test *register.Record) (met, known bool) {
	met, known = true, true
	within := func(name, limit string) {
		most, was := target.Get(limit), test.Get(name)
		switch {
		case most == "":
		case was == "":
			known = false
		case register.Minutes(was) > register.Minutes(most):
			met = false
		}
	}
	within("took", "within")
	within("lost", "loss")
	if test.Get("whole") == register.No {
		met = false
	}
	return met, known || !met
}

// Tests is the register of trials.
func Tests() register.Declaration {
	return register.Declaration{
		Noun: TestNoun, Prefix: "RX", Path: "recovery-tests", Title: "Tests", One: "recovery test", Label: "title", Sort: "-held_on", Parent: Noun, ParentBy: Noun,
		About: "Each time that something was brought back: how long it took, what was lost, and whether it came back whole.",
		Read:  access.ContinuityRead, Edit: access.ContinuityEdit, Check: check,
		Fields: []register.Field{
			{Name: "title", Label: "What was done", Type: register.Text, Required: true, Listed: true},
			{Name: Noun, Label: "Target", Type: register.Link, To: Noun, Required: true, Listed: true},
			{Name: "form", Label: "Form", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("restore", "restore of a backup", "failover", "failover", "table", "exercise at the table", "loss", "a real loss, mended")},
			{Name: "held_on", Label: "Held on", Type: register.Date, Required: true, Listed: true},
			{Name: "by", Label: "By", Type: register.Person, Listed: true},
			{Name: "took", Label: "It took", Type: register.Duration, Listed: true, Help: "From the loss, or from the start of the test, until it worked again."},
			{Name: "lost", Label: "Lost", Type: register.Duration, Help: "The work of how long was not there any more: 0m if nothing was lost."},
			{Name: "whole", Label: "Came back whole", Type: register.YesNo, Required: true, Listed: true, Help: "What came back was looked at: complete and unharmed."},
			{Name: "looked", Label: "What was looked at, and what follows", Type: register.Long},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of what shows it, with spaces between."},
		},
		States: []register.State{{Name: "kept", Label: "Kept", Tone: register.Quiet}},
		Sample: register.Values{"title": {"Last night's backup restored beside the real one"}, "form": {"restore"}, "held_on": {"2025-11-02"}, "took": {"41m"}, "lost": {"0m"}, "whole": {"yes"}},
	}
}

// check sees that a test was held.
func check(r *register.Record, w *register.World) []fault.Field {
	if r.Date("held_on") > w.Today {
		return []fault.Field{{Name: "held_on", Text: "It lies ahead. Write a test down once it was held."}}
	}
	return nil
}
