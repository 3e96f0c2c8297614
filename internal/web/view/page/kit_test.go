package page_test

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"assay/internal/web/view"
	"assay/internal/web/view/chart"
)

// kit is a page of the components that no page of the gallery shows.
func kit() templ.Component {
	runs := chart.Runs{Label: "Every kind of run", List: []chart.RunBar{{}, {Failing: 2}, {Failing: 1, Past: true}, {Lost: true}, {Neutral: true}}}
	bar := chart.Bar{Label: "Every fill", Segs: []chart.Seg{{Fill: "pass", Count: 4}, {Fill: "info", Count: 2}, {Fill: "warn", Count: 1}, {Fill: "fail", Count: 1}, {Fill: "none", Count: 1}, {Fill: "track", Count: 3}}}
	cells := chart.Heat{Label: "Every kind of month", Head: "Row", Months: []string{"Jan", "Feb"}, Rows: []chart.HeatRow{{ID: "A", Label: "without a link", Cells: []chart.HeatCell{{Kind: chart.HeatFuture, Label: "Jan: to come"}, {Kind: chart.HeatNotDue, Label: "Feb: not due"}}}}}
	body := templ.Join(
		view.PageHead(view.Head{Title: "Kit"}),
		view.Status(view.Badge{State: view.Auditor, Label: "With the auditor"}),
		view.Status(view.Badge{State: view.Pass, Label: "A link", Href: "#"}),
		runs.Draw(), bar.Draw(), chart.Legend(cells.Legend()), cells.Draw(),
		view.Terminal("Every colour", []view.TermLine{{Mark: "ok", State: view.Pass, Text: "done"}, {Mark: "late", State: view.Warn, Text: "soon"}, {Mark: "FAILED", State: view.Fail, Text: "file hash"}, {Text: "plain"}}),
		view.Note(view.Notice{State: view.Auditor, Text: view.Say("A note of the auditor.")}),
		view.Note(view.Notice{State: view.Pass, Text: view.Say("It is done.")}),
		view.Diff([]view.DiffLine{
			{Fold: "50 unchanged paragraphs"},
			{No: "3", Kind: "Changed", Text: view.Text{view.T("Access is removed within "), view.Del("three"), view.Ins("two"), view.T(" days.")}, Note: view.Say("Fix limit of AC-04")},
		}),
		view.SignOff([]view.Sign{{Who: priya, Right: "prepared 19 Nov"}}),
	)
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return view.App(shell("", "Kit", crumb("Kit"))).Render(templ.WithChildren(ctx, body), w)
	})
}
