package task_test

import (
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/task"
)

type house struct {
	*testing.T
	s          task.Service
	orgs       org.Service
	hand       *clock.Hand
	lead, ann  access.Actor
	today, due standing.Date
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, s: task.Service{DB: d, Member: member}, hand: hand, today: standing.NewDate(2026, 1, 2)}
		h.orgs = org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}
		h.lead, h.due = h.newOrg("Larkspur"), h.today+10
		h.ann = h.lead
		h.ann.ID, h.ann.Name, h.ann.Role = "usr_ann", "Ann", access.RoleOwner
		fn(h)
	})
}

func member(_ *db.Tx, userID string) error {
	if userID == "usr_ghost" {
		return fault.New(fault.NotFound, "There is no such member.")
	}
	return nil
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead, Door: access.DoorWeb}
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

// in runs what another noun does in its own transaction.
func (h *house) in(who access.Actor, fn func(tx *db.Tx) error) {
	h.Helper()
	g, err := who.May(access.OrgRead)
	h.must(err)
	h.must(h.s.DB.Write(h.Context(), g, fn))
}

func (h *house) mine(who access.Actor) (m task.Mine, waiting string) {
	h.Helper()
	m, err := h.s.Mine(h.Context(), who)
	h.must(err)
	return m, titles(m.Waiting)
}

func titles(list []task.Task) string {
	var out []string
	for i := range list {
		out = append(out, list[i].Title)
	}
	return strings.Join(out, "|")
}

func (h *house) add(t task.Task) {
	h.Helper()
	h.hand.Add(time.Second)
	h.in(h.lead, func(tx *db.Tx) error { return task.Add(tx, t) })
}

func TestOtherNounsOpenAndCloseTasks(t *testing.T) {
	each(t, func(h *house) {
		approve := task.Task{Noun: "exclusion", Object: "exc_1", Step: "approve", Title: "Approve", Href: "/exclusions/exc_1", Role: access.RoleLead}
		h.add(approve)
		h.add(task.Task{Noun: "exclusion", Object: "exc_1", Step: "renew", Title: "Renew", Assignee: "usr_ann", DueOn: h.due})
		h.add(task.Task{Noun: "control", Object: "AC-01", Title: "Late", Assignee: "usr_ann", DueOn: h.today - 1})
		approve.Title, approve.Role = "Approve now", access.RoleOwner
		h.add(approve) // asked again: changed, not doubled
		if _, got := h.mine(h.ann); got != "Late|Renew|Approve now" {
			h.Errorf("%s", got)
		}
		if m, got := h.mine(h.lead); got != "" || titles(m.Asked) != "Late|Renew|Approve now" {
			h.Errorf("%s, asked %s", got, titles(m.Asked))
		}
		m, _ := h.mine(h.ann)
		if !m.Waiting[0].Late(m.Today) || m.Waiting[1].Late(m.Today) {
			h.Errorf("%+v", m)
		}
		h.in(h.ann, func(tx *db.Tx) error {
			return task.FinishStep(tx, "exclusion", "exc_1", "approve")
		})
		m, got := h.mine(h.ann)
		if got != "Late|Renew" || titles(m.Done) != "Approve now" || m.Done[0].DoneByName != "Ann" {
			h.Errorf("%s, done %s", got, titles(m.Done))
		}
		h.in(h.lead, func(tx *db.Tx) error { return task.Finish(tx, "exclusion", "exc_1") })
		h.add(approve) // a new need is a new task
		if _, got := h.mine(h.ann); got != "Late|Approve now" {
			h.Errorf("%s", got)
		}
		h.hand.Add(31 * 24 * time.Hour)
		if m, _ := h.mine(h.ann); len(m.Done) != 0 {
			h.Errorf("done long ago, and still: %s", titles(m.Done))
		}
	})
}

func TestWrongTasks(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		for name, tk := range map[string]task.Task{
			"title":    {Assignee: "usr_ann"},
			"assignee": {Title: "x"},
			"why":      {Title: "x", Assignee: "usr_ann", Why: strings.Repeat("x", 1001)},
			"href":     {Title: "x", Assignee: "usr_ann", Href: "//evil.example"},
		} {
			err := h.s.Ask(ctx, h.lead, tk)
			h.want(fault.Invalid, err)
			if f := fault.FieldsOf(err); len(f) != 1 || f[0].Name != name {
				h.Errorf("%s: %v", name, f)
			}
		}
		h.want(fault.NotFound, h.s.Ask(ctx, h.lead, task.Task{Title: "x", Assignee: "usr_ghost"}))
	})
}

