package web

import (
	"time"

	"assay/internal/db"
)

type headFacts struct {
	size, signed int64
	root         string
	signedAt     time.Time
}

func (s *Server) logHead(r *request) (headFacts, error) {
	h, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return headFacts{}, err
	}
	f := headFacts{size: h.Size, root: h.Root}
	if h.Signed != nil {
		f.signed, f.signedAt = h.Signed.Size, db.FromMs(h.Signed.At)
	}
	return f, nil
}

// leafIndex is a leaf's position; false while it is pending.
func (s *Server) leafIndex(r *request, leaf string) (int64, bool) {
	p, err := s.Suite.Place(r.Context(), r.who, leaf)
	return p.Index, err == nil && !p.Pending && p.ID != ""
}
