package duty_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/duty"
	"assay/internal/evidence"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/task"
)

// house is the house as app puts it together, on 15 June 2026 at nine in
// Stockholm.
type house struct {
	*testing.T
	*suite.Suite
	hand                         *clock.Hand
	org                          org.Org
	lead, second, owner, auditor access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(newHouse(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(newHouse(t, dbtest.Postgres(t))) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.hand.Set(time.Date(2026, 6, 15, 7, 0, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	d, err := rule.Parse([]byte(hostCheck))
	h.must(err)
	s.Checks.Catalog = append(s.Checks.Catalog, d)
	s.Checks.Connections = func(*db.Tx) ([]string, error) { return []string{"con_test"}, nil }
	h.found("Larkspur")
	return h
}

func (h *house) found(name string) {
	h.Helper()
	var err error
	h.org, err = h.Orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	user := func(name string, role access.Role) access.Actor {
		u, err := h.Auth.Enroll(h.Context(), access.Console(h.org.ID), auth.New{Email: name + "@" + h.org.Slug + ".example", Name: name, Role: role})
		h.must(err)
		return access.Actor{ID: u.ID, Org: h.org.ID, Name: name, Role: role, Door: access.DoorWeb}
	}
	h.lead, h.second = user("lead", access.RoleLead), user("second", access.RoleLead)
	h.owner, h.auditor = user("owner", access.RoleOwner), user("auditor", access.RoleAuditor)
	_, err = h.Programs.Add(h.Context(), h.lead, program.Program{
		Name: "FY26", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security},
		From: standing.NewDate(2026, 6, 1), To: standing.NewDate(2026, 9, 1), Current: true,
	})
	h.must(err)
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

const hostCheck = `
id: test.host.kept
version: 1
title: Hosts are kept
description: Every host is kept.
severity: high
kind: test.host
assert: r.kept
message: "'host ' + r.name + ' is not kept'"
empty: proven
freshness: 26h
remediation:
  text: Keep it.
`

// hosts collects the hosts, by whether each is kept, and judges them.
func (h *house) hosts(kept map[string]bool) {
	h.Helper()
	kinds := []resource.Schema{{
		Kind: "test.host", Version: 1, Title: "Hosts", Family: resource.State, Label: "name", Fields: []resource.Field{
			{Name: "name", Type: resource.String}, {Name: "kept", Type: resource.Bool},
		},
	}}
	g, err := access.Job(h.org.ID, "collect").May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.DB, h.Keys, g, fact.Origin{Connection: "con_test", Connector: "test", Version: "1", Scope: "test"}, kinds)
	h.must(err)
	for name, kept := range kept {
		h.must(s.Put(h.Context(), connector.Resource{Kind: "test.host", ID: name, Fields: map[string]any{"name": name, "kept": kept}}))
	}
	_, err = s.Finish(h.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.host", Items: len(kept), Complete: true}}})
	h.must(err)
	_, err = h.Checks.Install(h.Context(), h.lead)
	h.must(err)
	_, err = h.Checks.Run(h.Context(), h.lead, "test.host.kept")
	h.must(err)
}

// control is one that the owner answers for, with an activity and a check.
func (h *house) control() {
	h.Helper()
	_, err := h.Controls.Save(h.Context(), h.lead, control.Version{
		Control: "LK-01", EffectiveOn: standing.NewDate(2026, 6, 1), Title: "Hosts", Statement: "Every host is kept as it should be.",
		Criteria: []string{"CC6.1"}, Owner: h.owner.ID, Frequency: "monthly", FixLimit: "3d", Lanes: []control.Lane{
			{ID: "check/test.host.kept", Kind: standing.ByCheck, Check: "test.host.kept", Title: "Hosts are kept"},
			{ID: "activity/walk", Kind: standing.ByActivity, Title: "Walk the room", Schedule: standing.Schedule{
				Frequency: standing.Monthly, Anchor: standing.NewDate(2026, 6, 12), Opens: 5,
			}},
		},
	})
	h.must(err)
	h.rebuild()
}

func (h *house) rebuild() {
	h.Helper()
	h.must(h.Controls.Rebuild(h.Context(), access.Job(h.org.ID, "standing")))
}

func (h *house) mine(who access.Actor) duty.List {
	h.Helper()
	l, err := h.Duties.Mine(h.Context(), who)
	h.must(err)
	return l
}

// says lists duties: kind, title, last day, and ! for those that are late.
func says(list []duty.Duty) string {
	var out []string
	for i := range list {
		d := &list[i]
		one := string(d.Kind) + ": " + d.Title
		if d.DueOn > 0 {
			one += " by " + d.DueOn.String()[5:]
		}
		if d.Late {
			one += "!"
		}
		out = append(out, one)
	}
	return strings.Join(out, "\n")
}

func (h *house) waits(who access.Actor, want ...string) {
	h.Helper()
	if got := says(h.mine(who).Waiting); got != strings.Join(want, "\n") {
		h.Errorf("for %s waits\n%s\nwant\n%s", who.Name, got, strings.Join(want, "\n"))
	}
}

func TestOneListOfAllThatWaits(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.waits(h.lead)
		h.control()
		h.hosts(map[string]bool{"a": false, "b": true})
		activityDue, failing := "activity: Walk the room by 06-12!", "check: Hosts are kept by 06-18"
		h.waits(h.lead, activityDue, failing)
		h.waits(h.owner, activityDue, failing)
		h.waits(h.auditor)

		_, err := h.Checks.Ask(ctx, h.lead, check.Exclusion{
			Check: "test.host.kept", Ref: resource.Ref{Kind: "test.host", Authority: "test", ID: "a"}, Reason: "It is thrown away tomorrow.", Until: h.hand.Now().AddDate(0, 0, 9),
		})
		h.must(err)
		h.must(h.Programs.Omit(ctx, h.second, program.Omission{Program: h.programID(), Criterion: "CC6.4", Reason: "There is no office anywhere."}))
		_, err = h.Checks.Propose(ctx, h.second, []byte(strings.NewReplacer("version: 1", "version: 2", "26h", "48h").Replace(hostCheck)), nil)
		h.want(fault.Conflict, err) // a check of the catalog is changed there
		h.must(h.Tasks.Ask(ctx, h.lead, task.Task{Title: "Send the chart", Assignee: h.owner.ID, DueOn: standing.NewDate(2026, 6, 20)}))
		_, err = h.Evidence.Attest(ctx, h.owner, evidence.Details{
			Title: "The book", Controls: []string{"LK-01"}, Frequency: standing.Weekly, From: standing.NewDate(2026, 6, 1), To: standing.NewDate(2026, 6, 2),
		}, "I have read the book of the day before and found it whole.")
		h.must(err)
		again := "evidence: Add evidence again: The book by 06-10!"
		h.waits(h.owner, again, activityDue, failing, "asked: Send the chart by 06-20")
		// Nobody decides on what they asked for.
		h.waits(h.lead, again, activityDue, failing, "approval: Decide whether CC6.4 is left out")
		h.waits(h.second, again, activityDue, failing, "approval: Decide on the exclusion of a")
		all, err := h.Duties.All(ctx, access.Console(h.org.ID))
		h.must(err)
		want := []string{
			again, activityDue, failing, "asked: Send the chart by 06-20", "approval: Decide on the exclusion of a", "approval: Decide whether CC6.4 is left out",
		}
		if got := says(all); got != strings.Join(want, "\n") {
			h.Errorf("for anybody waits\n%s", got)
		}
		if l := h.mine(h.lead); len(l.Asked) != 1 || l.Asked[0].Title != "Send the chart" || l.LateOnes() != 2 {
			h.Errorf("%+v", l)
		}

		// What is done is not asked for any more.
		_, err = h.Activities.Perform(ctx, h.owner, activity.Performance{Control: "LK-01", Lane: "activity/walk", DueOn: "2026-06-12", Note: "Walked"})
		h.must(err)
		h.hand.Add(time.Hour)
		h.hosts(map[string]bool{"a": true, "b": true})
		h.rebuild()
		h.waits(h.owner, again, "asked: Send the chart by 06-20")
		_, err = h.Duties.All(ctx, h.auditor)
		h.want(fault.Forbidden, err)
		_, err = h.Duties.Mine(ctx, access.Actor{})
		h.want(fault.Unauthenticated, err)
	})
}

func (h *house) programID() string {
	h.Helper()
	sc, err := h.Programs.Get(h.Context(), h.lead, "")
	h.must(err)
	return sc.ID
}

// find is the id of what waits under a title.
func (h *house) find(who access.Actor, title string) string {
	h.Helper()
	l := h.mine(who)
	i := slices.IndexFunc(l.Waiting, func(d duty.Duty) bool { return d.Title == title })
	if i < 0 {
		h.Fatalf("%s does not wait:\n%s", title, says(l.Waiting))
	}
	return l.Waiting[i].ID
}

func TestASnoozeHidesNothingThatIsLate(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.control()
		h.hosts(map[string]bool{"a": false})
		walk, kept := h.find(h.owner, "Walk the room"), h.find(h.owner, "Hosts are kept")
		on := func(day int) standing.Date { return standing.NewDate(2026, 6, day) }
		h.want(fault.Invalid, h.Duties.Snooze(ctx, h.owner, walk, on(16))) // it is late
		for _, until := range []standing.Date{0, on(15), on(19)} {
			h.want(fault.Invalid, h.Duties.Snooze(ctx, h.owner, kept, until))
		}
		h.want(fault.NotFound, h.Duties.Snooze(ctx, h.owner, "due_000000000000000000000000", on(16)))
		h.want(fault.NotFound, h.Duties.Snooze(ctx, h.owner, "tsk_none", on(16)))
		h.want(fault.Forbidden, h.Duties.Snooze(ctx, h.auditor, kept, on(16)))
		h.want(fault.Conflict, h.Duties.Finish(ctx, h.owner, kept))
		h.must(h.Duties.Snooze(ctx, h.owner, kept, on(17)))
		h.must(h.Duties.Snooze(ctx, h.owner, kept, on(18)))
		h.waits(h.owner, "activity: Walk the room by 06-12!")
		if l := h.mine(h.owner); says(l.Snoozed) != "check: Hosts are kept by 06-18" || l.Snoozed[0].SnoozedUntil != on(18) {
			h.Errorf("snoozed %+v", l.Snoozed)
		}
		// It is one person's.
		h.waits(h.lead, "activity: Walk the room by 06-12!", "check: Hosts are kept by 06-18")
		all, err := h.Duties.All(ctx, h.owner)
		h.must(err)
		if len(all) != 2 || all[1].SnoozedUntil != 0 {
			h.Errorf("%+v", all)
		}
		// A limit that was shortened makes it late: it shows.
		v := h.current("LK-01")
		v.FixLimit, v.Reason = "1h", "Faster"
		_, err = h.Controls.Save(ctx, h.lead, v)
		h.must(err)
		h.hand.Add(2 * time.Hour)
		h.waits(h.owner, "activity: Walk the room by 06-12!", "check: Hosts are kept by 06-15!")
		if d, ok := func() (duty.Duty, bool) { l := h.mine(h.owner); return l.Find(kept) }(); !ok || d.Control != "LK-01" {
			h.Errorf("%+v", d)
		}

		// Another failure is another duty.
		h.hosts(map[string]bool{"a": true, "b": false})
		if id := h.find(h.owner, "Hosts are kept"); id == kept {
			h.Error("a failure of another host has the same id")
		}
	})
}

