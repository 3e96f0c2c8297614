package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/evidence"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	s       evidence.Service
	orgs    org.Service
	hand    *clock.Hand
	lead    access.Actor
	objects blob.Folder
	spool   string
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, objects: blob.Folder{Dir: t.TempDir()}, spool: t.TempDir()}
		ring := keys.New(secret.NewKey(), t.TempDir())
		h.s = evidence.Service{DB: d, Keys: ring, Blobs: h.objects, Spool: h.spool, Known: known}
		h.orgs = org.Service{DB: d, Keys: ring}
		h.lead = h.newOrg("Larkspur")
		fn(h)
	})
}

func known(_ *db.Tx, control string) error {
	if strings.HasPrefix(control, "XX") {
		return fault.New(fault.NotFound, "There is no control %s.", control)
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

func about(title string, from, to standing.Date, controls ...string) evidence.Details {
	return evidence.Details{Title: title, Controls: controls, From: from, To: to}
}

var (
	jan = standing.NewDate(2025, 10, 1)
	apr = standing.NewDate(2026, 1, 1)
)

func (h *house) upload(d evidence.Details, content string) evidence.Evidence {
	h.Helper()
	h.hand.Add(time.Second)
	e, err := h.s.Upload(h.Context(), h.lead, d, "log.txt", strings.NewReader(content))
	h.must(err)
	return e
}

func (h *house) content(who access.Actor, id string) (string, error) {
	h.Helper()
	_, rc, err := h.s.Open(h.Context(), who, id)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(rc)
	return string(b), errors.Join(err, rc.Close())
}

func (h *house) settle() {
	h.Helper()
	h.must(ledger.Settle(h.Context(), h.s.DB, h.lead.Org))
}

// tamper changes stored rows as a database administrator would.
func (h *house) tamper(stmt string, args ...any) {
	h.Helper()
	g, err := h.lead.May(access.OrgEdit)
	h.must(err)
	h.must(h.s.DB.Write(h.Context(), g, func(tx *db.Tx) error {
		n, err := tx.Exec(stmt, args...)
		if n == 0 && err == nil {
			h.Fatal("nothing was changed")
		}
		return err
	}))
}

func (h *house) failed(id string) string {
	h.Helper()
	v, err := h.s.Verify(h.Context(), h.lead, id)
	h.must(err)
	var out []string
	for _, st := range v.Steps {
		if !st.OK {
			out = append(out, st.Name)
		}
	}
	if v.Holds != (len(out) == 0 && len(v.Steps) > 0) {
		h.Errorf("%+v", v)
	}
	return strings.Join(out, " ")
}

func TestUploadedFilesAreSealedAndReadBack(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		secretWords := "Sara Nyman signed in at 09:14\n"
		big := strings.Repeat(secretWords, 100000) // several chunks
		e, err := h.s.Upload(ctx, h.lead, about("Visitor log of Sara", jan, apr, "PHY-02", "PHY-01"), `C:\x\log.txt`, strings.NewReader(big))
		h.must(err)
		if e.File != "log.txt" || !strings.HasPrefix(e.Media, "text/plain") || e.Size != int64(len(big)) || e.KeepUntil.String() != "2033-12-31" || !e.Inert() {
			h.Fatalf("%+v", e)
		}
		got, err := h.content(h.lead, e.ID)
		h.must(err)
		if got != big {
			h.Fatal("other content")
		}
		// Nothing on disk is plain, nothing is left in the spool, and neither
		// name nor words are in the leaf.
		stored, err := os.ReadFile(filepath.Join(h.objects.Dir, e.Blob[:2], e.Blob))
		h.must(err)
		if bytes.Contains(stored, []byte("Nyman")) {
			h.Error("stored in plain")
		}
		left, err := os.ReadDir(h.spool)
		h.must(err)
		if len(left) != 0 {
			h.Errorf("left in the spool: %v", left)
		}
		h.settle()
		d, err := h.s.Get(ctx, h.lead, e.ID)
		h.must(err)
		g, err := h.lead.May(access.LogRead)
		h.must(err)
		h.must(h.s.DB.Read(ctx, g, func(tx *db.Tx) error {
			l, err := ledger.Read(tx, d.Index)
			for _, word := range []string{"Sara", "log.txt", "Lead"} {
				if bytes.Contains(l.Bytes, []byte(word)) {
					h.Errorf("the leaf says %q", word)
				}
			}
			return err
		}))
		// The same file again is another object.
		again := h.upload(about("Again", jan, apr, "PHY-01"), big)
		if again.Blob == e.Blob {
			h.Error("equal content is recognizable")
		}
	})
}

