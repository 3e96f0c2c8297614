package integrity

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
	ErrorNoun = "processing_error"
	Noun      = "reconciliation"
	RunNoun   = "reconciliation_run"
)

// Errors is the register of processing errors.
func Errors() register.Declaration {
	edit := access.ProcessingEdit
	moment := func(name, label, help string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Time, Help: help}
	}
	seen := moment("detected_at", "Detected", "When somebody or something first saw it.")
	seen.Required, seen.Listed = true, true
	return register.Declaration{
		Noun: ErrorNoun, Prefix: "PE", Path: "processing-errors", Title: "Processing errors", One: "processing error", Label: "title", Sort: "-detected_at",
		About: "What was processed wrongly, late, twice or not at all: how long until somebody saw it, and until it was mended.",
		Read:  access.ProcessingRead, Edit: edit, Check: errorCheck, Derive: errorDerive, Badge: errorBadge,
		Fields: []register.Field{
			{Name: "title", Label: "What went wrong", Type: register.Text, Required: true, Listed: true},
			{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("input", "wrong input", "processing", "wrongly processed", "missing", "not processed", "twice", "processed twice", "late", "late", "output", "wrong output", "stored", "changed while stored")},
			{Name: "severity", Label: "Severity", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("high", "high", "medium", "medium", "low", "low")},
			seen,
			moment("began_at", "Began", "When the first item went wrong, as far as it can be known."),
			{Name: "job", Label: "Job or process", Type: register.Text, Listed: true},
			{Name: "found_by", Label: "Found by", Type: register.Choice, Required: true, Filter: true, Default: "monitor", Options: register.Options("monitor", "a monitor", "reconciliation", "a reconciliation", "person", "one of us", "customer", "a customer")},
			{Name: "items", Label: "Items affected", Type: register.Number, Min: 0, Max: 1 << 50},
			{Name: "effect", Label: "Effect", Type: register.Long},
			{Name: "owner", Label: "Mends it", Type: register.Person, Listed: true, Filter: true},
			{Name: "run", Label: "Reconciliation", Type: register.Link, To: RunNoun},
			{Name: "incident", Label: "Incident", Type: register.Link, To: "incident"},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "PIN-04"},
			{Name: "fixed_at", Label: "Mended", Type: register.Time, ByMove: true, Listed: true},
			{Name: "done", Label: "What was done with the items", Type: register.Long, ByMove: true, Help: "Corrected, processed again, told to whom."},
			{Name: "cause", Label: "Cause", Type: register.Long, ByMove: true},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, ByMove: true},
			{Name: "to_detect", Label: "Time to detect", Type: register.Duration, Derived: true, Listed: true},
			{Name: "to_fix", Label: "Time to mend", Type: register.Duration, Derived: true, Listed: true},
			{Name: "fix_by", Label: "Mend by", Type: register.Time, Derived: true, Listed: true},
		},
		States: []register.State{
			{Name: "open", Label: "Open", Tone: register.Begun},
			{Name: "fixed", Label: "Mended", Tone: register.Good, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{Name: "fix", Label: "Mended", From: []string{"open"}, To: "fixed", Permission: edit, Ready: errorCheck, Asks: []register.Ask{{Field: "fixed_at", Required: true}, {Field: "done", Required: true}, {Field: "cause", Required: true}, {Field: "evidence"}}},
			{Name: "reopen", Label: "Open again", From: []string{"fixed"}, To: "open", Permission: edit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("fixed_at", "") }},
		},
		Dues: []register.Due{{Field: "fix_by", Label: "Mend", Ahead: 1, Owner: "owner"}},
		Settings: []register.Field{
			within("high_within", "High severity, mended within", "8h"), within("medium_within", "Medium, within", "3d"), within("low_within", "Low, within", "14d"),
		},
		Sample: register.Values{"title": {"Orders of 14 shops billed twice"}, "sort": {"twice"}, "severity": {"high"}, "detected_at": {"2025-11-20 14:08"}, "began_at": {"2025-11-20 02:00"}, "found_by": {"reconciliation"}, "items": {"212"}},
	}
}

func within(name, label, span string) register.Field {
	return register.Field{Name: name, Label: label, Type: register.Duration, Default: span, Required: true}
}

