package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
)

// Aged is how old a listing may be for a check that needs kinds of a source.
type Aged struct {
	Check, Title string
	Own          string // what the check says itself: "26h"
	Chosen       string // by the organization, instead; empty where it chose none
	Proposed     string // what waits for another person's approval; empty if nothing does, or something else
	Revision     int    // of the proposal
	Author       string // who proposed it
	Waiting      bool   // some other change waits, so that none can be proposed
}

// Freshness lists how old listings may be for every check in force that needs
// one of the kinds: because it is about it, looks things up in it or requires
// it. They are in the order of their ids.
func (s *Service) Freshness(ctx context.Context, who access.Actor, kinds []resource.Schema) (out []Aged, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		_, out, err = s.aged(tx, kinds)
		return err
	})
	return out, err
}

// aged returns the definitions in force that need the kinds, each with its age.
func (s *Service) aged(tx *db.Tx, kinds []resource.Schema) (in []Definition, out []Aged, err error) {
	list, err := definitions(tx, &s.parsed)
	if err != nil {
		return nil, nil, err
	}
	known, of, err := kindsOf(tx)
	if err != nil {
		return nil, nil, err
	}
	more := []string{of}
	for i := range kinds { // not declared before the first collection
		if known[kinds[i].Kind] == nil {
			known[kinds[i].Kind] = &kinds[i]
			more = append(more, fmt.Sprintf("%s/%d", kinds[i].Kind, kinds[i].Version))
		}
	}
	of = strings.Join(more, " ")
	by := map[string][]Definition{}
	for i := range list {
		by[list[i].ID] = append(by[list[i].ID], list[i])
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		d, ok := inForce(by[id], tx.Now())
		if !ok || !s.reads(&d, known, of, kinds) {
			continue
		}
		a := Aged{Check: d.ID, Title: d.Title, Own: d.Freshness, Chosen: d.Values[rule.ParamFreshness]}
		if i := slices.IndexFunc(by[id], func(o Definition) bool { return o.State == Proposed }); i >= 0 {
			a.proposed(&d, &by[id][i])
		}
		in, out = append(in, d), append(out, a)
	}
	return in, out, nil
}

// reads reports that a run needs one of the kinds. A check that cannot be
// compiled with what is known cannot be run either.
func (s *Service) reads(d *Definition, known rule.Kinds, of string, kinds []resource.Schema) bool {
	p, err := s.program(d, known, of)
	if err != nil {
		return false
	}
	needs := p.Needs().Listings
	return slices.ContainsFunc(kinds, func(k resource.Schema) bool { return slices.Contains(needs, k.Kind) })
}

// proposed says what a waiting revision is: another age and nothing else, or
// something that is decided where the check is.
func (a *Aged) proposed(now, next *Definition) {
	rest := func(d *Definition) map[string]string {
		out := maps.Clone(d.Values)
		delete(out, rule.ParamFreshness)
		return out
	}
	if next.Hash != now.Hash || !maps.Equal(rest(now), rest(next)) {
		a.Waiting = true
		return
	}
	a.Proposed, a.Revision, a.Author = next.Values[rule.ParamFreshness], next.Revision, next.Author
	if a.Proposed == "" {
		a.Proposed = a.Own
	}
}

// ProposeFreshness proposes one age for every check in force that needs one of
// the kinds, so that a source that is collected every week needs one decision
// and not one for each check. A check is left as it is where something waits
// already, or where that age holds. It returns those that wait for another person
// now. An empty age is the check's own again.
func (s *Service) ProposeFreshness(ctx context.Context, who access.Actor, kinds []resource.Schema, age string) (out []Aged, err error) {
	grant, err := who.May(access.CheckEdit)
	if err != nil {
		return nil, err
	}
	if _, err := rule.ParseSpan(age); age != "" && err != nil {
		return nil, fault.Fields("The age is not right.", fault.Field{Name: "freshness", Text: "Write a number and h, d or w: 26h, 8d, 1w. Empty is each check's own."})
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		in, list, err := s.aged(tx, kinds)
		if err != nil {
			return err
		}
		for i := range in {
			values, other := in[i].aged(age)
			if !other || list[i].Waiting || list[i].Revision > 0 {
				continue
			}
			d := in[i]
			d.Values, d.State, d.Author, d.Approver, d.Leaf = values, Proposed, who.ID, "", ""
			if err := s.propose(tx, &d, "check.params"); err != nil {
				return err
			}
			list[i].proposed(&in[i], &d)
			out = append(out, list[i])
		}
		return nil
	})
	return out, err
}

// aged are the check's parameters with another age, and whether they differ.
func (d *Definition) aged(age string) (values map[string]string, other bool) {
	values = maps.Clone(d.Values)
	was, chosen := values[rule.ParamFreshness]
	if age == "" || age == d.Freshness {
		delete(values, rule.ParamFreshness)
		return values, chosen
	}
	values[rule.ParamFreshness] = age
	return values, was != age
}

// DecideFreshness approves or rejects every proposal of another age for checks
// that need one of the kinds. Whoever made one cannot decide it, and then none
// is decided. It returns what was decided.
func (s *Service) DecideFreshness(ctx context.Context, who access.Actor, kinds []resource.Schema, approve bool) (out []Aged, err error) {
	grant, err := who.May(access.CheckApprove)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		_, list, err := s.aged(tx, kinds)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Revision == 0 {
				continue
			}
			if err := s.decide(tx, who, list[i].Check, list[i].Revision, approve); err != nil {
				return err
			}
			out = append(out, list[i])
		}
		if len(out) == 0 {
			return fault.New(fault.Conflict, "No other age waits for approval.")
		}
		return nil
	})
	return out, err
}
