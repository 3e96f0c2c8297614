package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// attack is what an operator does, and what must then find it.
type attack struct {
	name  string
	do    []func(ctx context.Context, c *copied) error
	finds []find // in this order; none: nothing may be found
}

// find is a command, and a word of its answer.
type find struct {
	by     string
	run    func(ctx context.Context, c *copied) (code int, said string, err error)
	says   string
	before func(ctx context.Context, c *copied) error // what the operator does against it
	nobody bool                                       // it finds nothing: the reason for the next
}

func (a *attack) by() (out []string) {
	for _, f := range a.finds {
		if !f.nobody {
			out = append(out, f.by)
		}
	}
	return out
}

// copied is a copy of the store that an attack is tried on, with a witness that
// knows what the first one knew.
type copied struct {
	field *field
	dir   string
}

func (c *copied) store() string { return filepath.Join(c.dir, "store") }

// try does an attack, and reports whether everything found it that must.
func (r *field) try(ctx context.Context, a *attack) (found bool, err error) {
	c := &copied{r, r.path("copy")}
	defer func() { err = errors.Join(err, os.RemoveAll(c.dir)) }()
	if err := r.copyStore(r.path("store"), c.store()); err != nil {
		return false, err
	}
	state := filepath.Join(c.dir, "witness.state")
	b, err := os.ReadFile(r.path("witness.state"))
	if err == nil {
		err = os.WriteFile(state, b, 0o600) //nolint:gosec // in the folder of the trial
	}
	if err != nil {
		return false, err
	}
	stop, err := r.witness(ctx, state)
	if err != nil {
		return false, err
	}
	defer stop()
	for _, do := range a.do {
		if err := do(ctx, c); err != nil {
			return false, err
		}
	}
	finds := a.finds
	if len(finds) == 0 {
		finds = quiet()
	}
	found = true
	for _, f := range finds {
		ok, err := c.look(ctx, &f)
		if err != nil {
			return false, err
		}
		found = found && ok
	}
	return found, nil
}

func (c *copied) look(ctx context.Context, f *find) (bool, error) {
	if f.before != nil {
		if err := f.before(ctx, c); err != nil {
			return false, err
		}
	}
	code, said, err := f.run(ctx, c)
	if err != nil {
		return false, err
	}
	line := tell(said, f.says)
	switch {
	case f.nobody && code == 0:
		c.field.say("  %-34s finds nothing", f.by)
		return true, nil
	case f.nobody:
		c.field.say("  %-34s objects and must not: %s", f.by, tell(said, ""))
		return false, nil
	case code == 0 || line == "":
		c.field.say("  %-34s DID NOT FIND IT (exit %d)\n%s", f.by, code, said)
		return false, nil
	}
	c.field.say("  %-34s exit %d: %s", f.by, code, line)
	return true, nil
}

// tell returns the line that holds a word; the last without one.
func tell(said, word string) string {
	out := ""
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); strings.Contains(line, word) && line != "" && !strings.HasPrefix(line, "time=") {
			out = line
			if word != "" {
				break
			}
		}
	}
	return out
}

func (c *copied) command(ctx context.Context, name string, args ...string) (int, string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // the programs that are tried
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode(), string(out), nil
	}
	return 0, string(out), err
}

func (c *copied) logVerify(ctx context.Context) (int, string, error) {
	return c.command(ctx, c.field.assay, "log", "verify", "--data", c.store())
}

func (c *copied) export(ctx context.Context) (int, string, error) {
	return c.command(ctx, c.field.assay, "export", "package", "--data", c.store(), "--whole", "--out", filepath.Join(c.dir, "package.zip"))
}

func (c *copied) verify(ctx context.Context, args ...string) (int, string, error) {
	return c.command(ctx, c.field.verifier, append(args, filepath.Join(c.dir, "package.zip"))...)
}

func (c *copied) times() []string {
	return []string{"--time-roots", c.field.roots, "--stamped-since", clock.System().UTC().Format("2006-01-02")}
}

