package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func owners() []view.Option {
	return []view.Option{{Value: "", Label: "Choose"}, {Value: "1", Label: "Tom Okafor"}, {Value: "2", Label: "Priya Raman"}}
}

func controlForm() page.FormView {
	return page.FormView{
		Head:  view.Head{ID: "AC-04", Title: "Change the control", Answer: view.Say("A change makes version 6. It is in force from the day you choose, never before today, and needs a second person’s approval.")},
		Title: "How it reads",
		Form: view.Form{
			Action: "/controls/AC-04", Submit: "Send for approval", Cancel: view.Ref{Label: "Cancel", Href: "#"}, Hint: "Nothing changes until it is approved.",
			Fields: []view.Input{
				{Name: "title", Label: "Title", Value: "Multi-factor authentication for workforce access", Required: true, Full: true},
				{Name: "statement", Label: "Statement", Hint: "As it will read in the report", Type: "textarea", Value: "Workforce access requires multi-factor authentication.", Full: true},
				{Name: "owner", Label: "Owner", Type: "select", Value: "1", Options: owners()},
				{Name: "frequency", Label: "Frequency", Type: "select", Options: []view.Option{{Value: "daily", Label: "Daily"}, {Value: "quarterly", Label: "Quarterly"}}},
				{Name: "limit", Label: "Fix limit", Hint: "Counts only because the statement names it", Value: "3 days"},
				{Name: "from", Label: "In force from", Type: "date", Value: "2026-12-01"},
			},
		},
		Sections: []page.FormSection{
			{Title: "What shows that it operates", Hint: "One lane for each", Lists: []view.Choices{{Name: "lane", Label: "Checks", Many: true, Options: []view.Choice{{Value: "a", Label: "AWS console users have MFA", Detail: "aws.iam.user.mfa", Checked: true}, {Value: "b", Label: "Okta sign-on policy requires MFA", Detail: "okta.policy.mfa"}}}}},
			{Title: "An activity", Fields: []view.Input{{Name: "activity", Label: "What is done", Optional: true, Full: true}, {Name: "every", Label: "Every", Type: "select", Options: []view.Option{{Value: "3", Label: "3 months"}}}, {Name: "window", Label: "Window", Type: "number", Value: "30", Min: "1", Max: "365"}}},
		},
		Aside: []page.AsideCard{{ID: "h-cri", Title: "Serves", Pairs: []view.Pair{{Term: "Criteria", Tags: []view.Ref{{Label: "CC6.1", Href: "#"}, {Label: "CC6.6", Href: "#"}}}}, Note: "A criterion loses this control only when another covers it."}},
	}
}

func exclusionForm() page.FormView {
	return page.FormView{
		Head:  view.Head{ID: "aws.iam.user.mfa", Title: "Ask to exclude breakglass-01"},
		Title: "Exclusion",
		Form: view.Form{
			Action: "/checks/aws.iam.user.mfa/exclude", Submit: "Ask for approval", Cancel: view.Ref{Label: "Cancel", Href: "#"},
			Problems: view.Problems{Title: "Nothing was saved. 2 things to correct", List: []view.Problem{{Field: "reason", Text: "Give a reason for the exclusion"}, {Field: "until", Text: "Choose a day within 12 months"}}},
			Fields: []view.Input{
				{Name: "reason", Label: "Reason", Hint: "The auditor reads this. Say why the rule does not apply, not that it fails.", Type: "textarea", Full: true, Error: "Enter a reason, for example “break-glass account, sealed, reviewed monthly”"},
				{Name: "until", Label: "Until", Type: "date", Value: "2028-01-01", Error: "The longest exclusion is 12 months"},
				{Name: "approver", Label: "Second person", Type: "select", Options: owners()},
			},
		},
	}
}

