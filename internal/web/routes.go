package web

import "net/http"

// routes is every address of the web face.
func (s *Server) routes(mux *http.ServeMux) {
	get := func(path string, h handler) { mux.Handle("GET "+path, s.signedIn(h)) }
	post := func(path string, h handler) { mux.Handle("POST "+path, s.signedIn(h)) }

	get("/{$}", s.readiness)
	get("/controls", s.controls)
	get("/controls/{id}", s.control)
	get("/checks", s.checks)
	get("/checks/{id}", s.check)
	post("/checks/run", s.checkRunAll)
	post("/checks/{id}/run", s.checkRun)
}
