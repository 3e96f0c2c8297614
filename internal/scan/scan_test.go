package scan_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"assay/connector/connectortest"
	"assay/internal/access"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/pack"
	"assay/internal/rule"
	"assay/internal/scan"
	"assay/internal/suite"
)

const (
	ann = "Ann <ann@example.com>"
	bob = "Bob <bob@example.com>"
)

func TestARepositoryIsLookedAtAsItIs(t *testing.T) {
	r := newRepo(t)
	r.commit(ann, "Begin")
	r.merge(ann, bob, "Add invoices")
	r.merge(ann, ann, "Add orders")
	r.commit(ann, "Pushed by hand")
	r.git("tag", "v1.0.0")
	r.git("tag", "-a", "v1.1.0", "-m", "One")
	var said []string
	s := open(t, now())
	rep, err := scan.Run(t.Context(), s, scan.Options{Path: r.dir, Progress: func(text string) { said = append(said, text) }})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, rep)
	says(t, rep, map[string]rule.Status{
		"any.change.not_direct": rule.Fail, "git.merge.second_person": rule.Fail, "git.merge.signed": rule.Fail, "git.tag.annotated": rule.Fail,
		"any.change.reviewed": rule.Unknown, "git.repository.whole": rule.Pass, "git.commit.dates": rule.Pass,
		"linux.sshd.root_login": "", // what was not looked at is not mentioned
	})
	for id, want := range map[string]string{
		"any.change.not_direct":   "no sign of a pull request: Begin|no sign of a pull request: Pushed by hand",
		"git.merge.second_person": "its author put it in: Begin|its author put it in: Merge pull request #7 from ann/work|its author put it in: Pushed by hand",
	} {
		if got := failing(rep, id); got != want {
			t.Errorf("%s: %s\nwant %s", id, got, want)
		}
	}
	src := rep.Sources[0]
	if len(rep.Sources) != 1 || src.Product != "git" || src.Name != "service" || src.Broken != "" || len(src.Partial) != 0 || !slices.Contains(src.Complete, "git.merge") {
		t.Errorf("%+v", rep.Sources)
	}
	if !slices.Contains(said, "reading service") || said[len(said)-1] != "judging" {
		t.Errorf("it said %q", said)
	}
	if rep.Leaves == 0 {
		t.Error("nothing was sealed")
	}
	sealed(t, s, rep)
}

// sealed exports what the scan saw and said, verifies it, and looks for the
// report on its first page.
func sealed(t *testing.T, s *suite.Suite, rep *scan.Report) {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Exports.Package(t.Context(), access.Console(rep.Org), export.PackageIn{Name: "Scan"}, &b); err != nil {
		t.Fatal(err)
	}
	v, err := pack.Verify(t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), pack.Options{})
	if err != nil || !v.Verified {
		t.Fatalf("%v %+v", err, v.Problems)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("data/index.html")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rep.Checks {
		if !bytes.Contains(page, []byte(rep.Checks[i].ID)) {
			t.Errorf("the report does not mention %s", rep.Checks[i].ID)
		}
	}
	// A verifier works every verdict out again: a changed one does not hold.
	broken := bytes.Clone(b.Bytes())
	broken[len(broken)/3] ^= 1
	if v, err := pack.Verify(t.Context(), bytes.NewReader(broken), int64(len(broken)), pack.Options{}); err == nil && v.Verified {
		t.Error("a package with a flipped bit holds")
	}
}

func TestASignatureIsSeen(t *testing.T) {
	r := newRepo(t)
	r.raw("author " + ann + " 1777700000 +0200\ncommitter " + ann + " 1777700000 +0200\n" +
		"gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ==\n -----END SSH SIGNATURE-----\n\nSigned\n")
	rep := look(t, r.dir)
	holds(t, rep)
	says(t, rep, map[string]rule.Status{"git.merge.signed": rule.Pass, "git.merge.second_person": rule.Fail})
}

