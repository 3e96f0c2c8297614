package personal_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/suite"
	"assay/internal/task"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	*suite.Suite
	hand        *clock.Hand
	ours, third org.Org
	lead, tom   access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Run("sqlite", func(t *testing.T) { fn(build(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(build(t, dbtest.Postgres(t))) })
}

func build(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.hand.Set(time.Date(2026, 6, 15, 7, 0, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	h.ours, err = s.Orgs.Create(t.Context(), org.New{Name: "Larkspur", Zone: "Europe/Stockholm"})
	h.must(err)
	h.third, err = s.Orgs.Create(t.Context(), org.New{Name: "Heron", Zone: "Europe/Stockholm"})
	h.must(err)
	h.lead, h.tom = h.user(h.ours, "Priya Raman", access.RoleLead), h.user(h.ours, "Tom Okafor", access.RoleLead)
	return h
}

func address(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.com"
}

func (h *house) user(o org.Org, name string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.Auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: address(name), Name: name, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: o.ID, Name: name, Role: role, Door: access.DoorWeb, From: "198.51.100.7"}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// everything is the content of every table as text, the log among it.
func (h *house) everything() string {
	h.Helper()
	var out strings.Builder
	h.must(h.DB.ReadInstallation(h.Context(), func(tx *db.Tx) error {
		tables, err := db.All(tx, db.Value[string], `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
		for _, table := range tables {
			columns, err := db.All(tx, db.Value[string], `SELECT name FROM pragma_table_info($1)`, table)
			h.must(err)
			for _, c := range columns {
				h.must(tx.Each(func(scan db.Scan) error {
					var text string
					err := scan(&text)
					out.WriteString("\n" + table + "." + c + " " + text)
					return err
				}, `SELECT CAST("`+c+`" AS TEXT) FROM "`+table+`" WHERE "`+c+`" IS NOT NULL`))
			}
		}
		return err
	}))
	return out.String()
}

func (h *house) works() {
	h.Helper()
	h.must(h.Tasks.Ask(h.Context(), h.tom, task.Task{Title: "Look through the firewall rules", Assignee: h.lead.ID}))
	_, _, err := h.Auth.Invite(h.Context(), h.lead, auth.New{Email: "tom.okafor@example.com", Name: "Tom Okafor", Role: access.RoleViewer})
	if err == nil {
		h.must(err)
	}
	_, _, err = h.Auth.Reset(h.Context(), address(h.tom.Name))
	h.must(err)
}

func TestWhoLeftIsErased(t *testing.T) {
	each(t, func(h *house) {
		h.works()
		if _, err := h.Personal.Erase(h.Context(), h.lead, h.tom.ID, trail.OnRequest, "Asked on 14 June."); !fault.Is(err, fault.Conflict) {
			h.Fatalf("a member: %v", err)
		}
		h.must(h.Auth.RemoveMember(h.Context(), h.lead, h.tom.ID))
		list, err := h.Personal.Former(h.Context(), h.lead)
		h.must(err)
		if len(list) != 1 || list[0].ID != h.tom.ID || list[0].Name != "Tom Okafor" {
			h.Fatalf("%+v", list)
		}
		out, err := h.Personal.Erase(h.Context(), h.lead, h.tom.ID, trail.OnRequest, "Tom Okafor (tom.okafor@example.com) asked on 14 June.")
		h.must(err)
		if !out.Account || out.Entries < 3 {
			h.Errorf("%+v", out)
		}
		h.must(ledger.Settle(h.Context(), h.DB, h.ours.ID))
		if h.DB.Engine() == db.SQLite { // all tables at once; the use case is the same
			text := h.everything()
			for line := range strings.Lines(text) {
				if strings.Contains(strings.ToLower(line), "okafor") {
					h.Errorf("in the store: %s", line)
				}
			}
			if !strings.Contains(text, "firewall rules") || !strings.Contains(text, h.tom.ID) {
				h.Error("what was done is gone too")
			}
		}
		if list, err := h.Personal.Former(h.Context(), h.lead); err != nil || len(list) != 0 {
			h.Errorf("still listed: %+v, %v", list, err)
		}
		if _, err := h.Personal.Erase(h.Context(), h.lead, h.tom.ID, trail.OnRequest, "Again."); !fault.Is(err, fault.NotFound) {
			h.Errorf("again: %v", err)
		}
		if _, err := h.VerifyLog(h.Context(), access.Console(h.ours.ID)); err != nil {
			h.Errorf("the log: %v", err)
		}
		if _, err := h.CompareRows(h.Context(), access.Console(h.ours.ID), 0, 1); err != nil {
			h.Errorf("the rows: %v", err)
		}
		// Who comes again is somebody new.
		if again := h.user(h.ours, "Tom Okafor", access.RoleViewer); again.ID == h.tom.ID {
			h.Error("the erased account came back")
		}
	})
}

// TestOneOrganizationErasesForItself leaves another one's trail, and the account that it
// still has as a member.
func TestOneOrganizationErasesForItself(t *testing.T) {
	each(t, func(h *house) {
		h.works()
		there := h.user(h.third, "Tom Okafor", access.RoleOwner)
		if there.ID != h.tom.ID {
			h.Fatal("two accounts of one address")
		}
		h.must(h.Auth.RemoveMember(h.Context(), h.lead, h.tom.ID))
		out, err := h.Personal.Erase(h.Context(), h.lead, h.tom.ID, trail.OnRequest, "Asked.")
		h.must(err)
		if out.Account {
			h.Error("the account is another organization's too")
		}
		ours, err := h.Trail(h.Context(), access.Console(h.ours.ID), trail.Filter{Limit: 200})
		h.must(err)
		if slices.ContainsFunc(ours, func(e trail.Entry) bool { return strings.Contains(e.Label+e.Name, "Okafor") }) {
			h.Error("still in the trail")
		}
		theirs, err := h.Trail(h.Context(), access.Console(h.third.ID), trail.Filter{Limit: 200})
		h.must(err)
		if !slices.ContainsFunc(theirs, func(e trail.Entry) bool { return e.Label == "Tom Okafor" }) {
			h.Error("another organization's trail was changed")
		}
		eve := h.user(h.third, "Eve Lind", access.RoleLead)
		if _, err := h.Personal.Erase(h.Context(), eve, h.lead.ID, trail.OnRequest, "Asked."); !fault.Is(err, fault.NotFound) {
			h.Errorf("somebody of another organization: %v", err)
		}
		if _, err := h.Personal.Kept(h.Context(), eve, h.lead.ID); !fault.Is(err, fault.NotFound) {
			h.Errorf("what is kept of somebody of another organization: %v", err)
		}
	})
}

func TestWhoErases(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	h.must(h.Auth.RemoveMember(h.Context(), h.lead, h.tom.ID))
	for _, role := range access.Roles() {
		who := h.lead
		who.Role = role
		if _, err := h.Personal.Former(h.Context(), who); role != access.RoleLead && !fault.Is(err, fault.Forbidden) {
			h.Errorf("%s: %v", role, err)
		}
	}
	if _, err := h.Personal.Erase(h.Context(), h.lead, h.lead.ID, trail.OnRequest, "x"); !fault.Is(err, fault.Forbidden) {
		h.Errorf("oneself: %v", err)
	}
	for _, c := range []struct{ basis, why, field string }{{"whim", "x", "basis"}, {"request", " ", "why"}, {"request", strings.Repeat("x", 2001), "why"}} {
		_, err := h.Personal.Erase(h.Context(), h.lead, h.tom.ID, trail.Basis(c.basis), c.why)
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Name != c.field {
			h.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := h.Personal.Erase(h.Context(), h.lead, "usr_nobody", trail.OnRequest, "x"); !fault.Is(err, fault.NotFound) {
		h.Errorf("nobody: %v", err)
	}
}

// TestNamesAreKeptAsLongAsTheRuleSays goes through the months of a rule.
func TestNamesAreKeptAsLongAsTheRuleSays(t *testing.T) {
	each(t, func(h *house) {
		h.works()
		h.must(h.Auth.RemoveMember(h.Context(), h.lead, h.tom.ID))
		for _, months := range []int{-1, 1, 11, 241} {
			if err := h.Personal.SetRule(h.Context(), h.lead, months); !fault.Is(err, fault.Invalid) {
				h.Errorf("%d months: %v", months, err)
			}
		}
		left := func() int {
			h.must(h.Personal.Round(h.Context(), h.ours.ID))
			list, err := h.Personal.Former(h.Context(), h.lead)
			h.must(err)
			return len(list)
		}
		begun := h.hand.Now()
		h.hand.Set(begun.AddDate(9, 0, 0))
		if left() != 1 {
			h.Error("erased without a rule")
		}
		h.hand.Set(begun)
		h.must(h.Personal.SetRule(h.Context(), h.lead, 12))
		if m, err := h.Personal.Rule(h.Context(), h.lead); m != 12 || err != nil {
			h.Errorf("%d, %v", m, err)
		}
		h.hand.Set(begun.AddDate(1, 0, 0))
		if left() != 1 {
			h.Error("erased too early")
		}
		h.hand.Set(begun.AddDate(1, 0, 1))
		if left() != 0 {
			h.Error("not erased")
		}
		h.must(ledger.Settle(h.Context(), h.DB, h.ours.ID))
		if _, err := h.CompareRows(h.Context(), access.Console(h.ours.ID), 0, 1); err != nil {
			h.Errorf("the rows: %v", err)
		}
		h.must(h.Personal.SetRule(h.Context(), h.lead, 0))
	})
}

// TestWhatIsKeptIsGiven has a person ask for what is kept of them, and a lead for them.
func TestWhatIsKeptIsGiven(t *testing.T) {
	each(t, func(h *house) {
		h.works()
		self, err := h.Personal.Kept(h.Context(), h.tom, h.tom.ID)
		h.must(err)
		text, err := json.Marshal(self)
		h.must(err)
		for _, want := range []string{`"name":"Tom Okafor"`, `"email":"tom.okafor@example.com"`, `"role":"lead"`, "firewall rules", "198.51.100.7", `"factors"`} {
			if !strings.Contains(string(text), want) {
				h.Errorf("%s is not in it: %s", want, text)
			}
		}
		other, err := h.Personal.Kept(h.Context(), h.lead, h.tom.ID)
		h.must(err)
		if other.Factors != nil || other.Devices != nil || other.User == nil || len(other.Trail) == 0 {
			h.Errorf("%+v", other)
		}
		h.must(h.Auth.RemoveMember(h.Context(), h.lead, h.tom.ID))
		if left, err := h.Personal.Kept(h.Context(), h.lead, h.tom.ID); err != nil || left.User != nil || left.Membership != nil || len(left.Trail) == 0 {
			h.Errorf("the account of somebody who left is told: %+v, %v", left, err)
		}
		viewer := h.user(h.ours, "Kim Berg", access.RoleViewer)
		if _, err := h.Personal.Kept(h.Context(), viewer, h.tom.ID); !fault.Is(err, fault.Forbidden) {
			h.Errorf("a viewer: %v", err)
		}
		if _, err := h.Personal.Kept(h.Context(), viewer, viewer.ID); err != nil {
			h.Errorf("one's own: %v", err)
		}
		list, err := h.Trail(h.Context(), access.Console(h.ours.ID), trail.Filter{Action: "user.export"})
		h.must(err)
		if len(list) != 4 {
			h.Errorf("%d entries tell of it", len(list))
		}
	})
}

// names are the columns that hold names or addresses, of users or not, and what becomes
// of them.
var names = map[string]string{
	"trail_entry.address": "erased", "auth_user.email": "erased", "auth_session.address": "erased", "auth_refusal.address": "erased", "auth_device.address": "erased", "auth_invitation.email": "erased",
	"scim_user.user_name": "erased", "notice_message.address": "erased", "task_task.asked_by_name": "erased", "task_task.done_by_name": "erased", "account_match.made_name": "erased",
	"account_match.ended_name": "erased", "policy_version.author_name": "erased", "policy_version.approve_name": "erased", "policy_review.by_name": "erased", "register_row.by_name": "erased", "register_version.by_name": "erased",

	"evidence_item.by_name": "evidence: its leaf commits to it", "activity_performance.by_name": "evidence: its leaf commits to it",
	"review_item.by_name": "evidence: who decided on an access", "review_decision.by_name": "evidence: who decided on an access", "sheet_cell.by_name": "evidence: who tested", "sheet_mark.by_name": "evidence: who tested",

	"person_person.email": "the register of people", "person_person.sort_name": "the register of people", "evidence_item.file_name": "of a file", "device_ask.address": "of a command line that asks, before anybody is known; gone when it expires, in ten minutes", "portfolio_consent.provider_name": "of an organization", "siem_destination.address": "of a server",
}

func TestEveryColumnOfNamesIsKnown(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	h.must(h.DB.ReadInstallation(h.Context(), func(tx *db.Tx) error {
		list, err := db.All(tx, db.Value[string], `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND (c.name LIKE '%\_name' ESCAPE '\' OR c.name IN ('email', 'address', 'mail'))`)
		for _, column := range list {
			if names[column] == "" {
				t.Errorf("%s: is it erased with a user, or why not?", column)
			}
		}
		for column := range names {
			if !slices.Contains(list, column) {
				t.Errorf("%s is not there", column)
			}
		}
		return err
	}))
}
