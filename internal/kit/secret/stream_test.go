package secret_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"assay/internal/kit/secret"
)

const sealedChunk = secret.ChunkSize + 16

func seal(t *testing.T, k secret.Key, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	n, err := k.SealStream(&out, bytes.NewReader(plain))
	if err != nil || n != int64(len(plain)) {
		t.Fatal(n, err)
	}
	return out.Bytes()
}

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 / 5)
	}
	return b
}

func TestStreamsOfEverySize(t *testing.T) {
	for _, n := range []int{0, 1, secret.ChunkSize - 1, secret.ChunkSize, secret.ChunkSize + 1, 2 * secret.ChunkSize, 2*secret.ChunkSize + 100} {
		k := secret.NewKey()
		plain := content(n)
		sealed := seal(t, k, plain)
		if want := max(1, (n+secret.ChunkSize-1)/secret.ChunkSize)*16 + n; len(sealed) != want {
			t.Errorf("%d bytes: sealed %d, want %d", n, len(sealed), want)
		}
		for _, r := range []io.Reader{bytes.NewReader(sealed), iotest.HalfReader(bytes.NewReader(sealed))} {
			got, err := io.ReadAll(k.OpenStream(r))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes: got %d, %v", n, len(got), err)
			}
		}
	}
}

func TestAlteredStreamsDoNotOpen(t *testing.T) {
	k := secret.NewKey()
	plain := content(3*secret.ChunkSize + 5)
	s := seal(t, k, plain)
	chunk := func(i int) []byte { return s[i*sealedChunk : min((i+1)*sealedChunk, len(s))] }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, bad := range map[string][]byte{
		"nothing":             {},
		"cut to a chunk":      s[:sealedChunk],
		"cut to two chunks":   s[:2*sealedChunk],
		"cut in a chunk":      s[:sealedChunk+100],
		"last byte is gone":   s[:len(s)-1],
		"a byte more":         append(bytes.Clone(s), 0),
		"chunks swapped":      join(chunk(1), chunk(0), chunk(2), chunk(3)),
		"chunk dropped":       join(chunk(0), chunk(2), chunk(3)),
		"chunk repeated":      join(chunk(0), chunk(1), chunk(1), chunk(2), chunk(3)),
		"last chunk repeated": join(s, chunk(3)),
		"only the last":       chunk(3),
	} {
		if got, err := io.ReadAll(k.OpenStream(bytes.NewReader(bad))); !errors.Is(err, secret.ErrOpen) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		} else if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: yielded bytes that were not there", name)
		}
	}
	if _, err := io.ReadAll(secret.NewKey().OpenStream(bytes.NewReader(s))); !errors.Is(err, secret.ErrOpen) {
		t.Error("opened under another key")
	}
	small := seal(t, k, []byte("small"))
	for i := range small {
		bad := bytes.Clone(small)
		bad[i] ^= 0x80
		if _, err := io.ReadAll(k.OpenStream(bytes.NewReader(bad))); !errors.Is(err, secret.ErrOpen) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

// An upload that the network cuts off ends in io.ErrUnexpectedEOF: what came
// until then is not the content.
func TestAStreamThatIsCutOffIsNotSealedAsWhole(t *testing.T) {
	for _, n := range []int{0, 1, secret.ChunkSize, secret.ChunkSize + 1} {
		src := io.MultiReader(bytes.NewReader(content(n)), iotest.ErrReader(io.ErrUnexpectedEOF))
		if _, err := secret.NewKey().SealStream(io.Discard, src); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut off after %d bytes: %v", n, err)
		}
	}
}

func TestStreamErrorsPassThrough(t *testing.T) {
	k := secret.NewKey()
	if _, err := k.SealStream(io.Discard, iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	if _, err := io.ReadAll(k.OpenStream(iotest.ErrReader(io.ErrClosedPipe))); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func FuzzOpenStream(f *testing.F) {
	k, err := secret.KeyFrom(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		f.Fatal(err)
	}
	var sealed bytes.Buffer
	if _, err := k.SealStream(&sealed, bytes.NewReader([]byte("hello"))); err != nil {
		f.Fatal(err)
	}
	f.Add(sealed.Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := io.ReadAll(k.OpenStream(bytes.NewReader(b)))
		if err == nil && (!bytes.Equal(b, sealed.Bytes()) || string(got) != "hello") {
			t.Fatalf("opened a forgery: %q", got)
		}
	})
}
