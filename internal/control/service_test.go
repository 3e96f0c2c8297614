package control_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/rule"
	"assay/internal/standing"
)

// strip draws the days of spans, a letter each: Operated, fiXed, Failing,
// Deviation, ? for no evidence, . for not due.
func strip(spans []standing.Span) string {
	letters := map[standing.State]string{
		standing.Operated: "o", standing.Fixed: "x", standing.Failing: "f", standing.Deviation: "d", standing.NoEvidence: "?", standing.NotDue: ".",
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(strings.Repeat(letters[s.State], s.Days()))
	}
	return b.String()
}

// lane is a lane of a control as it stands.
func (h *house) lane(control, key string) (out []standing.Span) {
	h.Helper()
	for _, l := range h.get(control).Standing.Lanes {
		if l.Key == key {
			if out != nil {
				h.Fatalf("two lanes are called %s", key)
			}
			out = l.Spans
		}
	}
	return out
}

func (h *house) looks(what string, spans []standing.Span, want string) {
	h.Helper()
	if got := strip(spans); got != want {
		h.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func TestAdoptedControlsMayHoldSinceTheBeginningOfThePeriod(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-01-01", "2027-01-01")
		added, err := h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-01", "IAM-03", "IAM-01"}, day(h, "2026-01-01"))
		h.must(err)
		if !slices.Equal(added, []string{"IAM-01", "IAM-03"}) {
			h.Errorf("adopted %v", added)
		}
		added, err = h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-03", "IAM-04"}, day(h, "2026-06-15"))
		h.must(err)
		if !slices.Equal(added, []string{"IAM-04"}) || h.get("IAM-03").Current.EffectiveOn != day(h, "2026-01-01") {
			h.Errorf("adopted %v", added)
		}
		_, err = h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-02", "XYZ-99"}, day(h, "2026-06-15"))
		h.want(fault.NotFound, err)
		if ids := h.list().Controls; len(ids) != 3 {
			h.Errorf("a refused adoption left %d controls", len(ids))
		}
		_, err = h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-02"}, 0)
		h.refused(err, "effective_on", "Give the day from which the controls hold.")
		_, err = h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-02"}, day(h, "0226-01-01"))
		h.refused(err, "effective_on", "Give a day within ten years of today. The year looks mistyped.")
		_, err = h.Controls.Adopt(h.Context(), h.ann, []string{"IAM-02"}, day(h, "2026-06-15"))
		h.want(fault.Forbidden, err)
	})
}

// What is performed at an interval is due at the end of each, whatever the
// lengths of the months.
func TestAdoptedActivitiesAreDueAtTheEndOfEachInterval(t *testing.T) {
	h := newHouse(t, "")
	var quarterly string
	for _, c := range h.Library.Controls() {
		if c.Frequency == "quarterly" && c.Nature == "manual" {
			quarterly = string(c.ID)
			break
		}
	}
	for from, want := range map[string]string{
		"2025-12-01": "2026-02-28 2026-05-31 2026-08-31 2026-11-30",
		"2027-12-01": "2028-02-29 2028-05-31 2028-08-31 2028-11-30",
		"2026-01-01": "2026-03-31 2026-06-30 2026-09-30 2026-12-31",
		"2026-05-15": "2026-08-14 2026-11-14 2027-02-14 2027-05-14",
		"2028-02-29": "2028-05-28 2028-08-28 2028-11-28 2029-02-28",
	} {
		h.found("Adopts from " + from)
		_, err := h.Controls.Adopt(t.Context(), h.lead, []string{quarterly}, day(h, from))
		h.must(err)
		var due []string
		for _, l := range h.get(quarterly).Current.Lanes {
			if l.Kind == standing.ByActivity {
				start := day(h, from)
				for _, o := range l.Schedule.Occurrences(standing.Period{From: start, To: start.AddMonths(12) + 1}) {
					due = append(due, o.Due.String())
				}
			}
		}
		if got := strings.Join(due, " "); got != want {
			t.Errorf("from %s it is due on %s, want %s", from, got, want)
		}
	}
}

