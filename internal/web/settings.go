package web

import (
	"slices"

	"assay/internal/access"
	"assay/internal/org"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// settingsPage is a page of the settings, with the tabs that the person may
// open.
func (s *Server) settingsPage(r *request, current string, v page.SettingsView) (answer, error) {
	v.Head.Title = "Settings"
	label := ""
	for _, t := range []struct {
		id, label, href string
		needs           access.Permission
	}{
		{"org", "Organization", "/settings", access.OrgRead},
		{"program", "Programs", "/settings/program", access.ProgramRead},
		{"users", "Users", "/settings/users", access.UserList},
		{"sso", "Single sign-on", "/settings/sso", access.UserList},
		{"providers", "Providers", "/settings/providers", access.ProviderRead},
		{"roles", "Roles", "/settings/roles", access.OrgRead},
		{"me", "Your account", "/settings/me", access.SelfEdit},
		{"signin", "Your sign-in", "/settings/me/signin", access.SelfEdit},
		{"mail", "Mail", "/settings/mail", access.SelfEdit},
		{"siem", "SIEM", "/settings/siem", access.TrailRead},
		{"jobs", "Jobs", "/settings/jobs", access.UserList},
		{"personal", "Personal data", "/settings/personal", access.UserErase},
	} {
		if r.who.Can(t.needs) {
			v.Tabs = append(v.Tabs, view.Tab{Label: t.label, Href: t.href, Current: t.id == current})
		}
		if t.id == current {
			label = t.label
		}
	}
	return show(page.Settings(s.shell(r, label, "settings", view.Crumb{Label: "Settings", Href: "/settings"}, view.Crumb{Label: label}), v))
}

// refusedPage is the settings page with the status of a refused form.
func (s *Server) refusedPage(r *request, current string, v page.SettingsView, status int) (answer, error) {
	a, err := s.settingsPage(r, current, v)
	a.status = status
	return a, err
}

// settings is the organization.
func (s *Server) settings(r *request) (answer, error) { return s.showSettings(r, nil) }

func (s *Server) showSettings(r *request, refused error) (answer, error) {
	o := &r.org
	if !r.who.Can(access.OrgEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return s.settingsPage(r, "org", page.SettingsView{Aside: []page.AsideCard{{ID: "h-o", Title: "Organization", Pairs: []view.Pair{
			{Term: "Name", Value: view.Say(o.Name)}, {Term: "Service", Value: view.Say(o.Service)}, {Term: "Time zone", Value: view.Say(o.Zone)},
		}, Note: "Leads can change it."}}})
	}
	f := page.SettingsForm{Title: "Organization", Form: view.Form{
		Action: "/settings", Submit: "Save", Hint: "The log notes what was changed, by whom.", Fields: []view.Input{
			{Name: "name", Label: "Name of the organization", Value: r.typed("name", o.Name), Auto: "organization", Required: true},
			{Name: "zone", Label: "Time zone", Value: r.typed("zone", o.Wanted()), Required: true, Hint: zoneHint(o)},
			{Name: "service", Label: "Service that the report is about", Type: "textarea", Value: r.typed("service", o.Service), Full: true, Optional: true},
		},
	}}
	rule, err := s.signInRuleForm(r)
	if err != nil {
		return answer{}, err
	}
	wrong := &f
	if r.URL.Path == rule.Form.Action {
		wrong = &rule
	}
	status, err := refuse(&wrong.Form, wrong.Sections, refused)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Forms: []page.SettingsForm{f, rule}, Aside: []page.AsideCard{{ID: "h-o", Title: "In this store", Pairs: []view.Pair{
		{Term: "Since", Value: view.Say(r.day(o.CreatedAt))}, {Term: "Short name", Value: view.Say(o.Slug), Mono: true},
	}, Note: "The short name is for links and the command line. It stays."}}}
	return s.refusedPage(r, "org", v, status)
}

// zoneHint says what the zone is for, and what is planned.
func zoneHint(o *org.Org) string {
	if o.Next.Zone != "" {
		return "Days are counted in " + o.Zone + " now, and in " + o.Next.Zone + " from " + o.Next.From.String() + " on. Enter " + o.Zone + " to give the change up."
	}
	return "Days are counted in it, such as Europe/Stockholm. A change counts from the day after the last period that has begun."
}

func (s *Server) settingsSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	in := org.Org{Name: r.text("name"), Service: r.text("service"), Zone: r.text("zone")}
	if err := s.Suite.Orgs.Edit(r.Context(), r.who, in); err != nil {
		return s.showSettings(r, err)
	}
	return s.done(r, "The organization is saved.", "/settings")
}

