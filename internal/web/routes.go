package web

import "net/http"

// routes is every address of the web face.
func (s *Server) routes(mux *http.ServeMux) {
	get := func(path string, h handler) { mux.Handle("GET "+path, s.signedIn(h)) }
	post := func(path string, h handler) { mux.Handle("POST "+path, s.signedIn(h)) }

	open := func(path string, h handler) { mux.Handle(path, s.page(h)) }

	open("GET /signin", s.signInForm)
	open("POST /signin", s.signIn)
	open("POST /signout", s.signOut)
	open("POST /demo/role", s.demoRole)
	open("GET /invite/{secret}", s.invitation)
	open("POST /invite/{secret}", s.join)
	open("GET /reset/{secret}", s.resetForm)
	open("POST /reset/{secret}", s.reset)
	open("GET /setup", s.setup)
	open("POST /setup", s.setupFirst)
	open("GET /setup/organization", s.setupOrg)
	open("POST /setup/organization", s.setupOrgSave)
	get("/setup/source", s.setupSource)
	post("/setup/source", s.setupSourceChosen)
	get("/setup/controls", s.setupControls)
	post("/setup/controls", s.setupAdopt)
	post("/setup/dismiss", s.setupDismiss)
	mux.Handle("GET /static/", s.static())

	open("/", s.nowhere)
	get("/{$}", s.readiness)
	s.connectorRoutes(get, post)
	get("/criteria", s.criteria)
	get("/criteria/{id}", s.criterion)
	post("/criteria/{id}/omit", s.criterionOmit)
	post("/criteria/{id}/omission", s.criterionDecide)
	get("/log", s.log)
	get("/log/checkpoint", s.logCheckpoint)
	get("/log/leaf/{id}", s.logLeaf)
	get("/log/verify", s.logVerify)
	post("/log/verify", s.logVerifyNow)
	get("/controls", s.controls)
	get("/controls/{id}", s.control)
	get("/checks", s.checks)
	get("/checks/{id}", s.check)
	post("/checks/run", s.checkRunAll)
	post("/checks/{id}/run", s.checkRun)
}