func TestALaterVersionNeverWordsThePast(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-01-01", "2027-01-01")
		h.save(h.wording("LK-01", "2026-01-01")) // no wording held before
		const past = "The days before today are judged by the wording that held then. Choose today, 2026-06-15, or a later day."
		_, err := h.Controls.Save(h.Context(), h.lead, h.wording("LK-01", "2026-06-14"))
		h.refused(err, "effective_on", past)
		gone := h.wording("LK-01", "2026-03-01")
		gone.Retired = true
		_, err = h.Controls.Save(h.Context(), h.lead, gone)
		h.refused(err, "effective_on", past)
		h.save(h.wording("LK-01", "2026-06-15"))
		h.save(h.wording("LK-01", "2026-09-01"))

		// Today is the day in the zone of the org, which is ahead of UTC.
		h.hand.Set(time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC))
		_, err = h.Controls.Save(h.Context(), h.lead, h.wording("LK-01", "2026-06-30"))
		h.refused(err, "effective_on", "The days before today are judged by the wording that held then. Choose today, 2026-07-01, or a later day.")
		h.save(h.wording("LK-01", "2026-07-01"))

		// What is only planned can still be moved: nothing was judged by it.
		h.save(h.wording("LK-02", "2026-12-01"))
		h.save(h.wording("LK-02", "2026-02-28"))
		_, err = h.Controls.Save(h.Context(), h.lead, h.wording("LK-02", "2026-02-27"))
		h.refused(err, "effective_on", "The days before today are judged by the wording that held then. Choose today, 2026-07-01, or a later day.")
		if n := len(h.get("LK-02").Versions); n != 2 {
			h.Errorf("%d versions", n)
		}
	})
}

func TestWhatAVersionMustHave(t *testing.T) {
	each(t, func(h *house) {
		good := h.wording("LK-01", "2026-06-15", checkLane("test.host.kept"))
		h.save(good)
		for name, c := range map[string]struct {
			spoil       func(v *control.Version)
			field, text string
		}{
			"a reason":      {func(v *control.Version) { v.Reason = " " }, "reason", "Say why it changes: the auditor reads this."},
			"a known check": {func(v *control.Version) { v.Lanes[0] = checkLane("test.no.such") }, "lanes", `There is no check "test.no.such".`},
			"a lane of its check": {
				func(v *control.Version) { v.Lanes[0].Check = "test.merge.read" }, "lanes",
				"check/test.host.kept: the lane of the check \"test.merge.read\" is check/test.merge.read",
			},
			"a lane of its kind": {func(v *control.Version) {
				v.Lanes[0] = activityLane("upload/x", standing.Monthly, day(h, "2026-06-30"))
			}, "lanes", `upload/x: the kind is "activity", and the id says "upload"`},
			"lanes of different names": {func(v *control.Version) { v.Lanes = append(v.Lanes, v.Lanes[0]) }, "lanes", "check/test.host.kept is there twice."},
			"an owner from here":       {func(v *control.Version) { v.Owner, v.OwnerName = "usr_heron", "Me" }, "owner", "Choose somebody who has an account here."},
			"a frequency":              {func(v *control.Version) { v.Frequency = "at times" }, "frequency", "Choose how often it is done."},
			"criteria once each":       {func(v *control.Version) { v.Criteria = []string{"CC6.1", "CC6.1"} }, "criteria", "CC6.1 is there twice."},
			"known criteria":           {func(v *control.Version) { v.Criteria = []string{"CC6.99"} }, "criteria", `There is no criterion "CC6.99".`},
			"a limit":                  {func(v *control.Version) { v.FixLimit = "-3d" }, "fix_limit", "Write the limit as a number and h, d or w, such as 72h or 3d; leave it empty when the wording states none."},
			"a window": {func(v *control.Version) {
				v.Lanes[0] = activityLane("activity/x", standing.Monthly, day(h, "2026-06-30"))
				v.Lanes[0].Schedule.Grace = 1 << 30
			}, "lanes", "activity/x: a window opens at most 366 days before the due day, and ends at most 366 days after it"},
		} {
			v := good
			v.Lanes = slices.Clone(v.Lanes)
			c.spoil(&v)
			_, err := h.Controls.Save(h.Context(), h.lead, v)
			if !slices.ContainsFunc(fault.FieldsOf(err), func(f fault.Field) bool { return f.Name == c.field && f.Text == c.text }) {
				h.Errorf("%s: %v %v", name, err, fault.FieldsOf(err))
			}
		}
		ghost := h.wording("LK-09", "2026-06-15")
		ghost.Retired = true
		_, err := h.Controls.Save(h.Context(), h.lead, ghost)
		h.refused(err, "effective_on", "There is no control LK-09 to retire.")
		good.Owner, good.OwnerName, good.Reason = h.ann.ID, "Somebody else", "Ann takes it"
		if v := h.save(good); v.OwnerName != "ann" || v.Author != h.lead.ID || v.Number != 2 {
			h.Errorf("%+v", v)
		}
		long := strings.Repeat("å", 200)
		good.Title = long
		if v := h.save(good); v.Title != long {
			h.Errorf("a title of 200 letters is %q", v.Title)
		}
		for _, who := range []access.Actor{h.ann, {ID: "usr_x", Org: h.org.ID, Role: access.RoleViewer}, {ID: "usr_x", Org: h.org.ID, Role: access.RoleAuditor}} {
			_, err := h.Controls.Save(h.Context(), who, good)
			h.want(fault.Forbidden, err)
		}
	})
}

