package incident

import (
	"context"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// ReportNoun is the name of the register of what people report.
const ReportNoun = "problem_report"

// The states of a report.
const (
	Reported = "reported"
	Raised   = "raised"
	Answered = "answered"
)

// Reports is the register of what people, inside or outside, say looks wrong.
func Reports() register.Declaration {
	return register.Declaration{
		Noun: ReportNoun, Prefix: "RP", Path: "problem-reports", Title: "Reported problems", One: "reported problem", Label: "title", Sort: "-reported_at",
		About: "What somebody said looks wrong, and what came of it: an incident, or an answer.",
		Read:  access.ProblemRead, Edit: access.ProblemEdit, Complete: reportComplete, Check: reportCheck, Derive: reportDerive, Badge: reportBadge,
		Fields: []register.Field{
			{Name: "title", Label: "What looks wrong", Type: register.Text, Required: true, Listed: true},
			{Name: "what", Label: "What was seen", Type: register.Long},
			{Name: "channel", Label: "Told by", Type: register.Choice, Required: true, Default: "mail", Listed: true, Filter: true, Options: register.Options("page", "the page", "mail", "mail", "phone", "telephone", "person", "in person", "outside", "somebody outside")},
			{Name: "reported_at", Label: "Reported", Type: register.Time, Listed: true, Help: "Now, if it is empty."},
			{Name: "reporter", Label: "Reported by", Type: register.Person, Listed: true, Filter: true},
			{Name: "contact", Label: "How to reach them", Type: register.Text, Personal: true, Help: "If it came from outside."},
			{Name: "urgent", Label: "Urgent", Type: register.YesNo, Filter: true, Default: register.No},
			{Name: "handler", Label: "Looks into it", Type: register.Person, Listed: true, Filter: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "COM-06"},
			{Name: "incident", Label: "Incident", Type: register.Link, To: Noun, ByMove: true},
			{Name: "answer", Label: "Answer", Type: register.Long, ByMove: true, Help: "Whoever reported it reads this."},
			{Name: "settled_at", Label: "Settled", Type: register.Time, ByMove: true, Listed: true},
			{Name: "answer_by", Label: "Look into it by", Type: register.Time, Derived: true, Listed: true},
		},
		States: []register.State{
			{Name: Reported, Label: "New", Tone: register.Begun},
			{Name: Raised, Label: "Became an incident", Tone: register.Busy, Ended: true, Fixed: true},
			{Name: Answered, Label: "Answered", Tone: register.Good, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{Name: "raise", Label: "It is an incident", From: []string{Reported}, To: Raised, Permission: access.ProblemEdit, Asks: []register.Ask{{Field: "incident", Required: true}, {Field: "answer"}}, Effect: settled, Help: "Declare the incident first, then name it here."},
			{Name: "answer", Label: "Answer", From: []string{Reported}, To: Answered, Permission: access.ProblemEdit, Asks: []register.Ask{{Field: "answer", Required: true}}, Effect: settled, Help: "It is no incident: say what it was."},
			{Name: "reopen", Label: "Look again", From: []string{Raised, Answered}, To: Reported, Permission: access.ProblemEdit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("settled_at", "") }},
		},
		Dues:     []register.Due{{Field: "answer_by", Label: "Look into", Ahead: 1, Owner: "handler"}},
		Settings: []register.Field{within("answer_within", "Looked into within", "1d"), within("urgent_within", "If it is urgent, within", "1h")},
		Sample:   register.Values{"title": {"A customer sees another’s order"}, "channel": {"mail"}, "reported_at": {"2025-11-20 14:08"}, "urgent": {"yes"}},
	}
}

func settled(r *register.Record, w *register.World) {
	r.Values.Set("settled_at", clock.Format(w.Now))
}

func reportComplete(r *register.Record, w *register.World) {
	if r.Get("reported_at") == "" {
		r.Values.Set("reported_at", clock.Format(w.Now))
	}
}

func reportCheck(r *register.Record, w *register.World) []fault.Field {
	if r.At("reported_at").After(w.Now.Add(time.Minute)) {
		return []fault.Field{{Name: "reported_at", Text: "It lies ahead."}}
	}
	return nil
}

func reportDerive(r *register.Record, w *register.World) {
	setting := "answer_within"
	if r.Get("urgent") == register.Yes {
		setting = "urgent_within"
	}
	r.Derive("answer_by", clock.Format(r.At("reported_at").Add(time.Duration(register.Minutes(w.Settings.Get(setting)))*time.Minute)))
}

func reportBadge(r *register.Record, w *register.World) (register.Tone, string) {
	if by := r.At("answer_by"); r.State == Reported && !by.IsZero() && w.Now.After(by) {
		return register.Bad, "Late"
	}
	return "", ""
}

// Desk is where somebody who works here reports a problem.
type Desk struct {
	DB       *db.DB
	Books    *register.Book
	PersonOf func(tx *db.Tx, userID string) (string, error)
}

// Report writes down what the actor says looks wrong.
func (d Desk) Report(ctx context.Context, who access.Actor, title, what string, urgent bool) (r register.Record, err error) {
	g, err := who.May(access.ProblemReport)
	if err != nil {
		return r, err
	}
	err = d.DB.Write(ctx, g, func(tx *db.Tx) error {
		me, err := d.PersonOf(tx, who.ID)
		if err != nil {
			return err
		}
		in := register.Input{Fields: map[string][]string{"title": {title}, "what": {what}, "channel": {"page"}, "urgent": {register.No}, "controls": {"COM-06"}}}
		if urgent {
			in.Fields["urgent"] = []string{register.Yes}
		}
		if me != "" {
			in.Fields["reporter"] = []string{me}
		}
		r, err = d.Books.Enter(tx, ReportNoun, in, nil)
		return err
	})
	return r, err
}

// Mine lists what the actor reported, the newest first; nothing if their account is
// nobody's in the register of people.
func (d Desk) Mine(ctx context.Context, who access.Actor) (out []register.Record, err error) {
	g, err := who.May(access.ProblemReport)
	if err != nil {
		return nil, err
	}
	err = d.DB.Read(ctx, g, func(tx *db.Tx) error {
		me, err := d.PersonOf(tx, who.ID)
		if err != nil || me == "" {
			return err
		}
		list, err := d.Books.Having(tx, ReportNoun, "reporter", me)
		for _, r := range slices.Backward(list) {
			if r.ArchivedAt.IsZero() {
				out = append(out, r)
			}
		}
		return err
	})
	return out, err
}
