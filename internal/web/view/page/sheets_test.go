package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// gallery lists every page in its states.
func gallery() []sheet {
	ac04 := shell("controls", "AC-04", crumb("Controls"), crumb("AC-04"))
	mfa := shell("checks", "AWS console users have MFA", crumb("Checks"), crumb("aws.iam.user.mfa"))
	conn := shell("connectors", "New connector", crumb("Connectors"), crumb("New"))
	set := shell("settings", "Settings", crumb("Settings"))
	return []sheet{
		{"kit", kit()},
		{"dashboard", page.Readiness(shell("readiness", "Readiness", crumb("Readiness")), readiness())},
		{"dashboard-new", page.Readiness(demoShell(), readinessNew())},
		{"tasks", page.Tasks(shell("tasks", "My tasks", crumb("My tasks")), tasks())},
		{"tasks-empty", page.Tasks(shell("tasks", "My tasks", crumb("My tasks")), tasksEmpty())},
		{"criteria", page.Criteria(shell("criteria", "Criteria", crumb("Criteria")), criteria())},
		{"clients", page.Clients(shell("clients", "Clients", crumb("Clients")), clientsPage())},
		{"clients-none", page.Clients(shell("clients", "Clients", crumb("Clients")), clientsNone())},
		{"client-work", page.ClientWork(shell("clients", "Work at all clients", crumb("Clients")), clientWorkPage())},
		{"client-calendar", page.Agenda(shell("clients", "Calendar of all clients", crumb("Clients")), agendaPage("Client", clientTabs("calendar")))},
		{"calendar", page.Agenda(shell("calendar", "Calendar", crumb("Calendar")), agendaPage("Kind", nil))},
		{"calendar-empty", page.Agenda(shell("calendar", "Calendar", crumb("Calendar")), agendaNone())},
		{"client", page.Client(shell("clients", "Larkspur", crumb("Clients"), crumb("Larkspur")), clientPage())},
		{"gap-analysis", page.Gaps(shell("gaps", "Gap analysis", crumb("Gap analysis")), gapsPage())},
		{"gap-analysis-new", page.Gaps(shell("gaps", "Gap analysis", crumb("Gap analysis")), gapsNew())},
		{"criterion", page.Criterion(shell("criteria", "CC6.1", crumb("Criteria"), crumb("CC6.1")), criterion())},
		{"controls", page.Controls(shell("controls", "Controls", crumb("Controls")), controls())},
		{"controls-empty", page.Controls(shell("controls", "Controls", crumb("Controls")), controlsEmpty())},
		{"control", page.Control(ac04, controlPage())},
		{"control-checks", page.Control(ac04, controlChecksTab())},
		{"control-activities", page.Control(ac04, controlActivitiesTab())},
		{"control-deviations", page.Control(ac04, controlDeviationsTab())},
		{"control-versions", page.Control(ac04, controlVersionsTab())},
		{"control-form", page.Form(ac04, controlForm())},
		{"checks", page.Checks(shell("checks", "Checks", crumb("Checks")), checks())},
		{"check", page.Check(mfa, checkPage())},
		{"check-passing", page.Check(mfa, checkPassing())},
		{"check-excluded", page.Check(mfa, checkExcluded())},
		{"check-runs", page.Check(mfa, checkRuns())},
		{"check-rule", page.Check(mfa, checkRule())},
		{"exclusion-form", page.Form(mfa, exclusionForm())},
		{"evidence", page.EvidenceList(shell("evidence", "Evidence", crumb("Evidence")), evidenceList())},
		{"evidence-item", page.Evidence(shell("evidence", "E-48209", crumb("Evidence"), crumb("E-48209")), evidencePage())},
		{"evidence-raw", page.Evidence(shell("evidence", "E-48209", crumb("Evidence"), crumb("E-48209")), evidenceRaw())},
		{"evidence-form", page.Form(shell("evidence", "Add evidence", crumb("Evidence"), crumb("Add")), evidenceForm())},
		{"accounts", page.Accounts(shell("accounts", "Accounts", crumb("Accounts")), accounts())},
		{"account", page.Account(shell("accounts", "sync", crumb("sync")), account())},
		{"me", page.Me(shell("me", "Your tasks"), me())},
		{"me-report", page.MeForm(shell("me", "Report a problem"), meForm())},
		{"me-policy", page.MePolicy(shell("me", "Acceptable Use"), mePolicy())},
		{"lesson", page.Lesson(shell("me", "Messages"), lesson())},
		{"lesson-told", page.Lesson(shell("me", "Messages"), lessonTold())},
		{"training-people", page.Owing(shell("training", "Who takes it", crumb("Training"), crumb("People")), owing())},
		{"sheet-marks", page.Sheet(shell("sheets", "Marks", crumb("Test sheets"), crumb("Marks")), sheetMarks())},
		{"sheet-signed", page.Sheet(shell("sheets", "Marks", crumb("Test sheets"), crumb("Marks")), sheetSigned())},
		{"access-review", page.Review(shell("reviews", "Accounts", crumb("Access reviews"), crumb("Accounts")), accessReview())},
		{"people", page.People(shell("people", "People", crumb("People")), people())},
		{"person", page.Person(shell("people", "Sara Nyman", crumb("People"), crumb("Sara Nyman")), person())},
		{"policies", page.Policies(shell("policies", "Policies", crumb("Policies")), policies())},
		{"policy", page.Policy(shell("policies", "Access Control Policy", crumb("Policies"), crumb("PLC-ACP")), policyRead())},
		{"policy-changes", page.Policy(shell("policies", "Access Control Policy", crumb("Policies"), crumb("PLC-ACP")), policyChanges())},
		{"policy-acceptance", page.Policy(shell("policies", "Access Control Policy", crumb("Policies"), crumb("PLC-ACP")), policyAcceptance())},
		{"risks", page.Register(shell("risks", "Risks", crumb("Risks")), risks())},
		{"risks-empty", page.Register(shell("risks", "Risks", crumb("Risks")), risksEmpty())},
		{"risk", page.Record(shell("risks", "R-07", crumb("Risks"), crumb("R-07")), riskPage())},
		{"risk-versions", page.Record(shell("risks", "R-07", crumb("Risks"), crumb("R-07")), riskVersions())},
		{"people-import", page.Import(shell("people", "Import people", crumb("People"), crumb("Import")), peopleImport())},
		{"import-try", page.Import(shell("connectors", "Import a file", crumb("Connectors"), crumb("Import a file")), importTry())},
		{"connectors", page.Connectors(shell("connectors", "Connectors", crumb("Connectors")), connectors())},
		{"connect-1", page.ConnectChoose(conn, connectChoose())},
		{"connect-2", page.ConnectGrant(conn, connectGrant())},
		{"connect-3", page.ConnectTry(conn, connectTry())},
		{"connection", page.Connection(shell("connectors", "web-1", crumb("Connectors"), crumb("web-1")), connectionPage())},
		{"connection-kinds", page.Connection(shell("connectors", "web-1", crumb("Connectors"), crumb("web-1")), connectionKinds())},
		{"log", page.Log(shell("log", "Audit log", crumb("Audit log")), logPage())},
		{"log-verify", page.Verification(shell("log", "Verification", crumb("Audit log"), crumb("Verification")), verification())},
		{"verify", page.Verify(public("Recorded", "Verify"), verifyGood())},
		{"verify-bad", page.Verify(public("Not recorded", "Verify"), verifyBad())},
		{"verify-ask", page.Verify(public("Verify", "Verify"), verifyAsk())},
		{"settings", page.Settings(set, settingsOrganization())},
		{"settings-programs", page.Settings(set, settingsPrograms())},
		{"settings-users", page.Settings(set, settingsUsers())},
		{"settings-providers", page.Settings(set, settingsProviders())},
		{"settings-personal", page.Settings(set, settingsPersonal())},
		{"settings-siem", page.Settings(set, settingsSIEM())},
		{"settings-jobs", page.Settings(set, settingsJobs())},
		{"settings-sso", page.Settings(set, settingsSSO())},
		{"settings-sessions", page.Settings(set, settingsSessions())},
		{"settings-factors", page.Settings(set, settingsFactors())},
		{"settings-factors-none", page.Settings(set, settingsFactorsNone())},
		{"settings-mail", page.Settings(set, settingsMail())},
		{"settings-mail-none", page.Settings(set, settingsMailNone())},
		{"settings-app", page.App(set, appSetUp())},
		{"settings-appearance", page.Settings(set, settingsAppearance())},
		{"settings-tokens", page.Settings(set, settingsTokens())},
		{"search", page.Search(shell("", "Search", crumb("Search")), search())},
		{"search-empty", page.Search(shell("", "Search", crumb("Search")), searchEmpty())},
		{"error-403", page.Trouble(shell("", "Not allowed", crumb("Not allowed")), page.TroubleView{Code: "403", Title: "You need the role Auditor to open samples", Answer: view.Say("Your role is Control owner."), Who: []view.Who{priya}, Actions: []view.Action{{Label: "Back", Href: "/"}}})},
		{"error-404", page.Trouble(shell("", "Not found", crumb("Not found")), page.TroubleView{Code: "404", Title: "There is no control AC-44", Near: []view.Ref{{Label: "AC-04 Multi-factor authentication", Href: "#"}}})},
		{"error", page.Trouble(ac04, conflict())},
		{"error-500", page.Trouble(public("Something failed", ""), page.TroubleView{Code: "500", Kept: "Nothing was saved", Title: "Something failed on our side at 18:44", Answer: view.Say("Try again. If it fails again, tell whoever runs this server."), Number: "01JD-7K2M-Q9", Actions: []view.Action{{Label: "Try again", Href: "#", Look: view.Primary}}})},
		{"setup-1", page.Setup(setupShell(), setup(0))},
		{"setup-2", page.Setup(setupShell(), setup(1))},
		{"setup-3", page.Setup(setupShell(), setup(2))},
		{"setup-4", page.Setup(setupShell(), setup(3))},
		{"signin", page.SignIn(view.Shell{Org: "Larkspur", Title: "Sign in"}, signIn())},
		{"signin-second", page.SignIn(view.Shell{Org: "Larkspur", Title: "One more step"}, signInSecond())},
		{"signin-refused", page.SignIn(view.Shell{Org: "Larkspur", Title: "Sign in", Demo: demoShell().Demo}, signInRefused())},
		{"invite", page.SignIn(view.Shell{Org: "Larkspur", Title: "Join"}, invite())},
	}
}