func TestNobodyOverwritesWhatTheyDidNotSee(t *testing.T) {
	each(t, func(h *house) {
		first := h.save(h.wording("LK-01", "2026-06-15"))
		a, b := first, first
		a.Title, b.Title = "By one", "By another"
		h.save(a)
		_, err := h.Controls.Save(h.Context(), h.lead, b)
		h.want(fault.Conflict, err)
		if got := h.get("LK-01"); got.Current.Title != "By one" || len(got.Versions) != 2 {
			h.Errorf("%+v", got.Current)
		}
		// Many at once: each says a version of its own, and none is lost.
		var wg sync.WaitGroup
		failed := make([]error, 6)
		for i := range failed {
			wg.Go(func() {
				v := h.wording("LK-02", "2026-06-15")
				v.Title = fmt.Sprintf("Title %d", i)
				_, failed[i] = h.Controls.Save(h.Context(), h.lead, v)
			})
		}
		wg.Wait()
		for _, err := range failed {
			h.must(err)
		}
		if n := len(h.get("LK-02").Versions); n != len(failed) {
			h.Errorf("%d versions of %d", n, len(failed))
		}
	})
}

func TestARetiredControlKeepsItsPast(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-01", "2026-08-01")
		first := h.wording("LK-01", "2026-06-10", activityLane("activity/walk", standing.Monthly, day(h, "2026-06-12")))
		first.Title = "First wording"
		h.save(first)
		second := first
		second.EffectiveOn, second.Title = day(h, "2026-06-15"), "Second wording"
		h.save(second)
		gone := second
		gone.EffectiveOn, gone.Retired, gone.Reason = day(h, "2026-06-20"), true, "Nobody walks any more"
		h.save(gone)
		h.save(h.wording("LK-02", "2026-07-10"))

		h.at("2026-06-19 12:00")
		h.rebuild()
		o := h.list()
		if len(o.Controls) != 2 || o.Controls[0].Title != "Second wording" || o.Controls[0].Phase != control.Holding || o.Controls[1].Phase != control.Planned {
			h.Errorf("%+v", o.Controls)
		}

		h.at("2026-06-25 12:00")
		h.rebuild()
		o = h.list()
		if len(o.Controls) != 1 || o.Controls[0].Control != "LK-02" {
			h.Errorf("in force or to come: %+v", o.Controls)
		}
		if len(o.Past) != 1 || o.Past[0].Title != "Second wording" || o.Past[0].Phase != control.Retired {
			h.Fatalf("retired: %+v", o.Past)
		}
		// It was missed on 12 June, and retiring it hides nothing.
		if o.Position.Deviation != 1 || o.Position.Deviations != 1 || len(o.All()) != 2 || len(o.Ever) != 2 {
			h.Errorf("%+v", o.Position)
		}
		h.looks("the month", h.get("LK-01").Standing.Spans, "............ddddddd......")
		d := h.get("LK-01")
		if d.Phase != control.Retired || d.InForce || d.Current.Title != "Second wording" {
			h.Errorf("%+v", d.Current)
		}

		// A period in which it never held does not mention it.
		h.period("2026-07-01", "2026-08-01")
		h.at("2026-07-02 12:00")
		h.rebuild()
		if o := h.list(); len(o.All()) != 1 || o.Position.Deviations != 0 || !slices.Contains(o.Ever, "LK-01") {
			h.Errorf("%+v", o.All())
		}
	})
}

func TestWhatIsPlannedDoesNotUndoARetirement(t *testing.T) {
	each(t, func(h *house) {
		h.save(h.wording("LK-01", "2026-06-15"))
		h.save(h.wording("LK-01", "2026-09-01"))
		gone := h.wording("LK-01", "2026-07-01")
		gone.Retired = true
		_, err := h.Controls.Save(h.Context(), h.lead, gone)
		h.refused(err, "effective_on", "Version 2 is to hold from 2026-09-01 on and would bring the control back. Retire it from that day on first.")
		gone.EffectiveOn = day(h, "2026-09-01")
		h.save(gone)
		gone.EffectiveOn = day(h, "2026-07-01")
		h.save(gone)
		h.at("2026-09-02 09:00")
		if d := h.get("LK-01"); d.Phase != control.Retired {
			h.Errorf("%s", d.Phase)
		}
		h.save(h.wording("LK-01", "2026-09-02"))
		if d := h.get("LK-01"); d.Phase != control.Holding {
			h.Errorf("it does not come back: %s", d.Phase)
		}
	})
}