// errorCheck sees that the times of an error are in order, and none lies ahead.
func errorCheck(r *register.Record, w *register.World) (bad []fault.Field) {
	for _, name := range []string{"began_at", "detected_at", "fixed_at"} {
		if r.At(name).After(w.Now.Add(time.Minute)) {
			bad = append(bad, fault.Field{Name: name, Text: "It lies ahead."})
		}
	}
	seen := r.At("detected_at")
	if began := r.At("began_at"); !began.IsZero() && seen.Before(began) {
		bad = append(bad, fault.Field{Name: "began_at", Text: "It was detected before it began."})
	}
	if fixed := r.At("fixed_at"); !fixed.IsZero() && fixed.Before(seen) {
		bad = append(bad, fault.Field{Name: "fixed_at", Text: "It was mended before it was detected."})
	}
	return bad
}

func errorDerive(r *register.Record, w *register.World) {
	began, seen, fixed := r.At("began_at"), r.At("detected_at"), r.At("fixed_at")
	if !began.IsZero() && !seen.Before(began) {
		r.Derive("to_detect", register.Span(int(seen.Sub(began).Minutes())))
	}
	if !fixed.IsZero() && !fixed.Before(seen) {
		r.Derive("to_fix", register.Span(int(fixed.Sub(seen).Minutes())))
	}
	span := time.Duration(register.Minutes(w.Settings.Get(r.Get("severity")+"_within"))) * time.Minute
	r.Derive("fix_by", clock.Format(seen.Add(span)))
}

func errorBadge(r *register.Record, w *register.World) (register.Tone, string) {
	by := r.At("fix_by")
	switch fixed := r.At("fixed_at"); {
	case by.IsZero():
	case r.State == "open" && w.Now.After(by):
		return register.Bad, "Late"
	case r.State == "fixed" && fixed.After(by):
		return register.Care, "Mended late"
	}
	return "", ""
}

// Declaration is the register of reconciliations.
func Declaration() register.Declaration {
	edit := access.ProcessingEdit
	return register.Declaration{
		Noun: Noun, Prefix: "RC", Path: "reconciliations", Title: "Reconciliations", One: "reconciliation", Label: "title", Sort: "due_on",
		About: "Two counts or sums that must agree, how often they are compared, and what came out each time.",
		Read:  access.ProcessingRead, Edit: edit, Derive: derive, Badge: badge,
		Fields: []register.Field{
			{Name: "title", Label: "What is compared", Type: register.Text, Required: true, Listed: true},
			{Name: "left", Label: "One side", Type: register.Text, Required: true, Help: "“Orders received, from the queue’s counter”."},
			{Name: "right", Label: "Other side", Type: register.Text, Required: true, Help: "From a source of its own: “rows written that day”."},
			{Name: "tolerance", Label: "May differ by", Type: register.Number, Required: true, Min: 0, Max: 1 << 50, Default: "0"},
			{Name: "days", Label: "Days between", Type: register.Number, Required: true, Min: 1, Max: 366, Default: "1", Listed: true},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "PIN-03"},
			{Name: "notes", Label: "How it is done", Type: register.Long},
			{Name: "held_on", Label: "Held", Type: register.Date, Derived: true, Listed: true},
			{Name: "agrees", Label: "Agrees", Type: register.YesNo, Derived: true, Listed: true, Filter: true},
			{Name: "unexplained", Label: "Differences without an explanation", Type: register.Number, Derived: true, Listed: true},
			{Name: "due_on", Label: "Next", Type: register.Date, Derived: true, Listed: true},
		},
		States: []register.State{
			{Name: "kept", Label: "In force", Tone: register.Good},
			{Name: "ended", Label: "Ended", Tone: register.Quiet, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{Name: "end", Label: "End", From: []string{"kept"}, To: "ended", Permission: edit, Why: true, Help: "Say what takes its place."},
			{Name: "resume", Label: "Put in force again", From: []string{"ended"}, To: "kept", Permission: edit, Why: true},
		},
		Dues:   []register.Due{{Field: "due_on", Label: "Compare", Ahead: 1, Owner: "owner"}},
		Sample: register.Values{"title": {"Orders received and orders billed"}, "left": {"The queue’s counter"}, "right": {"Rows of the day’s bills"}, "days": {"1"}},
	}
}

