package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func script(t *testing.T, text string) programs {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "try"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return programs{folders: []string{dir, "/usr/bin", "/bin"}}
}

func TestRunGivesOutputExitAndComplaint(t *testing.T) {
	m := Machine{programs: script(t, `echo "$1|$LC_ALL|$USER$SECRET"; echo oh >&2; exit 3`)}
	t.Setenv("SECRET", "leaked")
	t.Setenv("USER", "leaked")
	out, err := m.Run(t.Context(), "try", "a b; echo $HOME")
	if got := string(out); got != "a b; echo $HOME|C|\n" {
		t.Errorf("stdout %q", got)
	}
	exit, ok := errors.AsType[*ExitError](err)
	if !ok || exit.Code != 3 || exit.Stderr != "oh\n" {
		t.Errorf("%v", err)
	}
}

func TestRunOfWhatIsNotThere(t *testing.T) {
	for _, name := range []string{"no-such-program", "", "/bin/sh", "../bin/sh"} {
		if _, err := (Machine{}).Run(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := (Machine{Root: t.TempDir()}).Run(t.Context(), "sh"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("under a root: %v", err)
	}
}

func TestRunEndsWithEverythingItStarted(t *testing.T) {
	p := script(t, `sleep 60 & echo started; sleep 60`)
	p.limit = 200 * time.Millisecond
	out, err := Machine{programs: p}.Run(t.Context(), "try")
	if !errors.Is(err, context.DeadlineExceeded) || string(out) != "started\n" {
		t.Errorf("%q %v", out, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Machine{programs: script(t, "sleep 60")}).Run(ctx, "try"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRunStopsATalker(t *testing.T) {
	p := script(t, `while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done`)
	p.output = 1000
	out, err := Machine{programs: p}.Run(t.Context(), "try")
	if !errors.Is(err, ErrTooLarge) || len(out) != 1000 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestReadFileRefusesWhatIsNotAPlainFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, dir, "/dev/zero"} {
		if b, err := (Machine{}).ReadFile(name); err == nil {
			t.Errorf("%s: %d bytes", name, len(b))
		}
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, MaxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := (Machine{}).ReadFile(big); !errors.Is(err, ErrTooLarge) {
		t.Errorf("big: %v", err)
	}
	if err := os.Truncate(big, MaxFile); err != nil {
		t.Fatal(err)
	}
	if b, err := (Machine{}).ReadFile(big); err != nil || len(b) != MaxFile {
		t.Errorf("at the limit: %d bytes, %v", len(b), err)
	}
	if _, err := (Machine{}).ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

func TestARootHoldsEverything(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc", "passwd"), []byte("in"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "etc", "out")); err != nil {
		t.Fatal(err)
	}
	m := Machine{Root: root}
	if b, err := m.ReadFile("/etc/passwd"); err != nil || string(b) != "in" {
		t.Errorf("%q %v", b, err)
	}
	for _, name := range []string{"/etc/out", "/../" + outside, "../../../../" + outside} {
		if b, err := m.ReadFile(name); err == nil {
			t.Errorf("%s: %q", name, b)
		}
		if _, err := m.Stat(name); err == nil {
			t.Errorf("%s: seen", name)
		}
	}
	if target, err := m.Readlink("/etc/out"); err != nil || target != outside {
		t.Errorf("%q %v", target, err)
	}
	entries, err := m.ReadDir("/etc")
	if err != nil || len(entries) != 2 || entries[0].Name() != "out" {
		t.Errorf("%v %v", entries, err)
	}
	if _, err := m.ReadDir("/"); err != nil {
		t.Error(err)
	}
	if _, err := m.Stat("/etc/passwd"); err != nil {
		t.Error(err)
	}
	if _, err := m.ReadDir("/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestComplaintsAreCutShort(t *testing.T) {
	_, err := Machine{programs: script(t, `i=0; while [ $i -lt 2000 ]; do echo "complaint $i" >&2; i=$((i+1)); done; exit 1`)}.Run(t.Context(), "try")
	exit, ok := errors.AsType[*ExitError](err)
	if !ok || len(exit.Stderr) != maxStderr || !strings.HasPrefix(exit.Error(), "exit 1: complaint 0") {
		t.Errorf("%v", err)
	}
}