// demoShell has every optional part of the shell.
func demoShell() view.Shell {
	s := shell("readiness", "Readiness", crumb("Readiness"))
	s.OrgHref, s.HelpHref, s.KeysOff, s.Density, s.Theme, s.Period = "", "/help", true, "comfortable", "light", nil
	s.Demo = &view.Demo{Text: "A demonstration: everything here is made up.", Action: "/demo/as", Role: "lead", Roles: []view.Option{{Value: "lead", Label: "Security lead"}, {Value: "owner", Label: "Control owner"}, {Value: "auditor", Label: "Auditor"}}, Start: &view.Action{Label: "Start your own", Href: "/start"}}
	s.Flash = &view.Flash{State: view.Pass, Text: view.Say("AC-04 was retired."), Undo: &view.Action{Label: "Undo", Href: "/undo/1", Post: true}}
	return s
}

func readinessNew() page.ReadinessView {
	return page.ReadinessView{
		Head: view.Head{Notes: []string{"SOC 2 Type 2"}, Title: "31 of 82 controls are not ready; at this pace you can start on 2 February."},
		Setup: &page.SetupCard{Title: "First steps", Hint: "About 40 minutes in all", Dismiss: view.Action{Label: "Put this card away", Href: "#", Look: view.Ghost, Post: true}, Steps: []view.Todo{
			{Title: "Create the organization", Badge: view.Badge{State: view.Pass, Label: "Done"}},
			{Title: "Invite a second administrator", Href: "#", Sub: view.Say("2 minutes. One person alone should not be able to lock everyone out."), Badge: view.Badge{State: view.Warn, Label: "To do"}, Action: view.Action{Label: "Invite", Href: "#"}},
		}},
		Notices:    []view.Notice{{State: view.Fail, Text: view.Text{view.B("The log could not be verified."), view.T(" Entry 48,102 differs from its hash.")}, Action: view.Action{Label: "Look", Href: "#"}}},
		Position:   &page.Summary{Bar: chart.Bar{Label: "82 controls, none judged"}, Keys: []page.SummaryKey{{Fill: "track", Count: "82", Label: "not judged yet"}}},
		Needed:     &page.NeededCard{Title: "Before the period starts", Empty: &view.Empty{Kind: view.NoneGood, Title: "Nothing is due"}},
		HeatEmpty:  &view.Empty{Kind: view.NoneYet, Icon: "cal", Title: "No period yet", Text: view.Say("Choose when the period starts; days are drawn from then on."), Actions: []view.Action{{Label: "Choose the dates", Href: "#"}}},
		Deviations: &page.LinesCard{Title: "Deviations in this period", Empty: "None, and that is good."},
	}
}

