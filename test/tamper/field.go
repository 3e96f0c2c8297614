package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/kit/clock"
)

// field is where attacks are tried: the store that everybody saw, and what they
// keep of it.
type field struct {
	out                   io.Writer
	assay, verifier, work string
	key                   string // of the log
	policy, pin, roots    string // files of the auditor
	authority             *authority
	witnessAt             string // address
}

func (r *field) say(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format+"\n", args...) }

func (r *field) path(name string) string { return filepath.Join(r.work, name) }

func (r *field) close() { r.authority.close() }

// prepare makes the year, and lets a week pass at the end of which a witness, an
// authority of time and an auditor have seen it. What the store was a week before
// is kept.
func (r *field) prepare(ctx context.Context) error {
	r.say("Making the demonstration …")
	store := r.path("store")
	if err := r.must(ctx, r.assay, "demo", "--data", store, "--no-serve", "--quiet"); err != nil {
		return err
	}
	var head struct{ Key string }
	out, err := exec.CommandContext(ctx, r.assay, "log", "head", "--data", store, "--json").Output() //nolint:gosec // the program that is tried
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &head); err != nil {
		return err
	}
	r.key = head.Key
	if r.authority, err = newAuthority(ctx, r.path("authority")); err != nil {
		return fmt.Errorf("authority of time: %w", err)
	}
	logs := r.path("logs")
	witness, err := r.capture(ctx, r.verifier, "witness", "--new", "--name", "witness.demo.invalid/auditor", "--key", r.path("witness.key"), "--state", r.path("witness.state"))
	if err != nil {
		return err
	}
	witness = strings.TrimSpace(witness)
	r.policy, r.pin, r.roots = r.path("policy"), r.path("pin"), r.path("authority/ca.pem")
	for file, text := range map[string]string{
		logs:     "log " + r.key + "\nquorum none\n",
		r.policy: "log " + r.key + "\nwitness auditor " + witness + "\nquorum auditor\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := r.outside(store, witness); err != nil {
		return err
	}
	return r.week(ctx, store)
}

// outside names the witness and the authority in the store's folder.
func (r *field) outside(store, witness string) error {
	ca, err := os.ReadFile(r.roots)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // asks for a free port
	if err != nil {
		return err
	}
	r.witnessAt = l.Addr().String()
	if err := errors.Join(l.Close(), os.MkdirAll(filepath.Join(store, "anchor"), 0o700)); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"witnesses":   "witness auditor " + witness + " http://" + r.witnessAt + "\nquorum none\n",
		"authorities": "clock " + r.authority.url + "\n",
		"roots.pem":   string(ca),
	} {
		if err := os.WriteFile(filepath.Join(store, "anchor", name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r *field) week(ctx context.Context, store string) error {
	stop, err := r.witness(ctx, r.path("witness.state"))
	if err != nil {
		return err
	}
	defer stop()
	if err := r.must(ctx, r.assay, "export", "package", "--data", store, "--whole", "--out", r.path("first.zip")); err != nil {
		return err
	}
	if err := r.must(ctx, r.verifier, "pin", "--pin", r.pin, "--policy", r.policy, r.path("first.zip")); err != nil {
		return err
	}
	if err := r.copyStore(store, r.path("lastweek")); err != nil {
		return err
	}
	r.say("A week passes; the auditor gets a package and keeps a pin …")
	for i := range 7 {
		if err := r.must(ctx, r.assay, "evidence", "add", "--data", store, "--statement", fmt.Sprintf("Day %d: the doors were looked at.", i+1), "--title", "Round", "--control", "IAM-03",
			"--from", clock.System().UTC().Format(time.DateOnly)); err != nil {
			return err
		}
	}
	if err := r.must(ctx, r.assay, "export", "package", "--data", store, "--whole", "--out", r.path("second.zip")); err != nil {
		return err
	}
	return r.must(ctx, r.verifier, "pin", "--pin", r.pin, "--policy", r.policy, r.path("second.zip"))
}

// witness runs the auditor's witness on a state, until stop.
func (r *field) witness(ctx context.Context, state string) (stop func(), err error) {
	cmd := exec.CommandContext(ctx, r.verifier, "witness", "--key", r.path("witness.key"), "--state", state, "--policy", r.path("logs"), "--listen", r.witnessAt) //nolint:gosec // the program that is tried
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	for range 100 {
		c, err := net.DialTimeout("tcp", r.witnessAt, time.Second) //nolint:noctx // a second
		if err == nil {
			return stop, c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, errors.New("the witness does not answer")
}

// copyStore copies a store; objects never change and are linked.
func (r *field) copyStore(from, to string) error {
	return filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		into := filepath.Join(to, rel)
		switch {
		case e.IsDir():
			return os.MkdirAll(into, 0o700)
		case strings.HasPrefix(rel, "blobs"):
			return os.Link(path, into) //nolint:gosec // a folder of the trial
		}
		b, err := os.ReadFile(path) //nolint:gosec // of the store
		if err != nil {
			return err
		}
		return os.WriteFile(into, b, 0o600) //nolint:gosec // in the folder of the trial
	})
}

func (r *field) capture(ctx context.Context, name string, args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the programs that are tried
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out.String(), said.String())
	}
	return out.String(), nil
}

func (r *field) must(ctx context.Context, name string, args ...string) error {
	_, err := r.capture(ctx, name, args...)
	return err
}
