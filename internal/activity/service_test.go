package activity_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/app"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/evidence"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/trail"
)

// house is the house as app puts it together. One control, LK-01, is walked on
// the 10th of each month from June 2026 on: from the 1st, and with two days of
// grace.
type house struct {
	*testing.T
	*suite.Suite
	hand      *clock.Hand
	lead, ann access.Actor
}

const lane = "activity/walk"

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(newHouse(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(newHouse(t, dbtest.Postgres(t))) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.at("2026-06-01 08:00")
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	h.lead = h.found("Larkspur")
	h.ann = access.Actor{ID: "usr_ann", Org: h.lead.Org, Name: "Ann", Role: access.RoleOwner, Door: access.DoorWeb}
	return h
}

func (h *house) found(name string) access.Actor {
	h.Helper()
	o, err := h.Orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	lead := access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead, Door: access.DoorWeb}
	_, err = h.Programs.Add(h.Context(), lead, program.Program{
		Name: "2026", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: h.day("2026-06-01"), To: h.day("2026-12-01"), Current: true,
	})
	h.must(err)
	_, err = h.Controls.Save(h.Context(), lead, control.Version{
		Control: "LK-01", EffectiveOn: h.day("2026-06-01"), Title: "The house is walked", Statement: "Every month somebody walks through the house.",
		Criteria: []string{"CC6.1"}, Frequency: "monthly", Reason: "It is so", Lanes: []control.Lane{{
			ID: lane, Kind: standing.ByActivity, Title: "Walk through the house",
			Schedule: standing.Schedule{Frequency: standing.Monthly, Anchor: h.day("2026-06-10"), Opens: 9, Grace: 2},
		}},
	})
	h.must(err)
	return lead
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error) {
	h.Helper()
	if fault.Of(err) != k {
		h.Fatalf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

func (h *house) time(text string) time.Time {
	h.Helper()
	zone, err := time.LoadLocation("Europe/Stockholm")
	h.must(err)
	t, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	h.must(err)
	return t
}

func (h *house) at(text string) { h.hand.Set(h.time(text)) }

func (h *house) day(text string) standing.Date {
	h.Helper()
	d, err := standing.ParseDate(text)
	h.must(err)
	return d
}

// walked is a performance as people enter it.
func walked(due string) activity.Performance {
	return activity.Performance{Control: "LK-01", Lane: lane, DueOn: due, Note: "Walked, nothing found."}
}

func (h *house) perform(p activity.Performance) activity.Performance {
	h.Helper()
	p, err := h.Activities.Perform(h.Context(), h.ann, p)
	h.must(err)
	return p
}

func (h *house) evidence(who access.Actor) string {
	h.Helper()
	e, err := h.Evidence.Upload(h.Context(), who, evidence.Details{
		Title: "Photograph", Controls: []string{"LK-01"}, From: h.day("2026-06-01"), To: h.day("2026-06-02"),
	}, "door.jpg", strings.NewReader("a door"))
	h.must(err)
	return e.ID
}

// outcome is how the occurrence stands.
func (h *house) outcome(due string) (standing.Outcome, int) {
	h.Helper()
	h.must(h.Controls.Rebuild(h.Context(), h.lead))
	d, err := h.Controls.Get(h.Context(), h.lead, "LK-01")
	h.must(err)
	for _, l := range d.Standing.Lanes {
		for _, o := range l.Occurrences {
			if l.Key == lane && o.Due.String() == due {
				return o.Outcome, o.Evidence
			}
		}
	}
	h.Fatalf("nothing is due on %s", due)
	return 0, 0
}

// When it was done decides how the occurrence stands, not when it was recorded.
func TestTheWindow(t *testing.T) {
	for name, c := range map[string]struct {
		done, recorded string
		want           standing.Outcome
	}{
		"on the day":                   {"2026-06-10 12:00", "2026-06-10 12:00", standing.OnTime},
		"in its first minute":          {"2026-06-01 09:00", "2026-06-01 09:00", standing.OnTime},
		"in the last minute of grace":  {"2026-06-12 23:59", "2026-06-13 09:00", standing.OnTime},
		"a minute late":                {"2026-06-13 00:00", "2026-06-13 09:00", standing.Late},
		"in time, recorded much later": {"2026-06-09 10:00", "2026-09-30 09:00", standing.OnTime},
		"late, recorded later":         {"2026-07-20 10:00", "2026-09-30 09:00", standing.Late},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				h.at(c.recorded)
				p := walked("2026-06-10")
				p.PerformedAt = h.time(c.done)
				got := h.perform(p)
				if !got.PerformedAt.Equal(h.time(c.done)) || !got.RecordedAt.Equal(h.hand.Now()) || got.PerformedAt.Location() != time.UTC {
					h.Errorf("%+v", got)
				}
				if o, _ := h.outcome("2026-06-10"); o != c.want {
					h.Errorf("%s, want %s", o, c.want)
				}
			})
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-06-10 12:00")
		for name, c := range map[string]struct {
			change func(p *activity.Performance)
			kind   fault.Kind
			field  string
		}{
			"nothing to show for it":      {func(p *activity.Performance) { p.Note = " \n" }, fault.Invalid, "note"},
			"a long note":                 {func(p *activity.Performance) { p.Note = strings.Repeat("ä", 4001) }, fault.Invalid, "note"},
			"a note that is not text":     {func(p *activity.Performance) { p.Note = "a\x00b" }, fault.Invalid, "note"},
			"in the future":               {func(p *activity.Performance) { p.PerformedAt = h.hand.Now().Add(time.Millisecond) }, fault.Invalid, "performed_at"},
			"before the window opened":    {func(p *activity.Performance) { p.PerformedAt = h.time("2026-05-31 23:59") }, fault.Invalid, "performed_at"},
			"years before":                {func(p *activity.Performance) { p.PerformedAt = h.time("2020-06-10 12:00") }, fault.Invalid, "performed_at"},
			"for a window not open yet":   {func(p *activity.Performance) { p.DueOn = "2026-07-10" }, fault.Invalid, "performed_at"},
			"not a date":                  {func(p *activity.Performance) { p.DueOn = "10 June" }, fault.Invalid, "due_on"},
			"no date":                     {func(p *activity.Performance) { p.DueOn = "" }, fault.Invalid, "due_on"},
			"not due then":                {func(p *activity.Performance) { p.DueOn = "2026-06-11" }, fault.NotFound, ""},
			"due before it was adopted":   {func(p *activity.Performance) { p.DueOn = "2026-05-10" }, fault.NotFound, ""},
			"another lane":                {func(p *activity.Performance) { p.Lane = "activity/run" }, fault.NotFound, ""},
			"another control":             {func(p *activity.Performance) { p.Control = "LK-02" }, fault.NotFound, ""},
			"a control that is not text":  {func(p *activity.Performance) { p.Control = "LK\x00\xff" }, fault.NotFound, ""},
			"evidence that is not there":  {func(p *activity.Performance) { p.Evidence = []string{"evd_none"} }, fault.Invalid, "evidence"},
			"evidence that is not text":   {func(p *activity.Performance) { p.Evidence = []string{"\x00\xff"} }, fault.Invalid, "evidence"},
			"more evidence than one read": {func(p *activity.Performance) { p.Evidence = many(51) }, fault.Invalid, "evidence"},
		} {
			p := walked("2026-06-10")
			c.change(&p)
			_, err := h.Activities.Perform(h.Context(), h.ann, p)
			if f := fault.FieldsOf(err); fault.Of(err) != c.kind || c.field != "" && (len(f) != 1 || f[0].Name != c.field) {
				h.Errorf("%s: %v %v", name, err, f)
			}
		}
		if list, err := h.Activities.List(h.Context(), h.lead, ""); err != nil || len(list) != 0 {
			h.Errorf("%+v %v", list, err)
		}
		long := walked("2026-06-10")
		long.Note = strings.Repeat("ä", 4000)
		h.perform(long)
	})
}