func TestByHand(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.must(h.s.Ask(ctx, h.lead, task.Task{Title: "Ask the landlord", Assignee: "usr_ann", DueOn: h.due}))
		h.add(task.Task{Noun: "control", Object: "AC-01", Title: "Perform", Role: access.RoleOwner})
		m, got := h.mine(h.ann)
		if got != "Ask the landlord|Perform" {
			h.Fatal(got)
		}
		byHand, noun := m.Waiting[0].ID, m.Waiting[1].ID
		bob := h.ann
		bob.ID, bob.Name = "usr_bob", "Bob"
		h.want(fault.Forbidden, h.s.Finish(ctx, bob, byHand))
		h.want(fault.Conflict, h.s.Finish(ctx, bob, noun))
		for _, until := range []standing.Date{0, h.today, h.due + 1} {
			h.want(fault.Invalid, h.s.Snooze(ctx, h.ann, byHand, until))
		}
		h.must(h.s.Snooze(ctx, h.ann, byHand, h.today+3))
		if m, got := h.mine(h.ann); got != "Perform" || titles(m.Snoozed) != "Ask the landlord" {
			h.Errorf("%s, snoozed %s", got, titles(m.Snoozed))
		}
		h.hand.Add(3 * 24 * time.Hour)
		if _, got := h.mine(h.ann); got != "Ask the landlord|Perform" {
			h.Errorf("after the snooze: %s", got)
		}
		h.want(fault.NotFound, h.s.Assign(ctx, h.ann, byHand, "usr_ghost", ""))
		h.want(fault.Invalid, h.s.Assign(ctx, h.ann, byHand, "", access.RoleJob))
		h.must(h.s.Assign(ctx, h.ann, byHand, "usr_bob", access.RoleLead))
		if _, got := h.mine(bob); got != "Ask the landlord|Perform" {
			h.Errorf("bob: %s", got)
		}
		h.must(h.s.Finish(ctx, bob, byHand))
		h.want(fault.Conflict, h.s.Finish(ctx, bob, byHand))
		all, err := h.s.All(ctx, h.lead)
		h.must(err)
		if titles(all) != "Perform" {
			h.Errorf("%s", titles(all))
		}
	})
}

func TestAnotherOrganizationReachesNothing(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.add(task.Task{Noun: "control", Object: "AC-01", Title: "Perform", Role: access.RoleLead})
		m, _ := h.mine(h.lead)
		evil := h.newOrg("Evil")
		h.want(fault.NotFound, h.s.Finish(ctx, evil, m.Waiting[0].ID))
		h.want(fault.NotFound, h.s.Snooze(ctx, evil, m.Waiting[0].ID, h.due))
		h.want(fault.NotFound, h.s.Assign(ctx, evil, m.Waiting[0].ID, "usr_x", ""))
		h.in(evil, func(tx *db.Tx) error {
			return task.Finish(tx, "control", "AC-01")
		})
		all, err := h.s.All(ctx, evil)
		h.must(err)
		if theirs, got := h.mine(evil); got != "" || len(all)+len(theirs.Asked)+len(theirs.Done) != 0 {
			h.Errorf("%+v", theirs)
		}
		if _, got := h.mine(h.lead); got != "Perform" {
			h.Errorf("closed from outside: %s", got)
		}
	})
}

func TestWhoMay(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		for _, role := range []access.Role{access.RoleViewer, access.RoleAuditor} {
			who := h.lead
			who.Role = role
			h.want(fault.Forbidden, h.s.Ask(ctx, who, task.Task{Title: "x", Assignee: "usr_ann"}))
			h.want(fault.Forbidden, h.s.Finish(ctx, who, "tsk_x"))
			h.want(fault.Forbidden, h.s.Snooze(ctx, who, "tsk_x", h.due))
			h.want(fault.Forbidden, h.s.Assign(ctx, who, "tsk_x", "usr_ann", ""))
			_, err := h.s.All(ctx, who)
			h.want(fault.Forbidden, err)
			_, err = h.s.Mine(ctx, who)
			h.must(err)
		}
		_, err := h.s.Mine(ctx, access.Actor{})
		h.want(fault.Unauthenticated, err)
	})
}
