package program_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/trail"
)

// place is an organization whose zone changes while its programs run.
type place struct {
	*testing.T
	orgs     org.Service
	programs program.Service
	hand     *clock.Hand
	who      access.Actor
}

func eachPlace(t *testing.T, fn func(p *place)) {
	t.Helper()
	lib, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		p := &place{T: t, hand: hand, programs: program.Service{DB: d, Criteria: lib.Criteria()}}
		p.orgs = org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir()), Accounted: program.Accounted}
		p.found()
		fn(p)
	})
}

// found begins another organization.
func (p *place) found() {
	p.Helper()
	o, err := p.orgs.Create(p.Context(), org.New{Name: "Larkspur", Zone: "Europe/Stockholm"})
	p.must(err)
	p.who = lead("usr_lead", o.ID)
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (p *place) at(at string) {
	p.Helper()
	t, err := time.Parse(time.RFC3339, at)
	p.must(err)
	p.hand.Set(t)
}

func (p *place) add(name, from, to string) program.Program {
	p.Helper()
	out := program.Program{Name: name, Type: program.Type2, Categories: []criteria.CategoryID{"security"}}
	var err error
	out.From, err = standing.ParseDate(from)
	p.must(err)
	out.To, err = standing.ParseDate(to)
	p.must(err)
	out, err = p.programs.Add(p.Context(), p.who, out)
	p.must(err)
	return out
}

func (p *place) org() org.Org {
	p.Helper()
	o, err := p.orgs.Get(p.Context(), p.who)
	p.must(err)
	return o
}

func (p *place) move(zone string) {
	p.Helper()
	p.must(p.orgs.Edit(p.Context(), p.who, org.Org{Name: "Larkspur", Zone: zone}))
}

// zone asserts which zone counts now, and which is to come.
func (p *place) zone(want string) {
	p.Helper()
	o := p.org()
	got := o.Zone
	if o.Next.Zone != "" {
		got += ", from " + o.Next.From.String() + " " + o.Next.Zone
	}
	if got != want {
		p.Errorf("days are counted in %s, want %s", got, want)
	}
}

func TestAZoneCountsFromTheNextPeriodOn(t *testing.T) {
	eachPlace(t, func(p *place) {
		p.at("2026-03-10T12:00:00Z")
		p.move("Europe/Lisbon") // nothing was accounted for: at once
		p.zone("Europe/Lisbon")
		first := p.add("First", "2026-01-01", "2026-07-01")
		second := p.add("Second", "2026-07-01", "2027-01-01")
		p.move("Pacific/Auckland")
		p.zone("Europe/Lisbon, from 2026-07-01 Pacific/Auckland")
		p.hand.Add(time.Second)
		p.move("America/Los_Angeles")
		p.zone("Europe/Lisbon, from 2026-07-01 America/Los_Angeles")
		p.move("America/Los_Angeles")
		p.zone("Europe/Lisbon, from 2026-07-01 America/Los_Angeles")
		p.inTrail(map[string]string{"zone": "Pacific/Auckland → America/Los_Angeles"})

		o := p.org()
		if a, b := first.Period(&o), second.Period(&o); a.Zone.String() != "Europe/Lisbon" || b.Zone.String() != "America/Los_Angeles" {
			t.Errorf("the running period is counted in %s, the next one in %s", a.Zone, b.Zone)
		}
		// The day on which it takes effect begins by the new clocks.
		p.at("2026-07-01T06:59:59Z")
		p.zone("Europe/Lisbon, from 2026-07-01 America/Los_Angeles")
		p.at("2026-07-01T07:00:00Z")
		p.zone("America/Los_Angeles")
		o = p.org()
		if a := first.Period(&o); a.Zone.String() != "Europe/Lisbon" || !a.End().Equal(time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC)) {
			t.Errorf("the period that is over is counted in %s and ends at %s", a.Zone, a.End())
		}
		p.move("Europe/Lisbon")
		p.zone("America/Los_Angeles, from 2027-01-01 Europe/Lisbon")
		p.move("America/Los_Angeles")
		p.zone("America/Los_Angeles")
	})
}

func TestAfterTheLastPeriodAZoneCountsFromTomorrow(t *testing.T) {
	eachPlace(t, func(p *place) {
		p.at("2026-09-30T21:59:59Z") // 23:59:59 in Stockholm
		p.add("Over", "2026-01-01", "2026-07-01")
		p.add("To come", "2026-12-01", "2027-12-01")
		p.move("Asia/Tokyo") // where it is October already
		p.zone("Europe/Stockholm, from 2026-10-02 Asia/Tokyo")
		p.at("2026-10-01T15:00:00Z")
		p.zone("Asia/Tokyo")
	})
}

func (p *place) inTrail(want map[string]string) {
	p.Helper()
	g, err := p.who.May(access.TrailRead)
	p.must(err)
	var list []trail.Entry
	p.must(p.orgs.DB.Read(p.Context(), g, func(tx *db.Tx) error {
		list, err = trail.List(tx, trail.Filter{})
		return err
	}))
	if !slices.ContainsFunc(list, func(e trail.Entry) bool {
		return e.Action == "org.edit" && fmt.Sprint(e.Detail) == fmt.Sprint(want)
	}) {
		p.Errorf("the trail lacks %v: %+v", want, list)
	}
}

// Whatever is asked for and whenever, the instants between which a period lies
// are the same from its beginning on.
func TestNoChangeCutsAPeriodAnew(t *testing.T) {
	zones := []string{
		"Europe/Stockholm", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "UTC",
		"Australia/Lord_Howe", "Africa/Casablanca",
	}
	eachPlace(t, func(p *place) {
		rapid.Check(t, func(rt *rapid.T) {
			p.at("2026-01-15T00:00:00Z")
			p.found()
			begun := map[string][2]time.Time{}
			last := standing.NewDate(2026, 1, 1)
			for i := range rapid.IntRange(2, 8).Draw(rt, "steps") {
				switch rapid.IntRange(0, 2).Draw(rt, "step") {
				case 0:
					to := last + standing.Date(rapid.IntRange(1, 90).Draw(rt, "days"))
					p.add(fmt.Sprintf("Program %d", i), last.String(), to.String())
					last = to + standing.Date(rapid.IntRange(-20, 20).Draw(rt, "gap"))
				case 1:
					p.move(rapid.SampledFrom(zones).Draw(rt, "zone"))
				case 2:
					p.hand.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(rt, "hours")) * time.Hour)
				}
				list, err := p.programs.List(p.Context(), p.who)
				p.must(err)
				o := p.org()
				for i := range list {
					period := list[i].Period(&o)
					now := [2]time.Time{period.Start(), period.End()}
					if was, ok := begun[list[i].ID]; ok && was != now {
						rt.Fatalf("%s lay between %v and lies between %v; zones %+v", list[i].Name, was, now, o.Zones)
					}
					if !now[0].After(p.hand.Now()) {
						begun[list[i].ID] = now
					}
				}
			}
		})
	})
}
