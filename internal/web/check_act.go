package web

import (
	"fmt"

	"assay/internal/rule"
)

// checkRun judges one check now.
func (s *Server) checkRun(r *request) (answer, error) { return s.runChecks(r, r.PathValue("id")) }

// checkRunAll judges every check now.
func (s *Server) checkRunAll(r *request) (answer, error) { return s.runChecks(r) }

func (s *Server) runChecks(r *request, ids ...string) (answer, error) {
	runs, err := s.Suite.Checks.Run(r.Context(), r.who, ids...)
	if err != nil {
		return answer{}, err
	}
	if err := s.Suite.Controls.Rebuild(r.Context(), r.who); err != nil {
		return answer{}, err
	}
	failing := 0
	for i := range runs {
		if runs[i].Status == rule.Fail {
			failing++
		}
	}
	to := "/checks"
	if len(ids) == 1 {
		to += "/" + ids[0]
	}
	return s.done(r, fmt.Sprintf("%s run; %d failing. The intent and the results are in the log.", plural(len(runs), "check"), failing), to)
}