func TestWhatIsNotTaken(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		d := about("x", jan, apr, "PHY-01")
		_, err := h.s.Upload(ctx, h.lead, d, "x", strings.NewReader(""))
		h.want(fault.Invalid, err)
		_, err = h.s.Upload(ctx, h.lead, d, "x", io.LimitReader(zeros{}, evidence.MaxSize+1))
		h.want(fault.TooLarge, err)
		_, err = h.s.Upload(ctx, h.lead, about("x", jan, apr, "XX-01"), "x", strings.NewReader("x"))
		h.want(fault.NotFound, err)
		_, err = h.s.Upload(ctx, h.lead, evidence.Details{}, "x", strings.NewReader("x"))
		h.want(fault.Invalid, err)
		_, err = h.s.Attest(ctx, h.lead, d, "Done.")
		h.want(fault.Invalid, err)
		_, err = h.s.Refer(ctx, h.lead, d, "con_none", 1)
		h.want(fault.NotFound, err)
		d.Supersedes = "ev_none"
		_, err = h.s.Upload(ctx, h.lead, d, "x", strings.NewReader("x"))
		h.want(fault.NotFound, err)
		l, err := h.s.List(ctx, h.lead, evidence.Filter{})
		h.must(err)
		left, err := os.ReadDir(h.spool)
		h.must(err)
		if l.Total != 0 || len(left) != 0 {
			h.Errorf("%d stored, %d in the spool", l.Total, len(left))
		}
		for _, role := range []access.Role{access.RoleViewer, access.RoleAuditor} {
			who := h.lead
			who.Role = role
			_, err = h.s.Upload(ctx, who, about("x", jan, apr, "PHY-01"), "x", strings.NewReader("x"))
			h.want(fault.Forbidden, err)
			_, err = h.s.Attest(ctx, who, d, "I looked at every door on 3 January.")
			h.want(fault.Forbidden, err)
			_, err = h.s.Refer(ctx, who, d, "x", 1)
			h.want(fault.Forbidden, err)
		}
		_, err = h.s.List(ctx, access.Actor{}, evidence.Filter{})
		h.want(fault.Unauthenticated, err)
	})
}