// roles is what each role may do, from the one table that decides it.
func (s *Server) roles(r *request) (answer, error) {
	if err := r.may(access.OrgRead); err != nil {
		return answer{}, err
	}
	card := &page.RolesCard{}
	var lines []view.Line
	for _, role := range access.Roles() {
		card.Roles = append(card.Roles, string(role))
		lines = append(lines, view.Line{Lead: string(role), Text: role.Meaning(), Right: plural(permissionsOf(role), "permission")})
	}
	for _, p := range access.Permissions() {
		row := page.RoleRow{Permission: string(p), Words: permissionWords(p)}
		for _, role := range access.Roles() {
			row.May = append(row.May, role.Allows(p))
		}
		if slices.Contains(row.May, true) {
			card.Rows = append(card.Rows, row)
		}
	}
	own, err := s.ownRoles(r, card)
	if err != nil {
		return answer{}, err
	}
	return s.settingsPage(r, "roles", page.SettingsView{Roles: card, OwnRoles: own, Aside: []page.AsideCard{{
		ID: "h-rm", Title: "Roles", Lines: lines, Note: "You are " + string(r.who.Role) + " here. An approval always needs somebody other than whoever asked, whatever the role.",
	}}})
}

func permissionsOf(role access.Role) (n int) {
	for _, p := range access.Permissions() {
		if role.Allows(p) {
			n++
		}
	}
	return n
}

