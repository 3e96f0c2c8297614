package sheet

import (
	"fmt"
	"time"

	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/resource"
	"assay/internal/rule"
)

// again is one re-performance of a test by its checks.
type again struct {
	tx       *db.Tx
	zone     *time.Location
	rows     []Row
	from, to time.Time     // the days of the test, as far as they have passed
	limit    time.Duration // how long a failure may last, by the control's wording; 0 where it does not say
	changed  []Cell
}

// Reperform fills in what the checks of a test say of its items. What somebody marked
// stays; what a check cannot tell stays open.
func (s *Service) Reperform(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := lock(tx, r.ID); err != nil {
		return err
	}
	rows, err := list(tx, r.ID)
	if err != nil {
		return err
	}
	v, err := tested(tx, r, w)
	if err != nil {
		return err
	}
	a := &again{tx: tx, zone: w.Zone, rows: rows, from: r.Date("from").Start(w.Zone), to: (r.Date("to") + 1).Start(w.Zone), limit: v.Limit()}
	if tx.Now().Before(a.to) {
		a.to = tx.Now()
	}
	attributes := Attributes(r)
	for i := range attributes {
		if attributes[i].Check == "" {
			continue
		}
		if err := a.attribute(&attributes[i]); err != nil {
			return err
		}
	}
	for i := range a.changed {
		if err := put(tx, r.ID, &a.changed[i]); err != nil {
			return err
		}
	}
	c := count(attributes, rows)
	tell(r, &c)
	return nil
}

// attribute fills in one attribute.
func (a *again) attribute(at *Attribute) error {
	runs, err := check.NewestUntil(a.tx, []string{at.Check}, a.to)
	if err != nil {
		return err
	}
	run, ran := runs[at.Check]
	if !ran || run.At.Before(a.from) {
		return fault.New(fault.Conflict, "The check %s did not run in the days of the test. Nothing was filled in.", at.Check)
	}
	said, err := a.said(at.Check)
	if err != nil {
		return err
	}
	if len(said) == 0 && len(a.rows) > 0 {
		return fault.New(fault.Conflict, "The check %s never judged one of these items: it looks at other things. Nothing was filled in.", at.Check)
	}
	for i := range a.rows {
		row := &a.rows[i]
		cell := row.Cells[at.Letter]
		if row.Replaced || cell.Mark != "" && !cell.Auto {
			continue
		}
		verdict, err := a.judge(said[row.Ref()], &run)
		if err != nil {
			return err
		}
		verdict.Check = at.Check
		if cell.Verdict != nil && *cell.Verdict == *verdict && cell.Mark == verdict.Says {
			continue
		}
		cell.Number, cell.Attribute, cell.Mark, cell.Auto, cell.Verdict = row.Number, at.Letter, verdict.Says, verdict.Says != "", verdict
		cell.At, cell.By, cell.ByName = a.tx.Now(), a.tx.Actor().ID, a.tx.Actor().Name
		row.Cells[at.Letter] = cell
		a.changed = append(a.changed, cell)
	}
	return nil
}

// said is what a check said of the items, in the days of the test.
func (a *again) said(id string) (map[resource.Ref][]check.Transition, error) {
	wanted := map[resource.Ref]bool{}
	kind := ""
	for i := range a.rows {
		if ref := a.rows[i].Ref(); ref.Kind != "" {
			wanted[ref], kind = true, ref.Kind
		}
	}
	out := map[resource.Ref][]check.Transition{}
	if kind == "" {
		return out, nil
	}
	return out, check.Stretches(a.tx, id, kind, func(t check.Transition) error {
		if wanted[t.Ref] && a.within(&t) {
			out[t.Ref] = append(out[t.Ref], t)
		}
		return nil
	})
}

// within reports whether a stretch is about the days of the test: of an event, when it
// happened; of a state, when it was so.
func (a *again) within(t *check.Transition) bool {
	if !t.At.IsZero() {
		return !t.At.Before(a.from) && t.At.Before(a.to)
	}
	return t.Since.Before(a.to) && (t.Until.IsZero() || t.Until.After(a.from))
}

// judge is what the stretches of one item come to. newest is the newest run of the
// check in the days of the test.
func (a *again) judge(list []check.Transition, newest *check.Run) (*Verdict, error) {
	says, text, at := a.weigh(list)
	v := &Verdict{Says: says, Text: text, Version: newest.Version, At: newest.At, Run: newest.ID, Leaf: newest.Leaf}
	if says != Deviates {
		return v, nil
	}
	run, err := check.RunOf(a.tx, at)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", at, err)
	}
	v.Version, v.At, v.Run, v.Leaf = run.Version, run.At, run.ID, run.Leaf
	return v, nil
}

// weigh says what the stretches come to, in a sentence, and the run that a deviation
// began with.
func (a *again) weigh(list []check.Transition) (says Mark, text, run string) {
	if len(list) == 0 {
		return "", "The check did not judge it in the days of the test.", ""
	}
	for _, f := range check.Failed(list) {
		short := a.limit > 0 && !f.Event && !f.Until.IsZero() && f.Ended == check.Changed && f.Until.Sub(f.Since) <= a.limit
		if short {
			text = "Failed from " + a.when(f.Since) + " to " + a.when(f.Until) + ", inside the limit of the control. "
			continue
		}
		if a.limit > 0 && !f.Event && f.Until.IsZero() && a.to.Sub(f.Since) <= a.limit {
			return "", "Fails since " + a.when(f.Since) + ", so far inside the limit of the control.", ""
		}
		return Deviates, a.failed(&f), began(list, &f)
	}
	for i := range list {
		t := &list[i]
		if t.Status == rule.Pass || t.Status == rule.Fail {
			continue
		}
		why := "was not known"
		if t.Status == rule.Excluded {
			why = "was excluded by the organization"
		}
		return "", "It " + why + " from " + a.when(t.Since) + a.until(t.Until) + ".", ""
	}
	if text != "" {
		return Pass, text + "Passed otherwise.", ""
	}
	return Pass, "Passed in every run that judged it, from " + a.when(list[0].Since) + ".", ""
}

func (a *again) failed(f *check.Failure) string {
	if f.Event {
		return "Failed on " + a.when(f.Since) + colon(f.Message)
	}
	how := map[check.Ended]string{check.Gone: ", when it was gone", check.ByExclude: ", when it was excluded"}[f.Ended]
	return "Failed from " + a.when(f.Since) + a.until(f.Until) + how + colon(f.Message)
}

func colon(message string) string {
	if message == "" {
		return "."
	}
	return ": " + message
}

func (a *again) until(t time.Time) string {
	if t.IsZero() {
		return ", and still does"
	}
	return " to " + a.when(t)
}

func (a *again) when(t time.Time) string { return t.In(a.zone).Format("2 January 2006 15:04") }

// began is the run with which a failure began.
func began(list []check.Transition, f *check.Failure) string {
	for i := range list {
		if t := &list[i]; t.Status == rule.Fail && (f.Event || t.Since.Equal(f.Since)) {
			return t.RunIn
		}
	}
	return list[0].RunIn
}
