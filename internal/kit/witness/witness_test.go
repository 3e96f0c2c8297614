package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/kit/witness"
)

// history is a log in memory, of one signer.
type history struct {
	t      testing.TB
	signer *tlog.Signer
	leaves []tlog.Hash
}

func logOf(t testing.TB, n int, salt string) *history {
	t.Helper()
	s, err := tlog.NewSigner("log.example/soc2/1", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	h := &history{t: t, signer: s}
	for i := range n {
		h.leaves = append(h.leaves, tlog.LeafHash(fmt.Append(nil, salt, i)))
	}
	return h
}

func (h *history) subtree(level int, index uint64) (tlog.Hash, error) {
	from := index << level
	return tlog.Root(h.leaves[from : from+1<<level]), nil
}

func (h *history) note(n int) []byte {
	h.t.Helper()
	c := tlog.Checkpoint{Origin: h.signer.Name(), Size: uint64(n), Root: tlog.Root(h.leaves[:n])}
	b, err := h.signer.SignText(c.Text())
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func (h *history) prove(n int) witness.Prove {
	return func(from uint64) ([]tlog.Hash, error) { return tlog.ProveConsistency(from, uint64(n), h.subtree) }
}

// desk is a witness that can be stopped and started again.
type desk struct {
	t     testing.TB
	state string
	key   *tlog.Cosigner
	logs  []string
	said  []string
	*httptest.Server
}

func open(t testing.TB, logs ...string) *desk {
	t.Helper()
	key, err := tlog.NewCosigner("witness.example/w", bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, state: filepath.Join(t.TempDir(), "state"), key: key, logs: logs}
	if err := witness.CreateState(d.state); err != nil {
		t.Fatal(err)
	}
	d.start()
	t.Cleanup(func() { d.Close() })
	return d
}

func (d *desk) start() {
	d.t.Helper()
	s, err := witness.LoadState(d.state, d.logs)
	if err != nil {
		d.t.Fatal(err)
	}
	var mu sync.Mutex
	w := &witness.Witness{Key: d.key, Logs: d.logs, State: s, Now: func() time.Time { return time.Unix(1_700_000_000, 0) }, Said: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		d.said = append(d.said, text)
	}}
	d.Server = httptest.NewServer(w.Handler())
}

func (d *desk) client() *witness.Client {
	return &witness.Client{HTTP: d.Client(), URL: d.URL + "/", Key: d.key.Key()}
}

func (d *desk) post(body string) (int, string, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.URL+"/add-checkpoint", strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := d.Server.Client().Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

func TestAWitnessFollows(t *testing.T) {
	h := logOf(t, 300, "a")
	d := open(t, h.signer.Verifier())
	add := func(n int, old uint64) error {
		sig, at, err := d.client().Add(t.Context(), h.note(n), old, h.prove(n))
		if err == nil && (at.Unix() != 1_700_000_000 || sig.Name != d.key.Key().Name) {
			t.Errorf("%d: %v %v", n, sig, at)
		}
		return err
	}
	for _, step := range []struct {
		n   int
		old uint64
	}{{1, 0}, {5, 1}, {5, 5}, {5, 0}, {9, 0}, {256, 9}, {300, 3}} {
		if err := add(step.n, step.old); err != nil {
			t.Errorf("%d after %d: %v", step.n, step.old, err)
		}
		d.Close() // what was cosigned outlives the process
		d.start()
	}
	if err := add(40, 300); err == nil {
		t.Error("an old copy")
	}
	if seen, ok := errors.AsType[*witness.SeenError](add(40, 0)); !ok || seen.Size != 300 || seen.Fork {
		t.Errorf("an old copy: %v", seen)
	}
	if said := strings.Join(d.said, "\n"); !strings.Contains(said, "REFUSED") {
		t.Errorf("%s", said)
	}
}

func TestAWitnessRefusesAFork(t *testing.T) {
	h, other := logOf(t, 20, "a"), logOf(t, 20, "b")
	d := open(t, h.signer.Verifier())
	if _, _, err := d.client().Add(t.Context(), h.note(10), 0, h.prove(10)); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{10, 20} {
		_, _, err := d.client().Add(t.Context(), other.note(n), 10, other.prove(n))
		if seen, ok := errors.AsType[*witness.SeenError](err); !ok || !seen.Fork {
			t.Errorf("%d: %v", n, err)
		}
	}
	if _, _, err := d.client().Add(t.Context(), h.note(20), 10, h.prove(20)); err != nil {
		t.Errorf("the true log is still followed: %v", err)
	}
	// Without its state it does not start, and a new state is not made over an old one.
	if err := witness.CreateState(d.state); err == nil {
		t.Error("state made anew")
	}
	if _, err := witness.LoadState(d.state+"x", d.logs); err == nil {
		t.Error("started without state")
	}
	b, err := os.ReadFile(d.state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.state, bytes.Replace(b, []byte("\n20\n"), []byte("\n10\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.LoadState(d.state, d.logs); err == nil {
		t.Error("started with an edited state")
	}
}

// TestAnswers holds the answers to C2SP tlog-witness.
func TestAnswers(t *testing.T) {
	h := logOf(t, 20, "a")
	d := open(t, h.signer.Verifier())
	unknown, err := tlog.NewSigner("other.example/1", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	impostor, err := tlog.NewSigner(h.signer.Name(), bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	signed := func(s *tlog.Signer, size uint64, root tlog.Hash) string {
		b, err := s.SignText(tlog.Checkpoint{Origin: s.Name(), Size: size, Root: root}.Text())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	hash := tlog.B64(make([]byte, 32)) + "\n"
	ten := string(h.note(10))
	for _, c := range []struct {
		why, body string
		status    int
		want      string
	}{
		{"nothing", "", 400, ""},
		{"no old", "new 0\n\n" + ten, 400, ""},
		{"leading zero", "old 00\n\n" + ten, 400, ""},
		{"no empty line", "old 0\n" + ten, 400, ""},
		{"no hash", "old 0\nAAAA\n\n" + ten, 400, ""},
		{"too many hashes", "old 0\n" + strings.Repeat(hash, 64) + "\n" + ten, 400, ""},
		{"old larger", "old 11\n\n" + ten, 400, ""},
		{"another log", "old 0\n\n" + signed(unknown, 1, tlog.Hash{}), 404, ""},
		{"another key", "old 0\n\n" + signed(impostor, 1, tlog.Hash{}), 403, ""},
		{"a proof from nothing", "old 0\n" + hash + "\n" + ten, 422, ""},
		{"an empty tree that is not", "old 0\n\n" + signed(h.signer, 0, tlog.Hash{}), 422, ""},
		{"the first, among other signatures", "old 0\n\n" + ten + "— x " + tlog.B64(make([]byte, 68)) + "\n", 200, "— witness.example/w "},
		{"another size", "old 3\n\n" + ten, 409, "10\n"},
		{"the same again", "old 10\n\n" + ten, 200, "— witness.example/w "},
		{"another root", "old 10\n\n" + signed(h.signer, 10, tlog.Hash{1}), 409, "10\n"},
		{"no proof", "old 10\n\n" + string(h.note(20)), 422, ""},
		{"a wrong proof", "old 10\n" + hash + "\n" + string(h.note(20)), 422, ""},
	} {
		status, media, body := d.post(c.body)
		if status != c.status || !strings.HasPrefix(body, c.want) || status == 409 && media != "text/x.tlog.size" {
			t.Errorf("%s: %d %s %q", c.why, status, media, body)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := d.client().Add(ctx, h.note(20), 10, h.prove(20)); err == nil {
		t.Error("cancelled")
	}
}

// TestOneAfterTheOther has many ask at once: whatever order they come in, what
// is cosigned is one history.
func TestOneAfterTheOther(t *testing.T) {
	h, other := logOf(t, 64, "a"), logOf(t, 64, "b")
	d := open(t, h.signer.Verifier())
	var wg sync.WaitGroup
	var mu sync.Mutex
	signed := map[*history]int{}
	for n := 1; n <= 64; n++ {
		for _, l := range []*history{h, other} {
			wg.Go(func() {
				if _, _, err := d.client().Add(t.Context(), l.note(n), 0, l.prove(n)); err == nil {
					mu.Lock()
					signed[l]++
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	if signed[h] > 0 && signed[other] > 0 || len(signed) == 0 {
		t.Errorf("two histories were cosigned: %d and %d", signed[h], signed[other])
	}
}
