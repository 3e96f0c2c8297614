package policy

import (
	"time"

	"assay/internal/person"
	"assay/internal/standing"
)

// Acceptance is that a person accepted a version.
type Acceptance struct {
	Policy  string
	Version int
	Person  string // id in the register of people
	At      time.Time
}

// Word is how somebody stands to a policy.
type Word string

// The words.
const (
	Accepted Word = "accepted"
	Waiting  Word = "waiting" // the days they have are not over
	Late     Word = "late"
)

// Owed is what one person owes of one policy.
type Owed struct {
	Policy     string
	Title      string
	Person     string
	Name       string
	Version    int           // that is in force
	From       standing.Date // since when it is asked for
	DueOn      standing.Date // last day on which it is not late
	AcceptedAt time.Time     // of the last acceptance, of whatever version; zero if there is none
	AcceptedV  int           // which
	Word       Word
}

// asking is what a policy asks of its people on a day.
type asking struct {
	policy *Policy
	now    Version       // in force
	asked  Version       // the newest that had to be accepted, now or before
	today  standing.Date // in the zone
	zone   *time.Location
}

// newAsking is false if nobody is asked to accept anything on the day.
func newAsking(p *Policy, versions []Version, today standing.Date, zone *time.Location) (asking, bool) {
	c := asking{policy: p, today: today, zone: zone}
	var ok bool
	if c.now, ok = InForceOn(versions, today); !ok || p.AcceptDays == 0 || p.RetiredOn != 0 && p.RetiredOn <= today {
		return c, false
	}
	for i := range versions {
		v := &versions[i]
		if v.ApprovedAt.IsZero() || !v.WithdrawnAt.IsZero() || v.Number > c.now.Number {
			continue
		}
		if v.Ask || c.asked.Number == 0 { // the first asks, whatever it says
			c.asked = *v
		}
	}
	return c, true
}

// of is what a person owes, given their own acceptances of this policy. It is
// false if the policy asks nothing of them.
func (c *asking) of(who *person.Person, acceptances []Acceptance) (o Owed, ok bool) {
	if !who.WorksOn(c.today) || !c.policy.Binds(who.Group) {
		return o, false
	}
	o = Owed{
		Policy: c.policy.ID, Title: c.policy.Title, Person: who.ID, Name: who.Name, Version: c.now.Number, Word: Waiting,
		From: max(c.asked.EffectiveOn, who.StartsOn),
	}
	for i := range acceptances {
		if a := &acceptances[i]; a.At.After(o.AcceptedAt) {
			o.AcceptedAt, o.AcceptedV = a.At, a.Version
		}
	}
	if !o.AcceptedAt.IsZero() && o.AcceptedV >= c.asked.Number {
		o.Word = Accepted
		if c.policy.AgainMonths > 0 {
			o.From = standing.DayOf(o.AcceptedAt, c.zone).AddMonths(c.policy.AgainMonths)
			if o.From <= c.today {
				o.Word = Waiting
			}
		}
	}
	o.DueOn = o.From + standing.Date(c.policy.AcceptDays)
	if o.Word == Waiting && c.today > o.DueOn {
		o.Word = Late
	}
	return o, true
}
