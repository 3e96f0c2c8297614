package export_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/pack"
	"assay/internal/trail"
)

func verify(t testing.TB, b []byte) *pack.Report {
	t.Helper()
	r, err := pack.Verify(t.Context(), bytes.NewReader(b), int64(len(b)), pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func good(t testing.TB, b []byte) *pack.Report {
	t.Helper()
	r := verify(t, b)
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
		r := good(t, b)
		switch {
		case sum.Bytes != int64(len(b)), sum.Bytes != r.Bytes, sum.Files != r.Files, uint64(sum.Size) != r.Log.Leaves:
			t.Errorf("%+v\n%+v", sum, r)
		case sum.Collections != r.Collections, sum.Records != r.Records, sum.Trail != r.Commitments.Trail, sum.Objects != r.Commitments.Objects:
			t.Errorf("%+v\n%+v", sum, r)
		case sum.Results != r.Runs.Performed, r.Runs.Performed != r.Runs.Same, r.Runs.Broken != 1, r.Commitments.Exclusions != 2, r.Commitments.Personal == 0:
			t.Errorf("%+v\n%+v", sum, r.Runs)
		}
		if len(r.Runs.Checks) != 7 {
			t.Errorf("%d checks performed", len(r.Runs.Checks))
		}
		from, to := h.Begun().AddDate(0, 0, 6), h.Begun().AddDate(0, 0, 12)
		part, less := h.Package(from, to)
		p := good(t, part)
		if less.Collections >= sum.Collections || p.Runs.Outside == 0 || p.Runs.Performed == 0 || !p.From.Equal(from) {
			t.Errorf("%+v\n%+v", less, p)
		}
		if p.Log.Leaves <= r.Log.Leaves { // the second export is an entry too
			t.Error("a package of a period must hold the whole log")
		}
	})
}

// TestEveryPeriod packs every span of days of a history: none may ask for what is
// not there.
func TestEveryPeriod(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	h.Days(16)
	for from := 0; from < 16; from += 2 {
		for to := from + 1; to <= 16; to += 3 {
			b, _ := h.Package(h.Begun().AddDate(0, 0, from), h.Begun().AddDate(0, 0, to))
			if r := verify(t, b); !r.Verified {
				t.Errorf("days %d to %d: %+v", from, to, r.Problems)
			}
		}
	}
}

func TestWhoMayExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		h.Little()
		for role, want := range map[access.Role]fault.Kind{
			access.RoleLead: "", access.RoleAuditor: "", access.RoleOwner: fault.Forbidden, access.RoleViewer: fault.Forbidden, access.RoleJob: fault.Forbidden,
		} {
			who := h.Lead("usr_x")
			who.Role = role
			var b bytes.Buffer
			_, err := h.Export.Package(t.Context(), who, export.PackageIn{}, &b)
			if fault.Of(err) != want || want != "" && b.Len() > 0 {
				t.Errorf("%s: %v", role, err)
			}
		}
		other := h.Lead("usr_x")
		other.Org = "org_other"
		if _, err := h.Export.Package(t.Context(), other, export.PackageIn{}, io.Discard); err == nil {
			t.Error("another organization's package is written")
		}
		g, err := h.Lead("usr_a").May(access.TrailRead)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), g, func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Action: "package.export"})
			if len(list) != 2 {
				t.Errorf("%d exports in the trail, want 2", len(list))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWrongPeriods(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	for name, in := range map[string]export.PackageIn{
		"no end": {From: h.Begun()}, "no beginning": {To: h.Begun()}, "empty": {From: h.Begun(), To: h.Begun()},
		"backwards": {From: h.Begun().Add(time.Hour), To: h.Begun()}, "name": {Name: strings.Repeat("x", 300)},
	} {
		if _, err := h.Export.Package(t.Context(), h.Lead("usr_a"), in, io.Discard); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnUnusedOrganizationIsExported(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	b, _ := h.Package(time.Time{}, time.Time{})
	good(t, b)
	h.Export.Evidence = nil
	b, _ = h.Package(h.Begun(), h.Begun().Add(time.Hour))
	if r := good(t, b); !strings.Contains(strings.Join(r.NotProven, " "), "Evidence files: they are not in this package") {
		t.Error(r.NotProven)
	}
}

// TestAnAlteredStoreIsNotExported edits the store behind the program's back.
func TestAnAlteredStoreIsNotExported(t *testing.T) {
	for name, statement := range map[string]string{
		"a leaf":       `UPDATE ledger_leaf SET leaf = (SELECT leaf FROM ledger_leaf l WHERE l.idx = 3), hash = (SELECT hash FROM ledger_leaf l WHERE l.idx = 3) WHERE idx = 4`,
		"a definition": `DELETE FROM check_definition`,
		"a kind":       `DELETE FROM fact_kind`,
		"a manifest":   `UPDATE fact_collection SET leaf = ''`,
		"a record":     `DELETE FROM fact_version WHERE native_id = 'id-001'`,
		"evidence":     `DELETE FROM evidence_item`,
	} {
		d, hand := dbtest.SQLite(t)
		h := exporttest.New(t, d, hand, "test.invalid")
		h.Little()
		h.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(statement)
			return err
		})
		var b bytes.Buffer
		_, err := h.Export.Package(t.Context(), h.Lead("usr_a"), export.PackageIn{}, &b)
		if err != nil {
			if !fault.Is(err, fault.Tampered) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if verify(t, b.Bytes()).Verified {
			t.Errorf("%s: altered, exported and verified", name)
		}
	}
}

// TestWithoutAnyProgram reads a package as somebody does who has none of ours.
func TestWithoutAnyProgram(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "larkspur.demo.invalid")
	h.Days(9)
	h.Export.Controls = func(*db.Tx, time.Time, time.Time) ([]export.Control, error) {
		return []export.Control{{ID: "IAM-01", Title: "A <second> factor", Criteria: []string{"CC6.1"}, Headline: "Operated on 9 of 9 days."}}, nil
	}
	h.Export.Standing = func(*db.Tx, time.Time, time.Time) ([]byte, error) { return []byte("{}\n"), nil }
	b, _ := h.Package(time.Time{}, time.Time{})
	good(t, b)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "data", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"DEMONSTRATION", "Åsa &amp; &lt;Sons&gt;", "Test &lt;package&gt;", "test.account.mfa", "A &lt;second&gt; factor", "Operated on 9 of 9 days.",
		"visitors.html", "A robot signs in with a certificate.", "sha256sum --check manifest-sha256.txt", "newest manifest",
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("index.html does not say %q", want)
		}
	}
	for _, never := range []string{"<script", "http:", "https:", "javascript:", "<Sons>", "<package>", "<b>"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("index.html holds %q", never)
		}
	}
	for _, link := range strings.Split(string(page), `href="`)[1:] {
		file, _, _ := strings.Cut(link, `"`)
		if _, err := os.Stat(filepath.Join(dir, "data", file)); err != nil {
			t.Errorf("index.html links to %s: %v", file, err)
		}
		if strings.HasSuffix(file, ".html") {
			t.Errorf("index.html opens %s, which somebody uploaded", file)
		}
	}
	if _, err := exec.LookPath("sha256sum"); err == nil {
		for _, manifest := range []string{"manifest-sha256.txt", "tagmanifest-sha256.txt"} {
			c := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "--quiet", manifest)
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", manifest, err, out)
			}
		}
	}
}

