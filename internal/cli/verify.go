package cli

import (
	"context"
	"fmt"
	"os"

	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/pack"
)

type verifyCmd struct {
	File   string `arg:"" help:"Package, or the id of a piece of evidence of the store or server."`
	Policy string `placeholder:"FILE" help:"Keys that you believe, from elsewhere."`
	Pin    string `placeholder:"FILE" help:"A checkpoint that you kept: the log must continue it."`
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
	rep, err := working(r, "Verifying", func() (*pack.Report, error) { return pack.Verify(ctx, f, info.Size(), o) })
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
	return o, nil
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
		p.line("%s commitments    %d opened", ok, n.Manifests+n.Personal+n.Trail+n.Exclusions+n.Objects)
		p.line("%s checks         %d of %d runs performed again came out the same", ok, v.Runs.Same, v.Runs.Performed)
		p.line("Verified. Trust: %s", v.Trust)
	}
	for _, x := range v.Problems {
		p.line("%s  %s", p.paint(red, "FAILED"), problemText(x))
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
