package check

import (
	"context"
	"maps"
	"math"
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
		for _, id := range slices.Sorted(maps.Keys(by)) {
			sum, ok := summarize(tx, by[id])
			if !ok {
				continue
			}
			if r, ran := last[id]; ran {
				if err := s.ended(tx, &sum, &r); err != nil {
					return err
				}
			}
			out = append(out, sum)
		}
		return nil
	})
	return out, err
}

// ended adds how the newest run of a check ended.
func (s *Service) ended(tx *db.Tx, sum *Summary, last *Run) error {
	f, err := s.failing.after(tx, last)
	sum.Last, sum.Failing, sum.Oldest = last, f.n, f.oldest
	return err
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

// Detail is everything about one check.
type Detail struct {
	Summary
	Revisions  []Definition // newest first
	Open       map[rule.Status]int
	Results    []Transition // open ones, the first 200: failing, then unknown, excluded, pass; see Service.Results
	Failures   []Failure    // the newest 200 that there ever were, newest first
	Runs       []Run        // newest first
	Exclusions []Exclusion
	Left       []rule.Lack // kinds of its facet that it is not about
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

// Recent returns the newest runs of each of the checks, n at most, newest first.
// newest holds the id of each check's newest run.
func (s *Service) Recent(ctx context.Context, who access.Actor, newest map[string]string, n int) (out map[string][]Tick, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	out = make(map[string][]Tick, len(newest))
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		for check, run := range newest {
			if out[check], err = s.ticks.before(tx, check, run, n); err != nil {
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
	ever, err := everFailed(tx, check, shownResults)
	if err != nil {
		return d, err
	}
	d.Failures = failures(ever)
	slices.SortStableFunc(d.Failures, func(a, b Failure) int { return b.Since.Compare(a.Since) })
	d.Failures = d.Failures[:min(len(d.Failures), shownResults)]
	if d.Runs, err = runsOf(tx, check, shownRuns); err != nil {
		return d, err
	}
	if len(d.Runs) > 0 {
		d.Last = &d.Runs[0]
	}
	if err := d.open(tx, check); err != nil {
		return d, err
	}
	if d.Exclusions, err = exclusions(tx, check); err != nil || d.Facet == "" {
		return d, err
	}
	kinds, err := fact.Kinds(tx)
	d.Left = d.Definition.Left(kinds)
	return d, err
}

// shownResults is how many results and failures come with a check.
const shownResults = 200

// ranked are the statuses of results, the one that most asks for something first.
var ranked = []rule.Status{rule.Fail, rule.Unknown, rule.Excluded, rule.Pass}

// open counts the open results as the newest run did, and reads the first.
func (d *Detail) open(tx *db.Tx, check string) error {
	d.Open = map[rule.Status]int{}
	if d.Last == nil {
		return nil
	}
	c := d.Last.Counts
	d.Open = map[rule.Status]int{rule.Fail: c.Fail, rule.Unknown: c.Unknown, rule.Excluded: c.Excluded, rule.Pass: c.Pass}
	for _, status := range ranked {
		n := min(d.Open[status], shownResults-len(d.Results))
		if n <= 0 {
			continue
		}
		some, err := openPart(tx, check, Part{Status: status, Limit: n})
		if err != nil {
			return err
		}
		d.Results = append(d.Results, some...)
	}
	if d.Failing = c.Fail; d.Failing > 0 && len(d.Results) > 0 {
		t := &d.Results[0]
		d.Oldest = Failure{Ref: t.Ref, Label: t.Label, Message: t.Message, Since: t.Since, Event: !t.At.IsZero()}
	}
	return nil
}

// Part says which of a check's open results are asked for: of one status, failing
// ones the longest first, others by resource; or by resource after one.
type Part struct {
	Status rule.Status   // empty, with After: every one
	After  *resource.Ref // the zero reference is before all
	Offset int           // without After
	Limit  int
}

// Results returns a part of what the newest run of a check says of each
// resource.
func (s *Service) Results(ctx context.Context, who access.Actor, check string, p Part) (out []Transition, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		known, err := Exists(tx, check)
		if err == nil && !known {
			err = fault.New(fault.NotFound, "There is no check %q here.", check)
		}
		if err != nil {
			return err
		}
		if p.After != nil {
			out, err = openAfter(tx, check, p)
		} else {
			out, err = openPart(tx, check, p)
		}
		return err
	})
	return out, err
}

// Result returns what the newest run of a check says of one resource.
func (s *Service) Result(ctx context.Context, who access.Actor, check string, ref resource.Ref) (t Transition, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return t, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		t, err = openResult(tx, check, ref)
		return noResult(err, check, ref)
	})
	return t, err
}

func noResult(err error, check string, ref resource.Ref) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "%s has no result for %s, so there is nothing to exclude.", check, ref.ID)
	}
	return err
}

// History is what a control's standing is made of.
type History struct {
	Definition Definition // in force now, else the last that was; zero if none ever was
	Revisions  []Definition
	Event      bool   // it is about events
	Runs       []Past // oldest first
	Failures   []Failure
	Events     []Event                    // event checks: every event that was judged, for the days on which something happened
	Seen       map[resource.Ref]time.Time // event checks: when the collection ended that first had the event
}

// Past is what a standing needs of a run.
type Past struct {
	At       time.Time
	Revision int
	Status   rule.Status
	From, To time.Time // event checks: what its listings cover
}

// Event is what a check said of an event.
type Event struct {
	Ref    resource.Ref
	At     time.Time
	Failed bool        // it did, once
	Last   rule.Status // what was said last
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
	out, seen := map[string]*History{}, map[string]map[resource.Ref]time.Time{}
	kinds, err := fact.Kinds(tx)
	if err != nil {
		return nil, err
	}
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
		h.Event = aboutEvents(kinds, &h.Definition)
		if h.Runs, err = pastRuns(tx, check); err != nil {
			return nil, err
		}
		ever, err := everFailed(tx, check, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		h.Failures = failures(ever)
		if err := h.happened(tx, check, seen); err != nil {
			return nil, err
		}
		out[check] = h
	}
	return out, nil
}

// happened reads what was said of events, and when these were first collected;
// seen remembers that for the checks about the same kinds.
func (h *History) happened(tx *db.Tx, check string, seen map[string]map[resource.Ref]time.Time) (err error) {
	if h.Events, err = eventsOf(tx, check); err != nil || len(h.Events) == 0 {
		return err
	}
	var kinds []string
	for i := range h.Events {
		if kind := h.Events[i].Ref.Kind; !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range kinds {
		if seen[kind] == nil {
			if seen[kind], err = fact.FirstSeen(tx, kind); err != nil {
				return err
			}
		}
		if len(kinds) == 1 {
			h.Seen = seen[kind]
			return nil
		}
		if h.Seen == nil {
			h.Seen = map[resource.Ref]time.Time{}
		}
		maps.Copy(h.Seen, seen[kind])
	}
	return nil
}

// aboutEvents reports whether a check judges events. A kind that was never
// declared here has none.
func aboutEvents(kinds map[string]*resource.Schema, d *Definition) bool {
	if d.Facet != "" {
		return resource.Facets()[d.Facet].Family == resource.Event
	}
	schema := kinds[d.Kind]
	return schema != nil && schema.Family == resource.Event
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

// Called is what resources that ever failed a check are called, by reference in
// words. One that never did, or has no name, is not in it.
func (s *Service) Called(ctx context.Context, who access.Actor, check string, refs []string) (out map[string]string, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		out, err = called(tx, check, refs)
		return err
	})
	return out, err
}
