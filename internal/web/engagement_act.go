package web

import (
	"bytes"
	"io"
	"slices"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/report"
	"assay/internal/web/view"
)

// engagementRoutes are the addresses of engagements besides those of every register.
func (s *Server) engagementRoutes(get, post func(string, handler)) {
	get("/engagements/{id}/workpapers", s.workpapers)
	get("/engagements/{id}/report", s.issuedReport)
	get("/engagements/{id}/roll-forward", s.rollForm)
	post("/engagements/{id}/roll-forward", s.roll)
}

// workpapers sends the working papers of an engagement.
func (s *Server) workpapers(r *request) (answer, error) {
	if err := r.may(access.EngagementWorkpapers); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	spooled, err := spool(func(w io.Writer) error {
		_, err := s.Suite.Exports.Workpapers(r.Context(), r.who, export.PapersIn{Engagement: id}, w)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: id + "-workpapers.zip", media: "application/zip", spooled: spooled}}, nil
}

// issuedMenu leads to the files of the report that the firm issued.
func issuedMenu(base string, r *register.Record) view.Action {
	at := base + "/" + r.ID + "/report?format="
	return view.Action{Label: "Report", Icon: "dl", Look: view.Primary, Menu: []view.Action{
		{Label: "PDF", Href: at + "pdf"},
		{Label: "Word", Href: at + "docx"},
		{Label: "HTML", Href: at + "html"},
		{Label: "Excel, tables alone", Href: at + "xlsx"},
		{Label: "A copy for somebody", Href: "/reports?type=" + string(reportKind(r)) + "&engagement=" + r.ID},
	}}
}

// reportKind is the report of an engagement.
func reportKind(r *register.Record) report.Kind {
	if r.Get("type") == engagement.Type1 {
		return report.Type1
	}
	return report.Type2
}

// issuedReport sends the report of an engagement, as its firm issued it.
func (s *Server) issuedReport(r *request) (answer, error) {
	if err := r.may(access.ReportBuild); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.Registers.Get(r.Context(), r.who, engagement.Noun, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	format := nonEmpty(r.URL.Query().Get("format"), "pdf")
	if len(d.List("report_files")) == 0 || !slices.Contains(report.Formats(), format) {
		return answer{}, fault.New(fault.NotFound, "There is no such file of a report that was issued for %s.", d.ID)
	}
	built, err := s.Suite.Reports.Build(r.Context(), r.who, report.In{Kind: reportKind(&d.Record), Engagement: d.ID})
	if err != nil {
		return answer{}, err
	}
	var out bytes.Buffer
	if err := built.Write(format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: built.File + "." + format, media: report.MediaType(format), body: out.Bytes()}}, nil
}
