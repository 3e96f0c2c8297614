package draft_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/draft"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

type house struct {
	*testing.T
	draft.Service
	hand *clock.Hand
	dir  string // of the objects
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, dir: t.TempDir()}
		h.Service = draft.Service{DB: d, Keys: keys.New(secret.NewKey(), ""), Blobs: blob.Folder{Dir: h.dir}, SpoolDir: t.TempDir()}
		for _, org := range []string{"a", "b"} {
			h.write(org, func(tx *db.Tx) error {
				_, err := h.Keys.Create(tx, org, "test.invalid/soc2/"+org)
				return err
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

func (h *house) grant(org, user string) access.Grant {
	h.Helper()
	g, err := access.Actor{ID: user, Org: org, Role: access.RoleLead, Door: access.DoorWeb}.May(access.ConnectorEdit)
	h.must(err)
	return g
}

func (h *house) write(org string, fn func(tx *db.Tx) error) {
	h.Helper()
	h.must(h.DB.Write(h.Context(), h.grant(org, "usr_console"), fn))
}

func (h *house) keep(org, user string, d draft.Draft) string {
	h.Helper()
	key, err := h.Keep(h.Context(), h.grant(org, user), d)
	h.must(err)
	return key
}

func (h *house) spool(text string) *secret.Spool {
	h.Helper()
	f, err := secret.NewSpool(h.SpoolDir, strings.NewReader(text), 1<<30)
	h.must(err)
	h.Cleanup(func() { _ = f.Close() })
	return f
}

// gone says that none of them is found by whoever asks.
func (h *house) gone(org, user string, kind draft.Kind, key string) {
	h.Helper()
	if _, err := h.Look(h.Context(), h.grant(org, user), kind, key); !fault.Is(err, fault.NotFound) {
		h.Errorf("%s of %s looks: %v", user, org, err)
	}
	if _, err := h.Take(h.Context(), h.grant(org, user), kind, key); !fault.Is(err, fault.NotFound) {
		h.Errorf("%s of %s takes: %v", user, org, err)
	}
}

// objects is the files of the object store.
func (h *house) objects() (list [][]byte) {
	h.Helper()
	h.must(filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		list = append(list, b)
		return err
	}))
	return list
}

func TestADraftIsItsMakersAndGoodOnce(t *testing.T) {
	each(t, func(h *house) {
		body := []byte(`{"key":"s3cr3t-key"}`)
		key := h.keep("a", "ann", draft.Draft{Kind: draft.Connection, Body: body})
		h.gone("a", "bob", draft.Connection, key)
		h.gone("b", "ann", draft.Connection, key)
		h.gone("a", "ann", draft.Import, key)
		d, err := h.Look(h.Context(), h.grant("a", "ann"), draft.Connection, key)
		if err != nil || !bytes.Equal(d.Body, body) || d.At.IsZero() {
			h.Errorf("%+v: %v", d, err)
		}
		h.write("a", func(tx *db.Tx) error { // nothing readable is in the table
			b, err := db.One(tx, db.Value[[]byte], `SELECT body FROM draft_entry WHERE org_id = $1`, tx.Org())
			if bytes.Contains(b, []byte("s3cr3t")) {
				h.Error("the secret can be read in the table")
			}
			return err
		})
		var wg sync.WaitGroup
		took := make(chan bool, 8)
		for range cap(took) {
			wg.Go(func() {
				_, err := h.Take(h.Context(), h.grant("a", "ann"), draft.Connection, key)
				took <- err == nil
			})
		}
		wg.Wait()
		close(took)
		n := 0
		for ok := range took {
			if ok {
				n++
			}
		}
		if n != 1 {
			h.Errorf("%d took it", n)
		}
	})
}

func TestADraftsFileComesBackWhole(t *testing.T) {
	each(t, func(h *house) {
		text := strings.Repeat("serial,encrypted\nL-1,yes\n", 1<<17) // several chunks
		f := h.spool(text)
		key := h.keep("a", "ann", draft.Draft{Kind: draft.Import, Body: []byte(`{}`), File: f})
		h.must(f.Close()) // whoever kept it is gone
		if list := h.objects(); len(list) != 1 || bytes.Contains(list[0], []byte("serial")) {
			h.Errorf("%d objects, or one that can be read", len(list))
		}
		d, err := h.Take(h.Context(), h.grant("a", "ann"), draft.Import, key)
		h.must(err)
		got, err := io.ReadAll(d.File.Open())
		h.must(err)
		sum := sha256.Sum256([]byte(text))
		if string(got) != text || d.File.Size != int64(len(text)) || d.File.Sum != hex.EncodeToString(sum[:]) {
			h.Errorf("%d bytes came back, %d said, %s", len(got), d.File.Size, d.File.Sum)
		}
		if n := len(h.objects()); n != 0 {
			h.Errorf("%d objects are left", n)
		}
		h.gone("a", "ann", draft.Import, key)
		again := h.keep("a", "ann", draft.Draft{Key: key, Kind: draft.Import, Body: []byte(`{}`), File: d.File}) // for another try
		h.must(d.File.Close())
		if again != key {
			h.Errorf("kept as %s", again)
		}
		d, err = h.Take(h.Context(), h.grant("a", "ann"), draft.Import, key)
		h.must(err)
		h.must(d.File.Close())
	})
}

func TestAChangedFileIsRefused(t *testing.T) {
	each(t, func(h *house) {
		key := h.keep("a", "ann", draft.Draft{Kind: draft.Import, Body: []byte(`{}`), File: h.spool("serial\nL-1\n")})
		h.must(filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			h.must(err)
			b[3] ^= 1
			h.must(os.Chmod(path, 0o600))
			return os.WriteFile(path, b, 0o600)
		}))
		if d, err := h.Take(h.Context(), h.grant("a", "ann"), draft.Import, key); err == nil {
			h.Errorf("it came back: %+v", d)
		}
	})
}