type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestVerificationFindsEveryChange(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		e := h.upload(about("Visitor log", jan, apr, "PHY-01"), "nobody came")
		other := h.upload(about("Other", jan, apr, "PHY-01"), "nobody came!")
		stmt, err := h.s.Attest(ctx, h.lead, about("Walk", jan, apr, "PHY-01"), "I walked round the building on 3 January; every door was shut.")
		h.must(err)
		if h.s.DB.Engine() == db.PostgreSQL {
			if v, err := h.s.Verify(ctx, h.lead, e.ID); err != nil || !v.Pending || v.Holds {
				h.Errorf("%+v %v", v, err)
			}
		}
		h.settle()
		for _, signed := range []bool{false, true} {
			if signed {
				_, err := ledger.Sign(ctx, h.s.DB, h.s.Keys, h.lead.Org)
				h.must(err)
			}
			v, err := h.s.Verify(ctx, h.lead, e.ID)
			h.must(err)
			if !v.Holds || (v.Signed != nil) != signed {
				h.Fatalf("%+v", v)
			}
			if err := tlog.VerifyInclusion(uint64(v.Index), v.Size, v.Leaf, v.Path, v.Root); err != nil {
				h.Error(err)
			}
			if bad := h.failed(stmt.ID); bad != "" {
				h.Error(bad)
			}
		}
		for column, c := range map[string]struct {
			to   any
			want string
		}{
			"title": {"Visitor log, complete", "details"}, "note": {"x", "details"}, "file_name": {"y", "details"},
			"by_name": {"Somebody", "details"}, "by_actor": {"usr_x", "leaf"},
			"controls": {`["PHY-02"]`, "leaf"}, "covers_to": {"2026-03-01", "leaf"}, "covers_from": {"2025-09-01", "leaf"},
			"kind": {"attested", "leaf"}, "at": {int64(5), "leaf"}, "supersedes": {"ev_x", "leaf"},
			"size": {int64(5), "leaf"}, "media": {"image/png", "leaf"}, "blob": {other.Blob, "leaf"}, "leaf": {other.Leaf, "leaf"},
			"salt": {make([]byte, 32), "details"}, "blob_salt": {make([]byte, 32), "content"}, "data_key": {make([]byte, 60), "content"},
		} {
			victim := h.upload(about("Visitor log", jan, apr, "PHY-01"), "nobody came")
			h.settle()
			if bad := h.failed(victim.ID); bad != "" {
				h.Fatal(bad)
			}
			h.tamper(`UPDATE evidence_item SET `+column+` = $2 WHERE id = $1`, victim.ID, c.to)
			if bad := h.failed(victim.ID); bad != c.want {
				h.Errorf("%s: %q fails, want %q", column, bad, c.want)
			}
		}
		path := filepath.Join(h.objects.Dir, e.Blob[:2], e.Blob)
		h.must(os.Chmod(path, 0o600))
		b, err := os.ReadFile(path)
		h.must(err)
		b[0] ^= 1
		h.must(os.WriteFile(path, b, 0o600))
		if bad := h.failed(e.ID); bad != "object content" && bad != "object" {
			h.Errorf("altered object: %q", bad)
		}
		if _, err := h.content(h.lead, e.ID); err == nil {
			h.Error("altered object: read without an error")
		}
		h.must(os.Remove(path))
		if bad := h.failed(e.ID); !strings.HasPrefix(bad, "object") {
			h.Errorf("object gone: %q", bad)
		}
		h.tamper(`UPDATE ledger_leaf SET hash = $1 WHERE id = $2`, make([]byte, 32), e.Leaf)
		if bad := h.failed(e.ID); !strings.Contains(bad, "leaf") {
			h.Errorf("leaf hash: %q", bad)
		}
	})
}

func TestCorrectionsKeepTheOld(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		first := h.upload(about("Log", jan, apr, "PHY-01"), "wrong")
		d := about("Log, corrected", jan, apr, "PHY-01")
		d.Supersedes = first.ID
		second := h.upload(d, "right")
		_, err := h.s.Upload(ctx, h.lead, d, "x", strings.NewReader("x"))
		h.want(fault.Conflict, err)
		d.Supersedes = second.ID
		third := h.upload(d, "better")
		for _, id := range []string{first.ID, second.ID, third.ID} {
			got, err := h.s.Get(ctx, h.lead, id)
			h.must(err)
			if len(got.Chain) != 3 || got.Chain[0].ID != first.ID || got.Chain[2].ID != third.ID {
				h.Errorf("%s: %+v", id, got.Chain)
			}
		}
		if got, err := h.content(h.lead, first.ID); err != nil || got != "wrong" {
			h.Errorf("%q %v", got, err)
		}
		h.settle()
		for _, id := range []string{first.ID, second.ID, third.ID} {
			if bad := h.failed(id); bad != "" {
				h.Errorf("%s: %s", id, bad)
			}
		}
		g, err := h.lead.May(access.EvidenceRead)
		h.must(err)
		h.must(h.s.DB.Read(ctx, g, func(tx *db.Tx) error {
			c, err := evidence.Coverages(tx)
			if len(c) != 1 || c[0].Evidence != third.ID || c[0].From != jan || c[0].To != apr {
				h.Errorf("%+v", c)
			}
			return err
		}))
	})
}

