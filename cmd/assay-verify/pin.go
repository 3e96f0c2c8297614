package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

const pinUsage = `usage: assay-verify pin --pin FILE [--policy FILE] [--identity FILE] PACKAGE
       assay-verify pin --pin FILE --policy FILE CHECKPOINT

Keeps a checkpoint, so that no other history of the log can be shown later.

Of a package that verifies, and whose log extends what FILE holds, the newest
checkpoint replaces what FILE holds. A checkpoint alone, as it comes by mail or
from a page, is added to FILE: the next package must extend all of them.

exit status: 0 kept, 10 not verified or a FORK, 1 cannot be read, 2 wrong usage
`

func runPin(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := arguments{}
	f := flag.NewFlagSet("assay-verify pin", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&a.pin, "pin", "", "")
	f.StringVar(&a.policy, "policy", "", "")
	f.StringVar(&a.identity, "identity", "", "")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, pinUsage)
		return exitVerified
	}
	if err != nil || f.NArg() != 1 || a.pin == "" {
		_, _ = io.WriteString(stderr, pinUsage)
		return exitUsage
	}
	a.file = f.Arg(0)
	had, err := os.ReadFile(a.pin)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_, _ = fmt.Fprintf(stderr, "assay-verify: %v\n", err)
		return exitUnreadable
	}
	note, ok := checkpointIn(a.file)
	if !ok { // a package, or nothing that can be read
		args := []string{"--write-pin", a.pin, a.file}
		if a.policy != "" {
			args = append(args, "--policy", a.policy)
		}
		if len(had) > 0 {
			args = append(args, "--pin", a.pin)
		}
		if a.identity != "" {
			args = append(args, "--identity", a.identity)
		}
		return run(ctx, args, stdout, stderr)
	}
	text, code := a.keep(had, note)
	_, _ = fmt.Fprintln(stdout, text)
	return code
}

// checkpointIn reads a file that is a checkpoint and no package.
func checkpointIn(file string) ([]byte, bool) {
	const most = 64 << 10
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil, false
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	text, _, err := tlog.SplitNote(b)
	if err != nil {
		return nil, false
	}
	_, err = tlog.ParseCheckpoint(text)
	return b, err == nil
}

// keep adds a checkpoint to the pins.
func (a *arguments) keep(had, note []byte) (text string, code int) {
	if a.policy == "" {
		return "A checkpoint alone needs a policy that names its key: --policy FILE.", exitUsage
	}
	b, err := os.ReadFile(a.policy)
	if err != nil {
		return err.Error(), exitUnreadable
	}
	policy, err := pack.ParsePolicy(string(b))
	if err != nil {
		return fmt.Sprintf("%s: %v", a.policy, err), exitUsage
	}
	head, alone, err := opened(policy, note)
	if err != nil {
		return plain("NOT VERIFIED: the checkpoint: " + err.Error()), exitFailed
	}
	var out []string
	for _, old := range tlog.Notes(had) {
		kept, _, err := opened(policy, []byte(old))
		switch {
		case err != nil:
			return plain("NOT VERIFIED: what " + a.pin + " holds: " + err.Error()), exitFailed
		case kept.Origin != head.Origin:
			return plain(a.pin + " is of another log, " + kept.Origin + ": keep a file for each."), exitFailed
		case kept.Size == head.Size && kept.Root != head.Root:
			return plain(fmt.Sprintf("FORK: the key of %s signed two trees of %d entries. Keep both files; they prove it.", head.Origin, head.Size)), exitFailed
		}
		out = append(out, old)
	}
	if !slices.Contains(out, alone) {
		out = append(out, alone)
	}
	if err := writePin(a.pin, []byte(strings.Join(out, "\n"))); err != nil {
		return err.Error(), exitUnreadable
	}
	return plain(fmt.Sprintf("kept %d entries of %s; %s holds %d checkpoints that the next package must extend", head.Size, head.Origin, a.pin, len(out))), exitVerified
}

// opened verifies a checkpoint under a key of the policy; witnesses may have
// signed it too. It returns it with the log's signature alone.
func opened(policy *pack.Policy, note []byte) (c tlog.Checkpoint, alone string, err error) {
	text, sigs, err := tlog.SplitNote(note)
	if err != nil {
		return c, "", err
	}
	err = errors.New("no key of the policy signed it")
	origin, _, _ := strings.Cut(text, "\n")
	for _, vkey := range policy.Logs {
		if tlog.VerifierName(vkey) != origin {
			continue
		}
		for _, s := range sigs {
			alone = text + "\n" + s.Line()
			if c, err = tlog.OpenCheckpoint([]byte(alone), vkey); err == nil {
				return c, alone, nil
			}
		}
	}
	return c, "", err
}
