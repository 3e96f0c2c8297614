package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/tlog"
)

func TestOutside(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "test.invalid")
	o := h.Outside()
	h.Little()
	b, _ := h.Package(time.Time{}, time.Time{})
	d := &desk{t, t.TempDir()}
	file, policy, roots := d.put("one.zip", b), d.put("policy", []byte(o.Policy)), d.put("roots.pem", o.Roots)
	out, _ := d.run(0, "--policy", policy, "--time-roots", roots, file)
	holds(t, out, "w of the policy cosigned every entry", "2 of north, south", "VERIFIED under the key of the policy")
	if strings.Contains(out, "When things") {
		t.Error(out)
	}
	out, _ = d.run(0, file)
	holds(t, out, "whose they are is open", "When things happened")
	out, _ = d.run(10, "--time-roots", roots, "--cadence", "1m", file)
	holds(t, out, "was due within 1m0s", "NOT VERIFIED")
	out, _ = d.run(0, "--time-roots", roots, "--cadence", "1m", "--stamped-since", "2030-01-01", file)
	holds(t, out, "older than the promise")
	d.run(2, "--cadence", "soon", file)
	d.run(2, "--cadence", "0s", file)
	d.run(2, "--time-roots", roots, "--stamped-since", "soon", file)
	d.run(2, "--time-roots", policy, file)
	d.run(1, "--time-roots", filepath.Join(d.dir, "absent"), file)
}

func (d *desk) command(want int, args ...string) string {
	d.t.Helper()
	var out bytes.Buffer
	if got := dispatch(d.t.Context(), args, &out, &out); got != want {
		d.t.Errorf("%v: exit %d, want %d\n%s", args, got, want, out.String())
	}
	return out.String()
}

func TestPin(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "test.invalid")
	h.Little()
	early, _ := h.Package(time.Time{}, time.Time{})
	h.Hand.Add(24 * time.Hour)
	h.Run()
	mailed := h.Sign()
	h.Hand.Add(24 * time.Hour)
	h.Run()
	late, _ := h.Package(time.Time{}, time.Time{})
	d := &desk{t, t.TempDir()}
	one, two, pin := d.put("one.zip", early), d.put("two.zip", late), filepath.Join(d.dir, "pin")
	policy := d.put("policy", []byte("log "+h.Key()+"\nquorum none\n"))
	checkpoint := d.put("checkpoint", mailed.Note)
	d.command(0, "pin", "--pin", pin, one)
	d.command(2, "pin", "--pin", pin, checkpoint)
	holds(t, d.command(0, "pin", "--pin", pin, "--policy", policy, checkpoint), "holds 2 checkpoints")
	holds(t, d.command(0, "pin", "--pin", pin, "--policy", policy, checkpoint), "holds 2 checkpoints")
	holds(t, d.command(10, "pin", "--pin", pin, one), "cut") // the package is older than what was mailed
	holds(t, d.command(0, "pin", "--pin", pin, two), "VERIFIED")
	if b, err := os.ReadFile(pin); err != nil || len(tlog.Notes(b)) != 1 {
		t.Errorf("%q %v", b, err)
	}
	// Another history under the same key.
	size := strings.Split(string(mailed.Note), "\n")[1]
	s := h.Signer()
	fork, err := s.SignText(s.Name() + "\n" + size + "\n" + tlog.B64(make([]byte, 32)) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	forked := d.put("forked", fork)
	out, _ := d.run(10, "--pin", forked, two)
	holds(t, out, "FORK", "NOT VERIFIED")
	d.command(0, "pin", "--pin", filepath.Join(d.dir, "other"), "--policy", policy, checkpoint)
	holds(t, d.command(10, "pin", "--pin", filepath.Join(d.dir, "other"), "--policy", policy, forked), "FORK")
	stranger := d.put("stranger", bytes.Replace(mailed.Note, []byte("\n"+size+"\n"), []byte("\n1"+size+"\n"), 1))
	holds(t, d.command(10, "pin", "--pin", pin, "--policy", policy, stranger), "NOT VERIFIED")
	for _, args := range [][]string{{"pin"}, {"pin", one}, {"pin", "--pin", pin}, {"pin", "--pin", pin, one, two}} {
		holds(t, d.command(2, args...), "usage: assay-verify pin")
	}
	holds(t, d.command(0, "pin", "--help"), "usage: assay-verify pin")
}

func TestWitness(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "test.invalid")
	head := h.Sign()
	d := &desk{t, t.TempDir()}
	key, state := filepath.Join(d.dir, "key"), filepath.Join(d.dir, "state")
	vkey := strings.TrimSpace(d.command(0, "witness", "--new", "--name", "witness.example/w", "--key", key, "--state", state))
	if _, err := tlog.ParseCosigner(vkey); err != nil {
		t.Fatal(err)
	}
	d.command(1, "witness", "--new", "--name", "witness.example/w", "--key", key, "--state", state)
	policy := d.put("policy", []byte("log "+h.Key()+"\nquorum none\n"))
	for _, args := range [][]string{
		{"witness"}, {"witness", "--key", key}, {"witness", "--key", key, "--state", state}, {"witness", "--new", "--key", key, "--state", state}, {"witness", "x"},
	} {
		holds(t, d.command(2, args...), "usage: assay-verify witness")
	}
	d.command(1, "witness", "--key", key, "--state", state+"x", "--policy", policy)
	d.command(1, "witness", "--key", key, "--state", state, "--policy", key)

	ctx, stop := context.WithCancel(t.Context())
	said, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- dispatch(ctx, []string{"witness", "--key", key, "--state", state, "--policy", policy, "--listen", "127.0.0.1:0"}, w, io.Discard)
	}()
	buf := make([]byte, 1<<10)
	n, err := said.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	text := string(buf[:n])
	holds(t, text, vkey, "watches 1 logs at")
	addr := strings.TrimSpace(text[strings.LastIndex(text, " "):])
	resp, err := (&http.Client{}).Post("http://"+addr+"/add-checkpoint", "text/plain", strings.NewReader("old 0\n\n"+string(head.Note)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(string(b), "— witness.example/w ") {
		t.Errorf("%d %s %v", resp.StatusCode, b, err)
	}
	_ = resp.Body.Close()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("ended with %d", code)
	}
	kept, err := os.ReadFile(state)
	if err != nil || string(kept) != string(head.Note) {
		t.Errorf("%s %v", kept, err)
	}
}