func evidenceForm() page.FormView {
	return page.FormView{
		Head:  view.Head{Title: "Add evidence", Back: &view.Ref{Label: "AC-09", Href: "#"}, Answer: view.Text{view.T("For "), view.B("User access review, Q4"), view.T(". It is due on 27 November.")}},
		Title: "What it is",
		Form: view.Form{
			Action: "/evidence", Upload: true, Submit: "Save and seal", Icon: "lock", Cancel: view.Ref{Label: "Cancel", Href: "#"}, Hint: "What is sealed cannot be changed, only replaced by a later one.",
			Fields: []view.Input{
				{Name: "file", Label: "File", Type: "file", Hint: "Up to 50 MB. Its hash goes into the log.", Accept: ".pdf,.png,.csv", Full: true},
				{Name: "from", Label: "Covers from", Type: "date", Value: "2026-07-01"},
				{Name: "to", Label: "Covers to", Type: "date", Value: "2026-09-30"},
				{Name: "note", Label: "What it shows", Type: "textarea", Rows: "2", Full: true, Optional: true},
			},
		},
	}
}

func peopleImport() page.ImportView {
	return page.ImportView{
		Head:  view.Head{Title: "Import people", Answer: view.Say("One line per person. A wrong line is refused and named; the rest is kept.")},
		Title: "File",
		Form: view.Form{Action: "/people/import", Upload: true, Submit: "Import", Icon: "up", Cancel: view.Ref{Label: "Cancel", Href: "#"}, Fields: []view.Input{
			{Name: "file", Label: "CSV file", Type: "file", Accept: ".csv", Full: true, Hint: "UTF-8, first line holds the names of the columns"},
		}},
		Sections: []page.FormSection{{Title: "Columns", Code: &page.FormCode{ID: "sample", Label: "Sample file", Text: "number,name,email,kind,starts,ends\nP-0001,Ada Example,ada@example.com,employee,2024-01-08,\n"}}},
		Result: &page.ImportResult{
			Title: "38 of 41 lines were taken", Badge: view.Badge{State: view.Warn, Label: "Incomplete"}, Sums: []view.Pair{{Term: "New", Value: view.Say("4")}, {Term: "Changed", Value: view.Say("2")}, {Term: "Unchanged", Value: view.Say("32")}, {Term: "Refused", Value: view.Say("3"), State: view.Fail, Line: true}},
			Refused: []page.RefusedRow{{Line: "12", Field: "starts", Value: "31/02/2026", Reason: "There is no such day. Write days as 2026-02-28."}, {Line: "30", Field: "email", Value: "ada@", Reason: "This is not a mail address."}},
			More:    "1 more is in the file", Actions: []view.Action{{Label: "Refused lines as CSV", Href: "#", Icon: "dl"}},
		},
		Aside: []page.AsideCard{{ID: "h-what", Title: "What happens", Text: view.Say("People who are missing from the file are kept. To end an employment, give the day in the column “ends”.")}},
	}
}

func importTry() page.ImportView {
	return page.ImportView{
		Head:  view.Head{Title: "What Assay reads of it", Answer: view.Say("This was a dry run: nothing of it is stored."), Back: &view.Ref{Label: "Another file", Href: "#"}},
		Title: "Bring it in",
		Form:  view.Form{Action: "#", Submit: "Seal it as a collection", Icon: "play", Cancel: view.Ref{Label: "Cancel", Href: "#"}},
		Result: &page.ImportResult{
			Title: "2 of 3 rows would be kept", Badge: view.Badge{State: view.Warn, Label: "Incomplete"},
			Sums:    []view.Pair{{Term: "Rows", Value: view.Say("3")}, {Term: "Kept", Value: view.Say("2")}, {Term: "Refused", Value: view.Say("1"), State: view.Fail}},
			Refused: []page.RefusedRow{{Line: "3", Field: "encrypted", Value: "–", Reason: "“perhaps” is neither true, yes, 1 nor false, no, 0"}},
			Sample: &page.SampleRows{Title: "The first rows as they would be kept", Columns: []string{"Id", "encrypted", "owner"}, Rows: [][]string{
				{"L-1", "true", "Ada Example"}, {"L-3", "false", "–"},
			}},
			More: "The listing would be incomplete: checks over it say unknown, never pass.",
		},
		Aside: []page.AsideCard{{ID: "h-kind", Title: "Laptops", Pairs: []view.Pair{{Term: "Kind", Value: view.Say("acme.device"), Mono: true}, {Term: "Version", Value: view.Say("1")}}}},
	}
}

