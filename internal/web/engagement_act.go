package web

import (
	"io"

	"assay/internal/access"
	"assay/internal/export"
)

// engagementRoutes are the addresses of engagements besides those of every register.
func (s *Server) engagementRoutes(get func(string, handler)) {
	get("/engagements/{id}/workpapers", s.workpapers)
}

// workpapers sends the working papers of an engagement.
func (s *Server) workpapers(r *request) (answer, error) {
	if err := r.may(access.EngagementWorkpapers); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	spooled, err := spool(func(w io.Writer) error {
		_, err := s.Suite.Exports.Workpapers(r.Context(), r.who, export.PapersIn{Engagement: id}, w)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: id + "-workpapers.zip", media: "application/zip", spooled: spooled}}, nil
}
