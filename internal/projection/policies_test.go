package projection_test

import (
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/export/exporttest"
	"assay/internal/person"
	"assay/internal/policy"
	"assay/internal/standing"
)

// policies gives a house two policies: one that was reviewed and accepted, with a
// version withdrawn and a draft, and one that was retired.
func policies(t *testing.T, h *exporttest.House) {
	t.Helper()
	library, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lead, other := h.Lead("usr_lead"), h.Lead("usr_other")
	day := standing.DayOf(h.Hand.Now(), time.UTC)
	ann, err := (person.Service{DB: h.DB}).Add(t.Context(), lead, person.Details{Name: "Ann", Email: "ann@larkspur.example", Group: "employee", StartsOn: day - 100})
	must(err)
	s := policy.Service{DB: h.DB, Library: library, PersonOf: func(*db.Tx, string) (string, error) { return ann.ID, nil }}
	write := func(id string, v int, from standing.Date) {
		t.Helper()
		if w := (policy.Words{Text: "# " + id + "\n\nWe lock the doors.\n", Note: "What changes", Ask: true}); v > 1 {
			must(s.Write(t.Context(), lead, id, w))
		} else {
			must(s.Add(t.Context(), lead, policy.Policy{ID: id, Title: id, ReviewMonths: 12, AcceptDays: 30}, w))
		}
		must(s.Submit(t.Context(), lead, id))
		must(s.Approve(t.Context(), other, id, from))
	}
	write("POL-01", 1, 0)
	write("POL-02", 1, 0)
	must(s.Review(t.Context(), other, "POL-01", "Looked at, and nothing has to change."))
	must(s.Accept(t.Context(), access.Actor{ID: "usr_ann", Org: h.Org.ID, Name: "Ann", Role: access.RoleOwner, Door: access.DoorWeb}, "POL-01", 1))
	write("POL-01", 2, day+40)
	must(s.Withdraw(t.Context(), lead, "POL-01"))
	must(s.Write(t.Context(), lead, "POL-01", policy.Words{Text: "# A draft\n", Note: "More"}))
	must(s.Retire(t.Context(), other, "POL-02", false))
}