func TestABareRepositoryIsLookedAtLikeItsClone(t *testing.T) {
	r := newRepo(t)
	r.commit(ann, "Begin")
	r.merge(ann, bob, "Add invoices")
	bare := t.TempDir() + "/bare.git"
	r.git("clone", "--quiet", "--bare", r.dir, bare)
	a, b := look(t, r.dir), look(t, bare)
	holds(t, b)
	for i := range a.Checks {
		c := &a.Checks[i]
		// Only whether the copy is fresh can differ: the first is no copy.
		if got := status(b, c.ID); got != string(c.Status) && c.ID != "git.repository.fresh" {
			t.Errorf("%s says %s of the one and %s of the other", c.ID, c.Status, got)
		}
		if x, y := failing(a, c.ID), failing(b, c.ID); x != y && c.ID != "git.repository.fresh" {
			t.Errorf("%s: %s\nand %s", c.ID, x, y)
		}
	}
}

func TestAShallowCloneNeverPassesForTheWhole(t *testing.T) {
	r := newRepo(t)
	r.commit(ann, "Begin")
	r.merge(ann, bob, "Add invoices")
	shallow := t.TempDir() + "/shallow"
	r.git("clone", "--quiet", "--depth=1", "--no-local", "file://"+r.dir, shallow)
	rep := look(t, shallow)
	holds(t, rep)
	says(t, rep, map[string]rule.Status{"git.repository.whole": rule.Fail, "git.commit.dates": rule.Unknown})
	for i := range rep.Checks {
		c := &rep.Checks[i]
		if strings.HasPrefix(c.ID, "git.merge.") || strings.HasPrefix(c.ID, "any.change.") {
			if c.Status == rule.Pass || c.Status == rule.NoOccurrence {
				t.Errorf("%s is %s, and most of the history is not there", c.ID, c.Status)
			}
		}
	}
	if !strings.Contains(strings.Join(rep.Sources[0].Problems, " "), "The copy is shallow") {
		t.Errorf("%q", rep.Sources[0].Problems)
	}
}

func TestAnEmptyRepositoryHasNothingToJudge(t *testing.T) {
	rep := look(t, newRepo(t).dir)
	holds(t, rep)
	says(t, rep, map[string]rule.Status{
		"any.change.reviewed": rule.NoOccurrence, "git.merge.signed": rule.NoOccurrence, "git.repository.ci": rule.NoOccurrence,
	})
	for i := range rep.Checks {
		if c := &rep.Checks[i]; c.Status == rule.Fail || c.Status == rule.Unknown {
			t.Errorf("%s is %s", c.ID, c.Status)
		}
	}
}

// Where nothing can be read there is no report: one without a failing check
// would look like a good one.
func TestWhatIsNoRepositoryIsNotReportedOn(t *testing.T) {
	r := newRepo(t)
	r.commit(ann, "Begin")
	for _, path := range []string{t.TempDir(), "/nonexistent", r.dir + "/.git/HEAD"} {
		rep, err := scan.Run(t.Context(), open(t, now()), scan.Options{Path: path})
		if fault.Of(err) != fault.NotFound || rep != nil {
			t.Errorf("%s: %v %+v", path, err, rep)
		} else if text := fault.Text(err); !strings.HasPrefix(text, "Nothing could be read: ") || len(text) < 40 {
			t.Errorf("%s: %s", path, text)
		}
	}
	if _, err := scan.Run(t.Context(), open(t, now()), scan.Options{}); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := scan.Run(t.Context(), open(t, now()), scan.Options{Path: r.dir, Zone: "Mars/Base"}); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
}

func TestAFolderInsideARepository(t *testing.T) {
	r := newRepo(t)
	r.write("deep/down/file.txt", []byte("x"))
	r.commit(ann, "Begin")
	rep := look(t, r.dir+"/deep/down")
	holds(t, rep)
	says(t, rep, map[string]rule.Status{"any.change.not_direct": rule.Fail})
}

