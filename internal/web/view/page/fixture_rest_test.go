package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func logPage() page.LogView {
	return page.LogView{
		Head: view.Head{Title: "Audit log and verification", Answer: view.Text{view.B("48,211 entries, unbroken."), view.T(" Verified from the first to the last at 18:32.")}, Actions: []view.Action{export("/log"), {Label: "Verify now", Href: "#", Icon: "check", Look: view.Primary, Post: true}}},
		List: view.List{Query: query("/log", ""), Find: view.Find{Label: "Filter entries", Hint: "Filter by what or object"}, Chips: []view.Chip{{Name: "who", Label: "Who", Any: "anyone", Options: []view.Option{{Value: "a", Label: "Priya Raman"}}}, {Name: "kind", Label: "Kind", Options: nil}}, Pager: view.Pager{Text: "1 – 4 of 40 today, 48,211 in all", Next: "x", Size: 100}},
		Rows: []page.LogRow{
			{When: "18:01:40", Who: "Priya Raman", What: "Control changed", On: view.Ref{Label: "AC-04", Href: "#"}, OnSub: "version 6", From: "10.4.0.21"},
			{Entry: "48,210", Sure: true, When: "18:00:52", Who: "Owen Finch", Role: view.Badge{State: view.Auditor, Label: "Auditor"}, What: "Evidence opened", On: view.Ref{Label: "E-48209", Href: "#"}, From: "193.10.7.4"},
			{Entry: "48,209", Sure: true, When: "18:00:09", Who: "aws-prod", System: true, What: "Evidence stored, incomplete", On: view.Ref{Label: "aws.kms.rotation", Href: "#"}, From: "server"},
			{Entry: "48,187", When: "14:10:02", Who: "Marcus Lindqvist", What: "Signed in", On: view.Ref{Label: "–"}, From: "81.226.3.90"},
		},
		Verified:   &page.VerifiedCard{Title: "Last verification", Badge: view.Badge{State: view.Pass, Label: "Unbroken"}, Signs: []view.Sign{{State: view.Pass, Text: "48,211 entries hashed again", Right: "1.8 s"}, {State: view.Pass, Text: "Tree head equals 9f2c…b71e"}, {State: view.Pass, Text: "Grew from yesterday’s head"}}, Note: "Every hour at :32 and after each restore."},
		Checkpoint: &page.PairsCard{Title: "Checkpoint", Pairs: []view.Pair{{Term: "Size", Value: view.Say("48,211")}, {Term: "Root", Value: view.Say("9f2c…b71e"), Mono: true}}, Link: view.Ref{Label: "Download", Href: "#"}},
		Proves:     proves(),
	}
}

func proves() *page.ProvesCard {
	return &page.ProvesCard{Proven: "nothing that was recorded has been changed, removed or slipped in since.", NotProven: "that what was recorded is true. Anyone can check it, without us:", Verify: []view.TermLine{{Prompt: true, Text: "assay log verify checkpoint-48211"}, {Mark: "ok", State: view.Pass, Text: "48,211 entries, head"}}, Link: view.Ref{Label: "Public page: /verify", Href: "/verify"}}
}

func verification() page.VerificationView {
	return page.VerificationView{
		Head:  view.Head{Title: "The log is unbroken", Badges: []view.Badge{{State: view.Pass, Label: "Verified 18:32"}}, Answer: view.Say("48,211 entries were hashed again, from the first to the last, in 1.8 seconds."), Actions: []view.Action{{Label: "Verify again", Href: "#", Icon: "check", Look: view.Primary, Post: true}}},
		Badge: view.Badge{State: view.Pass, Label: "3 of 3"}, Steps: proofSteps(),
		Checkpoint: "larkspur.example/assay\n48211\nnyyLlrM6S7bJvYc0lY6Oq1k1m3Q2m8rO0mJtqf5w7bE=\n\n— larkspur.example/assay Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=",
		Files:      []view.Action{{Label: "Checkpoint", Href: "#", Icon: "dl"}, {Label: "Public key", Href: "#", Icon: "dl"}},
		Facts:      &page.PairsCard{Title: "Log", Pairs: []view.Pair{{Term: "Origin", Value: view.Say("larkspur.example/assay")}, {Term: "Entries", Value: view.Say("48,211")}}},
		Runs:       []page.VerificationRun{{When: "17:32", Trigger: "schedule", Entries: "48,190", Took: "1.8 s", Badge: view.Badge{State: view.Pass, Label: "Unbroken"}}},
		Proves:     proves(),
	}
}

