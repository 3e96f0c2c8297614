package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"assay/internal/access"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/kit/sealed"
	"assay/internal/org"
	"assay/internal/suite"
)

type exportCmd struct {
	Package exportPackageCmd `cmd:"" help:"Write the evidence of a period as a package that anybody can verify."`
}

type exportPackageCmd struct {
	Out   string `required:"" placeholder:"FILE" help:"Where to write it; a file that exists is not overwritten without --yes."`
	Whole bool   `help:"Everything there is, not only the program's period."`

	Recipient []string `placeholder:"AGE-KEY" help:"Encrypt it, so that only whoever holds this age key (age1…) can read it. Repeatable."`
}

// Run writes the package of a program's period.
func (c *exportPackageCmd) Run(ctx context.Context, r *run) error {
	if at, err := r.remote(); err != nil || at.Server != "" {
		return errors.Join(err, fault.New(fault.Invalid, "A package is written from the store: give --data, or download it from the server's page."))
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	o, err := s.Orgs.Named(ctx, cmp.Or(r.Org, r.Env["ASSAY_ORG"]))
	if err != nil {
		return err
	}
	if err := unwritten(r, c.Out); err != nil {
		return err
	}
	in, err := c.period(ctx, r, s, &o)
	if err != nil {
		return err
	}
	to, err := c.recipients()
	if err != nil {
		return err
	}
	sum, err := writePackage(ctx, s, access.Console(o.ID), in, target{c.Out, to})
	if err != nil {
		return err
	}
	return emit(r, &sum, func(p *paper, sum *export.Summary) {
		p.line("%s", c.Out)
		p.line("%d log entries, %d collections, %d records, %d results, %d files of evidence, %.1f MB", sum.Size, sum.Collections, sum.Records,
			sum.Results, sum.Objects, float64(sum.Bytes)/1e6)
		identity := ""
		if to != nil {
			p.line("encrypted to %s: nobody else can read it, this server neither", count(len(c.Recipient), "key", "keys"))
			identity = "--identity KEY "
		}
		p.line("Verify it on another machine:  assay-verify %s%s", identity, filepath.Base(c.Out))
	})
}

// unwritten sees that a file is not written over without being asked to.
func unwritten(r *run, path string) error {
	if _, err := os.Stat(path); err == nil && !r.Yes {
		return fault.New(fault.Conflict, "%s exists. Give another name, or --yes to write over it.", path)
	}
	return nil
}

// recipients are whom the package is encrypted to; nil: nobody.
func (c *exportPackageCmd) recipients() (*sealed.Recipients, error) {
	if len(c.Recipient) == 0 {
		return nil, nil //nolint:nilnil // not encrypted
	}
	to, err := sealed.ParseRecipients(c.Recipient)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The package cannot be encrypted: %v.", err)
	}
	return to, nil
}

// target is where a package goes, and to whom it is encrypted.
type target struct {
	path string
	to   *sealed.Recipients // nil: it is not
}

// write has fn write into the file, encrypted if it is to be.
func (t *target) write(f io.Writer, fn func(io.Writer) error) error {
	if t.to == nil {
		return fn(f)
	}
	w, err := t.to.Write(f)
	if err != nil {
		return err
	}
	return errors.Join(fn(w), w.Close())
}

func (c *exportPackageCmd) period(ctx context.Context, r *run, s *suite.Suite, o *org.Org) (export.PackageIn, error) {
	in := export.PackageIn{Name: o.Name, For: c.Recipient}
	if c.Whole {
		return in, nil
	}
	sc, err := s.Programs.Get(ctx, access.Console(o.ID), r.Period)
	if fault.Is(err, fault.NotFound) && r.Period == "" {
		return in, nil
	}
	if err != nil {
		return in, err
	}
	p := sc.Period(o)
	in.From, in.To, in.Name = p.Start(), p.End(), o.Name+", "+sc.Name
	return in, nil
}

// writePackage writes beside the file and renames, so that a package that
// broke off is never taken for one.
func writePackage(ctx context.Context, s *suite.Suite, who access.Actor, in export.PackageIn, t target) (sum export.Summary, err error) {
	f, err := os.CreateTemp(filepath.Dir(t.path), ".assay-*")
	if err != nil {
		return sum, fmt.Errorf("write package: %w", err)
	}
	err = t.write(f, func(w io.Writer) error {
		sum, err = s.Exports.Package(ctx, who, in, w)
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return sum, errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil { //nolint:gosec // a package is for handing on
		return sum, err
	}
	return sum, os.Rename(f.Name(), t.path)
}
