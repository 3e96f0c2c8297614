package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is one line of go test -json; see go doc test2json and, for the two
// of builds, go help buildjson.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail
	Test        string // empty for what concerns the whole package
	Output      string
	FailedBuild string
}

type key struct{ pkg, test string }

// run gathers the events of one go test. Output is kept until it is known
// whether anyone has to see it.
type run struct {
	out     io.Writer
	output  map[key][]string
	open    map[key]bool // started and not finished
	builds  map[string][]string
	skipped []skip
	passed  int
	failed  int
}

type skip struct{ test, reason string }

func newRun(out io.Writer) *run {
	return &run{out: out, output: map[key][]string{}, open: map[key]bool{}, builds: map[string][]string{}}
}

// read takes events until the input ends. A line that is no event, such as a
// complaint of the go command itself, is printed as it is and counts as a
// failure unless it only says what is being downloaded.
func (r *run) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			r.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *run) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		r.print(line)
		if !strings.HasPrefix(line, "go: downloading ") && strings.TrimSpace(line) != "" {
			r.failed++
		}
		return
	}
	r.take(e)
}

func (r *run) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "start", "run":
		r.open[k] = true
	case "output":
		r.output[k] = append(r.output[k], e.Output)
	case "build-output":
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
	case "pass", "skip", "fail":
		r.end(k, e)
	}
}

func (r *run) end(k key, e event) {
	delete(r.open, k)
	switch {
	case k.test == "":
		r.endPackage(k, e)
	case e.Action == "pass":
		r.passed++
		delete(r.output, k)
	case e.Action == "skip":
		r.skipped = append(r.skipped, skip{k.pkg + " " + k.test, reason(r.output[k])})
		delete(r.output, k)
	default:
		r.failed++ // its output waits for the package's end, as with go test
	}
}

func (r *run) endPackage(k key, e event) {
	if e.Action != "fail" {
		r.print(closing(r.output[k])...)
		delete(r.output, k)
		return
	}
	r.print(r.builds[e.FailedBuild]...)
	tests := 0
	for _, t := range r.pending(k.pkg) {
		tests++
		r.print(r.output[t]...)
		delete(r.output, t)
		if r.open[t] {
			r.failed++
			r.print("--- FAIL: " + t.test + " (did not finish)\n")
			delete(r.open, t)
		}
	}
	if tests == 0 {
		r.failed++ // did not build, or failed outside its tests
	}
	r.print(r.output[k]...)
	delete(r.output, k)
}

// pending lists the tests of a package whose output nobody has seen, in the
// order of their names: a test before its subtests.
func (r *run) pending(pkg string) []key {
	var keys []key
	for k := range r.output {
		if k.pkg == pkg && k.test != "" {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Compare(a.test, b.test) })
	return keys
}

// closing is what go test prints of a package that passed: its last line.
func closing(output []string) []string {
	for _, line := range slices.Backward(output) {
		if strings.HasPrefix(line, "ok ") || strings.Contains(line, "[no test files]") {
			return []string{line}
		}
	}
	return nil
}

var place = regexp.MustCompile(`^\s+\S+\.go:\d+: `)

// reason is what a test said when it gave up: its last line with a place.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		if at := place.FindString(line); at != "" {
			return strings.TrimSpace(line[len(at):])
		}
	}
	return "no reason given"
}

func (r *run) print(lines ...string) {
	for _, line := range lines {
		if strings.HasPrefix(line, "=== ") { // that a test began, was paused, goes on
			continue
		}
		_, _ = io.WriteString(r.out, line) // nowhere to report it
	}
}

// finish prints the skipped tests and the counts, and reports whether all went
// well.
func (r *run) finish() bool {
	for k := range maps.Keys(r.open) {
		if k.test == "" {
			r.failed++
			r.print(fmt.Sprintf("FAIL\t%s [ended without a result]\n", k.pkg))
		}
	}
	if len(r.skipped) > 0 {
		r.print("\nSkipped:\n")
		slices.SortFunc(r.skipped, func(a, b skip) int {
			return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.test, b.test))
		})
		last := ""
		for _, s := range r.skipped {
			if s.reason != last {
				r.print("  " + s.reason + "\n")
				last = s.reason
			}
			r.print("    " + s.test + "\n")
		}
	}
	r.print(fmt.Sprintf("\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped)))
	return r.failed == 0 && r.passed > 0
}