func public(title, brand string) view.Shell {
	return view.Shell{Org: "Larkspur", Title: title, Brand: brand}
}

func verifyForm() page.VerifyForm {
	return page.VerifyForm{Title: "Check another one", Hint: "Only the fingerprint is compared. The file is not stored", Form: view.Form{Action: "/verify", Upload: true, Submit: "Verify", Hint: "Changed by one letter, the answer is no.", Fields: []view.Input{{Name: "file", Label: "File", Type: "file"}}}}
}

func entryForm() page.VerifyForm {
	return page.VerifyForm{Title: "Find an entry", Hint: "No file is needed", Form: view.Form{Action: "/verify", Submit: "Find", Fields: []view.Input{{Name: "entry", Label: "Its hash or id", Mono: true, Sample: "64 characters"}}}}
}

func verifyGood() page.VerifyView {
	return page.VerifyView{
		State: view.Pass, Title: "This document is recorded and unchanged", Answer: view.Text{view.B("access-review-2026q3.pdf"), view.T(" is byte for byte the file that Larkspur recorded on "), view.B("25 August 2026 at 14:12"), view.T(".")}, Badge: view.Badge{State: view.Pass, Label: "3 of 3"}, Steps: proofSteps(),
		Facts: []view.Pair{{Term: "Kind", Value: view.Say("Uploaded evidence")}, {Term: "Recorded", Value: view.Say("25 Aug 2026 14:12:06")}}, Notice: view.Notice{State: view.Info, Text: view.Text{view.B("Proven:"), view.T(" the file is the one recorded on that day. "), view.B("Not proven:"), view.T(" that its content is right.")}}, Form: verifyForm(), Entry: entryForm(),
		Verify: []view.TermLine{{Prompt: true, Text: "assay verify access-review-2026q3.pdf --proof proof-9307.json --key larkspur-2026.pub"}, {Mark: "ok", State: view.Pass, Text: "file hash, inclusion, head signature      no server was asked"}}, Files: []view.Action{{Label: "proof-9307.json", Href: "#", Icon: "dl"}},
	}
}

func verifyBad() page.VerifyView {
	return page.VerifyView{State: view.Fail, Title: "This file is not in the log", Answer: view.Say("Either it was never recorded here, or it was changed. Keep the file, and ask whoever gave it to you."), Form: verifyForm()}
}

func verifyAsk() page.VerifyView {
	f := verifyForm()
	f.Title = "Check a file"
	return page.VerifyView{Title: "Is this document unchanged?", Answer: view.Say("Give a file, or its hash. Anyone may ask."), Form: f}
}

func settingsTabs(current string) []view.Tab {
	var tabs []view.Tab
	for _, l := range []string{"Organization", "Programs", "Users", "Sessions", "Appearance"} {
		tabs = append(tabs, view.Tab{Label: l, Href: "#", Current: l == current})
	}
	return tabs
}

func settingsOrganization() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Organization"), Forms: []page.SettingsForm{{Title: "Organization", Form: view.Form{Action: "#", Submit: "Save", Hint: "The log notes what was changed, by whom.", Fields: []view.Input{{Name: "name", Label: "Legal name", Value: "Larkspur AB", Auto: "organization"}, {Name: "zone", Label: "Time zone", Type: "select", Hint: "Days are counted in it. A change takes effect with the next period.", Options: []view.Option{{Value: "a", Label: "Europe/Stockholm"}}}, {Name: "what", Label: "Service the report covers", Type: "textarea", Full: true}}}}}}
}

func settingsPrograms() page.SettingsView {
	return page.SettingsView{
		Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Programs"),
		Programs:    &page.ProgramsCard{Action: view.Action{Label: "Add", Href: "#", Icon: "plus"}, Rows: []page.ProgramRow{{Name: view.Ref{Label: "FY26", Href: "#"}, Type: "Type 2", Categories: "Security, Availability", Dates: "1 Dec 2025 – 30 Nov 2026", Zone: "Europe/Stockholm", Badge: view.Badge{State: view.Info, Label: "Running"}}}},
		NotRelevant: &page.NotRelevantCard{Action: view.Action{Label: "Add", Href: "#", Icon: "plus"}, Rows: []page.NotRelevantRow{{Criterion: view.Ref{Label: "P3.2", Href: "#"}, Reason: "No sensitive information is collected.", By: "Priya Raman", Badge: view.Badge{State: view.Warn, Label: "Asked"}, Action: view.Action{Label: "Approve", More: " P3.2", Href: "#", Post: true}}}},
	}
}