func TestAChangedScheduleJudgesOnlyTheDaysToCome(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-01", "2026-08-01")
		h.at("2026-06-01 08:00")
		a, b := activityLane("activity/walk-1", standing.Monthly, day(h, "2026-06-05")), activityLane("activity/walk-2", standing.Monthly, day(h, "2026-06-10"))
		up := uploadLane("upload/book", standing.Monthly)
		h.save(h.wording("LK-01", "2026-06-01", a, b, up))
		perform := func(lane, due string) {
			h.Helper()
			_, err := h.Activities.Perform(h.Context(), h.ann, activity.Performance{Control: "LK-01", Lane: lane, DueOn: due, Note: "Walked"})
			h.must(err)
		}
		perform("activity/walk-1", "2026-06-05")
		_, err := h.Evidence.Attest(h.Context(), h.ann, evidence.Details{
			Title: "The book", Controls: []string{"LK-01"}, Lane: "upload/book", From: day(h, "2026-06-01"), To: day(h, "2026-06-02"),
		}, "I have read the book of the day before and found it whole.")
		h.must(err)
		h.at("2026-06-20 08:00")
		before := map[string]string{}
		h.rebuild()
		for _, key := range []string{a.ID, b.ID, up.ID} {
			before[key] = strip(h.lane("LK-01", key))
		}

		// From 21 June on all three are due in other ways.
		a.Schedule.Anchor, b.Schedule.Anchor = day(h, "2026-06-22"), day(h, "2026-06-23")
		up.Schedule.Frequency = standing.Weekly
		next := h.save(h.wording("LK-01", "2026-06-21", a, b, up))
		var ids []string
		for _, l := range next.Lanes {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, " "); got != "activity/walk-1 activity/walk-2 upload/book" {
			h.Errorf("the lanes are called %s", got)
		}
		h.at("2026-06-24 08:00")
		perform("activity/walk-2", "2026-06-23") // late
		_, err = h.Activities.Perform(h.Context(), h.ann, activity.Performance{Control: "LK-01", Lane: a.ID, DueOn: "2026-07-05", Note: "Walked"})
		h.want(fault.NotFound, err) // it is not due then any more
		h.rebuild()
		for key, was := range before {
			if now := strip(h.lane("LK-01", key)); now[:len(was)] != was {
				h.Errorf("%s stood\n%s\nand stands\n%s", key, was, now)
			}
		}
		h.looks("performed once, then missed on the 22nd", h.lane("LK-01", a.ID), "o.....................dd")
		h.looks("missed on the 10th, late on the 23rd", h.lane("LK-01", b.ID), "..........dddddddddd...d")
		h.looks("monthly, then weekly", h.lane("LK-01", up.ID), "oooooooooooooooooooo????")
		var due []string
		for _, l := range h.get("LK-01").Standing.Lanes {
			for _, o := range l.Occurrences {
				due = append(due, l.Key+" "+o.Due.String()+" "+o.Outcome.String())
			}
		}
		want := "[activity/walk-1 2026-06-05 on_time activity/walk-1 2026-06-22 missed activity/walk-1 2026-07-22 open" +
			" activity/walk-2 2026-06-10 missed activity/walk-2 2026-06-23 late activity/walk-2 2026-07-23 open]"
		if got := fmt.Sprint(due); got != want {
			h.Errorf("%s\nwant %s", got, want)
		}
	})
}

func TestANewVersionOfACheckDoesNotCarryOldRunsFurther(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-10", "2026-07-01")
		h.at("2026-06-10 08:00")
		h.save(h.wording("LK-01", "2026-06-10", checkLane("test.host.kept")))
		h.collect(map[string]bool{"a": true}, true, h.hand.Now())
		h.judge()
		h.at("2026-06-14 08:00")
		h.rebuild()
		h.looks("by 26 hours", h.get("LK-01").Standing.Spans, "o????")
		d, err := rule.Parse([]byte(strings.NewReplacer("version: 1", "version: 2", "26h", "9d").Replace(hostCheck)))
		h.must(err)
		for i, c := range h.Checks.Catalog {
			if c.ID == d.ID {
				h.Checks.Catalog[i] = d
			}
		}
		h.collect(map[string]bool{"a": true}, true, h.hand.Now())
		h.judge()
		h.at("2026-06-18 08:00")
		h.rebuild()
		h.looks("by 26 hours, then by 9 days", h.get("LK-01").Standing.Spans, "o???ooooo")
	})
}

