package incident

import (
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// The names of the registers.
const (
	Noun       = "incident"
	EventNoun  = "incident_event"
	ActionNoun = "incident_action"
)

// The states of an incident.
const (
	Open      = "open"
	Contained = "contained"
	Resolved  = "resolved"
	Closed    = "closed"
)

// Declaration is the register of incidents.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "IN", Path: "incidents", Title: "Incidents", One: "incident", Label: "title", Sort: "-detected_at",
		About: "What went wrong, when it was seen, held and mended, who was told, and what was learned.",
		Read:  access.IncidentRead, Edit: access.IncidentEdit, Fields: fields(), States: states(), Moves: moves(), Derive: derive, Check: check,
		Dues: []register.Due{{Field: "review_due_on", Label: "Review and close", Ahead: 5, Owner: "lead"}},
		Settings: []register.Field{
			within("acknowledge_within", "Somebody is in charge within", "15m"), within("contain_within", "Contained within", "4h"), within("restore_within", "Restored within", "8h"),
			within("customers_within", "Customers are told within", "1h"), within("authority_within", "The authority is told within", "72h"),
			{Name: "review_days", Label: "Days to review in", Type: register.Number, Min: 1, Max: 60, Default: "5", Required: true},
		},
		Sample: register.Values{"title": {"Orders unavailable for 19 minutes"}, "detected_at": {"2025-11-20 14:08"}, "customers": {"many"}, "data": {"none"}},
	}
}

func within(name, label, span string) register.Field {
	return register.Field{Name: name, Label: label, Type: register.Duration, Default: span, Required: true}
}

func fields() []register.Field {
	moment := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Time}
	}
	person := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Person, Filter: name == "lead"}
	}
	span := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Duration, Derived: true}
	}
	detected := moment("detected_at", "Detected")
	detected.Required, detected.Listed, detected.Help = true, true, "When somebody or something first saw it."
	return []register.Field{
		{Name: "title", Label: "Incident", Type: register.Text, Required: true, Listed: true},
		detected,
		moment("started_at", "Began"), moment("acknowledged_at", "Somebody in charge"), moment("contained_at", "Contained"), moment("restored_at", "Restored"),
		moment("customers_told_at", "Customers told"), moment("authority_told_at", "Authority told"),
		{Name: "customers", Label: "Customers", Type: register.Choice, Required: true, Options: register.Options("none", "none", "one", "one", "some", "some", "many", "many")},
		{Name: "data", Label: "Data touched", Type: register.Choice, Required: true, Options: register.Options("none", "none", "internal", "internal", "confidential", "confidential", "personal", "personal")},
		person("lead", "In charge"), person("technical", "Technical lead"), person("communication", "Tells customers"),
		{Name: "exercise", Label: "An exercise", Type: register.YesNo, Filter: true, Default: register.No},
		{Name: "authority_needed", Label: "An authority has to be told", Type: register.YesNo, Help: "Decided for each with personal data."},
		{Name: "disclose", Label: "Disclosed in the report (DC 4)", Type: register.YesNo, Filter: true, Help: "If it kept the service from a commitment."},
		{Name: "effect", Label: "Effect", Type: register.Long},
		{Name: "cause", Label: "Cause", Type: register.Long},
		{Name: "lessons", Label: "What was learned", Type: register.Long},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		{Name: "risks", Label: "Risks", Type: register.Link, To: "risk", Many: true},
		{Name: "closed_on", Label: "Closed on", Type: register.Date, ByMove: true, Listed: true},
		{Name: "severity", Label: "Severity", Type: register.Choice, Derived: true, Listed: true, Filter: true, Options: register.Options("1", "1 critical", "2", "2 high", "3", "3 medium", "4", "4 low")},
		span("to_detect", "Time to detect"), span("to_acknowledge", "Time to acknowledge"), span("to_contain", "Time to contain"), span("to_restore", "Time to restore"), span("to_tell", "Time to tell customers"),
		{Name: "tell_customers_by", Label: "Tell customers by", Type: register.Time, Derived: true},
		{Name: "tell_authority_by", Label: "Tell the authority by", Type: register.Time, Derived: true},
		{Name: "review_due_on", Label: "Review due", Type: register.Date, Derived: true},
	}
}

