package rule

import (
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"
)

// timely are conditions that the instant of the run decides.
var timely = []string{
	"now - r.t > %u", "r.t > now - %u", "r.t2 + %u < now", "days_between(r.t, now) > %i", "%i >= days_between(r.t, now)", "days_between(now, r.t2) <= p.n", "days_between(now, r.t2) == %i",
	"days_between(now, r.t) != 3", "date(now) > r.day", "r.day >= date(now)", "r.day == date(now)", "now < r.t", "now >= r.t2", "now == r.t", "(now - r.t) + (now - r.t2) > %u", "r.t - now < now - r.t2", "now - (now - r.t) > r.t2",
	"now.getFullYear() > 2025", "now.getMonth() == 5", "now.getDayOfWeek() in [1, 2, 3]", "now.getHours() < 12", "days_between(r.day, now) > %i", "days_between(now, r.day) < %i", "days_between(r.day, date(now)) == %i",
	"(r.b ? now : r.t) > r.t2", "(r.b ? now - %u : now) > r.t2", "r.?t2.orValue(now) <= now", "r.lo.exists(k, k.at < now)", "r.lo.all(k, days_between(k.at, now) > p.n)", "[now, r.t].exists(x, x > r.t2)",
	"g > r.t", "h > %u", "-1 * days_between(now, r.t) > %i", "string(now) > string(r.t)", "int(now) %% 2 == 0", "now + %u > r.t", "r.o.at < now", "size(string(now - r.t)) > 8", "now.getHours('Europe/Berlin') > 3",
	"days_between(now - p.u, r.t) > 2", "r.t - (now - %u) > p.u", "(now + days(4000000)) > r.t", "now - timestamp('1734-01-01T00:00:00Z') > %u", "timestamp('2318-09-18T00:00:00Z') - now > %u",
}

func (d dice) condition(depth int) string {
	switch {
	case depth == 0 || d.IntN(3) == 0:
		return d.filled(d.of(timely...), 1)
	case d.IntN(4) == 0:
		return "(" + d.condition(depth-1) + " ? " + d.condition(depth-1) + " : " + d.condition(depth-1) + ")"
	case d.IntN(3) == 0:
		return "!(" + d.condition(depth-1) + ")"
	}
	return "(" + d.condition(depth-1) + d.of(" && ", " || ") + d.condition(depth-1) + ")"
}

// at judges at another instant what was listed as long before it.
func (in Input) at(now time.Time) Input {
	in.Now = now
	in.Listings = append([]Listing(nil), in.Listings...)
	for i := range in.Listings {
		in.Listings[i].At = now.Add(-time.Hour)
	}
	return in
}

// TestFlips holds that nothing changes before an outcome says so: judging at
// any instant before FlipsAt says the same. ASSAY_DIFFERENTIAL makes it longer.
func TestFlips(t *testing.T) {
	seed, span := uint64(1), time.Duration(0)
	if text := os.Getenv("ASSAY_DIFFERENTIAL"); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		seed = uint64(time.Now().UnixNano()) //nolint:forbidigo // another seed each time, which is printed
	}
	f := flips{t: t, dice: dice{rand.New(rand.NewPCG(seed, 1))}}
	until := time.Now().Add(span)                                                     //nolint:forbidigo // the test's own length
	for n := 0; n < 150 || time.Now().Before(until) && span > 0 && !t.Failed(); n++ { //nolint:forbidigo // as above
		f.one()
		if t.Failed() {
			t.Fatalf("seed %d, check %d", seed, n)
		}
	}
	t.Logf("seed %d: %d checks, %d verdicts, of which %d flip, and %d of these are another when they say so; %d at once",
		seed, f.checks, f.verdicts, f.flipping, f.changed, f.once)
	if f.changed*5 < f.flipping {
		t.Errorf("only %d of %d verdicts that flip are another then", f.changed, f.flipping)
	}
}

type flips struct {
	t *testing.T
	dice
	checks, verdicts, flipping, changed, once int
}

func (f *flips) one() {
	p := drawn("let: [{name: g, expr: now - p.u}, {name: h, expr: now - r.t}]",
		"where: "+quote(f.of("true", "r.b", f.condition(0))), "assert: "+quote(f.condition(f.IntN(3))),
		"message: "+quote(f.of("string(days_between(r.t, now))", "'x'", "'x'", "'x'", "date(now)")))
	if p == nil {
		return
	}
	f.checks++
	in := f.input(4)
	in.Now = in.Now.Truncate(time.Millisecond).Add(time.Duration(f.IntN(2)*f.IntN(1_000_000)) * time.Nanosecond)
	now := f.speakAt(p, in, in.Now)
	if !now.FlipsAt.After(in.Now) && !now.FlipsAt.IsZero() {
		f.t.Fatalf("flips at %s, which is not after %s", now.FlipsAt, in.Now)
	}
	for _, t := range f.before(in.Now, now.FlipsAt) {
		if later := f.speakAt(p, in, t); !same(now, later) {
			f.t.Errorf("assert %s\nwhere %s\nat %s, flips at %s: %+v\nat %s: %+v", p.def.Assert, p.def.Where, in.Now, now.FlipsAt, now.Verdicts, t, later.Verdicts)
			return
		}
	}
	for i := range now.Verdicts {
		v := &now.Verdicts[i]
		f.verdicts++
		for _, t := range f.before(in.Now, v.FlipsAt)[:1] {
			later := f.speakAt(p, in, t)
			if j := later.find(v); j < 0 || later.Verdicts[j].Status != v.Status || later.Verdicts[j].Message != v.Message {
				f.t.Errorf("assert %s\nwhere %s\nat %s: %+v\nat %s: %+v", p.def.Assert, p.def.Where, in.Now, v, t, later.Verdicts)
				return
			}
		}
		switch {
		case v.FlipsAt.IsZero():
		case v.FlipsAt.Sub(in.Now) < time.Millisecond:
			f.once++
		default:
			f.flipping++
			later := f.speakAt(p, in, v.FlipsAt.Add(time.Millisecond))
			if j := later.find(v); j < 0 || later.Verdicts[j].Status != v.Status || later.Verdicts[j].Message != v.Message {
				f.changed++
			}
		}
	}
}

func (o *Outcome) find(v *Verdict) int {
	for i := range o.Verdicts {
		if o.Verdicts[i].Ref == v.Ref {
			return i
		}
	}
	return -1
}

func (f *flips) speakAt(p *Program, in Input, at time.Time) *Outcome { return judge(f.t, p, in.at(at)) }

// before are instants between now and the flip, the last one first.
func (f *flips) before(now, flip time.Time) []time.Time {
	if flip.IsZero() {
		flip = now.AddDate(60, 0, 0)
	}
	span := flip.Sub(now)
	out := []time.Time{flip.Add(-1)}
	for _, d := range []time.Duration{time.Millisecond, span / 2, span / 1000, 1 + time.Duration(f.Int64N(int64(span)))} {
		if 0 < d && d < span {
			out = append(out, flip.Add(-d))
		}
	}
	return out
}

// same compares what two runs say, but for their flips.
func same(a, b *Outcome) bool {
	if a.Status != b.Status || a.Counts != b.Counts || len(a.Verdicts) != len(b.Verdicts) {
		return false
	}
	for i := range a.Verdicts {
		x, y := a.Verdicts[i], b.Verdicts[i]
		x.FlipsAt, y.FlipsAt = time.Time{}, time.Time{}
		if !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}
