package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// programs are what is measured on the built programs, not by a benchmark. They
// are built, and the demonstration is made, when they are first asked for.
type programs struct {
	dir, data string // data holds the demonstration
	started   []time.Duration
	resident  float64 // MiB
}

// ready builds the programs, and makes the demonstration unless ASSAY_DEMO names
// one.
func (p *programs) ready(ctx context.Context) error {
	if p.dir != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "assay-bench-")
	if err != nil {
		return err
	}
	p.dir = dir
	if err := os.Setenv("CGO_ENABLED", "0"); err != nil { // as releases are built: libc would be counted, too
		return err
	}
	if err := command(ctx, "go", "build", "-trimpath", "-tags", "timetzdata", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator), "./cmd/assay", "./cmd/assay-verify"); err != nil {
		return err
	}
	if p.data = os.Getenv("ASSAY_DEMO"); p.data != "" { //nolint:forbidigo // a command, though it is not in cmd
		return nil
	}
	p.data = filepath.Join(dir, "demo")
	return command(ctx, filepath.Join(dir, "assay"), "demo", "--data", p.data, "--no-serve")
}

func (p *programs) end() {
	if p.dir != "" {
		_ = os.RemoveAll(p.dir) // of a folder for temporary files
	}
}

func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // of this file
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

const (
	starts = 5
	rest   = 5 * time.Second // before its memory is looked at
)

// start is how long the slowest of five starts took until the server was ready,
// in milliseconds.
func (p *programs) start(ctx context.Context) (float64, error) {
	if err := p.serve(ctx); err != nil {
		return 0, err
	}
	return float64(slices.Max(p.started).Microseconds()) / 1000, nil
}

// idle is what the server holds in memory some seconds after its start, in MiB.
func (p *programs) idle(ctx context.Context) (float64, error) {
	return p.resident, p.serve(ctx)
}

// serve starts the server five times, and looks at the memory of the last.
func (p *programs) serve(ctx context.Context) error {
	for len(p.started) < starts {
		took, err := p.serveOnce(ctx, len(p.started) == starts-1)
		if err != nil {
			return err
		}
		p.started = append(p.started, took)
	}
	return nil
}

func (p *programs) serveOnce(ctx context.Context, look bool) (took time.Duration, err error) {
	address, err := free(ctx)
	if err != nil {
		return 0, err
	}
	server := exec.CommandContext(ctx, filepath.Join(p.dir, "assay"), "serve", "--data", p.data, "--listen", address) //nolint:gosec // of this file
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	begun := time.Now()
	if err := server.Start(); err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, server.Process.Signal(syscall.SIGTERM))
		_ = server.Wait() // that it was told to stop is no failure
	}()
	if err := answers(ctx, "http://"+address+"/readyz"); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, said.String())
	}
	took = time.Since(begun)
	if look {
		time.Sleep(rest)
		p.resident, err = residentMiB(server.Process.Pid)
	}
	return took, err
}

// free is an address that nobody listens on.
func free(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// answers waits until an address answers that all is well.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := &http.Client{} // of this machine's own server
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close() // nothing is read from it
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s did not answer: %w", url, ctx.Err())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// residentMiB is what a process holds in memory, as Linux tells it.
func residentMiB(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, line, found := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(line)
	if !found || len(fields) < 2 || fields[1] != "kB" {
		return 0, fmt.Errorf("/proc/%d/status says nothing of VmRSS", pid)
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	return kib / 1024, err
}

// verifyRate is how fast the year's package is verified on one processor, as a
// share of how fast that processor hashes; performing the checks again is not
// counted.
func (p *programs) verifyRate(ctx context.Context) (float64, error) {
	file := filepath.Join(p.dir, "package.zip")
	if err := command(ctx, filepath.Join(p.dir, "assay"), "export", "package", "--data", p.data, "--out", file); err != nil {
		return 0, err
	}
	verify := exec.CommandContext(ctx, filepath.Join(p.dir, "assay-verify"), "--json", file) //nolint:gosec // of this file
	verify.Env = append(verify.Environ(), "GOMAXPROCS=1")
	out, err := verify.Output()
	if err != nil {
		return 0, fmt.Errorf("verify the year's package: %w\n%s", err, out)
	}
	var report struct {
		Verified   bool  `json:"verified"`
		Bytes      int64 `json:"bytes"`
		Took       int64 `json:"took_ns"`
		Performing int64 `json:"performing_ns"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, err
	}
	if !report.Verified || report.Took <= report.Performing {
		return 0, fmt.Errorf("the year's package did not verify:\n%s", out)
	}
	rate := float64(report.Bytes) / time.Duration(report.Took-report.Performing).Seconds()
	return rate / hashing(), nil
}

// hashing is how many bytes of SHA-256 this machine does in a second.
func hashing() float64 {
	b := make([]byte, 1<<16)
	const times = 4096
	begun := time.Now()
	for range times {
		_ = sha256.Sum256(b)
	}
	return times * float64(len(b)) / time.Since(begun).Seconds()
}
