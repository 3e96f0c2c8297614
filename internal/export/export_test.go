package export_test

import (
	"bytes"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/pack"
)

func verify(t *testing.T, b []byte, o pack.Options) *pack.Report {
	t.Helper()
	r, err := pack.Verify(t.Context(), bytes.NewReader(b), int64(len(b)), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func good(t *testing.T, b []byte, o pack.Options) *pack.Report {
	t.Helper()
	r := verify(t, b, o)
	for _, p := range r.Problems {
		t.Errorf("%s: %s", p.Where, p.What)
	}
	if !r.Verified {
		t.Fatal("not verified")
	}
	return r
}

func TestAPackageVerifies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		h.Days(20)
		b, sum := h.Package(time.Time{}, time.Time{})
		r := good(t, b, pack.Options{})
		t.Logf("%+v", sum)
		t.Logf("%+v", r)
	})
}