func connectors() page.ConnectorsView {
	return page.ConnectorsView{
		Head: view.Head{Title: "Connectors", Answer: view.Text{view.B("1 of 3 expires in 2 days."), view.T(" 9 checks stop producing evidence after that.")}, Actions: []view.Action{export("/connectors"), {Label: "Add connector", Href: "#", Icon: "plus", Look: view.Primary}}},
		List: view.List{Query: query("/connectors", ""), Shown: "3 connections", Order: "name"},
		Rows: []page.ConnectorRow{
			{Name: "aws-prod", Href: "#", Product: "AWS", Scope: "3 accounts, 17 regions", Last: "18:00", Next: "tomorrow 06:00", Resources: "1,204", Checks: "58", Badge: view.Badge{State: view.Pass, Label: "Collecting"}},
			{Name: "google-workspace", Href: "#", Product: "Google Workspace", Scope: "larkspur.example", Last: "20 Nov 06:00", LastSub: "rate limit at page 31 of 44", Next: "19:00", Resources: "41", Checks: "9", Badge: view.Badge{State: view.None, Label: "Incomplete"}},
			{Name: "web-1", Href: "#", Product: "Linux host", Scope: "this host", Last: "18:00", Next: "tomorrow 06:00", Resources: "412", Checks: "14", Badge: view.Badge{State: view.Info, Label: "Running"}},
		},
		Suggested: &page.LinesCard{Title: "Suggested", Hint: "From your own records", Lines: []view.Line{{State: view.Open, Lead: "Postmark", Text: "Subprocessor", Right: "2 checks", Sub: "Seen in SPF", Href: "#"}}},
	}
}

func connectionPage() page.ConnectionView {
	return page.ConnectionView{
		Head:     view.Head{Tags: []string{"Linux host"}, Badges: []view.Badge{{State: view.Pass, Label: "Collecting"}}, Title: "web-1", Answer: view.Text{view.T("412 resources at 18:00, "), view.B("3 kinds in part"), view.T(": it runs without root and says what it could not see.")}, Actions: []view.Action{{Label: "Edit", Href: "#"}, {Label: "Collect now", Href: "#", Icon: "play", Look: view.Primary, Post: true}}, More: []view.Action{{Label: "Pause", Href: "#", Post: true}}},
		Progress: &page.Progress{Title: "A collection is running", Words: "212 of about 412 resources, 14 s", Done: 212, Total: 412, Href: "/connection.html", Cancel: view.Action{Label: "Stop", Href: "#", Post: true}},
		Tabs:     []view.Tab{{Label: "Collections", Href: "#", Count: "356", Current: true}, {Label: "Kinds", Href: "#", Count: "12"}}, TabTitle: "Collections",
		List: view.List{Query: query("/connectors/web-1", ""), Pager: view.Pager{Text: "1 – 2 of 356", Next: "x"}},
		Collections: []page.CollectionRow{
			{When: "21 Nov 18:00", Href: "#", Trigger: "schedule", Calls: "31", Resources: "412", Changed: "+2 −1", Took: "3.9 s", Evidence: view.Ref{Label: "E-48209", Href: "#"}, Badge: view.Badge{State: view.Warn, Label: "Part denied"}},
			{When: "21 Nov 06:00", Href: "#", Trigger: "Priya Raman", Calls: "31", Resources: "411", Changed: "none", Took: "3.7 s", Evidence: view.Ref{Label: "E-48170", Href: "#"}, Badge: view.Badge{State: view.Pass, Label: "Complete"}},
		},
		Settings: &page.PairsCard{Title: "Settings", Link: view.Ref{Label: "Edit", Href: "#"}, Pairs: []view.Pair{{Term: "Scope", Value: view.Say("this host")}, {Term: "Schedule", Value: view.Say("daily 06:00, 18:00")}, {Term: "Owner", Who: tom}}},
		Unseen:   &page.LinesCard{Title: "What it could not see", Lines: []view.Line{{State: view.None, Text: "Disk encryption", Sub: "needs root: cryptsetup status"}, {State: view.None, Text: "Firewall rules", Sub: "needs root: nft list ruleset"}}},
		Checks:   &page.LinesCard{Title: "Checks fed", Lines: []view.Line{{State: view.Pass, Text: "Root cannot sign in by password", Right: "linux.sshd.root", Href: "#"}}},
	}
}

