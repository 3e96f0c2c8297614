package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

func tasks() page.TasksView {
	return page.TasksView{
		Head: view.Head{
			Title: "My tasks", Answer: view.Text{view.B("3 things wait on you, nothing is late."), view.T(" The first is due on Monday; together about 70 minutes.")},
			Actions: []view.Action{{Label: "Snoozed (1)", Href: "#"}, {Label: "Start with the first", Href: "#", Icon: "play", Look: view.Primary}},
		},
		List: view.List{Query: query("/tasks", ""), Chips: chips("Type"), Toggles: []view.Toggle{{Name: "late", Label: "Late only"}}},
		Waiting: page.TodoCard{Title: "Waiting on you", Count: "3", Todos: []view.Todo{
			{Title: "Review the SOC 2 report of Datadog", Href: "#", Sub: view.Say("VN-03, 5 of 7 steps done; otherwise a fifth deviation. 50 minutes"), Due: view.Due{Text: "Tue 24 Nov", State: view.Warn}, Action: view.Action{Label: "Continue", Href: "#"}},
			{Title: "Second approval: exclusion of breakglass-01", Href: "#", Sub: view.Say("Asked by Tom Okafor 20 Nov; current exclusion ends 30 Nov. 15 minutes, read the log of 4 Mar first"), Due: view.Due{Text: "Mon 30 Nov"}, Action: view.Action{Label: "Read and decide", Href: "#"}},
			{Title: "Record the review of MFA exemptions", Href: "#", Sub: view.Text{view.T("For "), view.A("AC-04", "#"), view.T(", window 1 – 31 January")}, Badge: view.Badge{State: view.Open, Label: "Cannot start yet: 1 Jan"}},
		}},
		Others: &page.OthersCard{Title: "You wait on others", Count: "2", Rows: []page.OthersRow{
			{What: view.Ref{Label: "Turn on MFA for 3 AWS console users", Href: "#"}, Control: view.Ref{Label: "AC-04", Href: "#"}, With: tom, Asked: "19 Nov", Due: view.Due{Text: "22 Nov 09:14", State: view.Fail}},
			{What: view.Ref{Label: "Approve the annual risk assessment", Href: "#"}, Control: view.Ref{Label: "RM-01", Href: "#"}, With: marc, Asked: "17 Nov", Due: view.Due{Text: "30 Nov"}},
		}},
		Done:   &page.LinesCard{Title: "Done this week", Badge: view.Badge{State: view.Pass, Label: "2"}, Lines: []view.Line{{State: view.Pass, Text: "Exclusion ci-runner ended", Right: "Wed", Href: "#"}, {State: view.Pass, Text: "Your own training", Right: "Mon"}}},
		Coming: &page.FiguresCard{Title: "Coming", Sums: []view.Pair{{Term: "Management’s assertion", Value: view.Say("1 Dec")}, {Term: "Fieldwork begins", Value: view.Say("7 Dec")}}, Note: "First due first."},
	}
}

func tasksEmpty() page.TasksView {
	return page.TasksView{
		Head:    view.Head{Title: "My tasks", Answer: view.Say("Nothing waits on you. Next: access review, 1 January.")},
		List:    view.List{Query: query("/tasks", ""), Empty: &view.Empty{Kind: view.NoneGood, Title: "Nothing waits on you", Text: view.Say("Whatever a control, a check or a colleague asks of you appears here.")}},
		Waiting: page.TodoCard{Title: "Waiting on you"},
	}
}

