package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

// figure is one line, and what measures it.
type figure struct {
	id, unit string
	goal     float64 // the figure must not be larger; with atLeast not smaller
	atLeast  bool
	pkg      string // empty: nothing measures it yet
	bench    string
	times    string
	metric   string                                            // unit in the benchmark's output; the largest of its lines counts
	factor   float64                                           // of the metric; 1 if zero
	large    bool                                              // of the demonstration a hundred times as large, which ASSAY_DEMO_100 names
	program  func(*programs, context.Context) (float64, error) // measures it instead of a benchmark
}

const speed = "./test/speed"

func figures() []figure {
	return []figure{
		{id: "check.ns", unit: "ns", goal: 80, pkg: speed, bench: "^BenchmarkCheck$", times: "3s", metric: "check-ns"},
		{id: "million.memory", unit: "cpu-s", goal: 10, pkg: speed, bench: "^BenchmarkMillion$", times: "1x", metric: "cold-cpu-s"},
		{id: "million.memory.peak", unit: "MiB", goal: 250, pkg: speed, bench: "^BenchmarkMillion$", times: "1x", metric: "peak-MiB"},
		{id: "million.memory.unchanged", unit: "cpu-s", goal: 1, pkg: speed, bench: "^BenchmarkMillion$", times: "1x", metric: "unchanged-cpu-s"},
		{id: "million.store", unit: "cpu-s", goal: 16},
		{id: "million.store.unchanged", unit: "cpu-s", goal: 2.5},
		{id: "conftest.ratio", unit: "times", goal: 40, atLeast: true},
		{id: "checks.compile", unit: "ms", goal: 50, pkg: speed, bench: "^BenchmarkCompileChecks$", times: "10x", metric: "cpu-ms/300-checks"},
		{id: "standing.rebuild", unit: "s", goal: 1, pkg: "./internal/standing", bench: "^BenchmarkRebuild$", times: "5x", metric: "standing.rebuild-s"},
		{id: "standing.read", unit: "ms", goal: 20, pkg: speed, bench: "^BenchmarkStandingRead$", times: "30x", metric: "ms"},
		{id: "log.share", unit: "ms", goal: 0.15, pkg: speed, bench: "^BenchmarkLogShare$", times: "3x", metric: "share-ms"},
		{id: "log.verify", unit: "cpu-s", goal: 3, pkg: speed, bench: "^BenchmarkLogVerify$", times: "1x", metric: "cpu-s/million"},
		{id: "page.p95", unit: "ms", goal: 50, pkg: speed, bench: "^BenchmarkPages$", times: "60x", metric: "p95-ms"},
		{id: "page.p95.100", unit: "ms", goal: 50, pkg: speed, bench: "^BenchmarkPages$", times: "60x", metric: "p95-ms", large: true},
		{id: "portfolio.p95", unit: "ms", goal: 100, pkg: speed, bench: "^BenchmarkPortfolio$", times: "60x", metric: "p95-ms"},
		{id: "verify.rate", unit: "of SHA-256", goal: 0.25, atLeast: true, program: (*programs).verifyRate},
		{id: "import.memory", unit: "MiB", goal: 250, pkg: speed, bench: "^BenchmarkImport100k$", times: "1x", metric: "MiB"},
		{id: "import.judged", unit: "MiB", goal: 250, pkg: speed, bench: "^BenchmarkJudge100k$", times: "1x", metric: "MiB"},
		{id: "start", unit: "ms", goal: 300, program: (*programs).start},
		{id: "idle", unit: "MiB", goal: 80, program: (*programs).idle},
		{id: "demo", unit: "s", goal: 10, pkg: speed, bench: "^BenchmarkDemo$", times: "1x", metric: "ns/op", factor: 1e-9},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	large := os.Getenv("ASSAY_DEMO_100") //nolint:forbidigo // a command, though it is not in cmd
	if err := run(ctx, os.Args[1:], large, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, ids []string, large string, out io.Writer) error {
	ran := map[string]string{} // output by command, so that several figures share a run
	p := &programs{}
	defer p.end()
	for _, f := range figures() {
		if len(ids) > 0 && !slices.Contains(ids, f.id) {
			continue
		}
		line, err := f.line(ctx, p, ran, large)
		if err != nil {
			return fmt.Errorf("%s: %w", f.id, err)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

func (f *figure) line(ctx context.Context, p *programs, ran map[string]string, large string) (string, error) {
	goal := strconv.FormatFloat(f.goal, 'g', -1, 64)
	if f.program == nil && f.pkg == "" || f.large && large == "" {
		return strings.Join([]string{f.id, "", f.unit, goal, "absent"}, "\t"), nil
	}
	n, err := f.number(ctx, p, ran, large)
	if err != nil {
		return "", err
	}
	word := "ok"
	if n > f.goal != f.atLeast {
		word = "short"
	}
	return strings.Join([]string{f.id, strconv.FormatFloat(n, 'f', -1, 64), f.unit, goal, word}, "\t"), nil
}

func (f *figure) number(ctx context.Context, p *programs, ran map[string]string, large string) (float64, error) {
	if f.program != nil {
		if err := p.ready(ctx); err != nil {
			return 0, err
		}
		return f.program(p, ctx)
	}
	key := fmt.Sprint(f.bench, f.times, f.large)
	if ran[key] == "" {
		text, err := f.measure(ctx, large)
		if err != nil {
			return 0, err
		}
		ran[key] = text
	}
	n, found := largest(ran[key], f.metric)
	if !found {
		return 0, fmt.Errorf("%s printed no %s:\n%s", f.bench, f.metric, ran[key])
	}
	return n * cmp.Or(f.factor, 1), nil
}

// measure runs the benchmark, in a process of its own.
func (f *figure) measure(ctx context.Context, large string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", f.pkg, "-run", "^$", "-bench", f.bench, "-benchtime", f.times, "-timeout", "60m") //nolint:gosec // of the table above
	if f.large {
		cmd.Env = append(cmd.Environ(), "ASSAY_DEMO="+large)
	}
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, both.String())
	}
	return both.String(), nil
}

// largest is the largest number before a unit in the lines of a benchmark.
func largest(text, unit string) (n float64, found bool) {
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		words := strings.Fields(s.Text())
		for i := 1; i < len(words); i++ {
			if words[i] != unit || !strings.HasPrefix(words[0], "Benchmark") {
				continue
			}
			if v, err := strconv.ParseFloat(words[i-1], 64); err == nil && (!found || v > n) {
				n, found = v, true
			}
		}
	}
	return n, found
}