// permissionWords say what a permission is for.
func permissionWords(p access.Permission) string {
	words := map[access.Permission]string{
		access.OrgRead: "See the organization", access.OrgEdit: "Change the organization", access.UserList: "See who can sign in",
		access.UserInvite: "Invite people", access.UserEdit: "Change roles, remove members", access.SSOEdit: "Verify domains, add identity providers", access.RoleEdit: "Say what roles of one’s own include", access.RoleApprove: "Approve roles of one’s own that another wrote", access.SSOApprove: "Approve an identity provider that another added", access.SCIMProvision: "Provision people, by a token that was made for it", access.SelfEdit: "Change one’s own name, password and look",
		access.TokenEdit: "Make and revoke one’s own API tokens", access.UserErase: "Erase users who left, and see what is kept of somebody", access.TrailRead: "Read who did what", access.SIEMEdit: "Send who did what to a SIEM", access.FederationEdit: "Let jobs of build systems in without a secret", access.LogRead: "Read and verify the log",
		access.ProgramRead: "See programs", access.ProgramEdit: "Change programs, leave criteria out", access.PersonRead: "See people",
		access.ClientRead: "See a provider’s clients", access.ClientEdit: "Make codes for clients, and leave them", access.ClientAssign: "Say who comes in at a client",
		access.ProviderRead: "See which providers were let in", access.ProviderEdit: "Let providers see and come in, and end it", access.TaskAll: "See what waits for everybody",
		access.PersonEdit: "Change people", access.PersonImport: "Import people", access.ConnectorRead: "See connections",
		access.ConnectorEdit: "Add, change and remove connections", access.ConnectorSync: "Collect now", access.KindDeclare: "Declare kinds of facts",
		access.ImportAdd: "Import facts from files", access.FactRead: "Read facts", access.CheckRead: "See checks", access.CheckRun: "Run checks",
		access.CheckEdit: "Propose checks and parameters", access.CheckApprove: "Approve proposed checks", access.ExclusionAsk: "Ask for exclusions",
		access.ExclusionApprove: "Approve exclusions", access.EvidenceRead: "Read evidence", access.EvidenceAdd: "Add evidence",
		access.ControlRead: "See controls", access.ControlEdit: "Change controls", access.ControlAdopt: "Adopt controls of the library",
		access.AccountRead: "See accounts", access.AccountConfirm: "Say whose an account is", access.AccountDeclare: "Declare service accounts",
		access.AccountRevoke: "Take back whose an account is", access.AccountMatch: "Match accounts to people",
		access.PolicyRead: "Read policies", access.PolicyEdit: "Write policies and send them for approval",
		access.PolicyApprove: "Approve, return, review and retire policies", access.PolicyAccept: "Accept policies for oneself",
		access.VendorRead: "Read vendors", access.VendorEdit: "Write down and review vendors, and what their reports say", access.VendorApprove: "Say that a vendor may be used",
		access.ContinuityRead: "Read what has to come back, and tests of it", access.ContinuityEdit: "Set what has to come back within which time, and write tests down",
		access.IncidentRead: "Read incidents", access.IncidentEdit: "Declare incidents, follow and close them",
		access.EngagementRead: "See engagements", access.EngagementEdit: "Draft and propose engagements, ask for a change of scope",
		access.EngagementSign: "Record the signed letter, begin fieldwork, send to quality review", access.EngagementConduct: "Conduct engagements, for the firm",
		access.EngagementIssue: "Issue reports or send them back, for the firm", access.EngagementWorkpapers: "Export working papers",
		access.RequestRead: "Read the firm’s requests", access.RequestEdit: "Write down, import and choose requests", access.RequestAssign: "Say who answers a request, and by when",
		access.RequestAnswer: "Answer requests", access.RequestReview: "Accept, return and withdraw requests, for the firm",
		access.FindingRead: "Read findings", access.FindingEdit: "Write findings down, and say that they are corrected", access.FindingClose: "Close findings after a retest, or reopen them",
		access.MeetingRead: "Read minutes of meetings", access.MeetingEdit: "Write minutes down", access.MeetingApprove: "Approve minutes that somebody else wrote",
		access.InventoryRead: "See assets, data stores, flows and disposals", access.InventoryEdit: "Write assets, data stores, flows, classes and disposals down",
		access.PrivacyRead: "Read privacy notices, the record of processing, disclosures and consents", access.PrivacyEdit: "Write privacy notices, processing, disclosures and consents down",
		access.PrivacyApprove: "Put privacy notices in force that somebody else wrote", access.PrivacyRequestRead: "Read what people ask about their data",
		access.PrivacyRequestEdit: "Write down, identify and answer what people ask about their data",
		access.ProcessingRead:     "Read errors of processing and reconciliations", access.ProcessingEdit: "Write errors of processing and reconciliations down",
		access.ProblemRead: "See reported problems", access.ProblemEdit: "Write down, look into and answer reported problems", access.ProblemReport: "Report a problem",
		access.PolicyOwn: "Read the policies that bind oneself", access.TrainingRead: "See courses and who takes them", access.TrainingEdit: "Write down courses and ask for them", access.TrainingTake: "Take training oneself",
		access.CompletionRead: "See completions of training", access.CompletionEdit: "Write down, import and withdraw completions", access.PhishingRead: "See phishing exercises", access.PhishingEdit: "Write down phishing exercises",
		access.AccessReviewRead: "See access reviews", access.AccessReviewEdit: "Plan, begin and cancel access reviews", access.AccessReviewDecide: "Decide on accounts that are not one’s own", access.AccessReviewSign: "Sign access reviews",
		access.PopulationRead: "See populations", access.PopulationEdit: "Ask for populations, capture and compare them", access.PopulationFreeze: "Freeze and reject populations, for the firm",
		access.SampleRead: "See samples", access.SampleEdit: "Plan samples, for the firm", access.SampleDraw: "Commit to, draw, extend and withdraw samples, for the firm",
		access.SheetRead: "Read test sheets", access.SheetEdit: "Plan test sheets, for the firm", access.SheetPerform: "Perform tests and sign them as prepared, for the firm", access.SheetReview: "Review, return and reopen test sheets, for the firm",
		access.ExceptionRead: "See exceptions", access.ExceptionEdit: "Write exceptions down, for the firm", access.ExceptionRespond: "Respond to exceptions for management", access.ExceptionJudge: "Verify, return, report and withdraw exceptions, for the firm",
		access.RiskRead: "Read risks and assessments", access.RiskEdit: "Write down, rate and close risks; hold assessments", access.RiskAccept: "Accept risks, sign assessments",
		access.RehearsalRead: "Rehearse the examination, before the firm’s",
		access.GapRead:       "Read gaps, readiness questions and assessments", access.GapEdit: "Write down, plan and close gaps; answer questions, take assessments", access.GapApprove: "Accept gaps, approve assessments of readiness",
		access.TaskEdit:        "Ask for tasks, assign, snooze and finish them",
		access.ActivityPerform: "Record activities", access.TaskRead: "See one’s tasks", access.CriteriaRead: "See criteria",
		access.CriteriaText: "Read the licensed wording of criteria", access.CriteriaImport: "Import and forget the licensed wording", access.PackageExport: "Export packages", access.ReportBuild: "Draft reports and bridge letters",
		access.DescriptionRead: "Read the system description", access.DescriptionEdit: "Write the system description and what user entities have to do", access.DescriptionApprove: "Approve and freeze what somebody else wrote of it",
	}
	return words[p]
}
