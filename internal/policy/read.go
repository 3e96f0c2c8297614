package policy

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Listed is a policy as a list shows it.
type Listed struct {
	Policy
	Now        Version // in force, without its text; Number 0 if none is
	Next       Version // newest that is not in force yet, without its text; Number 0 if there is none
	NextState  State
	ReviewedOn standing.Date // of what is in force
	ReviewDue  standing.Date // last day of the next review; 0 while nothing is in force
	Accepted   int
	Asked      int // people who are asked to accept it
	Late       int // of them, who are late
}

// Overdue reports whether the review was due before a day.
func (l *Listed) Overdue(today standing.Date) bool { return l.ReviewDue != 0 && l.ReviewDue < today }

// Retired reports whether the policy binds nobody on a day.
func (p *Policy) Retired(today standing.Date) bool { return p.RetiredOn != 0 && p.RetiredOn <= today }

// Listing is every policy of an org.
type Listing struct {
	Policies []Listed
	Today    standing.Date
}

// Detail is one policy with everything about it.
type Detail struct {
	Listed
	Versions []Version
	Reviews  []Review
	People   []Owed // who is asked to accept it, who is late at the top
	History  []trail.Entry
	Mine     *Owed // what the reader owes; nil if nothing
	Today    standing.Date
}

// register is everything there is about policies, as one transaction sees it.
type register struct {
	policies    []Policy
	versions    map[string][]Version
	reviews     map[string][]Review
	acceptances map[[2]string][]Acceptance
	people      []person.Person
	today       standing.Date
	zone        *time.Location
}

func open(tx *db.Tx) (r register, err error) {
	o, err := org.Load(tx)
	if err != nil {
		return r, err
	}
	r.zone = o.Location()
	r.today = standing.DayOf(tx.Now(), r.zone)
	if r.policies, err = list(tx); err != nil {
		return r, err
	}
	if r.versions, err = outlines(tx); err != nil {
		return r, err
	}
	if r.reviews, err = reviews(tx); err != nil {
		return r, err
	}
	if r.acceptances, err = acceptances(tx, ""); err != nil {
		return r, err
	}
	r.people, err = person.All(tx)
	return r, err
}

// ofOne is the register as far as one person needs it, without the policies.
func ofOne(tx *db.Tx, who string) (r register, p person.Person, err error) {
	o, err := org.Load(tx)
	if err != nil {
		return r, p, err
	}
	r.zone = o.Location()
	r.today = standing.DayOf(tx.Now(), r.zone)
	if p, err = person.Find(tx, who); err != nil {
		return r, p, err
	}
	r.acceptances, err = acceptances(tx, who)
	return r, p, err
}

// owed is what everybody owes of a policy, who is late at the top.
func (r *register) owed(p *Policy) (out []Owed) {
	c, ok := newAsking(p, r.versions[p.ID], r.today, r.zone)
	if !ok {
		return nil
	}
	for i := range r.people {
		who := &r.people[i]
		if o, ok := c.of(who, r.acceptances[[2]string{p.ID, who.ID}]); ok {
			out = append(out, o)
		}
	}
	return gravest(out)
}

// gravest puts what is late first, then what waits.
func gravest(list []Owed) []Owed {
	words := []Word{Late, Waiting, Accepted}
	slices.SortStableFunc(list, func(a, b Owed) int { return slices.Index(words, a.Word) - slices.Index(words, b.Word) })
	return list
}

func (r *register) listed(p *Policy) (l Listed) {
	l.Policy = *p
	all := r.versions[p.ID]
	if now, ok := InForceOn(all, r.today); ok {
		l.Now, l.ReviewedOn = now, ReviewedOn(&now, r.ofVersion(&now), r.zone)
		if !p.Retired(r.today) {
			l.ReviewDue = l.ReviewedOn.AddMonths(p.ReviewMonths)
		}
	}
	if n := len(all); n > 0 {
		if st := all[n-1].StateOn(all, r.today); st == Draft || st == InReview || st == Scheduled {
			l.Next, l.NextState = all[n-1], st
		}
	}
	for _, o := range r.owed(p) {
		l.Asked++
		switch o.Word {
		case Accepted:
			l.Accepted++
		case Late:
			l.Late++
		case Waiting:
		}
	}
	return l
}

