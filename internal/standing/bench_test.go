package standing

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"assay/internal/resource"
)

// dice are numbers that look random and are the same every time (SplitMix64).
type dice uint64

func (d *dice) roll(n int64) int64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) % uint64(n))
}

// large is the record of a year of 200 controls: two checks each, run every
// day, one in four over events; an activity for every second and an upload for
// every fourth; 10,000 resources, 100,000 failures of them in all, most of
// them over, and 100,000 events.
func large(p Period) []Control {
	const controls, resources, failures = 200, 10_000, 100_000
	var r dice
	start, length := p.Start(), p.End().Sub(p.Start())
	limits := []time.Duration{0, 24 * hour, 72 * hour}
	names := make([]string, resources)
	for i := range names {
		names[i] = fmt.Sprintf("aws.iam.user/123456789012/AIDA%08d", i)
	}
	all := make([]Control, controls)
	for i := range all {
		limit := limits[i%len(limits)]
		versions := []Version{
			{From: p.From - 30, To: p.From + 100, Attached: true, Limit: limit},
			{From: p.From + 100, Attached: true, Limit: limit},
		}
		in := Control{ID: fmt.Sprintf("C-%03d", i), Versions: versions}
		for k := range 2 {
			l := CheckLane{Key: fmt.Sprintf("check %d", k), Versions: versions, Freshness: 26 * hour}
			if (2*i+k)%4 == 3 {
				l.Family = resource.Event
			}
			for d := p.From - 1; d < p.To; d++ {
				at := d.Start(p.Zone).Add(time.Duration(r.roll(3600)) * time.Second)
				l.Runs = append(l.Runs, Run{At: at, Status: Pass, CoversFrom: at.Add(-26 * hour), CoversTo: at})
				l.Events = append(l.Events, EventDay{Day: d, Pass: 3})
			}
			for range failures / controls / 2 {
				since := start.Add(time.Duration(r.roll(int64(length)))).Truncate(time.Millisecond)
				f := Failure{Resource: names[r.roll(resources)], Since: since}
				if r.roll(20) > 0 {
					f.Until = since.Add(time.Duration(r.roll(int64(100 * hour))))
				}
				l.Failures = append(l.Failures, f)
			}
			in.Checks = append(in.Checks, l)
		}
		if i%2 == 0 {
			l := ActivityLane{Key: "activity", Versions: versions, Schedule: Schedule{Frequency: Weekly, Anchor: p.From}}
			for _, o := range l.Schedule.Occurrences(p) {
				l.Performances = append(l.Performances, Performance{Due: o.Due, PerformedAt: o.Due.Start(p.Zone), Evidence: 1})
			}
			in.Activities = append(in.Activities, l)
		}
		if i%4 == 0 {
			l := UploadLane{Key: "upload", Versions: versions, Frequency: Quarterly}
			for _, m := range p.Months() {
				l.Uploads = append(l.Uploads, Upload{From: m.From, To: m.To, CollectedAt: m.To.Start(p.Zone)})
			}
			in.Uploads = append(in.Uploads, l)
		}
		all[i] = in
	}
	return all
}

// BenchmarkRebuild is the figure standing.rebuild: all that a program's pages
// show of 200 controls and a year, from the record.
func BenchmarkRebuild(b *testing.B) {
	p := Period{From: date(b, "2025-12-01"), To: date(b, "2026-12-01"), Zone: zone(b, "Europe/Stockholm")}
	controls := large(p)
	now := p.End().Add(-hour)
	var position Position
	var spans, deviations int
	b.ReportAllocs()
	for b.Loop() {
		c := NewCalendar(p, now)
		position, spans, deviations = Position{}, 0, 0
		byCriterion := make([][][]Span, 61)
		for i, in := range controls {
			s := c.Control(in)
			position.Add(s.Summary)
			deviations += s.Summary.Deviations
			if c.Headline(s) == "" {
				b.Fatal("no headline")
			}
			for _, l := range s.Lanes {
				spans += len(l.Spans)
			}
			spans += len(s.Spans)
			for k := range 3 {
				byCriterion[(i+k*17)%61] = append(byCriterion[(i+k*17)%61], s.Spans)
			}
		}
		for i, of := range byCriterion {
			c.Heat(strconv.Itoa(i), of)
		}
	}
	if position.Controls() != len(controls) || deviations == 0 {
		b.Fatalf("%+v", position)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "standing.rebuild-s")
	b.ReportMetric(float64(spans), "spans")
	b.ReportMetric(float64(deviations), "deviations")
}
