package engagement_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/engagement"
	"assay/internal/governance"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/register"
)

type house struct {
	*testing.T
	b                     register.Book
	hand                  *clock.Hand
	lead, auditor, second access.Actor
	other                 func() string // id of another organization
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, hand: hand}
		h.on(2026, 3, 1)
		h.b = register.Book{
			DB: d, Library: library, Declarations: []register.Declaration{engagement.Declaration(), engagement.Requests(), engagement.Populations(), engagement.Samples(), engagement.Sheets(), engagement.Exceptions(), governance.Findings()},
			People: func(*db.Tx) ([]register.Someone, error) {
				return []register.Someone{{ID: "per_1", Name: "Tom Okafor", Email: "tom@example.com"}}, nil
			},
			PersonOf: func(*db.Tx, string) (string, error) { return "", nil },
			Answered: func(*db.Tx) ([]register.Answered, error) {
				return []register.Answered{{Control: "IAM-03"}, {Control: "IAM-09", Person: "per_1"}, {Control: "HRS-08"}, {Control: "CHG-03"}}, nil
			},
			Evidence: func(_ *db.Tx, id string) error {
				if id != "ev_1" {
					return fault.New(fault.NotFound, "None.")
				}
				return nil
			},
		}
		orgs := org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}
		o, err := orgs.Create(t.Context(), org.New{Name: "Larkspur", Zone: "UTC"})
		if err != nil {
			t.Fatal(err)
		}
		who := func(id string, role access.Role) access.Actor {
			return access.Actor{ID: id, Org: o.ID, Name: id, Role: role}
		}
		h.lead, h.auditor, h.second = who("usr_lead", access.RoleLead), who("usr_a", access.RoleAuditor), who("usr_b", access.RoleAuditor)
		h.other = func() string {
			rival, err := orgs.Create(t.Context(), org.New{Name: "Rival", Zone: "UTC"})
			if err != nil {
				t.Fatal(err)
			}
			return rival.ID
		}
		fn(h)
	})
}

func (h *house) on(year, month, day int) {
	h.hand.Set(time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC))
}

