package secret_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"assay/internal/kit/secret"
)

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	plain := content(2*secret.ChunkSize + 17)
	s, err := secret.NewSpool(dir, bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the folder shows %v, %v", left, err)
	}
	for range 2 {
		if got, err := io.ReadAll(s.Open()); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes come back of %d, %v", len(got), len(plain), err)
		}
	}
	sum := sha256.Sum256(plain)
	if s.Size != int64(len(plain)) || s.Sum != hex.EncodeToString(sum[:]) {
		t.Errorf("size %d, sum %s", s.Size, s.Sum)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(s.Open()); err == nil {
		t.Error("it is read after it was closed")
	}
}

func TestSpoolsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := secret.NewSpool(dir, bytes.NewReader(content(11)), 10); !errors.Is(err, secret.ErrTooLarge) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := secret.NewSpool(dir, iotest.ErrReader(io.ErrUnexpectedEOF), 10); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a stream that breaks: %v", err)
	}
	if _, err := secret.NewSpool(dir+"/nowhere", bytes.NewReader(nil), 10); err == nil {
		t.Error("a folder that is not there")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