// TestASecondOpinion has a verifier that shares no code with ours look at
// packages, good and bad.
func TestASecondOpinion(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("the second verifier is not tried: python3 is not installed")
	}
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	h.Days(15)
	whole, _ := h.Package(time.Time{}, time.Time{})
	part, _ := h.Package(h.Begun().AddDate(0, 0, 5), h.Begun().AddDate(0, 0, 9))
	opinion := func(b []byte) (string, bool) {
		file := filepath.Join(t.TempDir(), "package.zip")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "../../docs/spec/verify.py", file).CombinedOutput()
		return string(out), err == nil
	}
	examined, hand := dbtest.SQLite(t)
	seen := exporttest.New(t, examined, hand, "test.invalid").Outside()
	seen.Days(5)
	papers, _ := seen.Examine().Papers()
	for name, b := range map[string][]byte{"whole": whole, "part": part, "working papers": papers} {
		if out, ok := opinion(b); !ok {
			t.Errorf("%s: %s", name, out)
		} else {
			t.Logf("%s: %s", name, strings.TrimSpace(out))
		}
	}
	for i := len(whole) / 25; i < len(whole); i += len(whole) / 25 {
		whole[i] ^= 4
		ours := verify(t, whole).Verified
		if _, theirs := opinion(whole); ours || theirs {
			t.Errorf("byte %d: ours %t, the other %t", i, ours, theirs)
		}
		whole[i] ^= 4
	}
}

// TestMemoryStaysSmall holds that what is exported is not held.
func TestMemoryStaysSmall(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	h.Accounts(20_000)
	h.CollectDay()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := &counting{}
	if _, err := h.Export.Package(t.Context(), h.Lead("usr_a"), export.PackageIn{}, w); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	t.Logf("%d bytes written, at most %d in one piece; heap %d MiB", w.n, w.most, after.HeapSys>>20)
	if w.most > 8<<20 {
		t.Errorf("a piece of %d bytes", w.most)
	}
}

type counting struct{ n, most int }

func (c *counting) Write(b []byte) (int, error) {
	c.n += len(b)
	c.most = max(c.most, len(b))
	return len(b), nil
}

func TestStopping(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	h.Little()
	b, _ := h.Package(time.Time{}, time.Time{})
	for _, n := range []int{0, 100, 5000, len(b) - 10} {
		if _, err := h.Export.Package(t.Context(), h.Lead("usr_a"), export.PackageIn{}, &full{n}); err == nil {
			t.Errorf("a medium that is full after %d bytes is no error", n)
		}
	}
}

type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}
