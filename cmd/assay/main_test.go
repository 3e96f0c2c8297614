package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"assay": func() { os.Exit(run()) }})
}

// TestScripts runs what users type. Beside the commands of testscript there
// are: exits CODE COMMAND … (it ends with exactly that code), serve ARGS …
// (serves a store until stop, with the address in $URL), stop (interrupts it,
// which it survives with 0), flip FILE N (flips a bit of byte N).
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the scripts run the program some hundred times")
	}
	// The days of the scripts are those of their organizations: between 22:00
	// and 24:00 UTC it is already tomorrow there.
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("..", "..", "test", "script"), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			now := time.Now().In(stockholm)
			e.Setenv("TODAY", now.Format(time.DateOnly))
			e.Setenv("FROM", now.AddDate(0, 0, -100).Format(time.DateOnly))
			e.Setenv("TO", now.AddDate(0, 0, 100).Format(time.DateOnly))
			e.Setenv("SOON", now.AddDate(0, 0, 30).Format(time.DateOnly))
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("DATA", filepath.Join(e.WorkDir, "data"))
			return os.MkdirAll(filepath.Join(e.WorkDir, "home"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "serve": serve, "stop": stop, "flip": flip, "keep": keep},
	})
}

// keep sets a variable to what of the standard output matches a pattern.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: keep VARIABLE PATTERN")
	}
	found := regexp.MustCompile(args[1]).FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("nothing in the output matches %s", args[1])
	}
	ts.Setenv(args[0], found)
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err, got := ts.Exec(args[1], args[2:]...), 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit %d, want %d\n%s%s", strings.Join(args[1:], " "), got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

type serving struct {
	cmd *exec.Cmd
	out *strings.Builder
}

func serve(ts *testscript.TestScript, _ bool, args []string) {
	path := ""
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if _, err := os.Stat(filepath.Join(dir, "assay")); err == nil {
			path = filepath.Join(dir, "assay")
			break
		}
	}
	s := &serving{cmd: exec.CommandContext(context.Background(), path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), out: &strings.Builder{}}
	s.cmd.Dir, s.cmd.Stderr = ts.Getenv("WORK"), s.out
	for _, name := range []string{"HOME", "PATH", "TMPDIR"} {
		s.cmd.Env = append(s.cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() { _ = s.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Open   "); ok {
			base, _, _ := strings.Cut(address, "/setup")
			ts.Setenv("URL", base)
		}
		if strings.HasPrefix(lines.Text(), "Stop") {
			servings[ts.Getenv("WORK")] = s
			return
		}
	}
	ts.Fatalf("it does not serve: %s", s.out)
}

var servings = map[string]*serving{} // by the script's folder; scripts that serve run one after another

func stop(ts *testscript.TestScript, _ bool, _ []string) {
	s := servings[ts.Getenv("WORK")]
	if s == nil {
		ts.Fatalf("nothing is served")
	}
	ts.Check(s.cmd.Process.Signal(os.Interrupt))
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("it did not end well: %v\n%s", err, s.out)
	}
}

func flip(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	b[n%len(b)] ^= 1
	ts.Check(os.WriteFile(file, b, 0o644))
}
