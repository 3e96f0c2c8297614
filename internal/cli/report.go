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
	"assay/internal/kit/fault"
	"assay/internal/report"
)

type reportCmd struct {
	Build reportBuildCmd `cmd:"" help:"Draft a report out of what is on record."`
}

type reportBuildCmd struct {
	Engagement string `placeholder:"ID" help:"The engagement; the newest of the type if it is left out, else the current program."`
	Type       string `required:"" enum:"1,2,3,bridge,readiness,board" help:"1, 2, 3, bridge, readiness or board."`
	Format     string `required:"" enum:"docx,pdf,html,xlsx" help:"docx, pdf, html or xlsx; xlsx has the tables alone."`
	Out        string `required:"" placeholder:"FILE" help:"Where to write it; a file that exists is not overwritten without --yes."`
	For        string `placeholder:"NAME" help:"Of a report that a firm issued: a copy for somebody, whose name is on each page."`
	NoChanges  bool   `help:"Have a bridge letter say that nothing changed. Refused while the registers hold something."`
}

// reportOut is what is said of a report that was written.
type reportOut struct {
	File    string         `json:"file"`
	Type    string         `json:"type"`
	Mark    string         `json:"mark,omitempty"`
	Bytes   int64          `json:"bytes"`
	Figures map[string]int `json:"figures"`
	Cites   int            `json:"evidence"`
}

// Run builds a report and writes it.
func (c *reportBuildCmd) Run(ctx context.Context, r *run) error {
	if at, err := r.remote(); err != nil || at.Server != "" {
		return errors.Join(err, fault.New(fault.Invalid, "A report is built from the store: give --data, or download it from the server's page."))
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	o, err := s.Orgs.Named(ctx, cmp.Or(r.Org, r.Env["ASSAY_ORG"]))
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Out); err == nil && !r.Yes {
		return fault.New(fault.Conflict, "%s exists. Give another name, or --yes to write over it.", c.Out)
	}
	in := report.In{Kind: report.Kind(c.Type), Engagement: c.Engagement, NoChanges: c.NoChanges, Recipient: c.For}
	out, err := working(r, "Building the report", func() (*reportOut, error) {
		built, err := s.Reports.Build(ctx, access.Console(o.ID), in)
		if err != nil {
			return nil, err
		}
		return c.write(built)
	})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *reportOut) {
		p.line("%s", v.File)
		p.line("%.1f MB, %s of evidence%s", float64(v.Bytes)/1e6, count(v.Cites, "reference", "references"), map[bool]string{true: ", marked " + v.Mark}[v.Mark != ""])
	})
}

// write writes beside the file and renames, so that a report that broke off is
// never taken for one.
func (c *reportBuildCmd) write(built *report.Report) (*reportOut, error) {
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".assay-*")
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	err = built.Write(c.Format, f)
	size, sought := f.Seek(0, io.SeekCurrent)
	if err = errors.Join(err, sought, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	out := &reportOut{File: c.Out, Type: c.Type, Mark: built.Mark, Bytes: size, Figures: map[string]int{}, Cites: len(built.Cites)}
	for _, one := range built.Figures {
		out.Figures[one.Name] = one.Count
	}
	return out, os.Rename(f.Name(), c.Out)
}
