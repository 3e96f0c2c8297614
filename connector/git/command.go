package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"assay/internal/kit/fault"
)

// program runs git so that nothing in the repository, in the account's own
// settings or in the environment can make it do more than read.
type program struct {
	file string   // of git
	dir  string   // the repository's own folder; empty before it is known
	env  []string // added to the fixed environment
	set  []string // settings, "name=value"
}

// fixedEnv keeps the account's settings, prompts, replacement objects and
// downloads out.
var fixedEnv = []string{
	"LC_ALL=C", "TZ=UTC", "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent", "PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
	"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false", "SSH_ASKPASS=false", "SSH_ASKPASS_REQUIRE=never",
	"GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_GRAFT_FILE=/dev/null",
	"GIT_PAGER=cat", "GIT_PROTOCOL_FROM_USER=0",
}

// fixedSettings switch off what a repository's own settings could start. The
// commit graph is a cache that could say otherwise than the commits.
var fixedSettings = []string{
	"safe.directory=*", "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.commitGraph=false",
	"core.alternateRefsCommand=false", "log.showSignature=false", "submodule.recurse=false", "gc.auto=0", "maintenance.auto=false",
	"credential.helper=", "core.sshCommand=false", "protocol.allow=never",
}

func findGit() (string, error) {
	file, err := exec.LookPath("git")
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "The git program is not installed on this machine. Install it, version 2.37 or newer.")
	}
	return file, nil
}

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	var all []string
	for _, s := range append(append([]string{}, fixedSettings...), p.set...) {
		all = append(all, "-c", s)
	}
	if p.dir != "" {
		all = append(all, "--git-dir="+p.dir)
	}
	cmd := exec.CommandContext(ctx, p.file, append(all, args...)...) //nolint:gosec // arguments are ours; what users give is checked by locate and open
	cmd.Env = append(append([]string{}, fixedEnv...), p.env...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// failure is a git command that did not succeed.
type failure struct {
	what   string
	code   int
	stderr string
}

// Error says which command failed, and its first complaint.
func (f *failure) Error() string {
	line, _, _ := strings.Cut(strings.TrimSpace(f.stderr), "\n")
	return fmt.Sprintf("git %s: exit %d: %s", f.what, f.code, strings.ToValidUTF8(line, "?"))
}

const (
	mostOutput = 64 << 20
	mostStderr = 8 << 10
)

// run returns what a command prints.
func (p program) run(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	err := p.stream(ctx, nil, func(r io.Reader) error {
		n, err := io.Copy(&out, io.LimitReader(r, mostOutput+1))
		if n > mostOutput {
			return fmt.Errorf("git %s: more than %d bytes", args[0], mostOutput)
		}
		return err
	}, args...)
	return strings.TrimSuffix(out.String(), "\n"), err
}

// stream runs a command and hands over what it prints as it comes.
func (p program) stream(ctx context.Context, stdin io.Reader, take func(io.Reader) error, args ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := p.command(ctx, args...)
	cmd.Stdin = stdin
	stderr := &firstBytes{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	taken := take(out)
	if taken != nil {
		cancel() // nobody reads on
	} else {
		_, taken = io.Copy(io.Discard, out)
	}
	waited := cmd.Wait()
	exit, exited := errors.AsType[*exec.ExitError](waited)
	switch {
	case taken != nil:
		return taken
	case exited:
		return &failure{what: args[0], code: exit.ExitCode(), stderr: stderr.String()}
	}
	return waited
}

// firstBytes keeps the beginning of what it is given.
type firstBytes struct{ bytes.Buffer }

// Write takes everything and keeps what fits.
func (f *firstBytes) Write(b []byte) (int, error) {
	if keep := min(len(b), mostStderr-f.Len()); keep > 0 {
		f.Buffer.Write(b[:keep])
	}
	return len(b), nil
}