func many(n int) (out []string) {
	for i := range n {
		out = append(out, time.Unix(int64(i), 0).String())
	}
	return out
}

// Doing it twice is two performances: the first decides the time, the evidence
// of both counts, each piece once.
func TestPerformingTwice(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-06-05 12:00")
		piece := h.evidence(h.ann)
		p := walked("2026-06-10")
		p.Evidence = []string{piece, piece}
		first := h.perform(p)
		h.at("2026-06-30 12:00")
		second := h.perform(walked("2026-06-10"))
		list, err := h.Activities.List(h.Context(), h.lead, "LK-01")
		h.must(err)
		if len(list) != 2 || list[0].ID != first.ID || list[1].ID != second.ID || !slices.Equal(list[0].Evidence, []string{piece}) ||
			list[0].By != h.ann.ID || list[0].ByName != "Ann" || list[0].DueOn != "2026-06-10" {
			h.Fatalf("%+v", list)
		}
		if o, n := h.outcome("2026-06-10"); o != standing.OnTime || n != 3 { // a note and a piece, and a note
			h.Errorf("%s with %d", o, n)
		}
		if o, _ := h.outcome("2026-07-10"); o != standing.Upcoming {
			h.Errorf("July is %s", o)
		}
	})
}

// Evidence proves what its own organization did.
func TestSomeoneElsesEvidence(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-06-05 12:00")
		evil := h.found("Evil")
		theirs := h.evidence(evil)
		p := walked("2026-06-10")
		p.Evidence = []string{theirs}
		_, err := h.Activities.Perform(h.Context(), h.ann, p)
		h.want(fault.Invalid, err)
		_, err = h.Activities.Perform(h.Context(), evil, p)
		h.must(err)
	})
}

