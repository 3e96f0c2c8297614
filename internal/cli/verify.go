package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/tsa"
	"assay/internal/pack"
)

type verifyCmd struct {
	File   string `arg:"" help:"Package, or the id of a piece of evidence of the store or server."`
	Policy string `placeholder:"FILE" help:"Keys that you believe, from elsewhere."`
	Pin    string `placeholder:"FILE" help:"Checkpoints that you kept: the log must continue them."`

	Identity string `placeholder:"FILE" help:"Your age key, for a package that is encrypted to you."`

	TimeRoots    string        `placeholder:"FILE" help:"Certificates (PEM) of authorities of time that you believe."`
	Cadence      time.Duration `default:"2h" help:"How soon after an entry a time stamp was promised."`
	Skew         time.Duration `default:"5m" help:"How far the clocks may differ."`
	StampedSince string        `placeholder:"DAY" help:"Since when (UTC) time stamps were promised, if not since the log began."`
}

// Run verifies a package, offline.
func (c *verifyCmd) Run(ctx context.Context, r *run) error {
	f, err := os.Open(c.File)
	if err != nil {
		if os.IsNotExist(err) && id.Valid("ev", c.File) {
			return verifyEvidence(ctx, r, c.File)
		}
		return fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", c.File, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "%s is not a file: give the package as it was written, not unpacked.", c.File)
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	o.Now = r.Now
	rep, err := working(r, "Verifying", func() (*pack.Report, error) { return c.verify(ctx, f, info.Size(), o) })
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s cannot be read as a package: %v.", c.File, err)
	}
	if err := emit(r, rep, printReport); err != nil {
		return err
	}
	if !rep.Verified {
		return found(exitTampered)
	}
	return nil
}

// verify reads the package as it is, or decrypts it on the way.
func (c *verifyCmd) verify(ctx context.Context, f io.ReaderAt, size int64, o pack.Options) (_ *pack.Report, err error) {
	var key []byte
	if c.Identity != "" {
		if key, err = os.ReadFile(c.Identity); err != nil {
			return nil, err
		}
	}
	return pack.Read(ctx, f, size, key, o)
}

func (c *verifyCmd) options() (o pack.Options, err error) {
	if c.Policy != "" {
		b, err := os.ReadFile(c.Policy)
		if err != nil {
			return o, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", c.Policy, err)
		}
		if o.Policy, err = pack.ParsePolicy(string(b)); err != nil {
			return o, fault.Wrap(fault.Invalid, err, "%s is not a policy: %v.", c.Policy, err)
		}
	}
	if c.Pin != "" {
		if o.Pin, err = os.ReadFile(c.Pin); err != nil {
			return o, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", c.Pin, err)
		}
	}
	if c.TimeRoots != "" {
		o.Time, err = c.time()
	}
	return o, err
}

func (c *verifyCmd) time() (*pack.Time, error) {
	b, err := os.ReadFile(c.TimeRoots)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", c.TimeRoots, err)
	}
	out := &pack.Time{Cadence: c.Cadence, Skew: c.Skew}
	if out.Roots, err = tsa.ParseRoots(b); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s holds no certificates: %v.", c.TimeRoots, err)
	}
	if c.StampedSince == "" {
		return out, nil
	}
	if out.From, err = time.Parse(time.DateOnly, c.StampedSince); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is no day such as 2026-03-01.", c.StampedSince)
	}
	return out, nil
}

func printReport(p *paper, v *pack.Report) {
	if v.Demonstration {
		p.line("DEMONSTRATION: the organization and everything in this package are made up.")
	}
	ok := p.paint(green, "ok  ")
	if v.Verified {
		p.line("%s files          %d, %d bytes, each is the signed manifest's", ok, v.Files, v.Bytes)
		p.line("%s log            %d entries of %s", ok, v.Log.Leaves, v.Origin)
		p.line("%s collections    %d with %d records", ok, v.Collections, v.Records)
		n := v.Commitments
		p.line("%s commitments    %d opened", ok, n.Manifests+n.Personal+n.Trail+n.Exclusions+n.Objects+n.Papers)
		if s := v.Samples; s != (pack.Samples{}) {
			p.line("%s samples        %d drawn again, the same items; %d chosen by people", ok, s.Same, s.Chosen)
		}
		p.line("%s checks         %d of %d runs performed again came out the same", ok, v.Runs.Same, v.Runs.Performed)
		if a := &v.Anchors; len(a.Witnesses) > 0 {
			p.line("%s witnesses      %s cosigned every entry", ok, strings.Join(a.Witnesses, ", "))
		}
		if a := &v.Anchors; a.Trusted {
			p.line("%s time stamps    %d of %s around every entry", ok, a.Stamps, strings.Join(a.Authorities, ", "))
		}
		p.line("Verified. Trust: %s", v.Trust)
	}
	for _, x := range v.Problems {
		p.line("%s  %s", p.paint(red, "FAILED"), problemText(x))
	}
	if v.Fork {
		p.line("FORK: the log's key signed two histories.")
	}
	if v.Further > 0 {
		p.line("and %d further problems", v.Further)
	}
	for _, x := range v.NotProven {
		p.line("Not proven: %s", x)
	}
	if !v.Verified {
		p.line("The package is not what was sealed. Keep it, and tell the auditor.")
	}
}

func problemText(x pack.Problem) string {
	if x.Where == "" {
		return x.What
	}
	return fmt.Sprintf("%s: %s", x.Where, x.What)
}