func criteria() page.CriteriaView {
	focus := func(n, of int) *chart.Bar {
		return &chart.Bar{Label: view.Num(n) + " of " + view.Num(of), Height: 6, Segs: []chart.Seg{{Fill: "pass", Count: n}, {Fill: "warn", Count: of - n}}}
	}
	ok := view.Badge{State: view.Pass, Label: "Covered"}
	return page.CriteriaView{
		Head: view.Head{
			Title: "Criteria", Answer: view.Text{view.B("2 of 38 criteria have a gap."), view.T(" CC6.7 says nothing about removable media, and A1.3 rests on one control that already has a deviation.")},
			Actions: []view.Action{export("/criteria"), {Label: "Map a control", Href: "#", Icon: "plus", Look: view.Primary}},
		},
		List:   view.List{Query: query("/criteria", ""), Find: view.Find{Label: "Filter criteria", Hint: "Filter by number or words"}, Chips: chips("Category"), Toggles: []view.Toggle{{Name: "gap", Label: "Gaps only"}, {Name: "single", Label: "Single control only", On: true}}, Shown: "Own wording; numbers refer to the 2017 criteria, 2022 points of focus"},
		Window: "Dec to Nov",
		Groups: []page.CriteriaGroup{
			{Title: "CC6 Logical and physical access", Sub: "8 criteria, 24 controls, 1 gap", Rows: []page.CriterionRow{
				{ID: "CC6.1", Words: "Access to systems and data is restricted", Controls: []view.Ref{{Label: "AC-04", Href: "#"}, {Label: "AC-02", Href: "#"}, {Label: "+6", Href: "#"}}, Focus: focus(10, 10), FocusWords: "10 of 10", Strip: small(mfaYear("Deviation in March", 14)), Badge: ok},
				{ID: "CC6.7", Words: "Data is protected when moved or carried", Controls: []view.Ref{{Label: "EN-02", Href: "#"}}, Focus: focus(3, 4), FocusWords: "3 of 4", Strip: small(year("Operated", 14)), Badge: view.Badge{State: view.Warn, Label: "Removable media"}, Gap: true},
			}},
			{Title: "A1, P Availability, privacy", Sub: "4 criteria, 3 controls, 1 gap", Rows: []page.CriterionRow{
				{ID: "A1.3", Words: "Recovery is tested", Controls: []view.Ref{{Label: "BC-02", Href: "#"}}, Focus: focus(1, 2), FocusWords: "1 of 2", Strip: small(year("Deviation in June", 14, days(chart.Deviation, "2026-06-01", 17, ""))), Badge: view.Badge{State: view.Warn, Label: "1 control only"}, Gap: true},
				{ID: "P3.2", Words: "Explicit consent is obtained for sensitive information", Reason: "Not relevant: no sensitive information is collected. Priya Raman, approved by Marcus Lindqvist", Badge: view.Badge{State: view.Open, Label: "Not relevant"}},
			}},
		},
		Note:    "4 of 38 shown. A point of focus counts when a control or a written reason addresses it.",
		Notices: []view.Notice{{State: view.Warn, Text: view.Text{view.B("CC6.7 removable media."), view.T(" No control says so.")}, Action: view.Action{Label: "Review draft", Href: "#"}}},
	}
}

func evidenceList() page.EvidenceListView {
	return page.EvidenceListView{
		Head: view.Head{
			Title: "Evidence", Answer: view.Text{view.B("6 items are overdue"), view.T(" and 14 fall due by 5 December. 389 of 412 are current. 371 items collect themselves, 41 need a person.")},
			Actions: []view.Action{export("/evidence"), {Label: "Add evidence", Href: "#", Icon: "plus", Look: view.Primary}},
		},
		List: view.List{Query: query("/evidence", ""), Find: view.Find{Label: "Filter evidence", Hint: "Filter by name, control or hash"}, Chips: chips("Freshness", "Source", "Kind", "Control"), Shown: "23 of 412 · oldest first", Pager: view.Pager{Text: "1 – 14 of 23", Next: "x"}},
		Groups: []page.EvidenceGroup{
			{Title: "Overdue", Sub: "6 items, all inside the 14 days of grace. After that the days without evidence count against the control", Rows: []page.EvidenceRow{
				evidenceRow("Firewall rule review, Q4", "NW-03", "Attested", "to 19 Aug", "19 Aug", jia, "fail", 94, 92, view.Due{Text: "2 days late", State: view.Fail}, "39870"),
				{Title: "Shared drives are not public", Href: "#", Sub: "2 runs missed, rate limit", Controls: []view.Ref{{Label: "CF-02", Href: "#"}}, Kind: "Collected", Covers: "20 Nov", Last: "20 Nov 06:00", Source: "google-workspace", Fresh: fresh("36 of 12 hours", "fail", 36, 12), FreshWords: "36 of 12 hours", Due: view.Due{Text: "24 hours late", State: view.Fail}, Log: "48140", Logged: true, Sure: true},
			}},
			{Title: "Never collected", Sub: "1 item", Rows: []page.EvidenceRow{
				{Title: "Penetration test, retest of 2 findings", Href: "#", Controls: []view.Ref{{Label: "VM-05", Href: "#"}}, Kind: "Uploaded", Covers: "–", Last: "–", By: priya, Fresh: fresh("never", "none", 1, 1), FreshWords: "never", Due: view.Due{Text: "30 Nov"}},
			}},
			{Title: "Due within 14 days", Sub: "14 items, 2 shown", Rows: []page.EvidenceRow{
				evidenceRow("User access review, Q4", "AC-09", "Attested", "Jul – Sep", "25 Aug", tom, "warn", 88, 94, view.Due{Text: "27 Nov", State: view.Warn}, "40482"),
				evidenceRow("Insurance certificate, cyber", "RM-06", "Uploaded", "to 3 Dec", "3 Dec 2025", marc, "warn", 353, 365, view.Due{Text: "3 Dec"}, ""),
			}},
		},
	}
}