// The leaf tells when and for what; who wrote what stays in the row, and the
// leaf commits to it. The trail has it too.
func TestALeafCommitsToThePerformance(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-06-05 12:00")
		p := walked("2026-06-10")
		p.PerformedAt = h.time("2026-06-04 16:30")
		p = h.perform(p)
		h.must(ledger.Settle(h.Context(), h.DB, h.ann.Org))
		g, err := h.lead.May(access.OrgRead)
		h.must(err)
		h.must(h.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			place, err := ledger.Find(tx, p.Leaf)
			h.must(err)
			l, err := ledger.Read(tx, place.Index)
			h.must(err)
			e, err := tlog.Decode(l.Bytes)
			h.must(err)
			if e.Type != "activity.performed" || e.Stream != "control/LK-01" || e.Actor != h.ann.ID || e.Body["performance"] != p.ID ||
				e.Body["performed_at"] != "2026-06-04T14:30:00.000Z" || e.Body["due_on"] != "2026-06-10" || e.Commit["note"] == "" {
				h.Errorf("%+v", e)
			}
			if s := string(l.Bytes); strings.Contains(s, "Ann") || strings.Contains(s, "Walked") {
				h.Errorf("the leaf tells names or notes: %s", s)
			}
			acts, err := trail.List(tx, trail.Filter{Action: string(access.ActivityPerform)})
			if len(acts) != 1 || acts[0].Object != "LK-01" || acts[0].Detail["due_on"] != "2026-06-10" || acts[0].Actor != h.ann.ID {
				h.Errorf("%+v", acts)
			}
			return err
		}))
	})
}

// Another organization sees nothing of it and performs its own; who may only
// read performs nothing.
func TestTenants(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-06-05 12:00")
		h.perform(walked("2026-06-10"))
		evil := h.found("Evil")
		for _, id := range []string{"", "LK-01"} {
			if list, err := h.Activities.List(h.Context(), evil, id); err != nil || len(list) != 0 {
				h.Errorf("another organization sees %+v %v", list, err)
			}
		}
		viewer := access.Actor{ID: "usr_3", Org: h.lead.Org, Name: "Vi", Role: access.RoleViewer, Door: access.DoorWeb}
		_, err := h.Activities.Perform(h.Context(), viewer, walked("2026-06-10"))
		h.want(fault.Forbidden, err)
		nobody := access.Actor{}
		_, err = h.Activities.List(h.Context(), nobody, "")
		h.want(fault.Unauthenticated, err)
	})
}
