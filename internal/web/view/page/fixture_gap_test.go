package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func gapTabs() []view.Tab {
	return []view.Tab{{Label: "Gap analysis", Href: "/gap-analysis", Current: true}, {Label: "Gaps", Href: "/gaps"}, {Label: "Readiness questions", Href: "/readiness-questions"}, {Label: "Readiness assessments", Href: "/readiness-assessments"}}
}

func gapsPage() page.GapsView {
	return page.GapsView{
		Head: view.Head{
			Title: "Gap analysis", Answer: view.Text{view.B("30 of 38 criteria"), view.T(" would be met as things are today, 5 in part, 2 not, 1 nobody can say yet.")},
			Actions: []view.Action{{Label: "Export", Icon: "dl", Menu: []view.Action{{Label: "CSV", Href: "?format=csv"}}}, {Label: "Write down 4 gaps", Href: "/gap-analysis/find", Post: true, Look: view.Primary}},
		},
		Tabs: gapTabs(),
		List: view.List{Query: query("/gap-analysis", ""), Find: view.Find{Label: "Find a criterion"}, Chips: chips("Rating"), Shown: "38 of 38 criteria"},
		Groups: []page.GapsGroup{{ID: "CC6", Title: "CC6 Logical and physical access", Sub: "1 of 3 met", Rows: []page.GapsRow{
			{ID: "CC6.1", Href: "/criteria/CC6.1", Words: "Logical access is protected.", Works: []view.Ref{{Label: "IAM-01", Href: "/controls/IAM-01"}, {Label: "+6", Href: "/criteria/CC6.1"}}, Badge: view.Badge{State: view.Pass, Label: "Met"}},
			{
				ID: "CC6.2", Href: "/criteria/CC6.2", Words: "People get access when they are registered and approved, and lose it when they no longer should have it.", Badge: view.Badge{State: view.Warn, Label: "In part"},
				Works:   []view.Ref{{Label: "IAM-05", Href: "/controls/IAM-05"}},
				Reasons: []page.GapsReason{{Text: "IAM-08, Access removed on departure: it fails today.", Href: "/controls/IAM-08"}, {Text: "Q-05: Has access been reviewed? Nobody has answered.", Href: "/readiness-questions/answer?id=Q-05"}},
				More:    []page.GapsReason{{Text: "IAM-12, Service accounts: nobody answers for it.", Href: "/controls/IAM-12"}}, MoreWords: "1 more",
			},
			{ID: "CC6.4", Href: "/criteria/CC6.4", Words: "Entry to premises is restricted.", Badge: view.Badge{State: view.None, Label: "Not relevant"}, Reasons: []page.GapsReason{{Text: "There are no offices."}}},
		}}},
		Aside: []page.AsideCard{
			{ID: "start-h", Title: "A period could begin", Badge: view.Badge{State: view.Open, Label: "Nobody can say"}, Text: view.Say("4 gaps are found and not written down yet, so that nobody can say."), Lines: []view.Line{
				{State: view.Open, Lead: "GAP-02", Text: "Nobody answers for IAM-12", Right: "12 Nov 2026", Late: true, Href: "/gaps/GAP-02"}, {Text: "7 more", Href: "/gaps?state=open"},
			}, Note: "Not found any more, so that they may be closed: GAP-01."},
			{ID: "questions-h", Title: "Questions", Badge: view.Badge{State: view.Open, Label: "1 to answer"}, Text: view.Say("What collecting shows is not asked: 44 questions are answered by it."), Lines: []view.Line{
				{State: view.Open, Lead: "Q-05", Text: "Has access to the systems in scope been reviewed by their owners within the last quarter?", Href: "/readiness-questions/answer?id=Q-05"},
			}},
		},
		Note: "Rated from what is known today.",
	}
}

func gapsNew() page.GapsView {
	return page.GapsView{
		Head: view.Head{Title: "Gap analysis", Answer: view.Say("Which criteria are looked at follows from the categories of a program.")}, Tabs: gapTabs(),
		List: view.List{Query: query("/gap-analysis", ""), Empty: &view.Empty{Kind: view.NoneYet, Title: "No program yet", Text: view.Say("Say which report you aim for."), Actions: []view.Action{{Label: "Add a program", Href: "/settings/program", Look: view.Primary}}}},
	}
}