func states() []register.State {
	return []register.State{
		{Name: Open, Label: "Open", Tone: register.Bad},
		{Name: Contained, Label: "Contained", Tone: register.Care},
		{Name: Resolved, Label: "Resolved, to be reviewed", Tone: register.Busy},
		{Name: Closed, Label: "Closed with review", Tone: register.Good, Ended: true, Fixed: true},
	}
}

func moves() []register.Move {
	return []register.Move{
		{Name: "contain", Label: "Contained", From: []string{Open}, To: Contained, Permission: access.IncidentEdit, Asks: []register.Ask{{Field: "contained_at", Required: true}}, Ready: check},
		{
			Name: "resolve", Label: "Resolved", From: []string{Open, Contained}, To: Resolved, Permission: access.IncidentEdit, Ready: check,
			Asks: []register.Ask{{Field: "contained_at", Required: true}, {Field: "restored_at", Required: true}, {Field: "customers_told_at"}},
		},
		{
			Name: "close", Label: "Close with its review", From: []string{Resolved}, To: Closed, Permission: access.IncidentEdit, Why: true, Help: "Say who held the review. Actions that follow are listed below the incident.",
			Asks: []register.Ask{{Field: "cause", Required: true}, {Field: "lessons", Required: true}, {Field: "disclose", Required: true}},
			Ready: func(r *register.Record, w *register.World) []fault.Field {
				if r.Get("lead") == "" {
					return []fault.Field{{Name: "reason", Text: "Say first who was in charge: change the record."}}
				}
				return check(r, w)
			},
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("closed_on", w.Today.String()) },
		},
		{Name: "reopen", Label: "Open again", From: []string{Resolved, Closed}, To: Open, Permission: access.IncidentEdit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("closed_on", "") }},
	}
}

// check sees that times are in order: none lies ahead, none before the beginning,
// and nothing is restored before it was detected.
func check(r *register.Record, w *register.World) (bad []fault.Field) {
	first := r.At("detected_at")
	if began := r.At("started_at"); !began.IsZero() {
		if began.After(first) {
			bad = append(bad, fault.Field{Name: "started_at", Text: "It was detected before it began."})
		}
		first = began
	}
	for _, name := range []string{"detected_at", "started_at", "acknowledged_at", "contained_at", "restored_at", "customers_told_at", "authority_told_at"} {
		at := r.At(name)
		switch {
		case at.IsZero():
		case at.After(w.Now.Add(time.Minute)):
			bad = append(bad, fault.Field{Name: name, Text: "It lies ahead."})
		case at.Before(first):
			bad = append(bad, fault.Field{Name: name, Text: "It is before the incident began."})
		}
	}
	return bad
}

// Severity is 1, the worst, to 4: the worse of whom it reaches and what it
// touches.
func Severity(customers, data string) int {
	reach := map[string]int{"none": 4, "one": 3, "some": 2, "many": 1}
	touch := map[string]int{"none": 4, "internal": 3, "confidential": 1, "personal": 1}
	return min(reach[customers], touch[data])
}

