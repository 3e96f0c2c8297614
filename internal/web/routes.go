package web

import "net/http"

// routes is every address of the web face.
func (s *Server) routes(mux *http.ServeMux) {
	get := func(path string, h handler) { mux.Handle("GET "+path, s.signedIn(h)) }
	post := func(path string, h handler) { mux.Handle("POST "+path, s.signedIn(h)) }

	open := func(path string, h handler) { mux.Handle(path, s.page(h)) }

	s.openRoutes(open)
	get("/setup/source", s.setupSource)
	post("/setup/source", s.setupSourceChosen)
	get("/setup/controls", s.setupControls)
	post("/setup/controls", s.setupAdopt)
	post("/setup/dismiss", s.setupDismiss)
	mux.Handle("GET /static/", s.static())
	mux.HandleFunc("POST /hooks/{org}/{connection}", s.hook)

	open("/", s.nowhere)
	get("/{$}", s.readiness)
	s.connectorRoutes(get, post)
	s.proofRoutes(get, post)
	s.controlRoutes(get, post)
	get("/controls", s.controls)
	get("/controls/{id}", s.control)
	s.exclusionRoutes(get, post)
	s.personRoutes(get, post)
	s.accountRoutes(get, post)
	s.evidenceRoutes(get, post)
	s.policyRoutes(get, post)
	s.registerRoutes(get, post)
	get("/checks", s.checks)
	get("/checks/{id}", s.check)
	post("/checks/run", s.checkRunAll)
	post("/checks/{id}/run", s.checkRun)

	get("/orgs", s.orgs)
	post("/orgs", s.orgSwitch)
	get("/search", s.search)
	get("/tasks", s.tasks)
	post("/tasks/{id}/finish", s.taskFinish)
	get("/tasks/{id}/snooze", s.taskSnoozeForm)
	post("/tasks/{id}/snooze", s.taskSnooze)
	s.settingsRoutes(get, post)
	s.ssoRoutes(get, post)
}

// settingsRoutes are the addresses of the settings and of one's own account.
func (s *Server) settingsRoutes(get, post func(string, handler)) {
	get("/settings", s.settings)
	post("/settings", s.settingsSave)
	get("/settings/mail", s.mail)
	post("/settings/mail/hour", s.mailHour)
	post("/settings/mail/try", s.mailTry)
	get("/settings/me", s.me)
	post("/settings/me/look", s.meLook)
	post("/settings/me/name", s.meName)
	post("/settings/me/password", s.mePassword)
	post("/settings/me/sessions/revoke", s.sessionsRevoke)
	post("/settings/me/sessions/{session}/revoke", s.sessionRevoke)
	get("/settings/me/signin", s.factors)
	get("/settings/me/signin/app", s.appForm)
	post("/settings/me/signin/app", s.appAdd)
	post("/settings/me/signin/app/remove", s.appRemove)
	post("/settings/me/signin/passkey", s.passkeyAdd)
	get("/settings/me/signin/passkey/{passkey}", s.passkey)
	post("/settings/me/signin/passkey/{passkey}", s.passkeyRename)
	post("/settings/me/signin/passkey/{passkey}/remove", s.passkeyRemove)
	post("/settings/me/signin/recovery", s.recoveryRenew)
	post("/settings/me/devices", s.devicesKnown)
	post("/settings/signin", s.signInRule)
	post("/settings/me/token", s.tokenAdd)
	post("/settings/me/token/{token}/revoke", s.tokenRevoke)
	get("/settings/program", s.programs)
	get("/settings/program/new", s.programNew)
	post("/settings/program/new", s.programAdd)
	get("/settings/program/{program}", s.programEdit)
	post("/settings/program/{program}", s.programSave)
	get("/settings/program/{program}/close", s.programClose)
	post("/settings/program/{program}/close", s.programCloseNow)
	post("/settings/program/{program}/current", s.programCurrent)
	get("/settings/roles", s.roles)
	get("/settings/users", s.users)
	post("/settings/users/invite", s.userInvite)
	post("/settings/users/invite/{invitation}/revoke", s.inviteRevoke)
	get("/settings/users/{user}", s.user)
	get("/settings/users/{user}/remove", s.userRemove)
	post("/settings/users/{user}/remove", s.userRemoveNow)
	post("/settings/users/{user}/role", s.userRole)
	post("/settings/users/{user}/signout", s.userSignOut)
}

// ssoRoutes are the addresses of domains and identity providers.
func (s *Server) ssoRoutes(get, post func(string, handler)) {
	get("/settings/sso", s.sso)
	post("/settings/sso/domain", s.domainAdd)
	post("/settings/sso/domain/{domain}/verify", s.domainVerify)
	post("/settings/sso/domain/{domain}/remove", s.domainRemove)
	post("/settings/sso/issuer", s.issuerAdd)
	get("/settings/sso/group/{group}", s.group)
	post("/settings/sso/group/{group}", s.groupSave)
	get("/settings/sso/issuer/{issuer}", s.issuer)
	post("/settings/sso/issuer/{issuer}", s.issuerSave)
	post("/settings/sso/issuer/{issuer}/remove", s.issuerRemove)
}

// openRoutes are the addresses that need no session, or make one.
func (s *Server) openRoutes(open func(string, handler)) {
	open("GET /signin", s.signInForm)
	open("POST /signin", s.signIn)
	open("POST /signin/passkey", s.signInPasskey)
	open("GET /signin/second", s.secondForm)
	open("POST /signin/second", s.second)
	open("GET /signin/sso", s.ssoForm)
	open("POST /signin/sso", s.ssoChosen)
	open("GET /signin/to/{issuer}", s.ssoBegin)
	open("GET /signin/oidc/{issuer}", s.ssoBack)
	open("POST /prove", s.proved)
	open("POST /signout", s.signOut)
	open("POST /demo/role", s.demoRole)
	open("GET /invite/{secret}", s.invitation)
	open("POST /invite/{secret}", s.join)
	open("GET /reset/{secret}", s.resetForm)
	open("POST /reset/{secret}", s.reset)
	open("GET /verify", s.verify)
	open("POST /verify", s.verifyPackage)
	open("GET /setup", s.setup)
	open("POST /setup", s.setupFirst)
	open("GET /setup/organization", s.setupOrg)
	open("POST /setup/organization", s.setupOrgSave)
}

// proofRoutes are the addresses of the criteria and of the log.
func (s *Server) proofRoutes(get, post func(string, handler)) {
	get("/criteria", s.criteria)
	get("/criteria/licensed", s.licensedForm)
	post("/criteria/licensed", s.licensedImport)
	get("/criteria/licensed/forget", s.licensedForgetForm)
	post("/criteria/licensed/forget", s.licensedForget)
	get("/criteria/{id}", s.criterion)
	post("/criteria/{id}/omit", s.criterionOmit)
	post("/criteria/{id}/omission", s.criterionDecide)
	get("/log", s.log)
	get("/log/checkpoint", s.logCheckpoint)
	get("/log/leaf/{id}", s.logLeaf)
	get("/log/verify", s.logVerify)
	post("/log/verify", s.logVerifyNow)
}