func controlsEmpty() page.ControlsView {
	v := controls()
	v.Rows, v.Legend = nil, false
	v.List.Empty = &view.Empty{Kind: view.NoneMatch, Title: "No control matches “frequency: weekly”", Actions: []view.Action{{Label: "Clear the filters", Href: v.List.Query.Clear()}}}
	v.List.Pager = view.Pager{}
	v.List.Chips[0].Value = "a"
	return v
}

func checkTab(label string, tab page.CheckTab) page.CheckView {
	v := checkPage()
	for i := range v.Tabs {
		v.Tabs[i].Current = v.Tabs[i].Label == label
	}
	v.Tab, v.Rule, v.Remedy = tab, nil, nil
	return v
}

func checkPassing() page.CheckView {
	return checkTab("Passing", page.CheckTab{Title: "Passing resources", Subject: "User", Place: "Account", List: view.List{Query: query("/checks/x", "tab=passing"), Find: view.Find{Label: "Filter users", Hint: "Filter 55 users"}, Pager: view.Pager{Text: "1 – 1 of 55", Next: "x"}}, Resources: []page.CheckResource{{Name: "tom.o", Href: "#", Place: "larkspur-prod", Why: "1 MFA device", Since: "1 Dec 2025", Badge: view.Badge{State: view.Pass, Label: "Pass"}}}})
}