func TestListsAndHeads(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		today := standing.NewDate(2026, 1, 2)
		monthly := func(title string, to standing.Date, controls ...string) evidence.Details {
			d := about(title, to-30, to, controls...)
			d.Frequency, d.Lane = standing.Monthly, "upload/log"
			return d
		}
		late := h.upload(monthly("late", today-60, "PHY-01", "PHY-02"), "x")
		h.upload(monthly("later", today, "PHY-01"), "x")
		h.upload(monthly("older", today-90, "PHY-02"), "x")
		h.upload(about("once", jan, apr, "PHY-01"), "x")
		due := h.upload(monthly("due 100%", today-30, "PHY-03"), "x")
		corrected := monthly("due, corrected", today-29, "PHY-03")
		corrected.Supersedes = due.ID
		h.upload(corrected, "x")
		for _, c := range []struct {
			f    evidence.Filter
			want string
		}{
			{evidence.Filter{}, "due, corrected|due 100%|once|older|later|late"},
			{evidence.Filter{Limit: 2}, "due, corrected|due 100%"},
			{evidence.Filter{Before: due.ID, Limit: 2}, "once|older"},
			{evidence.Filter{Freshness: evidence.Overdue}, "late"}, // the head for PHY-02 still
			{evidence.Filter{Freshness: evidence.Fresh}, "later"},
			{evidence.Filter{Freshness: evidence.Due}, "due, corrected"},
			{evidence.Filter{Freshness: evidence.Once}, "once"},
			{evidence.Filter{Freshness: evidence.Continued}, "older"},
			{evidence.Filter{Freshness: evidence.Superseded}, "due 100%"},
			{evidence.Filter{Control: "PHY-02"}, "older|late"},
			{evidence.Filter{Kind: evidence.Attested}, ""},
			{evidence.Filter{From: today - 31, To: today - 1}, "due, corrected|due 100%|once|later"},
			{evidence.Filter{Query: "0%"}, "due 100%"},
			{evidence.Filter{Query: "phy-03"}, "due, corrected|due 100%"},
			{evidence.Filter{By: "usr_x"}, ""},
		} {
			l, err := h.s.List(ctx, h.lead, c.f)
			h.must(err)
			var got []string
			for i := range l.Evidence {
				e := &l.Evidence[i]
				got = append(got, e.Title)
				if c.f.Freshness != "" && e.Freshness != c.f.Freshness {
					h.Errorf("%s is %s by rule and %s by SQL", e.Title, e.Freshness, c.f.Freshness)
				}
			}
			if strings.Join(got, "|") != c.want {
				h.Errorf("%+v: %v", c.f, got)
			}
			if c.f.Limit == 0 && l.Total != len(got) || l.Counts[evidence.Overdue] != 1 {
				h.Errorf("%+v: total %d, %v", c.f, l.Total, l.Counts)
			}
		}
		// Correcting a head by one for another control makes the piece behind
		// it the head again.
		move := monthly("moved", today, "PHY-09")
		move.Supersedes = late.ID
		h.upload(move, "x")
		l, err := h.s.List(ctx, h.lead, evidence.Filter{Freshness: evidence.Overdue})
		h.must(err)
		if len(l.Evidence) != 1 || l.Evidence[0].Title != "older" {
			h.Errorf("%+v", l.Evidence)
		}
	})
}

