package api

import (
	"context"
	"io"
	"time"

	"assay/internal/access"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/suite"
)

func packageOperations() []Operation {
	return []Operation{
		{ID: "package.export", Method: get, Path: "/package", Permission: access.PackageExport, Summary: "The evidence package of a period, a zip that assay-verify verifies offline.", Do: sends(exportPackage)},
	}
}

// PackageIn says which package is wanted.
type PackageIn struct {
	Program string `query:"program" doc:"Slug or id of the program whose period it is; the current one if absent."`
	From    string `query:"from" format:"date" doc:"First day, in place of a program's."`
	To      string `query:"to" format:"date" doc:"Last day, in place of a program's."`
	All     bool   `query:"all" doc:"Everything there is, whatever the period."`
}

func exportPackage(ctx context.Context, s *suite.Suite, who access.Actor, in *PackageIn) (*File, error) {
	if _, err := who.May(access.PackageExport); err != nil {
		return nil, err
	}
	want, err := packageOf(ctx, s, who, in)
	if err != nil {
		return nil, err
	}
	return &File{Name: want.Name + ".zip", Type: "application/zip", Write: func(w io.Writer) error {
		_, err := s.Exports.Package(ctx, who, want, w)
		return err
	}}, nil
}

func packageOf(ctx context.Context, s *suite.Suite, who access.Actor, in *PackageIn) (out export.PackageIn, err error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return out, err
	}
	switch {
	case in.All:
		out.Name = o.Slug + "-all"
		return out, nil
	case in.From != "" || in.To != "":
		from, err := dateOf("from", in.From)
		if err != nil {
			return out, err
		}
		to, err := dateOf("to", in.To)
		if err != nil {
			return out, err
		}
		if from == 0 || to < from {
			return out, fault.Fields("Nothing was exported.", fault.Field{Name: "from", Text: "Give the first day and the last, in this order."})
		}
		p := standing.Period{From: from, To: to + 1, Zone: o.LocationOn(from)}
		out.From, out.To, out.Name = p.Start(), p.End(), o.Slug+"-"+in.From+"-"+in.To
		return out, nil
	}
	sc, err := s.Programs.Get(ctx, who, currentName(in.Program))
	if err != nil {
		return out, err
	}
	p := sc.Period(&o)
	out.From, out.To, out.Name = p.Start(), p.End(), o.Slug+"-"+sc.Slug
	if out.From.After(s.Now()) {
		return out, fault.New(fault.Conflict, "The period of %s begins on %s. There is nothing to export yet.", sc.Name, out.From.Format(time.DateOnly))
	}
	return out, nil
}
