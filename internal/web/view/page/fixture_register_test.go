package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

func risks() page.RegisterView {
	cell := func(level int, over bool, count string) page.RiskMapCell {
		return page.RiskMapCell{Level: level, Over: over, Count: count, Href: "#", Words: " possible, major"}
	}
	pass := func(id string) view.Badge { return view.Badge{State: view.Pass, Label: id, Href: "#"} }
	fail := func(id string) view.Badge { return view.Badge{State: view.Fail, Label: id, Href: "#"} }
	return page.RegisterView{
		Head: view.Head{
			Title: "Risks", Answer: view.Text{view.B("2 of 34 risks"), view.T(" are above appetite, 4 accepted until a day.")},
			Actions: []view.Action{{Label: "Assessments", Href: "#", Icon: "sign"}, export("/risks"), {Label: "Add risk", Href: "#", Icon: "plus", Look: view.Primary}},
			More:    []view.Action{{Label: "Import a file", Href: "#"}, {Label: "Settings", Href: "#"}},
		},
		Tabs: []view.Tab{{Label: "Risks", Href: "#", Current: true}, {Label: "Assessments", Href: "#", Count: "2"}},
		Flows: &chart.Flows{
			Label: "2 flows between 3 places; the list below says the same", Width: 900, Height: 92, BoxWidth: 190, BoxHeight: 52,
			Boxes: []chart.FlowBox{{X: 20, Y: 20, Lines: []string{"Shops’ customers"}}, {X: 350, Y: 20, Lines: []string{"Ordering service in", "Stockholm"}, Inside: true}, {X: 680, Y: 20, Lines: []string{"Backups"}, Inside: true}},
			Lines: []chart.FlowLine{{Path: "M210 46C280 46 280 46 350 46", X: 280, Y: 41, Label: "New orders"}, {Path: "M540 46C610 46 610 46 680 46", X: 610, Y: 41, Label: "Nightly copies", Bad: true}, {Path: "M540 60C610 60 610 60 680 60", X: 610, Y: 72, Label: "Logs", Unknown: true}},
		},
		Map: &page.RiskMap{
			Title: "Risk with controls", Hint: "Outlined: above appetite", Caption: "Open risks by likelihood and impact", Impacts: []string{"Negligible", "Moderate", "Severe"},
			Rows: []page.RiskMapRow{
				{Label: "Likely", Cells: []page.RiskMapCell{cell(1, false, "2"), cell(4, true, "1"), cell(5, true, "")}},
				{Label: "Unlikely", Cells: []page.RiskMapCell{cell(1, false, ""), cell(2, false, "12"), cell(3, false, "3")}},
			},
		},
		Beside: &page.RegisterCard{
			Title: "Annual assessment 2026", Badge: view.Badge{State: view.Warn, Label: "Waits for approval", Href: "#"}, Link: view.Ref{Label: "All", Href: "#"},
			Signs: []view.Sign{{State: view.Pass, Text: "Held with 9 participants", Right: "22 Oct 2026"}, {State: view.Open, Text: "Signed, and the register frozen"}},
			Sums:  []view.Pair{{Term: "Above appetite before controls", Value: view.Say("15")}, {Term: "Above appetite with controls", Value: view.Say("2")}},
		},
		List:  view.List{Query: query("/risks", ""), Order: "-residual", Find: view.Find{Label: "Find a risk"}, Chips: chips("State", "Treatment"), Shown: "34 risks", Pager: view.Pager{Text: "1 – 25 of 34", Next: "R-30", Size: 25}},
		Label: "Risk", Key: "title", Columns: []view.Column{{Label: "Owner", Key: "owner"}, {Label: "Before controls"}, {Label: "Treatment", Key: "treatment"}, {Label: "Controls"}, {Label: "Next review", Key: "review_on"}}, State: view.Column{Label: "With controls", Key: "state"},
		Rows: []page.RegisterRow{
			{ID: "R-07", Title: "Account takeover of an employee", Href: "#", Sub: "Raised 10 Mar 2026: control IAM-03 deviated", SubIs: view.Fail, Badge: view.Badge{State: view.Fail, Label: "Major, likely"}, Cells: []page.RegisterCell{
				{Who: view.Who{Name: "Priya Raman"}}, {Text: "Severe, likely"}, {Text: "Reduce, by 31 Jan 2027", Sub: "Hardware keys for all"}, {Badges: []view.Badge{fail("IAM-03"), pass("IAM-06"), pass("TRN-01"), pass("LOG-03")}, Sub: "and 2 more"}, {Due: &view.Due{Text: "31 Jan 2027"}},
			}},
			{ID: "R-30", Title: "Founders unavailable at once", Href: "#", Badge: view.Badge{State: view.None, Label: "Accepted to 2027-06-30"}, Cells: []page.RegisterCell{
				{Text: "–"}, {Text: "Severe, unlikely"}, {Text: "Accept"}, {IDs: []view.Ref{{Label: "GOV-03", Href: "#"}}}, {Due: &view.Due{Text: "30 Jun 2026", Sub: "12 days late", State: view.Fail}},
			}},
		},
	}
}

