package signer_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/kit/fault"
	"assay/internal/kit/signer"
	"assay/internal/kit/tlog"
)

const origin = "log.invalid/soc2/1"

// process is a signer that is started and stopped.
type process struct {
	t         testing.TB
	key, mark string
	stop      func()
	signer.Client
}

func begin(t testing.TB) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t, key: filepath.Join(dir, "key"), mark: filepath.Join(dir, "mark"), stop: func() {}}
	if err := signer.Create(p.key, p.mark); err != nil {
		t.Fatal(err)
	}
	p.start()
	t.Cleanup(func() { p.stop() })
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.stop()
	s, err := signer.Open(p.key, p.mark)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Socket = filepath.Join(p.t.TempDir(), "s")
	l, err := (&net.ListenConfig{}).Listen(p.t.Context(), "unix", p.Socket)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	p.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			p.t.Error(err)
		}
		p.stop = func() {}
	}
}

func leaves(n int, salt byte) (out []tlog.Hash) {
	for i := range n {
		out = append(out, tlog.LeafHash([]byte{salt, byte(i)}))
	}
	return out
}

func head(list []tlog.Hash) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: origin, Size: uint64(len(list)), Root: tlog.Root(list)}
}

func prove(list []tlog.Hash) func(uint64) ([]tlog.Hash, error) {
	return func(from uint64) ([]tlog.Hash, error) {
		return tlog.ProveConsistency(from, uint64(len(list)), func(level int, index uint64) (tlog.Hash, error) {
			at := index << level
			return tlog.Root(list[at : at+1<<level]), nil
		})
	}
}

func TestItSignsWhatExtends(t *testing.T) {
	p := begin(t)
	key, err := p.Create(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(list []tlog.Hash) error {
		note, err := p.Head(t.Context(), head(list), prove(list))
		if err != nil {
			return err
		}
		if c, err := tlog.OpenCheckpoint(note, key); err != nil || c != head(list) {
			t.Errorf("%s %v", note, err)
		}
		return nil
	}
	for _, n := range []int{1, 4, 4, 9, 30} {
		if err := sign(leaves(n, 1)); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		p.start() // keys and marks outlive the process
	}
	for name, list := range map[string][]tlog.Hash{"an old copy": leaves(9, 1), "an edited log": leaves(31, 2), "another of the size": leaves(30, 2)} {
		if err := sign(list); !fault.Is(err, fault.Tampered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := sign(leaves(31, 1)); err != nil {
		t.Errorf("the true log is signed on: %v", err)
	}
}

func TestItSignsNothingElse(t *testing.T) {
	p := begin(t)
	key, err := p.Create(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	good := "soc2.package/v1\n" + origin + "\n" + strings.Repeat("0", 64) + "\n"
	note, err := p.Manifest(t.Context(), origin, good)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := tlog.OpenText(note, key); err != nil || text != good {
		t.Errorf("%q %v", text, err)
	}
	for name, text := range map[string]string{
		"a checkpoint": head(leaves(3, 1)).Text(), "of another log": strings.Replace(good, "/1\n", "/2\n", 1), "more": good + "x\n", "nothing": "",
		"another text": strings.Replace(good, "soc2", "soc3", 1),
	} {
		if _, err := p.Manifest(t.Context(), origin, text); err == nil {
			t.Errorf("%s is signed as a manifest", name)
		}
	}
	if _, err := p.Head(t.Context(), tlog.Checkpoint{Origin: "another"}, nil); err == nil {
		t.Error("a log without a key")
	}
	if _, err := p.Create(t.Context(), origin); err == nil {
		t.Error("a second key of one log")
	}
	if _, err := p.Create(t.Context(), "two words"); err == nil {
		t.Error("an origin of two words")
	}
}

func TestKeysThatCome(t *testing.T) {
	p := begin(t)
	seed := bytes.Repeat([]byte{5}, 32)
	k, err := tlog.NewSigner(origin, seed)
	if err != nil {
		t.Fatal(err)
	}
	last, err := k.SignText(head(leaves(9, 1)).Text())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, when the first answer was lost
		if key, err := p.Adopt(t.Context(), origin, seed, last); err != nil || key != k.Verifier() {
			t.Errorf("%s %v", key, err)
		}
	}
	if _, err := p.Adopt(t.Context(), origin, bytes.Repeat([]byte{6}, 32), nil); err == nil {
		t.Error("another key")
	}
	if _, err := p.Adopt(t.Context(), origin, nil, nil); err == nil {
		t.Error("no key")
	}
	if _, err := p.Head(t.Context(), head(leaves(8, 1)), prove(leaves(8, 1))); !fault.Is(err, fault.Tampered) {
		t.Errorf("what was signed before counts: %v", err)
	}
}

func TestItDoesNotBegin(t *testing.T) {
	p := begin(t)
	if _, err := p.Create(t.Context(), origin); err != nil {
		t.Fatal(err)
	}
	p.stop()
	if _, err := p.Create(t.Context(), "other.invalid"); !fault.Is(err, fault.Busy) {
		t.Errorf("nobody answers: %v", err)
	}
	if err := signer.Create(p.key, p.mark); err == nil {
		t.Error("made over what is there")
	}
	if _, err := signer.Open(p.key, p.mark+"x"); err == nil {
		t.Error("began without marks")
	}
	if err := os.Chmod(p.key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Open(p.key, p.mark); err == nil {
		t.Error("began with keys that others read")
	}
}

func TestStrangers(t *testing.T) {
	p := begin(t)
	for _, text := range []string{"", "x\n", "{}\n", `{"op":"key","origin":"x","more":1}` + "\n", `{"op":"head","origin":"x","proof":["AA=="]}` + "\n"} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "unix", p.Socket)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(text))
		if u, ok := c.(*net.UnixConn); ok {
			_ = u.CloseWrite()
		}
		b := make([]byte, 1<<10)
		n, _ := c.Read(b)
		if !strings.Contains(string(b[:n]), `"error":"`) {
			t.Errorf("%q: %q", text, b[:n])
		}
		_ = c.Close()
	}
}