func TestEventsThatWereCollectedLateAreMarked(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-10", "2026-07-01")
		h.at("2026-06-15 02:00")
		h.save(h.wording("LK-01", "2026-06-10", checkLane("test.merge.read")))
		start := day(h, "2026-06-10").Start(h.zone)
		on := func(at string) time.Time {
			t, err := time.ParseInLocation("2006-01-02 15:04", at, h.zone)
			h.must(err)
			return t
		}
		merges := []merge{
			{"backfilled", on("2026-06-12 12:00"), true},   // 13 June ended 26 hours ago
			{"last evening", on("2026-06-14 23:00"), true}, // in time
		}
		h.collect(nil, true, start, merges...)
		h.judge()
		h.at("2026-06-16 02:00")
		merges = append(merges, merge{"in a listed day", on("2026-06-13 12:00"), true}, merge{"of yesterday", on("2026-06-15 12:00"), true})
		h.collect(nil, true, start, merges...)
		h.judge()
		h.at("2026-06-17 02:00")
		merges = append(merges, merge{"after it was listed", on("2026-06-15 13:00"), true})
		h.collect(nil, true, start, merges...)
		h.judge()
		h.rebuild()
		var late []string
		for _, s := range h.lane("LK-01", "check/test.merge.read") {
			for d := s.From; d < s.To; d++ {
				if s.Note.Has(standing.NoteLate) {
					late = append(late, d.String()[8:])
				}
			}
		}
		if got := strings.Join(late, " "); got != "12 13 15" {
			h.Errorf("marked late: %s, want 12 13 15; %v", got, h.lane("LK-01", "check/test.merge.read"))
		}
		for _, s := range h.get("LK-01").Standing.Spans {
			if s.From == day(h, "2026-06-12") && !s.Note.Has(standing.NoteLate) {
				h.Errorf("the control does not say so: %+v", s)
			}
		}
	})
}

func TestALeafSaysHowALaneIsJudged(t *testing.T) {
	each(t, func(h *house) {
		l := activityLane("activity/walk", standing.Quarterly, day(h, "2026-06-30"))
		l.Schedule.Opens, l.Schedule.Grace = 14, 3
		v := h.save(h.wording("LK-01", "2026-06-15", l))
		h.must(ledger.Settle(h.Context(), h.DB, h.org.ID))
		h.read(func(tx *db.Tx) error {
			place, err := ledger.Find(tx, v.Leaf)
			if err != nil {
				return err
			}
			leaf, err := ledger.Read(tx, place.Index)
			if err != nil {
				return err
			}
			e, err := tlog.Decode(leaf.Bytes)
			if err != nil {
				return err
			}
			const want = "[map[anchor:2026-06-30 check: frequency:quarterly grace:3 id:activity/walk kind:activity opens:14]]"
			if got := fmt.Sprint(e.Body["lanes"]); got != want || strings.Contains(string(leaf.Bytes), v.Statement) {
				h.Errorf("%s\nwant %s", got, want)
			}
			return nil
		})
	})
}

func TestOrganizationsDoNotSeeEachOthersControls(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-01", "2026-07-01")
		h.save(h.wording("LK-01", "2026-06-01", activityLane("activity/walk", standing.Monthly, day(h, "2026-06-12"))))
		h.rebuild()
		ours := h.lead
		h.found("Heron")
		_, err := h.Controls.Get(h.Context(), h.lead, "LK-01")
		h.want(fault.NotFound, err)
		if o := h.list(); len(o.All()) != 0 || len(o.Ever) != 0 || o.Has {
			h.Errorf("%+v", o)
		}
		_, err = h.Activities.Perform(h.Context(), h.lead, activity.Performance{Control: "LK-01", Lane: "activity/walk", DueOn: "2026-06-12", Note: "Walked"})
		h.want(fault.NotFound, err)
		h.save(h.wording("LK-01", "2026-06-15"))
		h.rebuild()
		d, err := h.Controls.Get(h.Context(), ours, "LK-01")
		h.must(err)
		if len(d.Versions) != 1 || len(d.Standing.Lanes) != 1 || len(d.Standing.Spans) == 0 {
			h.Errorf("%+v", d)
		}
		_, err = h.Controls.List(h.Context(), access.Actor{})
		h.want(fault.Unauthenticated, err)
	})
}
