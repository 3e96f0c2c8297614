package api

import (
	"context"
	"io"
	"slices"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/report"
	"assay/internal/suite"
)

func reportOperations() []Operation {
	return []Operation{
		{
			ID: "report.build", Method: get, Path: "/report", Permission: access.ReportBuild,
			Summary: "A draft of a report out of what is on record, or the very file that a firm issued: a SOC 2 or SOC 3 report, a readiness report, a summary, or the letter that bridges to today.", Do: sends(buildReport),
		},
	}
}

// ReportIn says which report is wanted.
type ReportIn struct {
	Type       string `query:"type" enum:"1,2,3,bridge,readiness,board" required:"true" doc:"SOC 2 Type 1 or Type 2, SOC 3, a bridge letter, a readiness report, or a summary for those who oversee."`
	Format     string `query:"format" enum:"docx,pdf,html,xlsx" default:"html" doc:"The file's format; xlsx has the tables alone."`
	Engagement string `query:"engagement" doc:"Id of the engagement; the newest of the type if absent, else the current program."`
	Recipient  string `query:"recipient" maxLength:"100" doc:"Of a report that a firm issued: a copy for somebody, whose name is on each page with the hash of the file that was issued."`
	NoChanges  bool   `query:"no_changes" doc:"Of a bridge letter: it says that nothing changed. Refused while the registers hold something."`
}

func buildReport(ctx context.Context, s *suite.Suite, who access.Actor, in *ReportIn) (*File, error) {
	if _, err := who.May(access.ReportBuild); err != nil {
		return nil, err
	}
	if !slices.Contains(report.Formats(), in.Format) {
		return nil, fault.Fields("No report was built.", fault.Field{Name: "format", Text: "It is docx, pdf, html or xlsx."})
	}
	r, err := s.Reports.Build(ctx, who, report.In{Kind: report.Kind(in.Type), Engagement: in.Engagement, NoChanges: in.NoChanges, Recipient: in.Recipient})
	if err != nil {
		return nil, err
	}
	return &File{Name: r.File + "." + in.Format, Type: report.MediaType(in.Format), Write: func(w io.Writer) error { return r.Write(in.Format, w) }}, nil
}