func connectionKinds() page.ConnectionView {
	v := connectionPage()
	v.Tabs[0].Current, v.Tabs[1].Current = false, true
	v.TabTitle, v.Collections, v.Progress, v.List = "Kinds", nil, nil, view.List{}
	v.Kinds = []page.KindRow{
		{Kind: "linux.account", Href: "#", Facets: "account", Count: "31", Upstream: "31", Backfill: "from today", Badge: view.Badge{State: view.Pass, Label: "Complete"}},
		{Kind: "linux.disk", Facets: "host", Count: "0", Upstream: "–", Backfill: "from today", Badge: view.Badge{State: view.None, Label: "Denied"}},
	}
	return v
}

func wizard(at int, h view.Head) page.ConnectView {
	steps := []view.Step{{Label: "Choose", Href: "#"}, {Label: "Grant", Href: "#"}, {Label: "Dry run"}}
	for i := range steps {
		steps[i].Done = i < at
	}
	return page.ConnectView{Head: h, Steps: steps, At: at}
}

func connectChoose() page.ChooseView {
	pick := func(label string, cs ...view.Choice) view.Choices {
		return view.Choices{Name: "connector", Label: label, Options: cs}
	}
	groups := []view.Choices{
		pick("Host and code", view.Choice{Value: "linux", Label: "Linux host", Detail: "This host, without root. 14 checks"}, view.Choice{Value: "git", Label: "Git repository", Detail: "Local or reachable. 9 checks"}),
		pick("Something else", view.Choice{Value: "import", Label: "CSV, JSON or NDJSON", Detail: "Any list, with a schema that you declare"}),
	}
	return page.ChooseView{
		ConnectView: wizard(0, view.Head{Notes: []string{"New connector"}, Title: "What do you want to connect?", Answer: view.Text{view.B("3 systems are connected"), view.T(" and feed 81 of 184 checks.")}}),
		Form:        view.Form{Action: "/connectors/new", Submit: "Continue", Cancel: view.Ref{Label: "Cancel", Href: "#"}},
		Suggested:   &view.Choices{Name: "connector", Label: "Suggested for Larkspur", Options: []view.Choice{{Value: "dr", Label: "AWS account larkspur-dr", Detail: "In your organization since 4 Nov, not yet collected", Checked: true}}}, SuggestedHint: "From sign-on, DNS and AWS Organizations",
		AllTitle: "All 3 connectors", Groups: groups,
		Connected: &page.LinesCard{Title: "Connected now", Lines: []view.Line{{State: view.Warn, Text: "google-workspace", Right: "expires 23 Nov", Late: true, Sub: "41 people, 9 checks. Reconnect first", Href: "#"}, {State: view.Pass, Text: "aws-prod", Right: "18:00", Sub: "3 accounts, 58 checks", Href: "#"}}},
		Notice:    view.Notice{State: view.Info, Text: view.Text{view.B("Why another account matters."), view.T(" A check whose population leaves an account out is incomplete.")}},
	}
}

func connectGrant() page.GrantView {
	return page.GrantView{
		ConnectView: wizard(1, view.Head{Tags: []string{"AWS"}, Notes: []string{"larkspur-dr"}, Title: "Grant read access", Answer: view.Text{view.T("Create one role with "), view.B("23 read permissions"), view.T(". It cannot change anything.")}}),
		Ways: []page.GrantWay{{ID: "h-pol", Title: "Permission policy", Hint: "To copy", Text: "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"iam:ListUsers\"], \"Resource\": \"*\"}]\n}", Note: "Version 12 of 30 Oct 2026", Files: []view.Action{{Label: "soc2-readonly.json", Href: "#", Icon: "dl"}}}, {
			ID: "h-role", Title: "A role, in one of three forms", Steps: []string{"Make a user.", "Make the role."},
			Forms: []page.GrantForm{{ID: "f1", Title: "JSON", Text: "{}"}, {ID: "f2", Title: "Terraform", Text: "resource \"aws_iam_role\" \"assay\" {}"}},
		}},
		Title: "Then tell us where it is",
		Form: view.Form{Action: "#", Submit: "Test and dry run", Cancel: view.Ref{Label: "Back", Href: "#"}, Hint: "Nothing is stored until you start collection on the next screen.", Fields: []view.Input{
			{Name: "arn", Label: "Role ARN", Hint: "Shown by AWS after the role is created", Value: "arn:aws:iam::883011742096:role/soc2-readonly", Mono: true}, {Name: "name", Label: "Name here", Value: "aws-dr"}, {Name: "owner", Label: "Owner, told when it breaks", Type: "select", Options: owners()}, {Name: "key", Label: "Token", Type: "password", Auto: "off"},
		}},
		Reads: []page.ReadRow{{What: "IAM", For: "users, MFA, key age", Checks: "14"}, {What: "S3", For: "settings of buckets", Checks: "12"}}, ReadsOf: "Service",
		Unread: []view.Sign{{State: view.None, Text: "Objects in S3"}, {State: view.None, Text: "Rows in databases"}}, Undo: "Delete the role. Checks then show “no evidence” from the next run; what was collected stays, with its proof.",
	}
}

