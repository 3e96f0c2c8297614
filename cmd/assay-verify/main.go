// Command assay-verify verifies an evidence package, offline, for somebody who
// trusts nobody: it needs the package, and for more than self-consistency a
// policy or a pin that came from elsewhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"assay/internal/kit/tsa"
	"assay/internal/pack"
)

// version is set when a release is built.
var version = "dev"

// What the shell is told.
const (
	exitVerified    = 0
	exitUnreadable  = 1
	exitUsage       = 2
	exitFailed      = 10
	exitInterrupted = 130
)

const usage = `usage: assay-verify [--policy FILE] [--pin FILE] [--write-pin FILE] [--identity FILE]
                    [--cel-go] [--json | --html] PACKAGE
       assay-verify pin --help         keep a checkpoint
       assay-verify witness --help     watch logs of others

Verifies an evidence package and performs its checks again. Nothing is sent
anywhere.

  --policy FILE     keys that you believe, from a source other than the package:
                    lines "log <vkey>", "witness <name> <vkey>", and "quorum none"
                    or the quorum of witnesses that you ask for (C2SP tlog-policy)
  --pin FILE        checkpoints that you kept: the package's log must extend them
  --time-roots FILE certificates (PEM) of authorities of time that you believe: every
                    entry of the log must then lie between time stamps
  --cadence 2h      how soon after an entry a time stamp was promised
  --skew 5m         how far the operator's clock may be from the authorities'
  --stamped-since YYYY-MM-DD
                    the day (UTC) since when time stamps were promised, if not since
                    the log began
  --identity FILE   your age key, for a package that is encrypted to you
  --write-pin FILE  keep the newest checkpoint of a package that verified, as a pin
  --cel-go          perform checks again by cel-go alone, without the closures
                    that they are compiled to; slower
  --json            print the report as JSON
  --html            print the report as a page
  --version         print the version

exit status: 0 verified, 10 not verified, 1 cannot be read, 2 wrong usage
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// dispatch runs what the first argument names; a package unless it is a command.
func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "witness" {
		return runWitness(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "pin" {
		return runPin(ctx, args[1:], stdout, stderr)
	}
	return run(ctx, args, stdout, stderr)
}

type arguments struct {
	policy, pin, writePin, file string
	roots, since                string
	cadence, skew               time.Duration
	identity                    string
	json, html, version, celGo  bool
}

// parse reads the arguments; flags may stand before and after the package.
func parse(args []string) (a arguments, err error) {
	f := flag.NewFlagSet("assay-verify", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&a.policy, "policy", "", "")
	f.StringVar(&a.pin, "pin", "", "")
	f.StringVar(&a.roots, "time-roots", "", "")
	f.StringVar(&a.since, "stamped-since", "", "")
	f.DurationVar(&a.cadence, "cadence", pack.DefaultCadence, "")
	f.DurationVar(&a.skew, "skew", pack.DefaultSkew, "")
	f.StringVar(&a.writePin, "write-pin", "", "")
	f.StringVar(&a.identity, "identity", "", "")
	f.BoolVar(&a.html, "html", false, "")
	f.BoolVar(&a.celGo, "cel-go", false, "")
	f.BoolVar(&a.json, "json", false, "")
	f.BoolVar(&a.version, "version", false, "")
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			return a, err
		}
		if args = f.Args(); len(args) > 0 {
			if a.file != "" {
				return a, fmt.Errorf("one package at a time, not %q and %q", a.file, args[0])
			}
			a.file, args = args[0], args[1:]
		}
	}
	switch {
	case a.file == "" && !a.version:
		return a, errors.New("no package is named")
	case a.json && a.html:
		return a, errors.New("--json or --html, not both")
	case a.cadence < time.Second || a.skew < time.Second:
		return a, errors.New("--cadence and --skew are times of a second at least")
	}
	return a, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(stderr, "assay-verify: "+format+"\n", args...) }
	a, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stdout, usage)
		return exitVerified
	case err != nil:
		say("%v", err)
		_, _ = io.WriteString(stderr, usage)
		return exitUsage
	case a.version:
		_, _ = fmt.Fprintln(stdout, "assay-verify", version)
		return exitVerified
	}
	o, err := options(&a)
	if err != nil {
		say("%v", err)
		if _, missing := errors.AsType[*os.PathError](err); missing {
			return exitUnreadable
		}
		return exitUsage
	}
	rep, err := verify(ctx, a.file, a.identity, o)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if err != nil {
		say("%v", err)
		return exitUnreadable
	}
	if err := show(stdout, rep, &a); err != nil {
		say("%v", err)
		return exitUnreadable
	}
	if !rep.Verified {
		return exitFailed
	}
	if a.writePin != "" {
		if err := writePin(a.writePin, rep.Checkpoint); err != nil {
			say("%v", err)
			return exitUnreadable
		}
		say("wrote %s: %d entries of %s", a.writePin, rep.Log.Leaves, rep.Origin)
	}
	return exitVerified
}

func options(a *arguments) (pack.Options, error) {
	o := pack.Options{Now: time.Now, CELGo: a.celGo}
	if a.policy != "" {
		b, err := os.ReadFile(a.policy) //nolint:gosec // the file that the user names
		if err != nil {
			return o, err
		}
		if o.Policy, err = pack.ParsePolicy(string(b)); err != nil {
			return o, fmt.Errorf("%s: %w", a.policy, err)
		}
	}
	if a.pin != "" {
		b, err := os.ReadFile(a.pin) //nolint:gosec // the file that the user names
		if err != nil {
			return o, err
		}
		o.Pin = b
	}
	if a.roots == "" {
		return o, nil
	}
	o.Time = &pack.Time{Cadence: a.cadence, Skew: a.skew}
	b, err := os.ReadFile(a.roots) //nolint:gosec // the file that the user names
	if err != nil {
		return o, err
	}
	if o.Time.Roots, err = tsa.ParseRoots(b); err != nil {
		return o, fmt.Errorf("%s: %w", a.roots, err)
	}
	if a.since != "" {
		o.Time.From, err = time.Parse(time.DateOnly, a.since)
	}
	return o, err
}

func verify(ctx context.Context, file, identity string, o pack.Options) (rep *pack.Report, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file: give the package as it was written, not unpacked", file)
	}
	var key []byte
	if identity != "" {
		if key, err = os.ReadFile(identity); err != nil {
			return nil, err
		}
	}
	return pack.Read(ctx, f, info.Size(), key, o)
}

// writePin replaces the pin at once: a pin that is half written is none.
func writePin(file string, note []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".pin-*")
	if err != nil {
		return err
	}
	_, werr := f.Write(note)
	if err := errors.Join(werr, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), file)
}