func settingsUsers() page.SettingsView {
	return page.SettingsView{
		Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Users"),
		Users:   &page.UsersCard{Count: "2", Rows: []page.UserRow{{Who: priya, Mail: "priya@larkspur.example", Role: "Administrator", Since: "1 Nov 2024", LastIn: "today 08:01", Badge: view.Badge{State: view.Pass, Label: "Active"}}, {Who: tom, Mail: "tom@larkspur.example", Role: "Control owner", Since: "2 Nov 2024", LastIn: "today 09:12", Badge: view.Badge{State: view.Pass, Label: "Active"}, Actions: []view.Action{{Label: "Change", More: " Tom Okafor", Href: "#"}}}}},
		Invites: &page.InvitesCard{Link: "https://assay.larkspur.example/invite/7Qm2h9Rk44xdTzuV7Qm2h9Rk44xdTzuV7Qm2h9Rk44xdTzuV", LinkNote: "Send it yourself, by a way you trust. It works once, until 24 Nov 18:00, and is shown only now.", Rows: []page.InviteRow{{Mail: "elena@larkspur.example", Role: "Control owner", By: "Priya Raman", Until: view.Due{Text: "24 Nov 18:00"}, Action: view.Action{Label: "Withdraw", More: " invitation of elena@larkspur.example", Href: "#", Post: true}}}},
		Forms:   []page.SettingsForm{{Title: "Invite somebody", Form: view.Form{Action: "#", Submit: "Make a link", Fields: []view.Input{{Name: "mail", Label: "Mail address", Type: "email"}, {Name: "role", Label: "Role", Type: "select", Options: []view.Option{{Value: "owner", Label: "Control owner"}}}}}}},
		Roles:   &page.RolesCard{Roles: []string{"Administrator", "Control owner", "Auditor"}, Rows: []page.RoleRow{{Permission: "control.edit", Words: "Change controls", May: []bool{true, false, false}}, {Permission: "evidence.read", Words: "Read evidence", May: []bool{true, true, true}}}},
	}
}

func settingsSessions() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Sessions"), Sessions: &page.SessionsCard{Title: "Where you are signed in", Action: view.Action{Label: "Sign out everywhere else", Href: "#", Post: true}, Rows: []page.SessionRow{{Device: "Firefox on Linux", Address: "10.4.0.21", Since: "today 08:01", Last: "now", Current: true}, {Device: "Safari on iPhone", Address: "81.226.3.90", Since: "19 Nov", Last: "20 Nov", Action: view.Action{Label: "Sign out", More: " Safari on iPhone", Href: "#", Post: true}}}}}
}

func passkeyAsked(create bool) *page.PasskeyForm {
	f := &page.PasskeyForm{Action: "#", Options: `{"challenge":"AA"}`, Submit: "Use a passkey", Primary: true, Hidden: []view.Hidden{{Name: "ceremony", Value: "x"}}}
	if create {
		f.Create, f.Submit, f.Primary = true, "Make a passkey", false
		f.Fields = []view.Input{{Name: "name", Label: "Name", Value: "Firefox on Linux"}}
	}
	return f
}

func settingsFactors() page.SettingsView {
	return page.SettingsView{
		Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Sessions"), NewPasskey: passkeyAsked(true),
		Recovery: &page.RecoveryCard{Text: "abcd-efgh-ijkl-mnop\nqrst-uvwx-yz23-4567", Note: "They are shown only now."},
		Factors: &page.FactorsCard{Rows: []page.FactorRow{
			{Name: "Laptop", Kind: "Passkey, synced", Since: "1 Nov", Last: "today 08:01", Badge: view.Badge{State: view.Pass, Label: "Cannot be phished"}, Actions: []view.Action{{Label: "Change", More: " Laptop", Href: "#"}}},
			{Name: "Authenticator app", Kind: "Code of 6 digits", Since: "–", Last: "–", Badge: view.Badge{State: view.Open, Label: "Not set up"}, Actions: []view.Action{{Label: "Set up", More: " an authenticator app", Href: "#"}}},
			{Name: "Recovery codes", Kind: "2 codes left", Since: "–", Last: "–", Badge: view.Badge{State: view.Warn, Label: "Nearly used up"}, Actions: []view.Action{{Label: "Make new ones", Href: "#", Post: true}}},
		}},
	}
}

