package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

func accounts() page.AccountsView {
	orphan, ours := view.Badge{State: view.Fail, Label: "Nobody’s"}, view.Badge{State: view.Pass, Label: "A person’s"}
	return page.AccountsView{
		Head: view.Head{
			Title: "Accounts", Answer: view.Text{view.B("1 of 143 accounts can be used and are nobody’s"), view.T(". Confirm whose they are, declare them services’ with an owner, or disable them.")},
			Actions: []view.Action{export("/accounts"), {Label: "Match by address", Href: "/accounts/match", Post: true, Look: view.Primary}},
		},
		Notices: []view.Notice{{State: view.Warn, Text: view.Say("Accounts may be missing: Roles were not listed to the end on 2026-11-21.")}},
		List:    view.List{Query: query("/accounts", ""), Find: view.Find{Label: "Find an account"}, Chips: chips("State", "System", "Power"), Shown: "143 of the register", Pager: view.Pager{Text: "1 – 3 of 143", Next: "x"}},
		Rows: []page.AccountsRow{
			{Name: "deploy-2", Href: "#", System: "Roles", Power: view.Badge{State: view.Warn, Label: "Admin"}, LastUsed: "21 Nov 2026", Badge: orphan},
			{Name: "sara.n", Href: "#", Sub: "sara@larkspur.example", System: "Okta users", Person: view.Ref{Label: "Sara Nyman", Href: "#"}, How: "by address", LastUsed: "21 Nov 2026", Badge: ours},
			{Name: "sync", Href: "#", System: "Roles", Person: view.Ref{Label: "Tom Okafor", Href: "#"}, How: "answers for it: Copies orders", LastUsed: "not known", Badge: view.Badge{State: view.Pass, Label: "A service’s"}},
		},
	}
}

func account() page.AccountView {
	return page.AccountView{
		Head: view.Head{
			Title: "sync", Badges: []view.Badge{{State: view.Pass, Label: "A service’s"}}, Answer: view.Text{view.T("A service uses it: Copies orders. It is answered for by "), view.A("Tom Okafor", "#"), view.T(".")},
			Actions: []view.Action{{Label: "Revoke…", Href: "#"}, {Label: "A service’s…", Href: "#"}, {Label: "A person’s…", Href: "#", Look: view.Primary}},
		},
		Said: []page.SaidRow{
			{Person: view.Ref{Label: "Tom Okafor", Href: "#"}, How: "answers for it: Copies orders", Since: "3 Mar 2026 09:12", Badge: view.Badge{State: view.Pass, Label: "In force"}},
			{Person: view.Ref{Label: "Sara Nyman", Href: "#"}, How: "by address", Since: "1 Mar 2026 18:00", Until: "3 Mar 2026 09:11, by Priya Raman: a shared mailbox", Badge: view.Badge{State: view.None, Label: "Revoked"}},
		},
		Facts: page.PairsCard{Title: "As the system shows it", Pairs: []view.Pair{{Term: "System", Value: view.Say("Roles")}, {Term: "Can be used", Value: view.Say("yes")}, {Term: "Id", Value: view.Say("16403"), Mono: true}}, Note: "The register is collected as facts."},
	}
}

