package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func policies() page.PoliciesView {
	return page.PoliciesView{
		Head: view.Head{
			Title: "Policies", Answer: view.Text{view.B("1 version"), view.T(" to approve, "), view.B("1 review"), view.T(" overdue, "), view.B("2 acceptances"), view.T(" late.")},
			Actions: []view.Action{export("/policies"), {Label: "From the library", Href: "#", Icon: "down"}, {Label: "New policy", Href: "#", Icon: "plus", Look: view.Primary}},
		},
		List: view.List{Query: query("/policies", ""), Find: view.Find{Label: "Find a policy"}, Chips: chips("State"), Shown: "3 policies", Pager: view.Pager{Text: "1 – 3 of 3"}},
		Rows: []page.PolicyRow{
			{ID: "PLC-ACP", Title: "Access Control Policy", Href: "#", Sub: "version 6: in review", InForce: "5, since 2 Apr 2026", Approved: "Marcus Lindqvist", Review: view.Due{Text: "2 Apr 2027"}, Accepted: "39/41", Controls: []view.Ref{{Label: "IAM-03", Href: "#"}, {Label: "+8"}}, Badge: view.Badge{State: view.Info, Label: "Waits for approval"}},
			{ID: "PLC-AUP", Title: "Acceptable Use Policy", Href: "#", InForce: "4, since 1 Oct 2025", Approved: "Marcus Lindqvist", Review: view.Due{Text: "1 Oct 2026", State: view.Fail, Sub: "52 days late"}, Accepted: "41/41", Badge: view.Badge{State: view.Fail, Label: "Review overdue"}},
			{ID: "PLC-PRV", Title: "Privacy Notice", Href: "#", InForce: "–", Approved: "–", Review: view.Due{Text: "–"}, Accepted: "–", Badge: view.Badge{State: view.Open, Label: "Draft"}},
		},
	}
}

func policyPage() page.PolicyView {
	tab := func(label, count string, current bool) view.Tab {
		return view.Tab{Label: label, Href: "#", Count: count, Current: current}
	}
	return page.PolicyView{
		Head: view.Head{
			ID: "PLC-ACP", Badges: []view.Badge{{State: view.Info, Label: "Waits for approval"}}, Title: "Access Control Policy",
			Answer:  view.Text{view.T("Version "), view.B("5"), view.T(" is in force since 2 Apr 2026. Version 6 waits for approval. "), view.B("39 of 41"), view.T(" accepted it.")},
			Actions: []view.Action{{Label: "Text", Href: "#", Icon: "dl"}, {Label: "Edit draft", Href: "#", Icon: "doc", Look: view.Primary}}, More: []view.Action{{Label: "Retire", Href: "#", Post: true}},
		},
		Tabs: []view.Tab{tab("Version 5", "", true), tab("Changes", "", false), tab("Acceptance", "2", false), tab("History", "", false)}, Title: "Text",
		Decide: []view.Form{
			{Action: "#", Submit: "Approve", Hint: "Version 6", Fields: []view.Input{{Name: "effective_on", Label: "First day in force", Type: "date", Value: "2026-12-01"}}},
			{Action: "#", Submit: "Return to its author", Fields: []view.Input{{Name: "why", Label: "What should change", Type: "textarea", Required: true}}},
		},
		Signs:  []view.Sign{{State: view.Pass, Text: "Written by Priya Raman", Right: "18 Nov"}, {State: view.Open, Text: "Approval by somebody who did not write on it"}},
		Facts:  &page.PairsCard{Title: "Details", Link: view.Ref{Label: "Proof", Href: "#"}, Pairs: []view.Pair{{Term: "Owner", Value: view.Say("Priya Raman")}, {Term: "Controls", Tags: []view.Ref{{Label: "IAM-03", Href: "#"}}}}},
		Others: &page.LinesCard{Title: "Versions", Lines: []view.Line{{State: view.Info, Text: "Version 6", Right: "in review", Href: "#"}, {State: view.Pass, Text: "Version 5", Right: "in force", Href: "#"}}},
	}
}

func policyRead() page.PolicyView {
	v := policyPage()
	v.Prose = "# Access Control Policy\n\n## Purpose\n\nOnly who needs it gets in.\n\n1. Everyone signs in with **two factors**.\n2. Leavers are out within a day.\n\n| limit | days |\n|---|---|\n| high | 30 |\n"
	v.Notices = []view.Notice{{State: view.Info, Text: view.Say("Read the text, then accept it under its end, by 2 Dec 2026.")}}
	v.Accept = &view.Form{Action: "#", Submit: "I have read this and will follow it", Hint: "Version 5, for you alone."}
	return v
}

func policyChanges() page.PolicyView {
	v := policyPage()
	v.Title, v.Compare = "Changes", "Version 6, by paragraph, against version 5."
	v.Diff = []view.DiffLine{
		{Fold: "14 unchanged paragraphs"},
		{Kind: "Removed", Text: view.Text{view.Del("Text messages are accepted.")}},
		{No: "15", Kind: "Added", Text: view.Text{view.Ins("Only passkeys and hardware keys are accepted.")}},
	}
	return v
}

func policyAcceptance() page.PolicyView {
	v := policyPage()
	v.Title = "Acceptance"
	v.People = []page.PolicyPerson{
		{Name: view.Ref{Label: "Liv Sandberg", Href: "#"}, Since: "2 Nov 2026", Due: view.Due{Text: "2 Dec 2026", State: view.Warn, Sub: "in 11 days"}, Last: "–", Badge: view.Badge{State: view.Open, Label: "Asked"}},
		{Name: view.Ref{Label: "Hugo Bianchi", Href: "#"}, Since: "2 Apr 2026", Due: view.Due{Text: "–"}, Last: "8 Apr 2026, version 5", Badge: view.Badge{State: view.Pass, Label: "Accepted"}},
	}
	return v
}
