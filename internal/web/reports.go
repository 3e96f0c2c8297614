package web

import (
	"bytes"
	"slices"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/report"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// reportKinds are the kinds as the page offers them: value, label, whom it is for.
func reportKinds() [][3]string {
	return [][3]string{
		{string(report.Type2), "SOC 2 Type 2", "Sections I to V over the period, with tests and results. For customers and their auditors."},
		{string(report.Type1), "SOC 2 Type 1", "The same as of one day, without operation over time. For customers and their auditors."},
		{string(report.Type3), "SOC 3", "From the examination of a Type 2, without controls, tests and results. For anyone."},
		{string(report.Bridge), "Bridge letter", "From the last issued report to today, by management. For customers who wait for the next."},
		{string(report.Readiness), "Readiness report", "What a report would find missing today, criterion by criterion. For yourself."},
		{string(report.Board), "Summary", "How controls and criteria stand, gaps, risks and findings, on two pages. For those who oversee."},
	}
}

func (s *Server) reports(r *request) (answer, error) {
	if err := r.may(access.ReportBuild); err != nil {
		return answer{}, err
	}
	return s.showReports(r, nil)
}

func (s *Server) showReports(r *request, refused error) (answer, error) {
	engagements := []view.Option{{Value: "", Label: "the newest that fits, else the program"}}
	if r.who.Can(access.EngagementRead) {
		l, err := s.Suite.Registers.List(r.Context(), r.who, engagement.Noun, register.Filter{Sort: "-id"})
		if err != nil {
			return answer{}, err
		}
		for i := range l.Records {
			engagements = append(engagements, view.Option{Value: l.Records[i].ID, Label: l.Records[i].ID + ", " + l.Records[i].Get("title")})
		}
	}
	kinds := view.Choices{Name: "type", ID: "type", Label: "Report", Quiet: true}
	for _, k := range reportKinds() {
		kinds.Options = append(kinds.Options, view.Choice{Value: k[0], Label: k[1], Detail: k[2], Checked: r.typed("type", nonEmpty(r.URL.Query().Get("type"), string(report.Type2))) == k[0]})
	}
	v := page.FormView{
		Head: view.Head{Title: "Reports", Answer: view.Say("Drafted out of what is on record, with the evidence of every claim. The opinion is the firm’s: nothing of it is written here.")},
		Form: view.Form{Action: "/reports", Submit: "Build and download", Cancel: view.Ref{Label: "Back", Href: "/"}},
		Sections: []page.FormSection{{Title: "Which report", Picks: []view.Choices{kinds}}, {
			Title: "How",
			Fields: []view.Input{
				{Name: "format", Label: "File", Type: "select", Value: r.typed("format", "pdf"), Options: []view.Option{{Value: "pdf", Label: "PDF"}, {Value: "docx", Label: "Word (DOCX)"}, {Value: "html", Label: "HTML"}, {Value: "xlsx", Label: "Excel, tables alone"}}},
				{Name: "engagement", Label: "Engagement", Type: "select", Value: r.typed("engagement", r.URL.Query().Get("engagement")), Options: engagements},
				{Name: "recipient", Label: "Copy for", Full: true, Value: r.typed("recipient", ""), Hint: "Of a report that a firm issued: the name is on each page, with the hash of the file as issued. Empty for that file itself."},
				{Name: "no_changes", Label: "Bridge letter", Type: "select", Full: true, Value: r.typed("no_changes", ""), Options: []view.Option{{Value: "", Label: "lists what the registers hold since"}, {Value: "1", Label: "says that nothing changed, refused while the registers hold something"}}},
			},
		}},
	}
	return s.showForm(r, s.shell(r, "Reports", "reports"), &v, refused)
}

func (s *Server) reportBuild(r *request) (answer, error) {
	if err := r.may(access.ReportBuild); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil { // an export
		return answer{}, err
	}
	format := r.text("format")
	if !slices.Contains(report.Formats(), format) {
		return s.showReports(r, fault.Fields("No report was built.", fault.Field{Name: "format", Text: "It is PDF, DOCX, HTML or XLSX."}))
	}
	built, err := s.Suite.Reports.Build(r.Context(), r.who, report.In{Kind: report.Kind(r.text("type")), Engagement: r.text("engagement"), NoChanges: r.text("no_changes") == "1", Recipient: r.text("recipient")})
	if err != nil {
		return s.showReports(r, err)
	}
	var out bytes.Buffer
	if err := built.Write(format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: built.File + "." + format, media: report.MediaType(format), body: out.Bytes()}}, nil
}
