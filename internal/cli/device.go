package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

// byBrowser has the person approve in a browser where they are signed in (RFC 8628),
// and returns the secret of the token.
func (c *loginCmd) byBrowser(ctx context.Context, r *run, at string) (string, error) {
	server := &api.Client{HTTP: &http.Client{Timeout: time.Minute}, Base: at}
	in := &api.DeviceIn{}
	host, err := os.Hostname()
	if err != nil {
		host = "a machine without a name"
	}
	in.Body.Host, in.Body.Role, in.Body.Scope, in.Body.Days, in.Body.Org = host, c.Role, c.Scope, cmp.Or(c.Days, 30), r.Org
	d, err := api.Call[api.Device](ctx, server, "device.begin", in)
	if err != nil {
		return "", err
	}
	// Not a note: without it nobody can go on, however quiet it is to be.
	_, _ = fmt.Fprintf(r.Stderr, "Open  %s\nand enter the code  %s\nor open  %s\nIt asks to act for you from %q, for %d days. Waiting for %d minutes …\n",
		at+d.Verification, d.UserCode, at+d.VerificationFull, host, in.Body.Days, (d.ExpiresIn+59)/60)
	return awaited(ctx, r, server, d)
}

// awaited asks until somebody answered.
func awaited(ctx context.Context, r *run, server *api.Client, d *api.Device) (string, error) {
	wait, until := max(d.Interval, 1), r.Now().Add(time.Duration(d.ExpiresIn)*time.Second)
	in := &api.DevicePollIn{}
	in.Body.DeviceCode = d.DeviceCode
	expired := fault.New(fault.Unauthenticated, "Nobody answered in time. You are not signed in; begin again with: assay login")
	for {
		if err := r.after(ctx, time.Duration(wait)*time.Second); err != nil {
			return "", err
		}
		if r.Now().After(until.Add(time.Minute)) {
			return "", expired
		}
		out, err := api.Call[api.DeviceAnswer](ctx, server, "device.poll", in)
		if broken, ok := errors.AsType[*url.Error](err); ok && ctx.Err() == nil {
			r.note("The network broke (%v). Asking again.", broken.Err)
			continue
		}
		if fault.Is(err, fault.Busy) {
			wait += 5
			continue
		}
		if err != nil {
			return "", err
		}
		switch out.State {
		case "authorization_pending", "slow_down":
			wait = max(wait, out.Interval)
		case "approved":
			return out.Secret, nil
		case "access_denied":
			return "", fault.New(fault.Forbidden, "It was refused in the browser. You are not signed in.")
		default: // expired_token
			return "", expired
		}
	}
}

// after waits, unless it is interrupted.
func (p *Program) after(ctx context.Context, d time.Duration) error {
	if p.Wait != nil {
		return p.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