func settingsFactorsNone() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Sessions"), Factors: &page.FactorsCard{}}
}

func appSetUp() page.AppView {
	return page.AppView{
		Head: view.Head{Title: "Set up an authenticator app", Answer: view.Say("Any app for time-based codes will do.")}, Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		Form: view.Form{Action: "#", Submit: "Turn it on", Cancel: view.Ref{Label: "Cancel", Href: "#"}, Fields: []view.Input{{Name: "code", Label: "Code", Auto: "one-time-code", Mono: true}}},
	}
}

func signInSecond() page.SignInView {
	return page.SignInView{Title: "One more step", Detail: "for priya@larkspur.example", Passkey: passkeyAsked(false), Form: view.Form{Action: "#", Submit: "Continue", Fields: []view.Input{{Name: "code", Label: "Code of the authenticator app", Hint: "6 digits, or a recovery code", Auto: "one-time-code", Mono: true}}}}
}

func settingsAppearance() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Appearance"), Forms: []page.SettingsForm{{Form: view.Form{Action: "#", Submit: "Save"}, Sections: []page.FormSection{{Title: "Look", Picks: []view.Choices{{Name: "theme", Label: "Theme", Options: []view.Choice{{Value: "", Label: "As the system", Checked: true}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}}}, {Name: "density", Label: "Rows", Options: []view.Choice{{Value: "", Label: "Dense", Checked: true}, {Value: "comfortable", Label: "Comfortable"}}}}}, {Title: "Keys", Lists: []view.Choices{{Name: "keys", Label: "One-letter keys", Quiet: true, Many: true, Options: []view.Choice{{Value: "on", Label: "Use one-letter keys", Detail: "? lists them", Checked: true}}}}}}}}}
}

func search() page.SearchView {
	return page.SearchView{Head: view.Head{Title: "3 things match “mfa”"}, Groups: []page.SearchGroup{
		{ID: "h-c", Title: "Controls", Count: "1", All: view.Ref{Label: "In the list", Href: "#"}, Hits: []page.SearchHit{{ID: "AC-04", Title: "Multi-factor authentication for workforce access", Href: "#", Sub: "… enrolled before first use; MFA exemptions …", Badge: view.Badge{State: view.Fail, Label: "1 deviation"}}}},
		{ID: "h-k", Title: "Checks", Count: "2", Hits: []page.SearchHit{{ID: "aws.iam.user.mfa", Title: "AWS console users have MFA", Href: "#", Badge: view.Badge{State: view.Warn, Label: "14 hours left"}}, {Title: "Okta sign-on policy requires MFA", Href: "#"}}},
	}}
}

func searchEmpty() page.SearchView {
	return page.SearchView{Head: view.Head{Title: "Nothing matches “mfx”"}, Empty: &view.Empty{Kind: view.NoneMatch, Title: "Nothing matches “mfx”", Text: view.Say("Ids, titles, people, resources and evidence were searched."), Actions: []view.Action{{Label: "All controls", Href: "#"}}}}
}

func conflict() page.TroubleView {
	text := "The branch rule was switched off for 41 minutes to correct the tax table before a pay run."
	return page.TroubleView{
		Code: "409", Kept: "Nothing is lost", Title: "Someone else changed this while you were writing", Answer: view.Text{view.T("Your text for "), view.B("CM-03, management response"), view.T(" was not saved, because Tom Okafor saved his at "), view.B("18:41"), view.T(".")}, Number: "01JD-7K2M-Q4",
		Clash: &page.Clash{
			TheirsTitle: "Saved, Tom Okafor 18:41", YoursTitle: "Yours, not saved", Theirs: view.Text{view.T(text), view.Ins(" Since 18 September only two people can switch the rule off.")}, Yours: view.Text{view.T(text), view.Del(" Nobody noticed.")},
			Form: view.Form{Action: "#", Submit: "Save combined text", Problems: view.Problems{Title: "Nothing was saved. 1 thing to decide", List: []view.Problem{{Field: "text", Text: "Choose or combine the two texts"}}}, Fields: []view.Input{{Name: "text", Label: "Combined text, change it as you like", Type: "textarea", Rows: "4", Value: text, Full: true}}}, Keep: view.Action{Label: "Keep Tom’s", Href: "#"},
		},
	}
}

