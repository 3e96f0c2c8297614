package blobtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
)

// Run tests an empty store.
func Run(t *testing.T, s blob.Store) {
	t.Helper()
	for _, size := range []int{0, 1, 4096, 1 << 20, 20 << 20} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) { roundTrip(t, s, size) })
	}
	t.Run("wrong bytes", func(t *testing.T) { wrongBytes(t, s) })
	t.Run("wrong names", func(t *testing.T) { wrongNames(t, s) })
	t.Run("a reader that breaks", func(t *testing.T) { broken(t, s) })
	t.Run("at once", func(t *testing.T) { atOnce(t, s) })
}

func object(size int) (string, []byte) {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	name, _, _ := blob.Name(bytes.NewReader(b))
	return name, b
}

// plain hides that a reader can seek.
type plain struct{ io.Reader }

func roundTrip(t *testing.T, s blob.Store, size int) {
	ctx := t.Context()
	name, b := object(size)
	has(t, s, name, false)
	if err := s.Put(ctx, name, plain{bytes.NewReader(b)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, name, bytes.NewReader(b)); err != nil {
		t.Fatalf("again: %v", err)
	}
	has(t, s, name, true)
	r, err := s.Get(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, b) {
		t.Fatalf("%d bytes of %d: %v", len(got), size, err)
	}
	if err := blob.Check(ctx, s, name); err != nil {
		t.Error(err)
	}
	if err := s.Delete(ctx, name); err != nil {
		t.Fatal(err)
	}
	has(t, s, name, false)
	if _, err := s.Get(ctx, name); !fault.Is(err, fault.NotFound) {
		t.Errorf("get after delete: %v", err)
	}
	if err := s.Delete(ctx, name); err != nil {
		t.Errorf("delete again: %v", err)
	}
}

func has(t *testing.T, s blob.Store, name string, want bool) {
	t.Helper()
	if got, err := s.Has(t.Context(), name); err != nil || got != want {
		t.Fatalf("has %s: %v %v", name, got, err)
	}
}

func wrongBytes(t *testing.T, s blob.Store) {
	name, b := object(5000)
	for _, bad := range [][]byte{nil, b[:4999], append(bytes.Clone(b), 0), bytes.Repeat([]byte{7}, 5000)} {
		if err := s.Put(t.Context(), name, bytes.NewReader(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
		has(t, s, name, false)
	}
}

func wrongNames(t *testing.T, s blob.Store) {
	name, b := object(10)
	for _, bad := range []string{"", "..", "../" + name, strings.ToUpper(name), name[:63], name + "0", name[:62] + "/x"} {
		_, errHas := s.Has(t.Context(), bad)
		_, errGet := s.Get(t.Context(), bad)
		for _, err := range []error{s.Put(t.Context(), bad, bytes.NewReader(b)), errHas, errGet, s.Delete(t.Context(), bad)} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}

var errBroken = errors.New("broken")

func broken(t *testing.T, s blob.Store) {
	name, b := object(5000)
	half := io.MultiReader(bytes.NewReader(b[:2500]), failing{})
	if err := s.Put(t.Context(), name, half); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	has(t, s, name, false)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(gone, name, bytes.NewReader(b)); err == nil {
		t.Error("stored after the request was gone")
	}
	has(t, s, name, false)
}

type failing struct{}

// Read implements io.Reader.
func (failing) Read([]byte) (int, error) { return 0, errBroken }

func atOnce(t *testing.T, s blob.Store) {
	name, b := object(300000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.Put(t.Context(), name, bytes.NewReader(b)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := blob.Check(t.Context(), s, name); err != nil {
		t.Error(err)
	}
}