// What looks.
func verifies(says string) find {
	return find{by: "assay log verify", says: says, run: func(ctx context.Context, c *copied) (int, string, error) { return c.logVerify(ctx) }}
}

func signing(says string) find {
	return find{by: "the signing mark", says: says, run: func(ctx context.Context, c *copied) (int, string, error) { return c.export(ctx) }}
}

func witnessing() find {
	return find{by: "the witness", says: "does not accept this log", run: func(ctx context.Context, c *copied) (int, string, error) { return c.export(ctx) }, before: forgetMarks}
}

// alone is the verifier without anything from outside, of a package that an
// operator makes who asks no witness.
func alone(says string) find {
	return find{by: "assay-verify", says: says, before: askNobody, run: func(ctx context.Context, c *copied) (int, string, error) {
		if code, said, err := c.export(ctx); code != 0 || err != nil {
			return code, said, fmt.Errorf("no package was made: %s %w", said, err)
		}
		return c.verify(ctx)
	}}
}

func pinned(says string) find {
	return find{by: "assay-verify --pin", says: says, run: func(ctx context.Context, c *copied) (int, string, error) {
		return c.verify(ctx, "--pin", c.field.pin)
	}}
}

func policed() find {
	return find{by: "assay-verify --policy (witness)", says: "the quorum is not met", run: func(ctx context.Context, c *copied) (int, string, error) {
		return c.verify(ctx, "--policy", c.field.policy)
	}}
}

func timed(says string) find {
	return find{by: "assay-verify --time-roots", says: says, run: func(ctx context.Context, c *copied) (int, string, error) { return c.verify(ctx, c.times()...) }}
}

func exports() find {
	return find{by: "export, mark and witness", nobody: true, run: func(ctx context.Context, c *copied) (int, string, error) { return c.export(ctx) }}
}

func nothing(f find) find {
	f.nobody, f.by = true, f.by+" alone"
	return f
}

// quiet is everything that looks, of which nothing may find anything.
func quiet() []find {
	whole := timed("")
	whole.by, whole.run = "assay-verify with all of it", func(ctx context.Context, c *copied) (int, string, error) {
		return c.verify(ctx, append(c.times(), "--policy", c.field.policy, "--pin", c.field.pin)...)
	}
	whole.nobody = true
	log := verifies("")
	log.nobody = true
	return []find{log, exports(), whole}
}

// What the operator does against what looks: he removes the marks of what was
// signed, and asks no witness and no authority any more.
func forgetMarks(_ context.Context, c *copied) error {
	return os.RemoveAll(filepath.Join(c.store(), "keys", "marks"))
}

func askNobody(ctx context.Context, c *copied) error {
	return errors.Join(forgetMarks(ctx, c), os.RemoveAll(filepath.Join(c.store(), "anchor")))
}

func bySQL(queries ...string) func(context.Context, *copied) error {
	return func(ctx context.Context, c *copied) error {
		return write(ctx, c.store(), func(o *operator) error { return o.sql(queries...) })
	}
}

func byKey(rows func(o *operator) error, edit func([]*tlog.Envelope) ([]*tlog.Envelope, error)) func(context.Context, *copied) error {
	return func(ctx context.Context, c *copied) error {
		return write(ctx, c.store(), func(o *operator) error {
			if err := o.rewrite(edit); err != nil {
				return err
			}
			return rows(o)
		})
	}
}

// withoutAnchors removes what witnesses and authorities said of the log as it was,
// which is not what they would say of it now.
func withoutAnchors(list []*tlog.Envelope) []*tlog.Envelope {
	return slices.DeleteFunc(list, func(e *tlog.Envelope) bool { return strings.HasPrefix(e.Type, "anchor.") })
}

func noAnchors(o *operator) error {
	return o.sql(`DELETE FROM anchor_stamp`, `DELETE FROM anchor_cosignature`)
}