func derive(r *register.Record, w *register.World) {
	from := w.Today
	if !r.CreatedAt.IsZero() {
		from = standing.DayOf(r.CreatedAt, w.Zone)
	}
	var newest *register.Record
	open := 0
	for i := range w.Children[RunNoun] {
		run := &w.Children[RunNoun][i]
		runDerive(run, w)
		if newest == nil || run.Date("held_on") >= newest.Date("held_on") {
			newest = run
		}
		if run.Get("agrees") == register.No && run.State != explained {
			open++
		}
	}
	r.Derive("unexplained", strconv.Itoa(open))
	if newest != nil {
		from = newest.Date("held_on")
		r.Derive("held_on", from.String())
		r.Derive("agrees", newest.Get("agrees"))
	}
	days, _ := r.Int("days")
	r.Derive("due_on", (from + standing.Date(days)).String())
}

func badge(r *register.Record, w *register.World) (register.Tone, string) {
	switch n, _ := r.Int("unexplained"); {
	case r.State != "kept":
	case n > 0:
		return register.Bad, "Differs"
	case r.Date("due_on") < w.Today:
		return register.Bad, "Late"
	}
	return "", ""
}

const explained = "explained"

// Runs is the register of what came out of reconciliations.
func Runs() register.Declaration {
	edit := access.ProcessingEdit
	side := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Number, Required: true, Listed: true, Min: -(1 << 50), Max: 1 << 50}
	}
	return register.Declaration{
		Noun: RunNoun, Prefix: "RR", Path: "reconciliation-runs", Title: "Comparisons", One: "comparison", Label: "title", Sort: "-held_on", Parent: Noun, ParentBy: Noun,
		About: "Each time that both sides were compared: the two figures, their difference, and what it was.",
		Read:  access.ProcessingRead, Edit: edit, Apart: []string{"held_on", "title"},
		Fields: []register.Field{
			{Name: "title", Label: "Which", Type: register.Text, Required: true, Listed: true, Help: "“3 November”, “Batch 1182”."},
			{Name: Noun, Label: "Reconciliation", Type: register.Link, To: Noun, Required: true, Listed: true},
			{Name: "held_on", Label: "On", Type: register.Date, Required: true, Listed: true},
			side("left", "One side"), side("right", "Other side"),
			{Name: "tolerance", Label: "May differ by", Type: register.Number, Min: 0, Max: 1 << 50, Help: "As the reconciliation says, if it is empty."},
			{Name: "by", Label: "By", Type: register.Person},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true},
			{Name: "why", Label: "What the difference was", Type: register.Long, ByMove: true},
			{Name: "difference", Label: "Difference", Type: register.Number, Derived: true, Listed: true},
			{Name: "agrees", Label: "Agrees", Type: register.YesNo, Derived: true, Listed: true, Filter: true},
		},
		States: []register.State{
			{Name: "kept", Label: "Kept", Tone: register.Quiet},
			{Name: explained, Label: "Explained", Tone: register.Busy, Ended: true, Fixed: true},
		},
		Moves: []register.Move{{
			Name: "explain", Label: "What the difference was", From: []string{"kept"}, To: explained, Permission: edit, Asks: []register.Ask{{Field: "why", Required: true}},
			If: func(r *register.Record) bool { return r.Get("agrees") == register.No }, Help: "And what became of the items.",
		}},
		Check: func(r *register.Record, w *register.World) []fault.Field {
			if r.Date("held_on") > w.Today {
				return []fault.Field{{Name: "held_on", Text: "It lies ahead."}}
			}
			return nil
		},
		// the tolerance is kept with the comparison, so that another one later does not
		// change what this one said
		Complete: func(r *register.Record, w *register.World) {
			if r.Get("tolerance") == "" && w.Owner != nil {
				r.Values.Set("tolerance", w.Owner.Get("tolerance"))
			}
		},
		Derive: runDerive,
		Badge: func(r *register.Record, _ *register.World) (register.Tone, string) {
			switch {
			case r.State == explained:
				return "", ""
			case r.Get("agrees") == register.Yes:
				return register.Good, "Agrees"
			case r.Get("agrees") == register.No:
				return register.Bad, "Differs"
			}
			return "", ""
		},
		Sample: register.Values{"title": {"3 November"}, "held_on": {"2025-11-03"}, "left": {"18422"}, "right": {"18422"}},
	}
}

// runDerive compares both sides.
func runDerive(r *register.Record, _ *register.World) {
	left, okLeft := r.Int("left")
	right, okRight := r.Int("right")
	if !okLeft || !okRight {
		return
	}
	differ := left - right
	r.Derive("difference", strconv.Itoa(differ))
	tolerance, _ := r.Int("tolerance")
	word := register.No
	if max(differ, -differ) <= tolerance {
		word = register.Yes
	}
	r.Derive("agrees", word)
}