func (h *house) current(id string) control.Version {
	h.Helper()
	d, err := h.Controls.Get(h.Context(), h.lead, id)
	h.must(err)
	v := d.Versions[len(d.Versions)-1]
	v.EffectiveOn = d.Today
	return v
}

func TestARetiredControlAsksForNothing(t *testing.T) {
	each(t, func(h *house) {
		h.control()
		v := h.current("LK-01")
		v.Retired, v.Reason = true, "Nobody walks any more"
		_, err := h.Controls.Save(h.Context(), h.lead, v)
		h.must(err)
		h.rebuild()
		h.waits(h.owner)
		h.waits(h.lead)
	})
}

func TestOrganizationsDoNotSeeEachOthersDuties(t *testing.T) {
	each(t, func(h *house) {
		h.control()
		h.hosts(map[string]bool{"a": false})
		ours, kept := h.owner, h.find(h.owner, "Hosts are kept")
		h.found("Heron")
		h.waits(h.lead)
		h.want(fault.NotFound, h.Duties.Snooze(h.Context(), h.lead, kept, standing.NewDate(2026, 6, 16)))
		all, err := h.Duties.All(h.Context(), h.lead)
		h.must(err)
		if len(all) != 0 {
			h.Errorf("%s", says(all))
		}
		h.waits(ours, "activity: Walk the room by 06-12!", "check: Hosts are kept by 06-18")
	})
}
