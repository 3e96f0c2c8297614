package cli

import (
	"context"
	"net"
	"os"

	"assay/internal/kit/fault"
	"assay/internal/kit/signer"
)

type signerCmd struct {
	Socket string `required:"" placeholder:"PATH" help:"Unix socket to answer at. Who may reach it may have heads signed; put it in a folder of its own."`
	Key    string `required:"" placeholder:"FILE" help:"The keys of the logs."`
	Mark   string `required:"" placeholder:"FILE" help:"What was signed last, of each log. Never restore an old copy."`
	New    bool   `help:"Make both files, which must not exist."`
}

// Run signs until it is interrupted.
func (c *signerCmd) Run(ctx context.Context, r *run) error {
	if c.New {
		if err := signer.Create(c.Key, c.Mark); err != nil {
			return fault.Wrap(fault.Conflict, err, "The files of a new signer cannot be made: %v.", err)
		}
	}
	s, err := signer.Open(c.Key, c.Mark)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The signer cannot begin: %v.", err)
	}
	l, err := listenAt(ctx, c.Socket)
	if err != nil {
		return fault.Wrap(fault.Conflict, err, "Nothing can listen at %s: %v.", c.Socket, err)
	}
	r.serves = true
	r.note("Signs for %s at %s. Stop it with Ctrl-C.", count(s.Logs(), "log", "logs"), c.Socket)
	return s.Serve(ctx, l)
}

// listenAt opens the socket for its owner and group. A socket that nobody answers
// any more is replaced.
func listenAt(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if c, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
			_ = c.Close()
			return nil, fault.New(fault.Conflict, "a signer answers there already")
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o660) //nolint:gosec // the group is who serves
}