func setup(at int) page.SetupView {
	steps := []view.Step{{Label: "Administrator", Href: "#"}, {Label: "Organization and scope", Href: "#"}, {Label: "First connector", Href: "#"}, {Label: "Suggested controls", Href: "#"}}
	for i := range steps {
		steps[i].Done = i < at
	}
	v := page.SetupView{Steps: steps, At: at}
	switch at {
	case 0:
		v.Title = "Create the first administrator"
		v.Answer = view.Text{view.T("This server has no users yet. Paste the "), view.B("one-time token"), view.T(" that "), view.C("assay serve"), view.T(" printed in your terminal; it works once.")}
		v.Form = view.Form{Action: "#", Submit: "Create administrator", Hint: "One person alone should not be able to lock everyone out: invite a second one soon.", Fields: []view.Input{{Name: "token", Label: "One-time token", Hint: "Lost it? Restart the server.", Mono: true, Full: true, Auto: "off"}, {Name: "name", Label: "Your name", Auto: "name", Hint: "As it will appear in the audit log"}, {Name: "email", Label: "Work email", Type: "email", Auto: "email", Hint: "Also your user name"}, {Name: "password", Label: "Password", Type: "password", Auto: "new-password", Hint: "14 characters or more; paste and password managers work", Full: true}}}
		v.Cards = []page.AsideCard{{ID: "h-srv", Title: "This server", Badge: view.Badge{State: view.Pass, Label: "4 of 4 checks passed"}, Pairs: []view.Pair{{Term: "Version", Value: view.Say("0.1.0")}, {Term: "Database", Value: view.Say("SQLite, 41 GB free")}}}, {ID: "h-key", Title: "Signing key created", Text: view.Say("Evidence and the log are signed with this key from the first entry on."), Pairs: []view.Pair{{Term: "Fingerprint", Value: view.Say("3f61 09ac 8d27 b4e0 51c2 77fe 9a10 c6d8"), Mono: true}}}}
	case 1:
		v.Title = "What should the report be about?"
		v.Answer = view.Text{view.T("With these answers you need "), view.B("Security"), view.T(" only: 33 criteria, 82 suggested controls.")}
		v.Form = view.Form{Action: "#", Submit: "Save and continue", Cancel: view.Ref{Label: "Back", Href: "#"}, Fields: []view.Input{{Name: "org", Label: "Organization, legal name", Auto: "organization"}, {Name: "service", Label: "Service the report covers"}}}
		v.Skip = view.Ref{Label: "Skip for now", Href: "#"}
		v.Sections = []page.FormSection{{Picks: []view.Choices{{Name: "category", Label: "Trust services categories", Hint: "Security is always included. Add another only if you promise it to customers in writing.", Many: true, Options: []view.Choice{{Value: "s", Label: "Security", Detail: "33 criteria, CC1 to CC9. Always in scope", Checked: true, Disabled: true}, {Value: "a", Label: "Availability", Detail: "3 more. If you have an uptime commitment"}}}, {Name: "type", Label: "Which report, and when?", Options: []view.Choice{{Value: "1", Label: "Type 1, on one day"}, {Value: "2", Label: "Type 2, over a period", Checked: true}, {Value: "0", Label: "I do not know yet"}}}}}, {Fields: []view.Input{{Name: "d1", Label: "Period starts", Type: "date", Value: "2027-01-01"}, {Name: "d2", Label: "Period ends", Type: "date", Value: "2027-06-30", Hint: "3 months is the shortest most firms accept for a first report"}}}}
	case 2:
		v.Title = "Connect one system, or none"
		v.Answer = view.Say("This host and its repositories can start 23 checks today.")
		v.Heading, v.Hint = "Found here", "Nothing was signed in to."
		v.Form = view.Form{Action: "#", Submit: "Show what will be read", Cancel: view.Ref{Label: "Back", Href: "#"}}
		v.Skip = view.Ref{Label: "Skip for now", Href: "#"}
		v.Sections = []page.FormSection{{Picks: []view.Choices{{Name: "connector", Label: "First connector", Quiet: true, Options: []view.Choice{{Value: "l", Label: "Linux host", Detail: "This host. 14 checks, about a minute", Checked: true}, {Value: "g", Label: "Git repository", Detail: "9 checks"}, {Value: "", Label: "Nothing yet", Detail: "Evidence by hand; connect later under Connectors"}}}}}}
		v.Notices = []view.Notice{{State: view.Info, Icon: "lock", Text: view.Text{view.B("Read only, and you see the exact permissions first."), view.T(" A dry run lists what would be read before anything is stored.")}}}
		v.Running = &page.RunningCard{Title: "Already running, without a connector", Count: "2", Badge: view.Badge{State: view.Warn, Label: "1 of 2 fails"}, Rows: []page.RunningRow{{Check: "Two people can administer this installation", Found: "1 administrator", Control: "AC-01", Badge: view.Badge{State: view.Warn, Label: "Fail"}}, {Check: "The log is unbroken", Found: "12 entries", Control: "LG-01", Badge: view.Badge{State: view.Pass, Label: "Pass"}}}}
	default:
		v.Title = "82 controls cover your 33 criteria"
		v.Answer = view.Text{view.B("51 are ready or collect themselves."), view.T(" 31 need a person. Adopt all of them now and change any of them later.")}
		v.Heading = "Suggested for a small cloud service, Security only"
		v.Form = view.Form{Action: "#", Submit: "Adopt 82 controls and open Readiness", Cancel: view.Ref{Label: "Back", Href: "#"}}
		v.Areas = []page.AreaRow{{Name: "ac", Label: "Access", Checked: true, Examples: "MFA, approval before access, quarterly review, leavers", Controls: "19", Ready: 15, All: 19, Owner: "Nora Brandt"}, {Name: "pe", Label: "People", Examples: "Background check, training", Controls: "11", Ready: 0, All: 11, Owner: "Not decided"}}
		v.Notices = []view.Notice{{State: view.Warn, Icon: "people", Text: view.Text{view.B("One area has no owner."), view.T(" Invite a colleague, or take it yourself for now.")}}}
	}
	return v
}

