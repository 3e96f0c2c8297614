package licensed_test

import (
	"bytes"
	"strings"
	"testing"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/licensed"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	licensed.Service
	hand *clock.Hand
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	library, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, Service: licensed.Service{DB: d, Keys: keys.New(secret.NewKey(), ""), Criteria: library.Criteria()}}
		for _, org := range []string{"org_a", "org_b"} {
			h.write(org, func(tx *db.Tx) error {
				origin := "test.invalid/soc2/" + org
				if _, err := h.Keys.Create(tx, org, origin); err != nil {
					return err
				}
				return ledger.Open(tx, origin)
			})
		}
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) write(org string, fn func(tx *db.Tx) error) {
	h.Helper()
	grant, err := access.Console(org).May(access.OrgEdit)
	h.must(err)
	h.must(h.DB.Write(h.Context(), grant, fn))
}

func actor(org string, role access.Role) access.Actor {
	return access.Actor{ID: "usr_" + string(role), Name: "Kim " + string(role), Org: org, Role: role, Door: access.DoorWeb}
}

func (h *house) bring(org, csv string) (licensed.Copy, error) {
	h.Helper()
	return h.Import(h.Context(), actor(org, access.RoleLead), catalog.LicensedFile{Name: "text.csv", Publication: "2022 edition", Body: strings.NewReader(csv)})
}

// says asserts what the organization's own people read of CC1.1.
func (h *house) says(org, want string) {
	h.Helper()
	c, found, err := h.Get(h.Context(), actor(org, access.RoleOwner))
	h.must(err)
	got, _ := c.Criterion("CC1.1")
	if got != want || found != (want != "") {
		h.Errorf("%s reads %q, %t, want %q", org, got, found, want)
	}
}

func TestACopyIsReplacedWholeAndForgotten(t *testing.T) {
	each(t, func(h *house) {
		h.says("org_a", "")
		c, err := h.bring("org_a", "id,text\nCC1.1,zebra one\nCC6.1,two\nCC6.1-1,of a point\n")
		h.must(err)
		if whole, points := c.Count(); whole != 2 || points != 1 || c.Publication != "2022 edition" || c.Name != "Kim lead" || c.ImportedAt.IsZero() {
			h.Errorf("%d criteria, %d points, %+v", whole, points, c)
		}
		h.says("org_a", "zebra one")
		if _, err := h.bring("org_a", "id,text\nCC1.1,zebra two\nCC9.9,x\n"); !fault.Is(err, fault.Invalid) || len(fault.FieldsOf(err)) != 1 {
			h.Errorf("a wrong line: %v", err)
		}
		h.says("org_a", "zebra one") // the copy before stays
		_, err = h.bring("org_a", "id,text\nCC1.1,zebra three\n")
		h.must(err)
		h.says("org_a", "zebra three")
		read, _, err := h.Get(h.Context(), actor("org_a", access.RoleOwner))
		h.must(err)
		if _, ok := read.Criterion("CC6.1"); ok {
			h.Error("wording of the copy before was kept")
		}
		h.must(h.Forget(h.Context(), actor("org_a", access.RoleLead)))
		h.says("org_a", "")
		if err := h.Forget(h.Context(), actor("org_a", access.RoleLead)); !fault.Is(err, fault.NotFound) {
			h.Errorf("forgotten twice: %v", err)
		}
	})
}

func TestACopyIsItsOrganizationsAlone(t *testing.T) {
	each(t, func(h *house) {
		_, err := h.bring("org_a", "id,text\nCC1.1,zebra\n")
		h.must(err)
		h.says("org_b", "")
		if err := h.Forget(h.Context(), actor("org_b", access.RoleLead)); !fault.Is(err, fault.NotFound) {
			h.Errorf("another organization forgets: %v", err)
		}
		_, err = h.bring("org_b", "id,text\nCC1.1,quagga\n")
		h.must(err)
		h.says("org_a", "zebra")
		h.says("org_b", "quagga")
	})
}

func TestWhoMay(t *testing.T) {
	each(t, func(h *house) {
		for _, role := range access.Roles() {
			_, err := h.Import(h.Context(), actor("org_a", role), catalog.LicensedFile{Name: "a.csv", Body: strings.NewReader("id,text\nCC1.1,x\n")})
			if may := role == access.RoleLead; fault.Is(err, fault.Forbidden) == may {
				h.Errorf("%s imports: %v", role, err)
			}
			if err := h.Forget(h.Context(), actor("org_a", role)); fault.Is(err, fault.Forbidden) == (role == access.RoleLead) {
				h.Errorf("%s forgets: %v", role, err)
			}
			// the licence is the organization's: guests do not read it
			guest := role != access.RoleLead && role != access.RoleOwner
			if _, _, err := h.Get(h.Context(), actor("org_a", role)); fault.Is(err, fault.Forbidden) != guest {
				h.Errorf("%s reads: %v", role, err)
			}
		}
		long := catalog.LicensedFile{Name: "a.csv", Publication: strings.Repeat("x", licensed.MaxPublication+1), Body: strings.NewReader("id,text\nCC1.1,x\n")}
		if _, err := h.Import(h.Context(), actor("org_a", access.RoleLead), long); !fault.Is(err, fault.Invalid) {
			h.Errorf("a long name: %v", err)
		}
	})
}

func TestTheWordingStandsInNoRowAndNoLeaf(t *testing.T) {
	each(t, func(h *house) {
		const words = "zebra stripes"
		_, err := h.bring("org_a", "id,text\nCC1.1,"+words+"\n")
		h.must(err)
		h.write("org_a", func(tx *db.Tx) error {
			body, err := db.One(tx, db.Value[[]byte], `SELECT body FROM licensed_copy WHERE org_id = $1`, tx.Org())
			if err != nil || bytes.Contains(body, []byte("zebra")) {
				h.Errorf("the row can be read, or %v", err)
			}
			leaves, err := db.All(tx, db.Value[[]byte], `SELECT leaf FROM ledger_leaf WHERE org_id = $1
				UNION ALL SELECT body FROM ledger_pending WHERE org_id = $1`, tx.Org())
			if len(leaves) == 0 {
				h.Error("there is no leaf")
			}
			for _, leaf := range leaves {
				if bytes.Contains(leaf, []byte("zebra")) {
					h.Errorf("a leaf holds the wording: %s", leaf)
				}
			}
			return err
		})
		grant, err := actor("org_a", access.RoleLead).May(access.TrailRead)
		h.must(err)
		h.must(h.DB.Read(h.Context(), grant, func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Noun: "criteria"})
			if len(list) != 1 || list[0].Action != "criteria.import" || list[0].Detail["criteria"] != "1" || list[0].Detail["publication"] != "2022 edition" {
				h.Errorf("trail: %+v", list)
			}
			return err
		}))
	})
}