func risksEmpty() page.RegisterView {
	v := risks()
	v.Map, v.Beside, v.Rows, v.List.Chips, v.List.Pager = nil, nil, nil, nil, view.Pager{}
	v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "No risk is written down yet", Text: view.Say("Begin with some of the thirty that most service organizations have."), Actions: []view.Action{{Label: "Choose from the library", Href: "#", Look: view.Primary}}}
	return v
}

func riskPage() page.RecordView {
	return page.RecordView{
		Head: view.Head{
			ID: "R-07", Title: "Account takeover of an employee", Badges: []view.Badge{{State: view.Fail, Label: "Major, likely"}}, Tags: []string{"Open"},
			Answer: view.Text{view.T("Before controls severe, likely (20), with them "), view.B("major, likely"), view.T(" (16). That is above the appetite of 9.")}, Actions: []view.Action{{Label: "Change", Href: "#", Icon: "doc"}, {Label: "Record a review", Href: "#", Look: view.Primary}},
			More: []view.Action{{Label: "Ask to accept", Href: "#"}, {Label: "Archive", Href: "#"}},
		},
		Notices: []view.Notice{{State: view.Fail, Text: view.Say("Raised on 10 Mar 2026: control IAM-03 deviated.")}},
		Clocks:  []page.Clock{{Term: "Detected", Value: "2 min", Used: 2, Limit: 10, Sub: "of 10"}},
		Tabs:    []view.Tab{{Label: "About", Href: "#", Current: true}, {Label: "Versions", Href: "#", Count: "3"}, {Label: "History", Href: "#"}}, Title: "About",
		Texts: []page.RecordText{{Label: "What could happen", Prose: "Someone signs in as an employee with a **stolen** password."}, {Label: "Causes", Prose: "- phishing\n- reuse"}},
		Tables: []page.RecordTable{
			{ID: "h-t1", Title: "What we leave to them", Count: "1", Columns: []view.Column{{Label: "Criteria"}}, Rows: []page.RegisterRow{{ID: "VX-01", Title: "limit physical access", Href: "#", Cells: []page.RegisterCell{{IDs: []view.Ref{{Label: "CC6.4", Href: "#"}}}}, Badge: view.Badge{State: view.Pass, Label: "Tested"}}}, Action: view.Action{Label: "Add", Href: "#"}},
			{ID: "h-t2", Title: "Reports", Count: "0", Empty: "No report was written down yet."},
		},
		Signs:  []view.Sign{{State: view.Pass, Text: "Ask to accept: Priya Raman", Right: "3 Mar"}, {State: view.Open, Text: "Accept the risk: by somebody who did not write on it"}},
		Facts:  &page.PairsCard{Title: "Details", Pairs: []view.Pair{{Term: "Owner", Who: view.Who{Name: "Priya Raman", Href: "#"}}, {Term: "Controls", Tags: []view.Ref{{Label: "IAM-03", Href: "#"}}}}, Note: "Collected as a fact of kind program.risk."},
		Others: []page.AsideCard{{ID: "h-linked", Title: "Incidents", Lines: []view.Line{{State: view.Pass, Lead: "IN-05", Text: "Payroll API unavailable", Right: "Closed", Href: "#"}}}},
	}
}

func riskVersions() page.RecordView {
	v := riskPage()
	v.Texts, v.Title, v.Clocks = nil, "Versions", nil
	v.Changes = []page.RecordChange{
		{Title: "Version 2: edit", Who: "Priya Raman", When: "3 Mar 2026, 10:00", Note: "Looked at with the team.", Pairs: []view.Pair{{Term: "Likelihood with controls", Value: view.Text{view.Del("likely"), view.T(" "), view.Ins("possible")}}}},
		{Title: "Version 1: add", Who: "Priya Raman", When: "1 Mar 2026, 10:00"},
	}
	return v
}