func accessReview() page.ReviewView {
	person := view.Ref{Label: "Dana Kowalski", Href: "#"}
	return page.ReviewView{
		Head: view.Head{
			ID: "AR-04", Title: "Access review, fourth quarter", Badges: []view.Badge{{State: view.Info, Label: "In progress"}},
			Answer:  view.Text{view.B("118 of 143 accounts"), view.T(" are decided, 25 are left until "), view.B("27 Nov 2026"), view.T(".")},
			Actions: []view.Action{{Label: "Keep the 16 unchanged…", Href: "#"}, {Label: "Sign…", Href: "#", Look: view.Primary}},
		},
		Notices: []view.Notice{{State: view.Warn, Text: view.Say("Accounts may be missing: Roles were not listed to the end on 2026-11-21.")}},
		Bar:     chart.Bar{Label: "101 kept, 6 to be changed, 11 to be removed, 25 open", Segs: []chart.Seg{{Fill: "pass", Count: 101}, {Fill: "info", Count: 6}, {Fill: "fail", Count: 11}, {Fill: "track", Count: 25}}},
		Sums: []page.ReviewSum{
			{State: view.Pass, Count: "101", Word: "keep"},
			{State: view.Info, Count: "6", Word: "change"},
			{State: view.Fail, Count: "11", Word: "remove", Sub: "2 not seen to be done"},
			{State: view.Open, Count: "25", Word: "open"},
		},
		Facts:    []view.Pair{{Term: "Accounts", Value: view.Say("143, 6 systems")}, {Term: "Collected", Value: view.Say("21 Nov 2026 18:00")}},
		Tabs:     []view.Tab{{Label: "Needs thought", Href: "#", Count: "9", Hot: true, Current: true}, {Label: "All", Href: "#", Count: "143"}},
		List:     view.List{Query: query("/access-reviews/AR-04/accounts", ""), Find: view.Find{Label: "Find an account"}, Chips: chips("System"), Shown: "3 shown", Pager: view.Pager{Text: "3 of 9 accounts", Next: "3", Size: 25}},
		Action:   "#",
		Problems: view.Problems{Title: "Nothing was decided.", List: []view.Problem{{Field: "n-acc_1", Text: "Say what ci-legacy is to be changed to."}}},
		Groups: []page.ReviewGroup{{Title: "IAM users", Sub: "aws.iam.user", Rows: []page.ReviewRow{
			{ID: "acc_1", Name: "ci-legacy", Href: "#", Sub: "AIDACILEGACY", Person: view.Ref{Label: "Nobody’s"}, Power: view.Badge{State: view.Warn, Label: "Admin"}, LastUsed: "not known", Why: "Nobody’s", WhySub: "New since the last review", Verdict: "change", Wrong: "Say what ci-legacy is to be changed to."},
			{ID: "acc_2", Name: "dana.k", Href: "#", Sub: "dana@larkspur.example", Person: person, LastUsed: "20 Nov 2026", Why: "Became an administrator", Verdict: "keep", Note: "Approved.", Said: "Tom Okafor, 21 Nov 2026"},
			{ID: "acc_3", Name: "tom.o", Href: "#", Person: view.Ref{Label: "Tom Okafor", Href: "#"}, PersonSub: "answers for it: Copies orders", Power: view.Badge{State: view.None, Label: "not known"}, LastUsed: "21 Nov 2026", Why: "Unchanged", Own: "Your own account: somebody else decides."},
			{ID: "acc_4", Name: "p.lund", Href: "#", Person: person, LastUsed: "2 Aug 2026", Why: "Does not work here", Verdict: "remove", Said: "Tom Okafor, 18 Nov 2026", Badge: view.Badge{State: view.Warn, Label: "Remove, not seen yet"}, Confirm: "#"},
		}}},
		Asides: []page.AsideCard{
			{ID: "h-systems", Title: "By system", Lines: []view.Line{{State: view.Open, Text: "aws.iam.user", Right: "31", Sub: "8 open"}}},
			{ID: "h-auditor", Title: "What the auditor will see", Signs: []view.Sign{{State: view.Pass, Text: "Every listing was read to the end"}, {State: view.Open, Text: "Sign-off, due 27 Nov 2026"}}},
		},
	}
}