func fields(pairs ...string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

func (h *house) draft(pairs ...string) string {
	h.Helper()
	base := []string{"title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-01-01", "to", "2026-06-30"}
	r, err := h.b.Add(h.Context(), h.lead, engagement.Noun, register.Input{Fields: fields(append(base, pairs...)...)})
	if err != nil {
		h.Fatal(err)
	}
	return r.ID
}

func (h *house) move(who access.Actor, id, name string, pairs ...string) error {
	_, err := h.b.Move(h.Context(), who, engagement.Noun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
	return err
}

func (h *house) moved(who access.Actor, id, name, state string, pairs ...string) {
	h.Helper()
	r, err := h.b.Move(h.Context(), who, engagement.Noun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
	if err != nil {
		h.Fatalf("%s: %v", name, err)
	}
	if r.State != state {
		h.Fatalf("%s: %s, want %s", name, r.State, state)
	}
}

func (h *house) refused(err error, kind fault.Kind, says string) {
	h.Helper()
	if !fault.Is(err, kind) {
		h.Errorf("%v, want %v", err, kind)
		return
	}
	text := []string{err.Error()}
	for _, f := range fault.FieldsOf(err) {
		text = append(text, f.Text)
	}
	if !strings.Contains(strings.Join(text, " "), says) {
		h.Errorf("%q does not say %q", text, says)
	}
}

// engage goes to the running period.
func (h *house) engage() string {
	h.Helper()
	id := h.draft()
	h.moved(h.lead, id, "propose", engagement.Proposed)
	h.refused(h.move(h.lead, id, "accept", "independence", "Fine."), fault.Forbidden, "")
	h.moved(h.auditor, id, "accept", engagement.Engaged, "independence", "Looked at.")
	h.refused(h.move(h.lead, id, "sign", "letter_on", "2027-01-01", "letter_by", "A; B"), fault.Invalid, "is to come")
	h.moved(h.lead, id, "sign", engagement.Planning, "letter_on", "2026-02-01", "letter_by", "A; B")
	h.refused(h.move(h.auditor, id, "begin", "description_on", "2026-02-02", "assertion_on", "2026-02-02", "plan", "Ours."), fault.Conflict, "not open")
	h.moved(h.auditor, id, "run", engagement.PeriodRunning, "description_on", "2026-02-02", "assertion_on", "2026-02-02", "plan", "Ours.")
	return id
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A Type 2 goes from its draft to an issued report, by the steps of both sides,
// and whoever took part does not issue it.
func TestType2(t *testing.T) {
	each(t, func(h *house) {
		id := h.engage()
		h.refused(h.move(h.lead, id, "examine"), fault.Invalid, "period has not ended")
		h.on(2026, 6, 30)
		h.refused(h.move(h.lead, id, "examine"), fault.Invalid, "period has not ended")
		h.on(2026, 7, 1)
		h.moved(h.lead, id, "examine", engagement.Fieldwork)
		h.moved(h.auditor, id, "evaluate", engagement.Evaluation)
		h.moved(h.auditor, id, "conclude", engagement.Reporting, "concluded", "All of them.")
		h.moved(h.auditor, id, "review", engagement.QualityReview, "final_on", "2026-07-01", "later_events", "None.")
		issue := []string{"report_on", "2026-07-01", "representation_on", "2026-07-01", "opinion", "unqualified", "report_sha256", digest}
		h.refused(h.move(h.auditor, id, "issue", issue...), fault.Forbidden, "You took another step")
		h.refused(h.move(h.lead, id, "issue", issue...), fault.Forbidden, "")
		h.moved(h.second, id, "rewrite", engagement.Reporting)
		h.moved(h.auditor, id, "review", engagement.QualityReview, "final_on", "2026-07-01", "later_events", "None.")
		h.refused(h.move(h.auditor, id, "issue", issue...), fault.Forbidden, "You took another step")
		bad := slices.Clone(issue)
		bad[3] = "2026-06-30"
		h.refused(h.move(h.second, id, "issue", bad...), fault.Invalid, "date of the report")
		bad = slices.Clone(issue)
		bad[7] = "abc"
		h.refused(h.move(h.second, id, "issue", bad...), fault.Invalid, "SHA-256")
		h.refused(h.move(h.second, id, "issue", append(slices.Clone(issue), "opinion_text", "In our opinion.")...), fault.Invalid, "one of the two empty")
		h.refused(h.move(h.second, id, "issue", issue[:6]...), fault.Invalid, "in the firm's words")
		h.refused(h.move(h.second, id, "issue", append(slices.Clone(issue[:6]), "opinion_text", "In our opinion.")...), fault.Invalid, "where the firm signs")
		bad = slices.Clone(issue)
		bad[1], bad[3] = "2026-06-30", "2026-06-30"
		h.refused(h.move(h.second, id, "issue", bad...), fault.Invalid, "not after")
		h.moved(h.second, id, "issue", engagement.Issued, issue...)
		_, err := h.b.Edit(h.Context(), h.lead, engagement.Noun, id, register.Input{Part: true, Fields: fields("notes", "x")})
		h.refused(err, fault.Conflict, "not changed any more")
		h.refused(h.move(h.auditor, id, "reissue", issue...), fault.Forbidden, "You took another step")
		h.moved(h.second, id, "reissue", engagement.Issued, "report_sha256", strings.Repeat("a", 64))
		h.refused(h.move(h.second, id, "supersede", "superseded_by", id), fault.Invalid, "itself")
		h.moved(h.auditor, id, "withdraw", engagement.Withdrawn)
	})
}

// What is examined is fixed once the firm accepted; a change of scope needs both
// sides, goes back to where it was asked for, and never reaches frozen days.
func TestScope(t *testing.T) {
	each(t, func(h *house) {
		id := h.engage()
		edit := func(pairs ...string) error {
			_, err := h.b.Edit(h.Context(), h.lead, engagement.Noun, id, register.Input{Part: true, Fields: fields(pairs...)})
			return err
		}
		h.refused(edit("to", "2026-05-31"), fault.Invalid, "fixed since")
		h.refused(edit("categories", "security; privacy"), fault.Invalid, "fixed since")
		if err := edit("notes", "Anything."); err != nil {
			h.Error(err)
		}
		h.refused(h.move(h.lead, id, "rescope"), fault.Invalid, "Nothing would change")
		h.refused(h.move(h.lead, id, "rescope", "wanted_to", "2025-12-01"), fault.Invalid, "not after the first")
		h.refused(h.move(h.auditor, id, "rescope", "wanted_to", "2026-09-30"), fault.Forbidden, "")
		h.moved(h.lead, id, "rescope", engagement.ScopeChange, "wanted_to", "2026-05-31", "wanted_categories", "security; availability")
		h.refused(h.move(h.lead, id, "agree", "scope_sound", "yes"), fault.Forbidden, "")
		h.refused(h.move(h.auditor, id, "agree", "scope_sound", "no"), fault.Invalid, "is refused")
		h.moved(h.auditor, id, "agree", engagement.PeriodRunning, "scope_sound", "yes")
		d, err := h.b.Get(h.Context(), h.auditor, engagement.Noun, id)
		if err != nil || d.Get("to") != "2026-05-31" || !slices.Equal(d.List("categories"), []string{"availability", "security"}) || d.Get("wanted_to") != "" || d.Get("scope_asked_in") != "" {
			h.Fatal(d.Values, err)
		}
		h.moved(h.lead, id, "rescope", engagement.ScopeChange, "wanted_service", "Another")
		h.moved(h.auditor, id, "refuse", engagement.PeriodRunning)
		h.on(2026, 6, 1)
		h.moved(h.auditor, id, "examine", engagement.Fieldwork)
		h.refused(h.move(h.lead, id, "rescope", "wanted_to", "2026-06-30"), fault.Invalid, "frozen")
		h.moved(h.lead, id, "rescope", engagement.ScopeChange, "wanted_service", "Orders and returns")
		h.moved(h.auditor, id, "agree", engagement.Fieldwork, "scope_sound", "yes")
	})
}

// A Type 1 waits for its day and has no period.
func TestType1(t *testing.T) {
	each(t, func(h *house) {
		_, err := h.b.Add(h.Context(), h.lead, engagement.Noun, register.Input{Fields: fields("title", "T1", "type", "type1", "categories", "availability", "from", "2026-01-01")})
		h.refused(err, fault.Invalid, "about one day")
		h.refused(err, fault.Invalid, "Security is in every")
		id := h.draft("type", "type1", "from", "", "to", "", "subservice", "")
		h.refused(h.move(h.lead, id, "propose"), fault.Invalid, "needed first")
		if _, err := h.b.Edit(h.Context(), h.lead, engagement.Noun, id, register.Input{Part: true, Fields: fields("as_of", "2026-03-02", "subservice", "none")}); err != nil {
			h.Fatal(err)
		}
		h.moved(h.lead, id, "propose", engagement.Proposed)
		h.moved(h.auditor, id, "accept", engagement.Engaged, "independence", "Looked at.")
		h.moved(h.auditor, id, "sign", engagement.Planning, "letter_on", "2026-02-01", "letter_by", "A; B")
		first := []string{"description_on", "2026-02-02", "assertion_on", "2026-02-02", "plan", "Ours."}
		h.refused(h.move(h.auditor, id, "run", first...), fault.Conflict, "not open")
		h.refused(h.move(h.auditor, id, "begin", first...), fault.Invalid, "has not come")
		h.on(2026, 3, 2)
		h.moved(h.auditor, id, "begin", engagement.Fieldwork, first...)
	})
}

// Who is chosen, and why it may issue such reports, is on record before it accepts.
func TestFirm(t *testing.T) {
	each(t, func(h *house) {
		id := h.draft("licence", "New York, 012345", "peer_review", "pass", "peer_review_on", "2025-05-31")
		d, err := h.b.Get(h.Context(), h.auditor, engagement.Noun, id)
		if err != nil || d.Get("licence") != "New York, 012345" || d.Get("peer_review") != "pass" || d.Get("peer_review_on") != "2025-05-31" {
			t.Fatal(d.Values, err)
		}
		_, err = h.b.Edit(h.Context(), h.lead, engagement.Noun, id, register.Input{Part: true, Fields: fields("peer_review", "excellent")})
		h.refused(err, fault.Invalid, "Choose one of")
	})
}

// The next year is planned from the one before; nothing that was done is carried, and it
// waits for the end of that one, or says why not.
func TestRollingForward(t *testing.T) {
	each(t, func(h *house) {
		id := h.engage()
		y := engagement.Years{DB: h.b.DB, Books: &h.b}
		_, err := y.Roll(h.Context(), h.auditor, id, engagement.Rolling{Reason: "Early."})
		h.refused(err, fault.Forbidden, "")
		_, err = y.Roll(h.Context(), h.lead, id, engagement.Rolling{})
		h.refused(err, fault.Invalid, "has not ended")
		_, err = y.Roll(h.Context(), h.lead, "EN-77", engagement.Rolling{})
		h.refused(err, fault.NotFound, "")
		out, err := y.Roll(h.Context(), h.lead, id, engagement.Rolling{Reason: "The firm plans early."})
		if err != nil {
			h.Fatal(err, fault.FieldsOf(err))
		}
		d, err := h.b.Get(h.Context(), h.lead, engagement.Noun, out.ID)
		if err != nil || d.State != engagement.Draft || d.Get("from") != "2026-07-01" || d.Get("to") != "2027-06-30" || d.Get("previous") != id || d.Get("rolled_why") != "The firm plans early." ||
			d.Get("firm") != "Calder" || d.Get("independence") != "" || d.Get("letter_on") != "" {
			h.Fatal(d.State, d.Values, err)
		}
		_, err = y.Roll(h.Context(), h.lead, id, engagement.Rolling{Reason: "Again."})
		h.refused(err, fault.Conflict, "already")
		c, err := y.Compare(h.Context(), h.lead, out.ID)
		if err != nil || c.Before.ID != id || c.Now.ID != out.ID {
			h.Error(c, err)
		}
		_, err = y.Compare(h.Context(), h.lead, id)
		h.refused(err, fault.NotFound, "follows no other")
		h.moved(h.lead, out.ID, "cancel", engagement.Cancelled)
		if _, err := y.Roll(h.Context(), h.lead, id, engagement.Rolling{Reason: "Once more."}); err != nil {
			h.Error(err)
		}
		other := h.lead
		other.Org = "org_other"
		if _, err := y.Roll(h.Context(), other, id, engagement.Rolling{Reason: "Theirs."}); err == nil {
			h.Error("another organization's engagement is carried forward")
		}
	})
}