func evidenceRow(title, ctl, kind, covers, last string, by view.Who, fill string, used, of int, due view.Due, log string) page.EvidenceRow {
	words := view.Num(used) + " of " + view.Num(of) + " days"
	return page.EvidenceRow{Title: title, Href: "#", Controls: []view.Ref{{Label: ctl, Href: "#"}}, Kind: kind, Covers: covers, Last: last, By: by, Fresh: fresh(words, fill, used, of), FreshWords: words, Due: due, Log: log, Logged: true, Sure: log != ""}
}

func fresh(label, fill string, used, of int) *chart.Bar {
	b := chart.Fresh(label, fill, used, of)
	return &b
}

func evidencePage() page.EvidenceView {
	row := func(key, acct, what, on string, b view.Badge) []view.Cell {
		return []view.Cell{{Text: key, Bold: true}, {Text: acct}, {Text: what}, {Text: on, Mute: b.State == view.None}, {Badge: b}}
	}
	ok := view.Badge{State: view.Pass, Label: "Pass"}
	return page.EvidenceView{
		Head: view.Head{
			ID: "E-48209", Badges: []view.Badge{{State: view.Pass, Label: "Unchanged, verified 18:32"}, {State: view.None, Label: "Incomplete"}}, Tags: []string{"Collected"}, Title: "Key rotation in 3 AWS accounts, 21 Nov 2026 18:00",
			Answer:  view.Text{view.T("This is what AWS answered at 18:00 on 21 November, unchanged since, but "), view.B("1 of 29 keys refused to answer"), view.T(". The check therefore counts as "), view.B("no evidence"), view.T(" for "), view.A("EN-01", "#"), view.T(", not as a pass of 28.")},
			Actions: []view.Action{{Label: "Raw JSON", Href: "#", Icon: "dl"}, {Label: "Bundle with proof", Href: "#", Icon: "dl", Look: view.Primary}},
		},
		Tabs: []view.Tab{{Label: "Content", Href: "#", Count: "29", Current: true}, {Label: "Changed since 06:00", Href: "#", Count: "0"}, {Label: "Raw", Href: "#"}}, TabTitle: "Content",
		List:    view.List{Query: query("/evidence/48209", ""), Find: view.Find{Label: "Filter rows", Hint: "Filter 29 rows"}, Chips: chips("Account", "Result"), Shown: "Sorted by result", Pager: view.Pager{Text: "1 – 3 of 29", Next: "x"}},
		Columns: []view.Column{{Label: "Key"}, {Label: "Account"}, {Label: "Protects"}, {Label: "Rotation"}, {Label: "Result"}},
		Rows: [][]view.Cell{
			row("alias/payroll-archive", "larkspur-prod", "S3 archive bucket", "not answered", view.Badge{State: view.None, Label: "Denied"}),
			row("alias/payroll-db", "larkspur-prod", "RDS payroll", "on, 365 days", ok), row("alias/backup", "larkspur-prod", "AWS Backup vault", "on, 365 days", ok),
		},
		Manifest: &page.ManifestCard{
			Facts: []view.Pair{{Term: "Calls", Value: view.Say("35")}, {Term: "Answered", Value: view.Say("34")}, {Term: "Denied", Value: view.Say("1"), State: view.Fail}, {Term: "Pages read", Value: view.Say("37 of 37")}, {Term: "Rows", Value: view.Say("28 of 29")}},
			Rows: []page.ManifestRow{
				{Call: "kms:ListKeys", Scope: "prod", Time: "18:00:04.2", Calls: "1", Pages: "2", Rows: "17", Hash: "02fd…417e", Badge: view.Badge{State: view.Pass, Label: "200"}},
				{Call: "kms:GetKeyRotationStatus", Scope: "prod", Time: "18:00:07.6", Calls: "1", Pages: "1", Rows: "0", Hash: "e00c…7713", Badge: view.Badge{State: view.Fail, Label: "403 denied"}},
				{Call: "tag:GetResources", Sub: "second count of keys", Scope: "all 3", Time: "18:00:07.9", Calls: "3", Pages: "3", Rows: "29", Hash: "7be1…90ac", Badge: view.Badge{State: view.Pass, Label: "200"}},
			}, Note: "Refused: alias/payroll-archive. Its key policy does not name the role soc2-readonly.", Link: view.Ref{Label: "Show the statement to add", Href: "#"},
		},
		Versions: []view.Event{
			{Time: "21 Nov 06:00", ISO: "2026-11-21T06:00:00+01:00", State: view.None, Title: "29 keys, 1 denied", Meta: []view.Ref{{Label: "+1 key alias/payroll-archive moved into scope 20 Nov 21:10"}}, Log: "48175", Sure: true},
			{Time: "20 Nov 18:00", ISO: "2026-11-20T18:00:00+01:00", State: view.Pass, Title: "28 keys, all rotate", Meta: []view.Ref{{Label: "no difference for 91 days"}}, Log: "48166", Sure: true},
		}, AllOf: view.Ref{Label: "All 712", Href: "#"},
		Proof:    proof(),
		Reliable: []view.Sign{{State: view.Pass, Text: "Source is not run by Larkspur"}, {State: view.Pass, Text: "Accurate: copied, never edited"}, {State: view.Fail, Text: "Complete: 28 of 29 keys"}, {State: view.Pass, Text: "In time: stored 5 s after the run", Right: "18:00:09"}},
		Advice:   view.Notice{State: view.Warn, Text: view.Text{view.B("Add one statement to the key policy."), view.T(" Two runs are missing so far.")}},
		Provenance: []view.Pair{
			{Term: "Source", Value: view.Say("AWS KMS, 3 accounts, 17 regions")},
			{Term: "Connector", Value: view.Text{view.A("aws-prod", "#"), view.T(", version 1.4.2")}},
			{Term: "Identity", Value: view.Text{view.T("role "), view.C("soc2-readonly")}},
			{Term: "Kept until", Value: view.Say("31 Dec 2033")},
		},
		UsedBy: []view.Line{{State: view.None, Lead: "EN-01", Text: "Encryption at rest", Right: "CC6.1, C1.1", Href: "#"}},
	}
}

