package suite_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/suite"
	"assay/internal/trail"
)

// house is a suite with two organizations that share nothing.
type house struct {
	*testing.T
	*suite.Suite
	hand       *clock.Hand
	lark, hern access.Actor // leads
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			dsn := filepath.Join(t.TempDir(), "test.db")
			if engine == "postgresql" {
				dsn = dbtest.Postgres(t)
			}
			h := &house{T: t, hand: &clock.Hand{}}
			h.hand.Set(dbtest.Start())
			var err error
			h.Suite, err = app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
			h.must(err)
			t.Cleanup(func() { h.must(h.Close(t.Context())) })
			h.lark, h.hern = h.found("Larkspur"), h.found("Heron")
			fn(h)
		})
	}
}

func (h *house) found(name string) access.Actor {
	h.Helper()
	o, err := h.Orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	u, err := h.Auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: "lead@" + o.Slug + ".example", Name: name + " Lead", Role: access.RoleLead})
	h.must(err)
	return access.Actor{ID: u.ID, Org: o.ID, Name: name + " Lead", Role: access.RoleLead, Door: access.DoorWeb}
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
		h.Fatalf("want %s, got %v", k, err)
	}
}

// write adds entries to the log of an organization and returns the newest one.
func (h *house) write(who access.Actor, n int) trail.Entry {
	h.Helper()
	for i := range n {
		h.hand.Add(time.Second)
		h.must(h.Orgs.Edit(h.Context(), who, org.Org{Name: who.Name + " " + strconv.Itoa(i), Zone: "Europe/Stockholm"}))
	}
	h.must(ledger.Settle(h.Context(), h.DB, who.Org))
	list, err := h.Trail(h.Context(), who, trail.Filter{})
	h.must(err)
	return list[0]
}

func TestALeafIsShownWithItsProof(t *testing.T) {
	each(t, func(h *house) {
		e := h.write(h.lark, 5)
		_, err := h.SignedHead(h.Context(), h.lark)
		h.want(fault.NotFound, err) // nothing is signed yet
		proven := func(name string) suite.Leaf {
			h.Helper()
			l, err := h.Leaf(h.Context(), h.lark, name)
			h.must(err)
			if tlog.LeafHash(l.Bytes) != l.Hash {
				h.Errorf("%s: the hash is another's", name)
			}
			if err := tlog.VerifyInclusion(uint64(l.Index), l.Head.Size, l.Hash, l.Path, l.Head.Root); err != nil {
				h.Errorf("%s: %v", name, err)
			}
			return l
		}
		byID := proven(e.ID)
		if byID.ID != e.ID || byID.Note != nil {
			h.Errorf("%+v", byID.Place)
		}
		if at := proven(strconv.FormatInt(byID.Index, 10)); at.ID != e.ID {
			h.Errorf("entry %d is %s, want %s", byID.Index, at.ID, e.ID)
		}
		cp, err := ledger.Sign(h.Context(), h.DB, h.Keys, h.lark.Org)
		h.must(err)
		if l := proven(e.ID); l.Note == nil || int64(l.Head.Size) != cp.Size {
			h.Errorf("the proof does not lead to what is signed: %+v", l.Head)
		}
		late := h.write(h.lark, 1)
		if l := proven(late.ID); l.Note != nil {
			h.Error("an entry after the signature carries it")
		}
		head, err := h.SignedHead(h.Context(), h.lark)
		h.must(err)
		now, err := h.Head(h.Context(), h.lark)
		h.must(err)
		if int64(head.Size) != cp.Size || now.Size != cp.Size+1 || now.Pending != 0 || now.Signed == nil || now.Verifier == "" {
			h.Errorf("%+v signed, %+v now", head, now)
		}
		v, err := h.VerifyLog(h.Context(), h.lark)
		h.must(err)
		if v.Leaves != now.Size || v.Root.String() != now.Root {
			h.Errorf("%+v", v)
		}
		at, err := h.Places(h.Context(), h.lark, []string{e.ID, late.ID, "lf_none"})
		h.must(err)
		if len(at) != 2 || at[e.ID] != byID.Index || at[late.ID] != now.Size-1 {
			h.Errorf("%v", at)
		}
	})
}

func TestWhatIsNotInTheLogIsNotFound(t *testing.T) {
	each(t, func(h *house) {
		h.write(h.lark, 1)
		head, err := h.Head(h.Context(), h.lark)
		h.must(err)
		for _, name := range []string{strconv.FormatInt(head.Size, 10), "9223372036854775807", "18446744073709551615", "-1", "lf_none", "", "1e3", "0x1"} {
			_, err := h.Leaf(h.Context(), h.lark, name)
			h.want(fault.NotFound, err)
		}
		_, err = h.Place(h.Context(), h.lark, "lf_none")
		h.want(fault.NotFound, err)
	})
}

func TestOrganizationsDoNotSeeEachOthersLogs(t *testing.T) {
	each(t, func(h *house) {
		e := h.write(h.lark, 2)
		_, err := h.Leaf(h.Context(), h.hern, e.ID)
		h.want(fault.NotFound, err)
		_, err = h.Place(h.Context(), h.hern, e.ID)
		h.want(fault.NotFound, err)
		at, err := h.Places(h.Context(), h.hern, []string{e.ID})
		h.must(err)
		names, err := h.UserNames(h.Context(), h.hern)
		h.must(err)
		list, err := h.Trail(h.Context(), h.hern, trail.Filter{})
		h.must(err)
		if len(at) != 0 || len(names) != 1 || names[h.hern.ID] != "Heron Lead" {
			h.Errorf("%v %v", at, names)
		}
		for i := range list {
			if list[i].Actor == h.lark.ID || list[i].Object == h.lark.Org {
				h.Errorf("%+v", list[i])
			}
		}
		a, err := h.Head(h.Context(), h.lark)
		h.must(err)
		b, err := h.Head(h.Context(), h.hern)
		h.must(err)
		if a.Origin == b.Origin || a.Verifier == b.Verifier || a.Root == b.Root {
			h.Errorf("%+v and %+v", a, b)
		}
	})
}

func TestWhoMayNotReadTheLog(t *testing.T) {
	each(t, func(h *house) {
		nobody, ctx := access.Actor{}, h.Context()
		_, err := h.Leaf(ctx, nobody, "0")
		h.want(fault.Unauthenticated, err)
		_, err = h.SignedHead(ctx, nobody)
		h.want(fault.Unauthenticated, err)
		_, err = h.Places(ctx, nobody, nil)
		h.want(fault.Unauthenticated, err)
		_, err = h.UserNames(ctx, nobody)
		h.want(fault.Unauthenticated, err)
		_, err = h.Trail(ctx, nobody, trail.Filter{})
		h.want(fault.Unauthenticated, err)
		_, err = h.Head(ctx, nobody)
		h.want(fault.Unauthenticated, err)
		_, err = h.VerifyLog(ctx, nobody)
		h.want(fault.Unauthenticated, err)
		_, err = h.Place(ctx, nobody, "lf_x")
		h.want(fault.Unauthenticated, err)
	})
}