func connectTry() page.TryView {
	return page.TryView{
		ConnectView: wizard(2, view.Head{Tags: []string{"AWS"}, Notes: []string{"aws-dr"}, Badges: []view.Badge{{State: view.Info, Label: "Dry run, nothing stored"}}, Title: "214 resources would be collected", Answer: view.Text{view.T("The role works. "), view.B("56 of 58 checks"), view.T(" can start now; "), view.B("1 call was denied"), view.T(", which leaves 2 checks without evidence.")}}),
		Counted:     true,
		Checks:      &page.LinesCard{Title: "Checks that will start", Lines: []view.Line{{State: view.None, Lead: "aws.iam.user.mfa", Text: "Users with a password have a second factor"}}},
		FoundHint:   "21 Nov 2026 18:44, 6.1 seconds, 91 calls", FoundNote: "The independent count comes from a second source, so that a missing page is noticed.",
		Found: []page.FoundRow{
			{Kind: "IAM users", Found: "4", Counts: "4", Calls: "6", Pages: "1", First: "backup-admin, tom.o, drill-1, drill-2", Badge: view.Badge{State: view.Pass, Label: "Agrees"}},
			{Kind: "Encryption keys", Found: "5", Counts: "5", Calls: "6", Pages: "1", First: "alias/dr-backup, alias/dr-rds, …", Badge: view.Badge{State: view.Warn, Label: "Part denied"}},
		},
		Denied:   []page.DeniedCard{{ID: "h-den", Title: "1 call was denied", Text: view.Text{view.C("kms:GetKeyRotationStatus"), view.T(" on "), view.C("alias/dr-backup"), view.T(": the key’s own policy does not mention the role.")}, Code: "{ \"Effect\": \"Allow\" }", Action: view.Action{Label: "Try again", Href: "#", Icon: "loop", Post: true}}},
		Fails:    []page.WouldFail{{Check: view.Ref{Label: "AWS console users have MFA", Href: "#"}, Why: "drill-1 and drill-2 have none", Control: view.Ref{Label: "AC-04", Href: "#"}, FixLimit: "3 days", Due: view.Due{Text: "24 Nov", State: view.Warn}}},
		Start:    page.StartCard{Title: "Start collection", Sums: []view.Pair{{Term: "Can start", Value: view.Say("56"), State: view.Pass}, {Term: "Without evidence, call denied", Value: view.Say("2"), State: view.Warn}, {Term: "Fail today", Value: view.Say("3"), State: view.Warn, Line: true}}, Form: view.Form{Action: "#", Submit: "Start collection", Icon: "play"}, Choices: []view.Choices{{Name: "period", Label: "From which day do these results count?", Options: []view.Choice{{Value: "a", Label: "From today", Checked: true}, {Value: "b", Label: "From the next period"}}}}, Later: view.Action{Label: "Save, start later", Href: "#"}, Note: "Then daily at 06:00 and 18:00."},
		Manifest: &page.PairsCard{Title: "Manifest of this dry run", Pairs: []view.Pair{{Term: "Answered", Value: view.Say("90 of 91 calls")}, {Term: "Stored", Value: view.Say("nothing")}}, Note: "The same list is kept with every collection."},
	}
}