// ofVersion are the reviews of one version.
func (r *register) ofVersion(v *Version) []Review {
	return slices.DeleteFunc(slices.Clone(r.reviews[v.Policy]), func(x Review) bool { return x.Version != v.Number })
}

// List returns every policy, by id.
func (s Service) List(ctx context.Context, who access.Actor) (l Listing, err error) {
	g, err := who.May(access.PolicyRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err := open(tx)
		if err != nil {
			return err
		}
		l.Today = r.today
		for i := range r.policies {
			l.Policies = append(l.Policies, r.listed(&r.policies[i]))
		}
		return nil
	})
	return l, err
}

// Get returns one policy.
func (s Service) Get(ctx context.Context, who access.Actor, id string) (d Detail, err error) {
	g, err := who.May(access.PolicyRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, err := load(tx, strings.ToUpper(id))
		if err != nil {
			return err
		}
		r, err := open(tx)
		if err != nil {
			return err
		}
		d.Listed, d.Today, d.Reviews, d.People = r.listed(&p), r.today, r.reviews[p.ID], r.owed(&p)
		if d.Versions, err = versions(tx, p.ID); err != nil {
			return err
		}
		me, err := s.person(tx, who.ID)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(d.People, func(o Owed) bool { return o.Person == me }); me != "" && i >= 0 {
			d.Mine = &d.People[i]
		}
		d.History, err = trail.List(tx, trail.Filter{Noun: "policy", Object: p.ID, Limit: 200})
		return err
	})
	return d, err
}

func (s Service) person(tx *db.Tx, userID string) (string, error) {
	if s.PersonOf == nil {
		return "", nil
	}
	return s.PersonOf(tx, userID)
}

// Mine is what the actor still owes, by policy.
func (s Service) Mine(ctx context.Context, who access.Actor) (out []Owed, err error) {
	out, err = s.Own(ctx, who)
	return slices.DeleteFunc(out, func(o Owed) bool { return o.Word == Accepted }), err
}

// Own is how the actor stands to every policy that asks them to accept it, what is
// late at the top; nothing if their account is nobody's in the register of people.
func (s Service) Own(ctx context.Context, who access.Actor) (out []Owed, err error) {
	g, err := who.May(access.PolicyOwn)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		out, err = s.own(tx, who)
		return err
	})
	return out, err
}

func (s Service) own(tx *db.Tx, who access.Actor) (out []Owed, err error) {
	me, err := s.person(tx, who.ID)
	if err != nil || me == "" {
		return nil, err
	}
	r, p, err := ofOne(tx, me)
	if err != nil {
		return nil, err
	}
	if r.policies, err = list(tx); err != nil {
		return nil, err
	}
	if r.versions, err = outlines(tx); err != nil {
		return nil, err
	}
	r.people = []person.Person{p}
	for i := range r.policies {
		out = append(out, r.owed(&r.policies[i])...)
	}
	return gravest(out), nil
}

// Binding returns the text that is in force of a policy that asks the actor to accept
// it, and how they stand to it.
func (s Service) Binding(ctx context.Context, who access.Actor, id string) (o Owed, v Version, err error) {
	g, err := who.May(access.PolicyOwn)
	if err != nil {
		return o, v, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		own, err := s.own(tx, who)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(own, func(o Owed) bool { return strings.EqualFold(o.Policy, id) })
		if i < 0 {
			return fault.New(fault.NotFound, "There is no policy of that id that binds you.")
		}
		o = own[i]
		all, err := versions(tx, o.Policy)
		if err != nil {
			return err
		}
		i = slices.IndexFunc(all, func(v Version) bool { return v.Number == o.Version })
		v = all[i]
		return nil
	})
	return o, v, err
}

// Everybodys is what everybody owes of every policy, accepted ones too.
func (s Service) Everybodys(ctx context.Context, who access.Actor) (out []Owed, err error) {
	g, err := who.May(access.PolicyRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err := open(tx)
		if err != nil {
			return err
		}
		for i := range r.policies {
			out = append(out, r.owed(&r.policies[i])...)
		}
		return nil
	})
	return out, err
}
