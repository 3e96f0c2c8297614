package control_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/standing"
)

// TestTheProjectionIsWhatTheOracleSays lives through random histories, clocks
// that are set back included: what is stored, built up step by step, is what the
// oracle says of each day, and what is built from nothing.
func TestTheProjectionIsWhatTheOracleSays(t *testing.T) {
	each(t, func(h *house) {
		most := 100
		if h.DB.Engine() == db.PostgreSQL {
			most = 15 // the same deeds, and each takes several times as long
		}
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			if n++; n > most && !testing.Verbose() {
				return
			}
			l := &life{house: h, rt: rt}
			l.live(n)
			l.compare()
		})
	})
}

// life is a random history of one control.
type life struct {
	*house
	rt     *rapid.T
	deeds  deeds
	merged []merge
	second access.Actor
}

func (l *life) draw(name string, most int) int { return rapid.IntRange(0, most).Draw(l.rt, name) }

func (l *life) live(n int) {
	l.at("2026-10-22 06:00") // the clock is set back on the 25th
	l.found(fmt.Sprintf("Org %d", n))
	l.second = l.user("second", access.RoleLead)
	l.period("2026-10-22", "2026-11-03")
	l.deeds = deeds{zone: l.zone, begin: day(l.house, "2026-10-22").Start(l.zone)}
	l.version()
	for range 5 + l.draw("steps", 8) {
		l.pass()
		switch l.draw("deed", 11) {
		case 0, 1:
			l.version()
		case 2, 3:
			l.perform()
		case 4:
			l.upload()
		case 5:
			l.exclude()
		case 6:
			l.rebuild()
		default:
			l.look()
		}
	}
	l.pass()
	l.rebuild()
	l.deeds.now = l.hand.Now()
}

// pass lets time pass, often up to the edge of a day.
func (l *life) pass() {
	now := l.hand.Now().Add(time.Duration(1+l.draw("hours", 30)) * time.Hour)
	midnight := l.deeds.start(l.deeds.day(now))
	switch l.draw("edge", 4) {
	case 0:
		if midnight.After(l.hand.Now()) {
			now = midnight
		}
	case 1:
		if before := midnight.Add(-time.Millisecond); before.After(l.hand.Now()) {
			now = before
		}
	}
	l.hand.Set(now)
}

func (l *life) today() standing.Date { return l.deeds.day(l.hand.Now()) }

func (l *life) version() {
	v := l.wording("LK-01", "2026-10-22")
	v.EffectiveOn = l.today() + standing.Date(l.draw("from", 2))
	v.FixLimit = []string{"", "12h", "2d"}[l.draw("limit", 2)]
	v.Retired = len(l.deeds.versions) > 0 && l.draw("retired", 6) == 0
	if l.draw("hosts", 3) > 0 {
		v.Lanes = append(v.Lanes, checkLane("test.host.kept"))
	}
	if l.draw("merges", 2) > 0 {
		v.Lanes = append(v.Lanes, checkLane("test.merge.read"))
	}
	if l.draw("activity", 2) > 0 {
		f := []standing.Frequency{standing.Daily, standing.Weekly}[l.draw("activity frequency", 1)]
		lane := activityLane("activity/walk", f, day(l.house, "2026-10-20")+standing.Date(l.draw("anchor", 6)))
		lane.Schedule.Grace = l.draw("grace", 1)
		v.Lanes = append(v.Lanes, lane)
	}
	if l.draw("uploads", 2) > 0 {
		v.Lanes = append(v.Lanes, uploadLane("upload/book", []standing.Frequency{standing.Daily, standing.Weekly}[l.draw("upload frequency", 1)]))
	}
	saved, err := l.Controls.Save(l.Context(), l.lead, v)
	if v.Retired && fault.Of(err) == fault.Invalid {
		return // a version that is planned would bring it back
	}
	l.must(err)
	l.deeds.versions = append(l.deeds.versions, saved)
}

// look collects and judges.
func (l *life) look() {
	now := l.hand.Now()
	c := collected{at: now, whole: l.draw("whole", 4) > 0, hosts: map[string]bool{}}
	for _, name := range []string{"a", "b"} {
		if x := l.draw("host "+name, 3); x > 0 {
			c.hosts[name] = x > 1
		}
	}
	for range l.draw("new merges", 2) {
		at := now.Add(-time.Duration(l.draw("hours ago", 80)) * time.Hour)
		if !at.Before(l.deeds.begin) && at.Before(now) {
			l.merged = append(l.merged, merge{fmt.Sprintf("m%d", len(l.merged)), at, true})
		}
	}
	for i := range l.merged {
		if l.draw("read", 2) == 0 {
			l.merged[i].read = !l.merged[i].read
		}
	}
	c.merges = slices.Clone(l.merged)
	l.collect(c.hosts, c.whole, l.deeds.begin, c.merges...)
	l.judge()
	l.deeds.runs = append(l.deeds.runs, c)
}

func (l *life) perform() {
	now := l.hand.Now()
	p := performed{lane: "activity/walk", due: l.today() + standing.Date(l.draw("due", 8)-5), at: now.Add(-time.Duration(l.draw("done hours ago", 40)) * time.Hour)}
	_, err := l.Activities.Perform(l.Context(), l.ann, activity.Performance{
		Control: "LK-01", Lane: p.lane, DueOn: p.due.String(), PerformedAt: p.at, Note: "Walked",
	})
	if k := fault.Of(err); k == fault.NotFound || k == fault.Invalid {
		return // it is not due on that day, or was done before its window
	}
	l.must(err)
	l.deeds.performed = append(l.deeds.performed, p)
}

