package app_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/collect"
	"assay/internal/criteria"
	"assay/internal/db/dbtest"
	"assay/internal/evidence"
	"assay/internal/export"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/org"
	"assay/internal/pack"
	"assay/internal/person"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/suite"
)

// turned is a store in which something of each kind is sealed.
type turned struct {
	*testing.T

	who      access.Actor
	evidence string
}

func (h *turned) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *turned) fill(s *suite.Suite) {
	ctx := h.Context()
	from, to := standing.NewDate(2025, 1, 1), standing.NewDate(2026, 1, 1)
	_, err := s.Programs.Add(ctx, h.who, program.Program{Name: "First", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: from, To: to, Current: true})
	h.must(err)
	_, err = s.Controls.Adopt(ctx, h.who, []string{"IAM-08"}, from)
	h.must(err)
	e, err := s.Evidence.Upload(ctx, h.who, evidence.Details{
		Title: "Photograph", Controls: []string{"IAM-08"}, From: standing.NewDate(2025, 6, 1), To: standing.NewDate(2025, 6, 2),
	}, "door.jpg", strings.NewReader("a door"))
	h.must(err)
	h.evidence = e.ID
	_, err = s.People.Add(ctx, h.who, person.Details{Name: "Ann Moss", Email: "ann@acme.example", StartsOn: standing.NewDate(2025, 1, 1)})
	h.must(err)
	_, err = s.Connectors.Run(ctx, h.who, collect.RegisterID("person"), nil)
	h.must(err)
}

// whole holds that everything opens: the file, the personal parts, the log and a
// package of it all.
func (h *turned) whole(when string, s *suite.Suite) {
	h.Helper()
	ctx := h.Context()
	_, r, err := s.Evidence.Open(ctx, h.who, h.evidence)
	if err != nil {
		h.Fatalf("%s: %v", when, err)
	}
	b, err := io.ReadAll(r)
	if err != nil || string(b) != "a door" || r.Close() != nil {
		h.Errorf("%s: the file is %q, %v", when, b, err)
	}
	var zip bytes.Buffer
	if _, err := s.Exports.Package(ctx, h.who, export.PackageIn{Name: "x"}, &zip); err != nil {
		h.Fatalf("%s: %v", when, err)
	}
	p, err := pack.Verify(ctx, bytes.NewReader(zip.Bytes()), int64(zip.Len()), pack.Options{})
	if err != nil || !p.Verified {
		h.Errorf("%s: %+v %v", when, p, err)
	}
	if _, err := s.VerifyLog(ctx, h.who); err != nil {
		h.Errorf("%s: %v", when, err)
	}
}

func TestKeysTurnUnderWhoServes(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { keysTurn(t, "") })
	t.Run("postgres", func(t *testing.T) { keysTurn(t, dbtest.Postgres(t)) })
}

func keysTurn(t *testing.T, url string) {
	hand := &clock.Hand{}
	hand.Set(dbtest.Start())
	config := app.Config{Data: t.TempDir(), DB: url, Now: hand.Now}
	begin := func() *suite.Suite {
		s, err := app.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close(context.Background()) })
		return s
	}
	serving := begin()
	o, err := serving.Orgs.Create(t.Context(), org.New{Name: "Acme", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	h := &turned{T: t, who: access.Console(o.ID)}
	h.fill(serving)
	h.whole("before", serving)

	turning := begin()
	_, err = turning.RotateMaster(t.Context(), "")
	h.must(err)
	h.whole("under another master key, served since before", serving)
	h.whole("under another master key, a new process", begin())
	h.must(turning.RetireMaster(t.Context()))
	h.whole("without the old master key, served since before", serving)

	h.must(turning.RotateOrg(t.Context(), h.who))
	h.whole("two keys, nothing sealed again", serving)
	hand.Add(time.Minute)
	done, err := turning.Reseal(t.Context(), h.who)
	if err != nil || done.Changed < 2 || done.Closed != 0 { // the file and a personal part at least
		t.Fatalf("%+v %v", done, err)
	}
	h.whole("sealed again, served since before", serving)
	hand.Add(keys.Grace)
	h.must(serving.RetireOrg(t.Context(), h.who))
	for name, s := range map[string]*suite.Suite{"served since before": serving, "who rotated": turning, "a new process": begin()} {
		h.whole("one key again, "+name, s)
		k, err := s.KeysOf(t.Context(), h.who)
		if err != nil || k.Keys != 1 {
			t.Errorf("%s: %+v %v", name, k, err)
		}
	}
}