func derive(r *register.Record, w *register.World) {
	severity := Severity(r.Get("customers"), r.Get("data"))
	r.Derive("severity", strconv.Itoa(severity))
	detected := r.At("detected_at")
	lasted := func(name string, from time.Time, to string) {
		if at := r.At(to); !at.IsZero() && !from.IsZero() && !at.Before(from) {
			r.Derive(name, register.Span(int(at.Sub(from).Minutes())))
		}
	}
	if began := r.At("started_at"); !began.IsZero() {
		lasted("to_detect", began, "detected_at")
	}
	lasted("to_acknowledge", detected, "acknowledged_at")
	lasted("to_contain", detected, "contained_at")
	lasted("to_restore", detected, "restored_at")
	lasted("to_tell", detected, "customers_told_at")
	if r.Get("exercise") == register.Yes {
		return
	}
	by := func(name, setting string) {
		r.Derive(name, clock.Format(detected.Add(time.Duration(register.Minutes(w.Settings.Get(setting)))*time.Minute)))
	}
	if severity <= 2 {
		by("tell_customers_by", "customers_within")
	}
	if r.Get("authority_needed") == register.Yes {
		by("tell_authority_by", "authority_within")
	}
	if at := r.At("restored_at"); !at.IsZero() {
		r.Derive("review_due_on", (standing.DayOf(at, w.Zone) + standing.Date(w.Int("review_days"))).String())
	}
}

func child(noun, prefix, path, title, one, about string, fields ...register.Field) register.Declaration {
	return register.Declaration{
		Noun: noun, Prefix: prefix, Path: path, Title: title, One: one, Label: "title", About: about, Parent: Noun, ParentBy: Noun, Read: access.IncidentRead, Edit: access.IncidentEdit,
		Fields: append([]register.Field{fields[0], {Name: Noun, Label: "Incident", Type: register.Link, To: Noun, Required: true, Listed: true}}, fields[1:]...),
		States: []register.State{{Name: "kept", Label: "Kept", Tone: register.Quiet}},
	}
}

// Events is the register of what happened in incidents.
func Events() register.Declaration {
	d := child(EventNoun, "IE", "incident-events", "Timeline", "event", "What happened when: what was seen, decided, said and kept as evidence.",
		register.Field{Name: "title", Label: "What", Type: register.Text, Required: true, Listed: true},
		register.Field{Name: "at", Label: "When", Type: register.Time, Required: true, Listed: true},
		register.Field{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("seen", "seen", "done", "done", "decision", "decision", "message", "message", "evidence", "evidence")},
		register.Field{Name: "by", Label: "By", Type: register.Person, Listed: true},
		register.Field{Name: "note", Label: "More", Type: register.Long},
	)
	d.Sort = "at"
	d.Sample = register.Values{"title": {"Alert wakes whoever is on call"}, "at": {"2025-11-20 14:08"}, "sort": {"seen"}}
	return d
}

// Actions is the register of what follows from reviews.
func Actions() register.Declaration {
	d := child(ActionNoun, "IA", "incident-actions", "Actions", "action", "What the review of an incident asks for, with who does it by when.",
		register.Field{Name: "title", Label: "Action", Type: register.Text, Required: true, Listed: true},
		register.Field{Name: "owner", Label: "Owner", Type: register.Person, Listed: true},
		register.Field{Name: "due_on", Label: "Due", Type: register.Date, Required: true, Listed: true},
		register.Field{Name: "done_on", Label: "Done on", Type: register.Date, ByMove: true, Listed: true},
	)
	d.States = []register.State{{Name: "open", Label: "Open", Tone: register.Begun}, {Name: "done", Label: "Done", Tone: register.Good, Ended: true}}
	d.Moves = []register.Move{
		{Name: "finish", Label: "Done", From: []string{"open"}, To: "done", Permission: access.IncidentEdit, Why: true, Help: "Say what was done, and where it shows.", Effect: func(r *register.Record, w *register.World) { r.Values.Set("done_on", w.Today.String()) }},
		{Name: "reopen", Label: "Open again", From: []string{"done"}, To: "open", Permission: access.IncidentEdit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("done_on", "") }},
	}
	d.Dues = []register.Due{{Field: "due_on", Label: "Finish", Ahead: 14, Owner: "owner"}}
	d.Sample = register.Values{"title": {"Limit connections of each worker"}, "due_on": {"2026-12-15"}}
	return d
}
