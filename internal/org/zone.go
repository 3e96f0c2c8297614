package org

import (
	"slices"
	"sync"
	"time"

	"assay/internal/standing"
)

// Term is the days from one on that are counted in a zone, until the next term
// begins.
type Term struct {
	From standing.Date `json:"from"` // 0 for the first: since ever
	Zone string        `json:"zone"` // IANA name
}

// loaded are the zones that were asked for, by name. The standard library reads
// the file anew each time, and every page and collection asks.
var loaded sync.Map //nolint:gochecknoglobals // of values that never change, a few hundred at most

// location is the term's zone. It was checked when it was saved.
func (t Term) location() *time.Location {
	was, _ := loaded.Load(t.Zone)
	if loc, known := was.(*time.Location); known {
		return loc
	}
	loc, err := time.LoadLocation(t.Zone)
	if err != nil {
		return time.UTC
	}
	loaded.Store(t.Zone, loc)
	return loc
}

// begun reports whether the term's first day has, by the clocks of its zone.
func (t Term) begun(now time.Time) bool {
	return t.From == 0 || !t.From.Start(t.location()).After(now)
}

// at sets Zone and Next to what they are at an instant.
func (o *Org) at(now time.Time) {
	o.Next = Term{}
	for _, t := range o.Zones {
		if !t.begun(now) {
			o.Next = t
			return
		}
		o.Zone = t.Zone
	}
}

// Location is the zone in which the present day is counted.
func (o *Org) Location() *time.Location { return Term{Zone: o.Zone}.location() }

// LocationOn is the zone in which a day is counted. A period is counted in the
// zone of its first day to its end, so that no change cuts its days anew.
func (o *Org) LocationOn(day standing.Date) *time.Location {
	loc := o.Location()
	for _, t := range o.Zones {
		if t.From > day {
			break
		}
		loc = t.location()
	}
	return loc
}

// Wanted is the zone as it was asked for last: the one to come, if there is
// one.
func (o *Org) Wanted() string {
	if o.Next.Zone != "" {
		return o.Next.Zone
	}
	return o.Zone
}

// move makes zone count from a day on: since ever if no day was accounted for
// yet, which the zero day says. What was planned before is given up.
func (o *Org) move(zone string, from standing.Date, now time.Time) {
	if zone == o.Wanted() {
		return
	}
	o.Zones = slices.DeleteFunc(slices.Clone(o.Zones), func(t Term) bool { return !t.begun(now) })
	switch {
	case from == 0:
		o.Zones = []Term{{Zone: zone}}
	case zone != o.Zone:
		o.Zones = append(o.Zones, Term{From: from, Zone: zone})
	}
	o.at(now)
}
