package rehearsal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/control"
	"assay/internal/standing"
)

func day(n int) standing.Date { return standing.NewDate(2025, 1, 1) + standing.Date(n) }

// listed is a control of one weekly activity and one check, over days 0 to 100.
func listed(lanes []control.LaneStanding, spans ...standing.Span) *control.Listed {
	c := &control.Listed{Phase: control.Holding, Standing: control.Standing{Spans: spans, Lanes: lanes}}
	c.Control, c.Title = "IAM-09", "Accounts are looked at"
	c.Lanes = []control.Lane{
		{ID: "activity/look", Kind: standing.ByActivity, Title: "Look", Schedule: standing.Schedule{Frequency: standing.Weekly}},
		{ID: "check/any.account.mfa", Kind: standing.ByCheck, Check: "any.account.mfa"},
	}
	cal := standing.NewCalendar(standing.Period{From: day(0), To: day(100), Zone: time.UTC}, day(100).Start(time.UTC))
	var sum []standing.Lane
	for _, l := range lanes {
		sum = append(sum, standing.Lane{Key: l.Key, Kind: l.Kind, Deviations: l.Deviations, Occurrences: l.Occurrences})
	}
	c.Standing.Summary = cal.Sum(spans, sum)
	return c
}

func stood(state standing.State, note standing.Note, from, to int) standing.Span {
	return standing.Span{From: day(from), To: day(to), State: state, Note: note}
}

func done(due int, o standing.Outcome, evidence int) standing.Judged {
	j := standing.Judged{Occurrence: standing.Occurrence{Due: day(due), Opens: day(due - 6), Last: day(due)}, Outcome: o, Evidence: evidence}
	if o == standing.OnTime || o == standing.Late {
		j.PerformedAt = time.Date(2025, 1, 1+due, 23, 30, 0, 0, time.UTC)
	}
	return j
}

func activity(gone []standing.DeviationSpan, o ...standing.Judged) []control.LaneStanding {
	return []control.LaneStanding{{Key: "activity/look", Kind: standing.ByActivity, Deviations: gone, Occurrences: o}}
}

func TestVerdicts(t *testing.T) {
	missed := []standing.DeviationSpan{{Lane: "activity/look", Resource: day(14).String(), From: day(15), To: day(20)}}
	before := []standing.DeviationSpan{{Lane: "activity/look", Resource: day(-3).String(), From: day(0), To: day(1)}}
	open := []control.LaneStanding{{Key: "check/any.account.mfa", Kind: standing.ByCheck, Deviations: []standing.DeviationSpan{{Resource: "ann", From: day(3), To: day(5)}, {Resource: "ann", From: day(9), To: day(10)}}}}
	for name, tt := range map[string]struct {
		c    *control.Listed
		want Verdict
		says []string
	}{
		"nothing deviates": {listed(nil, stood(standing.Operated, 0, 0, 10), stood(standing.Fixed, 0, 10, 12)), Clear, []string{"No deviations noted."}},
		"one day without evidence is not clear": {
			listed(nil, stood(standing.Operated, 0, 0, 9), stood(standing.NoEvidence, standing.NoteStale, 9, 10)), Untested, []string{"On 1 day nothing recent enough"},
		},
		"without a lane": {listed(nil, stood(standing.NoEvidence, standing.NoteNoLane, 0, 10)), Untested, []string{"On 10 days nothing was named"}},
		"nothing called": {listed(nil, stood(standing.NotDue, standing.NoteNoOccurrence, 0, 10)), NotOccurred, []string{"Nothing of this control was due"}},
		"no days":        {listed(nil), NotOccurred, nil},
		"a deviation outweighs days without evidence": {
			listed(open, stood(standing.Deviation, 0, 3, 5), stood(standing.NoEvidence, standing.NoteUnknown, 5, 6)),
			Exception,
			[]string{"any.account.mfa", "1 item deviated", "ann from 2025-01-04 to 2025-01-05; ann on 2025-01-10"},
		},
		"missed": {
			listed(activity(missed, done(7, standing.OnTime, 1), done(14, standing.Missed, 0), done(21, standing.Upcoming, 0)), stood(standing.Deviation, 0, 15, 20)),
			Exception,
			[]string{"Look: of 2 occurrences due", "1 deviated: due 2025-01-15, not performed"},
		},
		"due before the period": {
			listed(activity(before, done(7, standing.OnTime, 1)), stood(standing.Deviation, 0, 0, 1)),
			Exception,
			[]string{"0 deviated: due 2024-12-29, before the period, and open on 2025-01-01"},
		},
		"performed with nothing to show": {
			listed(activity(nil, done(7, standing.OnTime, 0)), stood(standing.Operated, 0, 7, 8)), Untested, []string{"1 performance is with nothing to show"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge(tt.c, "Ann", time.UTC)
			if r.Verdict != tt.want {
				t.Fatalf("want %s, got %s: %s", tt.want, r.Verdict, r.Wording)
			}
			for _, s := range tt.says {
				if !strings.Contains(r.Wording, s) {
					t.Errorf("%q is not in %q", s, r.Wording)
				}
			}
		})
	}
}

// A day on which it was performed is one of the organization's zone.
func TestDaysAreLocal(t *testing.T) {
	zone := time.FixedZone("east", 3600)
	late := []standing.DeviationSpan{{Resource: day(14).String(), From: day(15), To: day(16)}}
	r := judge(listed(activity(late, done(14, standing.Late, 1)), stood(standing.Deviation, 0, 15, 16)), "", zone)
	if !strings.Contains(r.Wording, "performed on 2025-01-16") {
		t.Error(r.Wording)
	}
}

// TestChance holds the chance to counting every draw.
func TestChance(t *testing.T) {
	for all := 1; all <= 10; all++ {
		for bad := 0; bad <= all; bad++ {
			for n := 0; n <= all; n++ {
				draws, holding := 0, 0
				for set := range 1 << all {
					size := 0
					for i := range all {
						size += set >> i & 1
					}
					if size != n {
						continue
					}
					draws++
					if set&(1<<bad-1) != 0 {
						holding++
					}
				}
				want := (200*holding + draws) / (2 * draws)
				if holding > 0 && holding < draws {
					want = min(max(want, 1), 99)
				}
				if got := chance(all, bad, n); got != want {
					t.Fatalf("%d of %d with %d bad: want %d, got %d", n, all, bad, want, got)
				}
			}
		}
	}
}

func TestWhatCanBePrevented(t *testing.T) {
	p := standing.Period{From: day(0), To: day(100), Zone: time.UTC}
	c := listed(activity(nil, done(7, standing.OnTime, 1), done(14, standing.Open, 0), done(21, standing.Upcoming, 0)), stood(standing.Failing, 0, 0, 11))
	got := preventable(c, "Ann", day(10), p)
	if len(got) != 2 || got[0].By != 0 || !strings.HasPrefix(got[0].What, "Fails") || got[1].By != day(14) || got[1].More != 1 || got[1].Owner != "Ann" {
		t.Errorf("%+v", got)
	}
	if got := preventable(c, "Ann", day(100), p); got != nil {
		t.Errorf("after the period: %+v", got)
	}
	c.Phase = control.Retired
	if got := preventable(c, "Ann", day(10), p); got != nil {
		t.Errorf("retired: %+v", got)
	}
	if !slices.Equal(Verdicts(), []Verdict{Exception, Untested, NotOccurred, Clear}) {
		t.Error("the order of verdicts is that of results")
	}
}