func TestDraftsAreForgotten(t *testing.T) {
	each(t, func(h *house) {
		first := h.keep("a", "ann", draft.Draft{Kind: draft.Import, Body: []byte(`{}`), File: h.spool("1")})
		second := h.keep("a", "ann", draft.Draft{Kind: draft.Import, Body: []byte(`{}`), File: h.spool("2")})
		h.gone("a", "ann", draft.Import, first) // one of a kind that is large
		h.hand.Add(10 * time.Minute)
		bobs := h.keep("a", "bob", draft.Draft{Kind: draft.Import, Body: []byte(`{}`), File: h.spool("3")})
		if n := len(h.objects()); n != 2 {
			h.Errorf("%d objects", n)
		}
		worker := job.Worker{DB: h.DB, Handlers: map[string]job.Handler{draft.JobSweep: func(ctx context.Context, j job.Job) error {
			return h.Sweep(ctx, h.grant(j.Org, "sweep"))
		}}}
		sweep := func(want int) {
			h.Helper()
			_, err := worker.Flush(h.Context())
			h.must(err)
			if n := len(h.objects()); n != want {
				h.Errorf("%d objects are left, want %d", n, want)
			}
		}
		h.hand.Add(draft.Life - 10*time.Minute - time.Millisecond)
		sweep(2)
		h.hand.Add(time.Millisecond)
		h.gone("a", "ann", draft.Import, second)
		sweep(1)
		if _, err := h.Look(h.Context(), h.grant("a", "bob"), draft.Import, bobs); err != nil {
			h.Error(err)
		}
		h.hand.Add(draft.Life)
		sweep(0)
		h.gone("a", "bob", draft.Import, bobs)
	})
}

func TestTheOldestGiveWay(t *testing.T) {
	each(t, func(h *house) {
		var keys []string
		for range 12 {
			h.hand.Add(time.Second)
			keys = append(keys, h.keep("a", "ann", draft.Draft{Kind: draft.Connection, Body: []byte(`{}`)}))
		}
		for i, key := range keys {
			_, err := h.Look(h.Context(), h.grant("a", "ann"), draft.Connection, key)
			if ok := err == nil; ok != (i >= 2) {
				h.Errorf("draft %d: %v", i, err)
			}
		}
	})
}