func proof() *page.ProofCard {
	return &page.ProofCard{
		Badge: view.Badge{State: view.Pass, Label: "3 of 3 steps"}, Steps: proofSteps(),
		Verify: []view.TermLine{{Prompt: true, Text: "assay verify evidence-48209.zip"}, {Mark: "ok", State: view.Pass, Text: "hash, inclusion, head"}},
		Note:   "Proven: this file existed unchanged on 21 Nov 2026 18:00. Not proven: that AWS told the truth, or that the file is complete. The manifest answers the second.",
	}
}

func proofSteps() []view.ProofStep {
	return []view.ProofStep{
		{State: view.Pass, Title: "File", Detail: "SHA-256 8a5e12d740c96bb1f01ab85e8a5e12d740c96bb1f01ab85ee3f0a94ce3f0a94c"},
		{State: view.Pass, Title: "Log entry 48,209", Detail: "leaf 5d77…03ce, 21 Nov 18:00:09"},
		{State: view.Pass, Title: "Included in head 48,211", Detail: "9f2c…b71e, path of 16 hashes"},
	}
}

func evidenceRaw() page.EvidenceView {
	v := evidencePage()
	v.Tabs[0].Current, v.Tabs[2].Current = false, true
	v.TabTitle, v.Columns, v.Rows, v.List = "Raw", nil, nil, view.List{}
	v.Text = "{\"keys\": [{\"id\": \"alias/payroll-db\", \"rotation\": true, \"note\": \"<b>&amp; a very long line that has to scroll inside its own box and not push the page out of shape at all</b>\"}]}"
	return v
}

func people() page.PeopleView {
	row := func(name, sub, role, starts string, ends view.Due, pol, train view.Badge, n string, b view.Badge) page.PersonRow {
		return page.PersonRow{Name: name, Href: "#", Sub: sub, Role: role, Starts: starts, Ends: ends, Marks: []view.Badge{pol, train}, Badge: b}
	}
	ok := func(s string) view.Badge { return view.Badge{State: view.Pass, Label: s} }
	return page.PeopleView{
		Head: view.Head{
			Title: "People", Answer: view.Text{view.B("Nobody is late."), view.T(" 37 of 41 have everything in order, 3 have something due by 9 December, and "), view.B("2 leave this month"), view.T(".")},
			Actions: []view.Action{export("/people"), {Label: "Import CSV", Href: "#", Icon: "up"}, {Label: "Add person", Href: "#", Icon: "plus", Look: view.Primary}},
		},
		List:    view.List{Query: query("/people", ""), Find: view.Find{Label: "Filter people", Hint: "Filter by name or team"}, Chips: chips("State", "Group", "Joiner or leaver"), Shown: "41 people and 6 contractors · from people.csv, 17:30", Pager: view.Pager{Text: "1 – 4 of 47", Next: "x"}},
		Columns: []string{"Confidentiality", "Background"},
		Rows: []page.PersonRow{
			row("Sara Nyman", "P-0035", "Support", "since 3 Mar 2025", view.Due{Text: "ends 27 Nov", State: view.Warn}, ok("2025"), ok("2025"), "12", view.Badge{State: view.Info, Label: "Leaving, 4 of 9 done"}),
			row("Hugo Bianchi", "P-0045", "Customer success", "since 26 Oct 2026", view.Due{}, view.Badge{State: view.Warn, Label: "by 25 Nov"}, ok("2026"), "9", view.Badge{State: view.Warn, Label: "1 thing, 25 Nov"}),
			row("Dana Kowalski", "P-0027", "Support", "since 14 Aug 2023", view.Due{}, ok("2023"), ok("2023"), "14", ok("In order")),
			row("Tom Okafor", "P-0004", "Platform lead", "since 6 Apr 2020", view.Due{}, ok("2020"), ok("2020"), "18", ok("In order")),
		},
	}
}