func TestAnotherOrganizationReachesNothing(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		e := h.upload(about("Log", jan, apr, "PHY-01"), "secret")
		evil := h.newOrg("Evil")
		_, err := h.s.Get(ctx, evil, e.ID)
		h.want(fault.NotFound, err)
		_, err = h.s.Verify(ctx, evil, e.ID)
		h.want(fault.NotFound, err)
		_, err = h.content(evil, e.ID)
		h.want(fault.NotFound, err)
		d := about("Log", jan, apr, "PHY-01")
		d.Supersedes = e.ID
		_, err = h.s.Upload(ctx, evil, d, "x", strings.NewReader("x"))
		h.want(fault.NotFound, err)
		l, err := h.s.List(ctx, evil, evidence.Filter{})
		h.must(err)
		if l.Total != 0 || len(l.Evidence) != 0 {
			h.Errorf("%+v", l)
		}
		g, err := evil.May(access.EvidenceRead)
		h.must(err)
		h.must(h.s.DB.Read(ctx, g, func(tx *db.Tx) error {
			c, err := evidence.Coverages(tx)
			all, err2 := h.s.All(tx)
			if len(c) != 0 || len(all) != 0 {
				h.Errorf("%v %v", c, all)
			}
			return errors.Join(err, err2)
		}))
		// A row moved to another organization does not open there.
		h.upload(about("Mine", jan, apr, "PHY-01"), "x")
		mine, err := h.s.Upload(ctx, evil, about("Mine", jan, apr, "PHY-01"), "x", strings.NewReader("x"))
		h.must(err)
		if h.s.DB.Engine() == db.SQLite {
			h.tamper(`UPDATE evidence_item SET blob = (SELECT i.blob FROM evidence_item i WHERE i.id = $2),
				data_key = (SELECT i.data_key FROM evidence_item i WHERE i.id = $2) WHERE id = $1`, mine.ID, e.ID)
			_, err = h.content(evil, mine.ID)
			h.want(fault.Tampered, err)
		}
	})
}

func TestAuditorsReadsAreInTheTrail(t *testing.T) {
	each(t, func(h *house) {
		e := h.upload(about("Log", jan, apr, "PHY-01"), "x")
		auditor := h.lead
		auditor.ID, auditor.Role = "usr_aud", access.RoleAuditor
		_, err := h.s.Get(h.Context(), auditor, e.ID)
		h.must(err)
		_, err = h.content(auditor, e.ID)
		h.must(err)
		_, err = h.content(h.lead, e.ID)
		h.must(err)
		g, err := h.lead.May(access.TrailRead)
		h.must(err)
		h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Action: "evidence.read"})
			if len(list) != 2 || list[0].Actor != "usr_aud" {
				h.Errorf("%+v", list)
			}
			return err
		}))
	})
}

func TestReferencesAndFacts(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.upload(about("Log", jan, apr, "PHY-01"), "x")
		p := evidence.Product(h.s, h.lead.Org)
		if err := p.Kinds[0].Valid(); err != nil {
			h.Fatal(err)
		}
		g, err := access.Job(h.lead.Org, "collect").May(access.ConnectorSync)
		h.must(err)
		collect := func() (fact.Collection, []connector.Resource) {
			src, err := p.Open(nil, connector.Env{})
			h.must(err)
			session, err := fact.Begin(ctx, h.s.DB, h.s.Keys, g, fact.Origin{
				Connection: "register/evidence", Connector: p.Name, Version: p.Version, Scope: h.lead.Org,
			}, p.Kinds)
			h.must(err)
			var got []connector.Resource
			run := connector.NewRun(h.hand.Now, []string{evidence.FactKind}, func(ctx context.Context, r connector.Resource) error {
				r.Authority = h.lead.Org
				got = append(got, r)
				return session.Put(ctx, r)
			}, nil)
			h.must(src.Collect(ctx, run))
			c, err := session.Finish(ctx, fact.Result{Calls: run.Calls(), Reports: run.Reports()})
			h.must(err)
			return c, got
		}
		c, got := collect()
		if c.Items != 1 || got[0].Fields["covers_to"] != "2025-12-31" || got[0].Fields["head"] != true {
			h.Fatalf("%+v %+v", c, got)
		}
		e, err := h.s.Refer(ctx, h.lead, about("The register itself", jan, apr, "PHY-01"), c.Connection, c.Seq)
		h.must(err)
		if e.Blob != "" || e.Inert() {
			h.Errorf("%+v", e)
		}
		_, err = h.content(h.lead, e.ID)
		h.want(fault.NotFound, err)
		h.settle()
		if bad := h.failed(e.ID); bad != "" {
			h.Error(bad)
		}
		c2, got := collect()
		if c2.Items != 2 {
			h.Errorf("%+v", c2)
		}
		for _, r := range got {
			if _, err := (&p.Kinds[0]).Normalize(r.Fields, nil); err != nil {
				h.Error(err)
			}
		}
		h.tamper(`UPDATE evidence_item SET seq = $2 WHERE id = $1`, e.ID, c2.Seq)
		if bad := h.failed(e.ID); bad != "leaf" {
			h.Errorf("another collection: %q", bad)
		}
	})
}

