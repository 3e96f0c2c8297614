package app_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/db"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/kit/signer"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/pack"
	"assay/internal/suite"
)

// signing starts a signer and returns its socket.
func signing(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, mark := filepath.Join(dir, "key"), filepath.Join(dir, "mark")
	if err := signer.Create(key, mark); err != nil {
		t.Fatal(err)
	}
	s, err := signer.Open(key, mark)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return socket
}

// store is a folder that is opened and closed.
type store struct {
	t   *testing.T
	dir string
	org string
	*suite.Suite
}

func (s *store) open(socket string) {
	s.t.Helper()
	s.close()
	var err error
	if s.Suite, err = app.Open(s.t.Context(), app.Config{Data: s.dir, Signer: socket}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) close() {
	s.t.Helper()
	if s.Suite != nil {
		if err := s.Close(context.Background()); err != nil {
			s.t.Fatal(err)
		}
		s.Suite = nil
	}
}

func (s *store) found() {
	s.t.Helper()
	o, err := s.Orgs.Create(s.t.Context(), org.New{Name: "Acme", Zone: "UTC"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.org = o.ID
}

// write adds entries and signs.
func (s *store) write() error {
	s.t.Helper()
	for _, name := range []string{"One", "Two", "Three"} {
		if err := s.Orgs.Edit(s.t.Context(), access.Console(s.org), org.Org{Name: name, Zone: "UTC"}); err != nil {
			s.t.Fatal(err)
		}
	}
	_, err := ledger.Sign(s.t.Context(), s.DB, s.Keys, s.org)
	return err
}

func (s *store) packed() *pack.Report {
	s.t.Helper()
	var b bytes.Buffer
	if _, err := s.Exports.Package(s.t.Context(), access.Console(s.org), export.PackageIn{Name: "x"}, &b); err != nil {
		s.t.Fatal(err)
	}
	r, err := pack.Verify(s.t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), pack.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// sql is what somebody does who reaches the database.
func (s *store) sql(query string) {
	s.t.Helper()
	grant, err := access.Console(s.org).May(access.OrgEdit)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.DB.Write(s.t.Context(), grant, func(tx *db.Tx) error {
		_, err := tx.Exec(query)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestTheSignerRefuses holds that whoever writes the store at will, and holds its
// master key and every file of it, has nothing signed that does not extend what
// was signed.
func TestTheSignerRefuses(t *testing.T) {
	socket := signing(t)
	s := &store{t: t, dir: t.TempDir()}
	s.open(socket)
	s.found()
	if err := s.write(); err != nil {
		t.Fatal(err)
	}
	if r := s.packed(); !r.Verified {
		t.Fatalf("%+v", r.Problems)
	}
	s.close()
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(backup, "keys", "master.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.open(socket)
	if err := s.write(); err != nil {
		t.Fatal(err)
	}
	s.close()
	lost := s.dir
	s.dir = backup // last week's store is put back, with its keys and marks
	s.open(socket)
	if err := s.write(); !fault.Is(err, fault.Tampered) {
		t.Errorf("an old copy: %v", err)
	}
	s.close()
	s.dir = lost
	s.open(socket)
	if err := s.write(); err != nil {
		t.Errorf("the newest copy, put back: %v", err)
	}
	if r := s.packed(); !r.Verified {
		t.Errorf("the newest copy, put back: %+v", r.Problems)
	}
	s.sql(`UPDATE ledger_leaf SET hash = zeroblob(32) WHERE idx = 2`)
	if err := s.write(); !fault.Is(err, fault.Tampered) {
		t.Errorf("an edited entry: %v", err)
	}
	s.close()
}

func TestKeysAreHandedOver(t *testing.T) {
	socket := signing(t)
	s := &store{t: t, dir: t.TempDir()}
	s.open("")
	s.found()
	if err := s.write(); err != nil {
		t.Fatal(err)
	}
	before := s.packed()
	s.open(socket)
	for i, want := range [][2]int{{1, 0}, {0, 1}} {
		if given, had, err := s.HandOver(t.Context()); err != nil || given != want[0] || had != want[1] {
			t.Errorf("%d: %d %d %v", i, given, had, err)
		}
	}
	if err := s.write(); err != nil {
		t.Fatal(err)
	}
	if r := s.packed(); !r.Verified || r.Origin != before.Origin {
		t.Errorf("%+v", r.Problems)
	}
	s.open("")
	if err := s.write(); !fault.Is(err, fault.Conflict) {
		t.Errorf("signed without the signer: %v", err)
	}
	s.close()
}