func TestOddRepositories(t *testing.T) {
	t.Run("a huge file", func(t *testing.T) {
		r := newRepo(t)
		r.write("dump.bin", bytes.Repeat([]byte("0123456789abcdef"), 4<<20))
		r.commit(ann, "Put a dump of 64 MiB in")
		rep := look(t, r.dir)
		holds(t, rep)
		says(t, rep, map[string]rule.Status{"any.change.not_direct": rule.Fail, "git.repository.whole": rule.Pass})
	})
	t.Run("an author in another encoding", func(t *testing.T) {
		r := newRepo(t)
		r.raw("author J\xf6rg <j\xf6rg@example.com> 1777700000 +0200\ncommitter J\xf6rg <j\xf6rg@example.com> 1777700000 +0200\n" +
			"encoding ISO-8859-1\n\nGr\xfc\xdfe\n")
		r.raw("parent " + r.git("rev-parse", "HEAD") + "\nauthor \xff\xfe <\xff@example.com> 1777700100 +0200\n" +
			"committer \xff\xfe <\xff@example.com> 1777700100 +0200\n\nNo encoding \xff\xfe said\n")
		s := open(t, now())
		rep, err := scan.Run(t.Context(), s, scan.Options{Path: r.dir})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, rep)
		got := failing(rep, "any.change.not_direct")
		if !strings.Contains(got, "Grüße") || !strings.Contains(got, "No encoding") || strings.ToValidUTF8(got, "") != got {
			t.Errorf("%q", got)
		}
		sealed(t, s, rep)
	})
	t.Run("more failing than is named", func(t *testing.T) {
		r := newRepo(t)
		for range 25 {
			r.commit(ann, "Pushed by hand")
		}
		rep := look(t, r.dir)
		holds(t, rep)
		for i := range rep.Checks {
			if c := &rep.Checks[i]; c.ID == "any.change.not_direct" && (c.Counts.Fail != 25 || len(c.Failing) != 20) {
				t.Errorf("%d named of %d", len(c.Failing), c.Counts.Fail)
			}
		}
	})
	t.Run("a name that is a page", func(t *testing.T) {
		r := newRepo(t)
		r.commit(`<script>alert(1)</script> <x@example.com>`, `<img src=x onerror=alert(2)>`)
		s := open(t, now())
		rep, err := scan.Run(t.Context(), s, scan.Options{Path: r.dir})
		if err != nil {
			t.Fatal(err)
		}
		sealed(t, s, rep)
		var b bytes.Buffer
		if _, err := s.Exports.Package(t.Context(), access.Console(rep.Org), export.PackageIn{Name: "Scan"}, &b); err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("data/index.html")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(page, []byte("<script>alert(1)")) || bytes.Contains(page, []byte("<img src=x")) {
			t.Error("the report runs what a commit says")
		}
	})
}

func TestAHostIsLookedAt(t *testing.T) {
	for _, file := range []string{"debian-12", "debian-12-unprivileged", "rhel-9", "alpine"} {
		t.Run(file, func(t *testing.T) {
			machine, at := connectortest.Host(t, "../../connector/linux/testdata/"+file+".txtar")
			s := open(t, at)
			s.Connectors.Host = machine
			rep, err := scan.Run(t.Context(), s, scan.Options{Host: true})
			if err != nil {
				t.Fatal(err)
			}
			holds(t, rep)
			sealed(t, s, rep)
			if status(rep, "linux.sshd.root_login") == "" || status(rep, "git.merge.signed") != "" {
				t.Errorf("the checks are %+v", rep.Checks)
			}
			if file == "debian-12-unprivileged" && (len(rep.Sources[0].Problems) == 0 || !unknown(rep)) {
				t.Errorf("what could not be seen is not named: %+v", rep.Sources)
			}
		})
	}
}

func unknown(rep *scan.Report) bool {
	return slices.ContainsFunc(rep.Checks, func(c scan.Check) bool { return c.Status == rule.Unknown })
}

// A source that could not be read is named beside one that could.
func TestARepositoryThatIsNotThereBesideAHost(t *testing.T) {
	machine, at := connectortest.Host(t, "../../connector/linux/testdata/debian-12.txtar")
	s := open(t, at)
	s.Connectors.Host = machine
	rep, err := scan.Run(t.Context(), s, scan.Options{Path: t.TempDir(), Host: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Sources) != 2 || rep.Sources[0].Broken == "" || rep.Sources[1].Broken != "" {
		t.Errorf("%+v", rep.Sources)
	}
}