func sheetMarks() page.SheetView {
	return page.SheetView{
		Head: view.Head{
			ID: "TS-04", Title: "Leavers lose access in time", Badges: []view.Badge{{State: view.Info, Label: "In progress"}},
			Answer: view.Text{view.B("2 marks"), view.T(" to make, of 3 items.")}, Actions: []view.Action{{Label: "Re-perform by check…", Href: "#"}, {Label: "Sheet", Icon: "dl", Menu: []view.Action{{Label: "CSV", Href: "#"}}}},
		},
		Bar:        chart.Bar{Label: "2 pass, 1 deviate, 1 not applicable, 2 to mark", Segs: []chart.Seg{{Fill: "pass", Count: 2}, {Fill: "fail", Count: 1}, {Fill: "info", Count: 1}, {Fill: "track", Count: 2}}},
		Sums:       []page.ReviewSum{{State: view.Pass, Count: "2", Word: "pass"}, {State: view.Fail, Count: "1", Word: "deviate", Sub: "1 of 3 items"}, {State: view.Open, Count: "2", Word: "to mark"}},
		Facts:      []view.Pair{{Term: "Control", Value: view.Text{view.A("IAM-08", "#"), view.T(", version 2")}}, {Term: "Days", Value: view.Say("1 Dec 2025 to 30 Nov 2026")}},
		Procedures: []view.Pair{{Term: "Inspection", Value: view.Say("The record of each exit, and the account in the directory.")}},
		Attributes: []page.SheetAttribute{{Letter: "A", Text: "The exit is in the register", Count: "2 pass"}, {Letter: "B", Text: "The account was disabled in time", Check: view.Ref{Label: "any.account.leaver", Href: "#"}, Count: "1 deviate"}},
		Tabs:       []view.Tab{{Label: "All", Href: "#", Count: "3", Current: true}, {Label: "Deviate", Href: "#", Count: "1", Hot: true}},
		List:       view.List{Query: query("/sheets/TS-04/marks", ""), Shown: "3 shown", Pager: view.Pager{Text: "3 of 3 items", Size: 25}},
		Action:     "#",
		Problems:   view.Problems{Title: "Nothing was marked.", List: []view.Problem{{Field: "c-1-B", Text: "1B: Mark pass, deviation or not_applicable."}}},
		Rows: []page.SheetRow{
			{Number: "1", Name: "Jonas Weber", Href: "#", Sub: "10 Jul 18:00", Cells: []page.SheetCell{{Letter: "A", Mark: "pass"}, {Letter: "B", Mark: "deviation", ByCheck: "by check", Wrong: "Mark pass, deviation or not_applicable."}}, Note: "On until 13 July.", Evidence: "evidence: 2", Exception: view.Ref{Label: "EX-01", Href: "#"}},
			{Number: "2", Name: "Pavel Novak", Href: "#", Cells: []page.SheetCell{{Letter: "A"}, {Letter: "B", Mark: "pass", ByCheck: "check: cannot tell"}}},
			{Number: "3", Name: "Robin Haas", Href: "#", Cells: []page.SheetCell{{Letter: "A"}, {Letter: "B"}}, Replaced: "Replaced by the next in line: it is not tested."},
		},
		Asides: []page.AsideCard{
			{ID: "h-signs", Title: "Signatures", Signs: []view.Sign{{State: view.Open, Text: "not prepared"}, {State: view.Open, Text: "not reviewed"}}, Note: "Everything on the sheet can be read by the organization."},
			{ID: "h-items", Title: "Items and rate", Pairs: []view.Pair{{Term: "Sample", Value: view.Text{view.A("SA-01", "#")}}, {Term: "Rate", Value: view.Say("33.33 %")}}},
		},
	}
}

// sheetSigned is a sheet of which nothing is to be marked any more.
func sheetSigned() page.SheetView {
	v := sheetMarks()
	v.Action, v.Problems = "", view.Problems{}
	v.Head.Badges = []view.Badge{{State: view.Fail, Label: "Deviations, reviewed"}}
	for i := range v.Rows {
		for j := range v.Rows[i].Cells {
			v.Rows[i].Cells[j].Badge, v.Rows[i].Cells[j].Wrong = view.Badge{State: view.Pass, Label: "Pass"}, ""
		}
	}
	return v
}
