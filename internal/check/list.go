package check

import (
	"context"
	"maps"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
)

// Summary is a check in a list.
type Summary struct {
	Definition
	Last     *Run // nil before the first run
	Failing  int
	Oldest   Failure // longest failing resource; zero if none
	Proposal bool    // a change waits for approval
}

// List returns every check that is in force or proposed, with its newest run.
func (s *Service) List(ctx context.Context, who access.Actor) (out []Summary, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err := definitions(tx, &s.parsed)
		if err != nil {
			return err
		}
		by := map[string][]Definition{}
		for i := range list {
			by[list[i].ID] = append(by[list[i].ID], list[i])
		}
		last, err := lastRuns(tx, slices.Sorted(maps.Keys(by)))
		if err != nil {
			return err
		}
		failing, err := openFailures(tx)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(by)) {
			if sum, ok := summarize(tx, by[id]); ok {
				if r, ran := last[id]; ran {
					sum.Last = &r
				}
				sum.Failing, sum.Oldest = failing[id].n, failing[id].oldest
				out = append(out, sum)
			}
		}
		return nil
	})
	return out, err
}

func summarize(tx *db.Tx, revisions []Definition) (Summary, bool) {
	var s Summary
	d, ok := inForce(revisions, tx.Now())
	s.Definition = d
	for i := range revisions {
		if revisions[i].State == Proposed {
			s.Proposal = true
			if !ok {
				s.Definition, ok = revisions[i], true
			}
		}
	}
	return s, ok
}

type failing struct {
	n      int
	oldest Failure
}

func openFailures(tx *db.Tx) (map[string]failing, error) {
	counts, err := countFails(tx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]failing, len(counts))
	for check, n := range counts {
		t, err := oldestFail(tx, check)
		if err != nil {
			return nil, err
		}
		out[check] = failing{n: n, oldest: Failure{Ref: t.Ref, Label: t.Label, Message: t.Message, Since: t.Since, Event: !t.At.IsZero()}}
	}
	return out, nil
}

// Detail is everything about one check.
type Detail struct {
	Summary
	Revisions  []Definition // newest first
	Results    []Transition // open ones: failing first, then unknown, excluded, pass
	Failures   []Failure    // all, newest first
	Runs       []Run        // newest first
	Exclusions []Exclusion
}

// Get returns one check with its open results and newest runs.
func (s *Service) Get(ctx context.Context, who access.Actor, check string) (d Detail, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		d, err = s.detail(tx, check)
		return err
	})
	return d, err
}

// Recent returns the newest runs of each of the checks, n at most, newest first,
// with their status and counts.
func (s *Service) Recent(ctx context.Context, who access.Actor, checks []string, n int) (out map[string][]Run, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	out = make(map[string][]Run, len(checks))
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		for _, c := range checks {
			if out[c], err = ticks(tx, c, n); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

const shownRuns = 60

func (s *Service) detail(tx *db.Tx, check string) (d Detail, err error) {
	if d.Revisions, err = definitionsOf(tx, &s.parsed, check); err != nil {
		return d, err
	}
	var ok bool
	if d.Summary, ok = summarize(tx, d.Revisions); !ok {
		return d, fault.New(fault.NotFound, "There is no check %q here.", check)
	}
	slices.Reverse(d.Revisions)
	all, err := transitions(tx, check)
	if err != nil {
		return d, err
	}
	d.Failures = failures(all)
	slices.SortStableFunc(d.Failures, func(a, b Failure) int { return b.Since.Compare(a.Since) })
	for i := range all {
		if all[i].Until.IsZero() {
			d.Results = append(d.Results, all[i])
		}
	}
	slices.SortStableFunc(d.Results, func(a, b Transition) int {
		if x := rank(a.Status) - rank(b.Status); x != 0 {
			return x
		}
		return a.Since.Compare(b.Since)
	})
	for i := range d.Failures {
		if d.Failures[i].Until.IsZero() {
			d.Failing++
			d.Oldest = d.Failures[i]
		}
	}
	if d.Runs, err = runsOf(tx, check, shownRuns); err != nil {
		return d, err
	}
	if len(d.Runs) > 0 {
		d.Last = &d.Runs[0]
	}
	d.Exclusions, err = exclusions(tx, check)
	return d, err
}

func rank(s rule.Status) int {
	return slices.Index([]rule.Status{rule.Fail, rule.Unknown, rule.Excluded, rule.Pass}, s)
}

// History is what a control's standing is made of.
type History struct {
	Definition Definition // in force now, else the last that was; zero if none ever was
	Revisions  []Definition
	Event      bool  // it is about events
	Runs       []Run // oldest first
	Failures   []Failure
	Events     []Transition               // event checks: every verdict, for the days on which something happened
	Seen       map[resource.Ref]time.Time // event checks: when the collection ended that first had the event
}

// lastInForce is the revision that holds at an instant, and for a check that is
// retired the last that held: what ran by it is judged by it.
func lastInForce(defs []Definition, at time.Time) (d Definition) {
	if d, ok := inForce(defs, at); ok {
		return d
	}
	for i := range defs {
		if defs[i].State == InForce && !defs[i].EffectiveAt.After(at) && !defs[i].EffectiveAt.Before(d.EffectiveAt) {
			d = defs[i]
		}
	}
	return d
}

// Histories returns the histories of the checks.
func Histories(tx *db.Tx, checks []string) (map[string]*History, error) {
	out := map[string]*History{}
	for _, check := range checks {
		if out[check] != nil {
			continue
		}
		h := &History{}
		defs, err := definitionsOf(tx, nil, check)
		if err != nil {
			return nil, err
		}
		h.Revisions, h.Definition = defs, lastInForce(defs, tx.Now())
		if h.Event, err = aboutEvents(tx, &h.Definition); err != nil {
			return nil, err
		}
		if h.Runs, err = allRuns(tx, check); err != nil {
			return nil, err
		}
		all, err := transitions(tx, check)
		if err != nil {
			return nil, err
		}
		h.Failures = failures(all)
		if err := h.happened(tx, all); err != nil {
			return nil, err
		}
		out[check] = h
	}
	return out, nil
}

// happened keeps the verdicts on events, and when these were first collected.
func (h *History) happened(tx *db.Tx, all []Transition) (err error) {
	kinds := map[string]bool{}
	for i := range all {
		if !all[i].At.IsZero() {
			h.Events, kinds[all[i].Ref.Kind] = append(h.Events, all[i]), true
		}
	}
	h.Seen, err = fact.FirstSeen(tx, slices.Sorted(maps.Keys(kinds)))
	return err
}

// aboutEvents reports whether a check judges events. A kind that was never
// declared here has none.
func aboutEvents(tx *db.Tx, d *Definition) (bool, error) {
	if d.Facet != "" {
		return resource.Facets()[d.Facet].Family == resource.Event, nil
	}
	kinds, err := fact.Kinds(tx)
	if err != nil || kinds[d.Kind] == nil {
		return false, err
	}
	return kinds[d.Kind].Family == resource.Event, nil
}

// CountFailing is how many checks have a failing resource now.
func (s *Service) CountFailing(ctx context.Context, who access.Actor) (n int, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return 0, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		n, err = countFailing(tx)
		return err
	})
	return n, err
}