func person() page.PersonView {
	return page.PersonView{
		Head: view.Head{
			ID: "P-0035", Badges: []view.Badge{{State: view.Info, Label: "Leaving"}}, Notes: []string{"Support, Stockholm, reports to Dana Kowalski"}, Title: "Sara Nyman",
			Answer:  view.Text{view.T("Last day is "), view.B("Friday 27 November"), view.T(". After 17:00 that day all "), view.B("12 accounts"), view.T(" must be closed by "), view.B("30 Nov 17:00"), view.T(", or HR-06 gets a second deviation.")},
			Actions: []view.Action{{Label: "Change last day", Href: "#"}, {Label: "Edit", Href: "#", Look: view.Primary}}, More: []view.Action{{Label: "Erase personal data…", Href: "#"}},
		},
		Tasks: []page.TasksCard{{ID: "h-o", Title: "Offboarding", Count: "1 of 3", Hint: "Template “Employee, Sweden”, version 3", Todos: []view.Todo{
			{Title: "Confidentiality reminded in writing", Sub: view.Text{view.T("Signed 18 Nov, "), view.A("document", "#")}, Badge: view.Badge{State: view.Pass, Label: "Done"}},
			{Title: "Agree how the laptop comes back", Href: "#", Sub: view.Say("MacBook LK-0288 and 2 security keys. Elena Duarte, by 26 Nov"), Badge: view.Badge{State: view.Warn, Label: "To do"}, Action: view.Action{Label: "Record", Href: "#"}},
			{Title: "Seen gone by the collection", Sub: view.Say("All 12 accounts absent or disabled in the run after 27 Nov 17:00"), Badge: view.Badge{State: view.Open, Label: "Cannot start yet: closing"}},
		}}},
		Accounts: &page.AccountsCard{Title: "Accounts found", Count: "3", Hint: "Collected 21 Nov 18:00 from 3 systems", Rows: []page.AccountRow{
			{System: "host web-1", Account: view.Ref{Label: "sara", Href: "#"}, Role: "sudo", LastUsed: "today 17:21", Match: view.Badge{State: view.Pass, Label: "Confirmed"}, Action: view.Action{Label: "Undo", More: " match of sara", Href: "#", Post: true}},
			{System: "git payroll-core", Account: view.Ref{Label: "sara@larkspur.example", Href: "#"}, Role: "Author", LastUsed: "20 Nov", Match: view.Badge{State: view.Open, Label: "Suggested"}, Action: view.Action{Label: "Confirm", More: " match of sara@larkspur.example", Href: "#", Post: true}},
		}},
		Clocks: []page.Clock{{Term: "Until the last day", Value: "6 days", Used: 19, Limit: 25, Sub: "27 Nov 17:00"}, {Term: "Then, to close 12 accounts", Value: "1 business day", Limit: 1, Sub: "until Mon 30 Nov 17:00, HR-06"}},
		Facts:  &page.PairsCard{Title: "Employment", Pairs: []view.Pair{{Term: "Kind", Value: view.Say("Employee")}, {Term: "Started", Value: view.Say("3 Mar 2025")}, {Term: "Ends", Value: view.Say("27 Nov 2026"), State: view.Warn}, {Term: "Source", Value: view.Say("people.csv, line 35")}}},
		Aside:  []page.AsideCard{{ID: "h-on", Title: "Onboarding, March 2025", Badge: view.Badge{State: view.Pass, Label: "2 of 2"}, Signs: []view.Sign{{State: view.Pass, Text: "Background check", Right: "24 Feb"}, {State: view.Pass, Text: "Contract, confidentiality", Right: "26 Feb"}}}},
	}
}