func TestPackagesGetEverything(t *testing.T) {
	each(t, func(h *house) {
		for i := range 3 {
			h.upload(about(fmt.Sprint("Log ", i), jan, apr, "PHY-01"), fmt.Sprint("content ", i))
		}
		h.settle()
		g, err := h.lead.May(access.PackageExport)
		h.must(err)
		var all []evidence.Sealed
		h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			all, err = h.s.All(tx)
			return err
		}))
		for i := range all {
			rc, err := h.s.Content(h.Context(), &all[i])
			h.must(err)
			b, err := io.ReadAll(rc)
			h.must(errors.Join(err, rc.Close()))
			if string(b) != fmt.Sprint("content ", i) {
				h.Errorf("%d: %q", i, b)
			}
			h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
				place, err := ledger.Find(tx, all[i].Leaf)
				h.must(err)
				l, err := ledger.Read(tx, place.Index)
				h.must(err)
				leaf, err := tlog.Decode(l.Bytes)
				h.must(err)
				words, err := all[i].Words()
				h.must(err)
				plain, details := tlog.Commit(all[i].BlobSalt, tlog.BlobPath, b), tlog.Commit(all[i].DetailsSalt, evidence.DetailsPath, words)
				if leaf.Blobs[0].Plain != tlog.B64(plain[:]) || leaf.Commit["details"] != tlog.B64(details[:]) {
					h.Error("a stranger cannot verify it")
				}
				return nil
			}))
		}
		if len(all) != 3 {
			h.Errorf("%d", len(all))
		}
	})
}

// What a use case makes and freezes is kept under its own permission, in its own
// transaction, and read back as it was.
func TestKeep(t *testing.T) {
	each(t, func(h *house) {
		who := h.lead
		who.Role = access.RoleAuditor // who adds no evidence otherwise
		g, err := who.May(access.EngagementIssue)
		h.must(err)
		var e evidence.Evidence
		h.must(h.s.DB.Write(h.Context(), g, func(tx *db.Tx) error {
			e, err = h.s.Keep(tx, evidence.Details{Title: "A report", From: 20000, To: 20001}, "report.txt", strings.NewReader("As issued.\n"))
			return err
		}))
		h.settle()
		h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			piece, err := h.s.Piece(tx, e.ID)
			if err != nil {
				return err
			}
			in, err := h.s.Content(h.Context(), &piece)
			if err != nil {
				return err
			}
			b, err := io.ReadAll(in)
			if string(b) != "As issued.\n" || piece.File != "report.txt" {
				t.Errorf("%q in %q", b, piece.File)
			}
			return errors.Join(err, in.Close())
		}))
		v, err := h.s.Verify(h.Context(), h.lead, e.ID)
		h.must(err)
		if !v.Holds || v.Pending {
			t.Errorf("%+v", v)
		}
	})
}
