package cli

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
)

type importCmd struct {
	Add importAddCmd `cmd:"" help:"Bring in a file as a collection of a declared kind."`
}

type importAddCmd struct {
	Kind       string `arg:"" help:"A kind that was declared: assay kind declare."`
	File       string `arg:"" help:"JSON, NDJSON or CSV; - for standard input."`
	Format     string `placeholder:"WORD" help:"json, ndjson or csv; as the file's name ends unless given."`
	Written    string `placeholder:"TIME" help:"When the source wrote the file, if that was not just now."`
	CoversFrom string `name:"covers-from" placeholder:"TIME" help:"For events: the time from which the file holds every one."`
	CoversTo   string `name:"covers-to" placeholder:"TIME" help:"For events: the time until which it does."`
	Refused    int    `default:"20" placeholder:"N" help:"How many refused rows to print."`
}

// Run imports a file; with --dry-run it says what would be kept and refused.
func (c *importAddCmd) Run(ctx context.Context, r *run) error {
	cl, err := r.client(ctx)
	if err != nil {
		return err
	}
	file := api.Content{Type: "application/octet-stream", Reader: r.Stdin, Size: -1}
	name := "-"
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", c.File, err)
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return fault.New(fault.Invalid, "%s is not a plain file.", c.File)
		}
		file.Reader, file.Size, name = f, info.Size(), filepath.Base(c.File)
	}
	in := &api.ImportIn{
		Kind: c.Kind, File: name, Format: c.Format, WrittenAt: c.Written, CoversFrom: c.CoversFrom, CoversTo: c.CoversTo,
	}
	out, err := c.send(ctx, r, cl, in, file)
	if err != nil {
		return err
	}
	if err := emit(r, out, c.print); err != nil {
		return err
	}
	if !out.Complete {
		return found(exitUnknown)
	}
	return nil
}

func (c *importAddCmd) send(ctx context.Context, r *run, cl *api.Client, in *api.ImportIn, file api.Content) (*api.Import, error) {
	if r.DryRun {
		return api.Send[api.Import](ctx, cl, "import.test", in, file)
	}
	r.wrote = true
	cl.Key = id.Token(16)
	do := func() (*api.Import, error) {
		return working(r, "Importing "+in.File, func() (*api.Import, error) { return api.Send[api.Import](ctx, cl, "import.add", in, file) })
	}
	out, err := do()
	if broken, ok := errors.AsType[*url.Error](err); ok && r.suite == nil && ctx.Err() == nil && file.Size >= 0 {
		r.note("The network broke (%v). Trying once more.", broken.Err)
		out, err = do()
	}
	return out, err
}

func (c *importAddCmd) print(p *paper, v *api.Import) {
	for i := range v.Refused {
		if i == c.Refused {
			p.line("… and %d more", v.RefusedAll-i)
			break
		}
		p.line("%s  %s", p.paint(red, "refused"), v.Refused[i])
	}
	if !v.Saved {
		for i := range v.Sample {
			p.line("%s  %s", p.paint(green, "kept"), v.Sample[i].ID)
		}
		p.line("%d of %s would be kept as %s version %d, %d refused. Nothing was saved.", v.Kept, count(v.Rows, "row", "rows"), v.Kind, v.Version, v.RefusedAll)
	} else {
		p.line("%d of %s kept as %s version %d, %d refused. Collection %d of %s: %d new or changed, %d gone.",
			v.Kept, count(v.Rows, "row", "rows"), v.Kind, v.Version, v.RefusedAll, v.Collection.Seq, v.Connection, v.Collection.Added, v.Collection.Removed)
		p.line("log: %s", cmp.Or(v.Collection.Leaf, "pending"))
	}
	if v.From != nil {
		p.line("It covers %s to %s.", v.From.Format("2006-01-02T15:04:05Z"), v.To.Format("2006-01-02T15:04:05Z"))
	}
	if !v.Complete {
		p.line("%s: %s", p.paint(yellow, "Not complete"), strings.Join(v.Problems, " "))
	}
}