func checkExcluded() page.CheckView {
	return checkTab("Excluded", page.CheckTab{Title: "Excluded resources", Subject: "User", Excluded: []page.ExcludedResource{
		{Name: "breakglass-01", Href: "#", Sub: "larkspur-prod", Reason: "Break-glass account, sealed, reviewed monthly", AskedBy: "Tom Okafor, 20 Nov", ApprovedBy: "Marcus Lindqvist, 21 Nov", Until: view.Due{Text: "30 Nov", State: view.Warn}, Badge: view.Badge{State: view.Pass, Label: "In force"}, Actions: []view.Action{{Label: "End", More: " exclusion of breakglass-01", Href: "#", Post: true}}},
		{Name: "ci-legacy", Reason: "Cannot sign in", AskedBy: "Tom Okafor, 20 Nov", Until: view.Due{Text: "31 May 2027"}, Badge: view.Badge{State: view.Warn, Label: "Asked"}, Actions: []view.Action{{Label: "Decide", More: " on ci-legacy", Href: "#"}}},
	}})
}

func checkRuns() page.CheckView {
	return checkTab("Runs", page.CheckTab{Title: "Runs", Runs: []page.CheckRun{
		{When: "21 Nov 18:00", Href: "#", Version: "v3", Population: "58", Pass: "55", Fail: "3", Unknown: "0", Excluded: "4", Evidence: view.Ref{Label: "E-48207", Href: "#"}, Badge: view.Badge{State: view.Warn, Label: "3 fail"}},
		{When: "21 Nov 06:00", Version: "v3", Population: "–", Pass: "–", Fail: "–", Unknown: "–", Excluded: "–", Badge: view.Badge{State: view.None, Label: "Could not run"}},
	}})
}

func checkRule() page.CheckView {
	r := checkPage().Rule
	r.Facts = []view.Pair{{Term: "Population", Value: view.Say("IAM users with a console password")}, {Term: "Fresh for", Value: view.Say("36 hours")}, {Term: "Fix limit", Value: view.Say("3 days, from AC-04")}}
	return checkTab("Rule", page.CheckTab{Title: "Rule", Rule: r})
}
