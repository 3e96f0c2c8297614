package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	runLimit  = 30 * time.Second
	maxOutput = 16 << 20
	maxStderr = 4 << 10
)

// ExitError is a program's non-zero exit.
type ExitError struct {
	Code   int    // -1 when a signal ended it
	Stderr string // first 4 KiB of what it complained
}

// Error is what the program complained, for a manifest.
func (e *ExitError) Error() string {
	text := "exit " + strconv.Itoa(e.Code)
	if e.Stderr != "" {
		text += ": " + strings.TrimSpace(e.Stderr)
	}
	return text
}

// programs runs them; the zero value has the limits above. Tests narrow them.
type programs struct {
	folders []string
	limit   time.Duration
	output  int
}

func (p programs) defaults() programs {
	if p.folders == nil {
		p.folders = []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"}
	}
	if p.limit == 0 {
		p.limit = runLimit
	}
	if p.output == 0 {
		p.output = maxOutput
	}
	return p
}

func (p programs) run(ctx context.Context, name string, args []string) ([]byte, error) {
	p = p.defaults()
	file, err := p.find(name)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()

	cmd := exec.CommandContext(limited, file, args...) //nolint:gosec // the connector names program and arguments; no shell reads them
	cmd.Env = []string{
		"PATH=" + strings.Join(p.folders, ":"), "LC_ALL=C", "LANG=C", "TZ=UTC", "HOME=/", "TERM=dumb",
		"SYSTEMD_PAGER=", "SYSTEMD_COLORS=0", "DEBIAN_FRONTEND=noninteractive",
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	stdout := &capped{max: p.output, full: cancel}
	stderr := &capped{max: maxStderr}
	cmd.Stdout, cmd.Stderr = stdout, stderr

	err = cmd.Run()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case stdout.over:
		return stdout.b.Bytes(), ErrTooLarge
	case ctx.Err() != nil:
		return stdout.b.Bytes(), ctx.Err()
	case limited.Err() != nil:
		return stdout.b.Bytes(), fmt.Errorf("no answer within %s: %w", p.limit, context.DeadlineExceeded)
	case exited:
		return stdout.b.Bytes(), &ExitError{Code: exit.ExitCode(), Stderr: strings.ToValidUTF8(stderr.b.String(), "?")}
	}
	return stdout.b.Bytes(), err
}

func (p programs) find(name string) (string, error) {
	for _, dir := range p.folders {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fs.ErrNotExist
}

// capped keeps the first max bytes and says when there were more.
type capped struct {
	b    bytes.Buffer
	max  int
	over bool
	full func() // called once it is over; may be nil
}

func (c *capped) Write(p []byte) (int, error) {
	keep := min(len(p), c.max-c.b.Len())
	c.b.Write(p[:keep])
	if keep < len(p) && !c.over {
		c.over = true
		if c.full != nil {
			c.full()
		}
	}
	return len(p), nil
}