func setupShell() view.Shell {
	return view.Shell{Org: "Assay", Brand: "set-up", Title: "Set up", Aside: view.Say("About 9 minutes. Saved after each step, so you can stop and come back.")}
}

func signIn() page.SignInView {
	return page.SignInView{Title: "Sign in to Larkspur", Detail: "Security and compliance records, on assay.larkspur.example", Form: view.Form{Action: "/signin", Submit: "Sign in", Icon: "key", Fields: []view.Input{{Name: "email", Label: "Work email", Type: "email", Auto: "username"}, {Name: "password", Label: "Password", Type: "password", Auto: "current-password"}}}, Links: []view.Ref{{Label: "Lost your password?", Href: "#"}, {Label: "Verify a document", Href: "/verify"}}, Small: view.Say("Signed out after 30 minutes without activity. Sign-ins are written to the audit log.")}
}

func signInRefused() page.SignInView {
	v := signIn()
	v.Form.Problems = view.Problems{Title: "You are not signed in", List: []view.Problem{{Field: "email", Text: "The mail address and the password do not belong together."}}}
	v.Ways = []view.Action{{Label: "See it as the security lead", Href: "#", Post: true}, {Label: "See it as the auditor", Href: "#", Post: true}}
	v.Notes = []view.Notice{{Icon: "siren", Text: view.Text{view.B("Something looks wrong?"), view.T(" Tell an administrator.")}}}
	return v
}

func invite() page.SignInView {
	return page.SignInView{Title: "Join Larkspur", Detail: "Priya Raman invites you", Facts: []view.Pair{{Term: "Role", Value: view.Say("Control owner")}, {Term: "Works until", Value: view.Say("24 Nov 18:00")}}, Form: view.Form{Action: "#", Submit: "Create account", Hint: "Your name will stand in the audit log.", Fields: []view.Input{{Name: "name", Label: "Your name", Auto: "name"}, {Name: "email", Label: "Work email", Type: "email", Value: "elena@larkspur.example", Auto: "username"}, {Name: "password", Label: "Password", Type: "password", Auto: "new-password", Hint: "14 characters or more"}}}}
}