func (l *life) upload() {
	u := uploaded{from: l.today() + standing.Date(l.draw("covers from", 5)-4), at: l.hand.Now()}
	u.to = u.from + standing.Date(1+l.draw("covers days", 3))
	if u.from > l.today() {
		return
	}
	_, err := l.Evidence.Attest(l.Context(), l.ann, evidence.Details{
		Title: "The book", Controls: []string{"LK-01"}, From: u.from, To: u.to,
	}, "I have read the book of these days and found it whole.")
	if fault.Of(err) == fault.Invalid {
		return // it speaks of days to come
	}
	l.must(err)
	l.deeds.uploads = append(l.deeds.uploads, u)
}

func (l *life) exclude() {
	e := excluded{host: []string{"a", "b"}[l.draw("excluded", 1)], at: l.hand.Now()}
	e.till = e.at.Add(time.Duration(1+l.draw("excluded hours", 60)) * time.Hour)
	asked, err := l.Checks.Ask(l.Context(), l.lead, check.Exclusion{
		Check: "test.host.kept", Ref: resource.Ref{Kind: "test.host", Authority: "test", ID: e.host}, Reason: "It is thrown away soon.", Until: e.till,
	})
	if k := fault.Of(err); k == fault.NotFound || k == fault.Conflict {
		return // there is no such check yet, or it is excluded already
	}
	l.must(err)
	l.must(l.Checks.DecideExclusion(l.Context(), l.second, asked.ID, true))
	l.deeds.exclusions = append(l.deeds.exclusions, e)
}

// compare holds what is stored to the oracle, and to what is built from nothing.
func (l *life) compare() {
	o := &l.deeds
	d := l.get("LK-01")
	l.same("the control", d.Standing.Spans, func(d standing.Date) stood { return o.control(d) })
	for _, lane := range d.Standing.Lanes {
		l.same(lane.Key, lane.Spans, func(d standing.Date) stood {
			if in := o.lane(d, lane.Key); in != nil {
				return o.of(d, in)
			}
			return stood{state: standing.NotDue}
		})
	}
	before := l.stored()
	g, err := l.lead.May(access.ControlEdit)
	l.must(err)
	l.must(l.DB.Write(l.Context(), g, func(tx *db.Tx) error {
		for _, stmt := range []string{`DELETE FROM control_standing WHERE org_id = $1`, `DELETE FROM control_summary WHERE org_id = $1`} {
			if _, err := tx.Exec(stmt, tx.Org()); err != nil {
				return err
			}
		}
		return nil
	}))
	l.rebuild()
	if after := l.stored(); after != before {
		l.rt.Fatalf("built step by step\n%s\nand from nothing\n%s", before, after)
	}
}

func (l *life) stored() string {
	d := l.get("LK-01")
	d.Standing.BuiltAt = time.Time{}
	return fmt.Sprintf("%+v", d.Standing)
}

func (l *life) same(what string, spans []standing.Span, of func(standing.Date) stood) {
	for _, s := range spans {
		for d := s.From; d < s.To; d++ {
			if got, want := (stood{s.State, s.Note.Has(standing.NoteLate)}), of(d); got != want {
				l.rt.Fatalf("%s on %s: stored %s late %t (%s), the oracle says %s late %t\n%s",
					what, d, got.state, got.late, s.Note, want.state, want.late, l.story())
			}
		}
	}
	if last := spans[len(spans)-1].To - 1; last != min(l.today(), day(l.house, "2026-11-02")) {
		l.rt.Fatalf("%s ends on %s", what, last)
	}
}

// story tells what was done.
func (l *life) story() string {
	var lines []string
	at := func(t time.Time) string { return t.In(l.zone).Format("01-02T15:04:05.000") }
	for _, v := range l.deeds.versions {
		var lanes []string
		for _, x := range v.Lanes {
			lanes = append(lanes, fmt.Sprintf("%s %s %s+%d", x.ID, x.Schedule.Frequency, x.Schedule.Anchor, x.Schedule.Grace))
		}
		lines = append(lines, at(v.CreatedAt)+fmt.Sprintf(" version from %s retired %t limit %q %v", v.EffectiveOn, v.Retired, v.FixLimit, lanes))
	}
	for _, r := range l.deeds.runs {
		var hosts []string
		for _, name := range slices.Sorted(maps.Keys(r.hosts)) {
			hosts = append(hosts, fmt.Sprintf("%s %t", name, r.hosts[name]))
		}
		var merges []string
		for _, m := range r.merges {
			merges = append(merges, fmt.Sprintf("%s at %s read %t", m.id, at(m.at), m.read))
		}
		lines = append(lines, at(r.at)+fmt.Sprintf(" whole %t hosts %v merges %v", r.whole, hosts, merges))
	}
	for _, p := range l.deeds.performed {
		lines = append(lines, at(p.at)+" performed for "+p.due.String())
	}
	for _, u := range l.deeds.uploads {
		lines = append(lines, at(u.at)+" uploaded for "+u.from.String()+" to "+u.to.String())
	}
	for _, e := range l.deeds.exclusions {
		lines = append(lines, at(e.at)+" excluded "+e.host+" till "+at(e.till))
	}
	slices.Sort(lines)
	return strings.Join(append(lines, at(l.deeds.now)+" now"), "\n")
}