func criterion() page.CriterionView {
	return page.CriterionView{
		Head:     view.Head{ID: "CC6.1", Title: "Access to systems and data is restricted", Answer: view.Text{view.B("2 controls"), view.T(" serve it; one has a deviation.")}},
		Licensed: &page.LicensedCard{Hint: "2022 edition", Text: []string{"A first paragraph, in words that are the publisher’s.", "A second."}, Note: "The organization’s own licensed copy."},
		Points:   [][]view.Cell{{{Text: "CC6.1-01", Mono: true}, {Text: "Know every store of information that needs protection"}, {Text: "Words of the publisher"}, {Text: "2017"}}}, LicensedPoints: true,
		Note:     "Our own words.",
		Controls: &page.LinesCard{Title: "Controls", Lines: []view.Line{{State: view.Fail, Lead: "AC-04", Text: "Multi-factor authentication", Right: "strong", Href: "#"}}},
		Facts:    &page.PairsCard{Title: "About it", Pairs: []view.Pair{{Term: "Series", Value: view.Say("CC6")}}},
		AskTitle: "Leave it out", Ask: &view.Form{Action: "#", Submit: "Ask for approval", Fields: []view.Input{{Name: "reason", Label: "Reason", Type: "textarea", Full: true}}},
	}
}

func settingsTokens() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Sessions"), Tokens: &page.TokensCard{
		Secret: "assay_7Qm2h9Rk44xdTzuV7Qm2h9Rk44xdTzuV", SecretNote: "It is shown only now.",
		Rows: []page.TokenRow{{Name: "CI", Role: "Reader", By: "Priya Raman", Since: "1 Nov", Last: "today", Until: view.Due{Text: "1 Feb"}, Badge: view.Badge{State: view.Pass, Label: "Works"}, Action: view.Action{Label: "End", More: " CI", Href: "#", Post: true}}},
	}}
}

func settingsSSO() page.SettingsView {
	return page.SettingsView{Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Sessions"), Domains: &page.DomainsCard{Rows: []page.DomainRow{
		{Name: "larkspur.example", Since: "1 Nov", Badge: view.Badge{State: view.Pass, Label: "Verified"}, Actions: []view.Action{{Label: "Remove", More: " larkspur.example", Href: "#", Post: true}}},
		{
			Name: "larkspur.test", Since: "2 Nov", Record: "_assay-challenge.larkspur.test", Value: "assay-domain-verification=0c9d5d2cbd1f4b6ea3a1f7c2d0e4b19a77a1c0de",
			Badge: view.Badge{State: view.Open, Label: "Not verified"}, Actions: []view.Action{{Label: "Look now", More: " for the record of larkspur.test", Href: "#", Post: true}},
		},
	}}, Issuers: &page.IssuersCard{Rows: []page.IssuerRow{{
		Name: view.Ref{Label: "Okta", Href: "#"}, Kind: "OpenID Connect", Location: "https://larkspur.okta.example", Newcomers: "become viewer", Last: "today", Badge: view.Badge{State: view.Pass, Label: "Active"},
	}}}}
}

func settingsMail() page.SettingsView {
	return page.SettingsView{
		Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Mail"), Mail: &page.MailCard{Action: view.Action{Label: "Send me a message", Href: "#", Post: true}, Rows: []page.MailRow{
			{Subject: "Larkspur: 3 things wait for you, 1 late", Text: "Larkspur, 22 Nov 2026\n\nLate\n- Periodic user access review (IAM-09), until 20 Nov 24:00\n  https://assay.larkspur.example/tasks\n", To: "tom@larkspur.example", Written: "22 Nov 08:04", Badge: view.Badge{State: view.Pass, Label: "sent"}},
			{Subject: "Larkspur: AWS production has brought nothing since 20 Nov", Text: "…", To: "priya@larkspur.example", Written: "22 Nov 07:14", Badge: view.Badge{State: view.Warn, Label: "again at 22 Nov 08:14"}, Problem: "mail server mail.example.com:465: dial tcp: connection refused"},
		}},
	}
}

func settingsMailNone() page.SettingsView {
	return page.SettingsView{
		Head: view.Head{Title: "Settings"}, Tabs: settingsTabs("Mail"), Mail: &page.MailCard{Empty: "Nothing was written yet. Where nothing waits and nothing happens, nothing is written."},
		Notices: []view.Notice{{State: view.Warn, Text: view.Say("No mail server is set up, so nobody is written to.")}},
	}
}
