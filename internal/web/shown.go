package web

import (
	"encoding/json"

	"assay/internal/access"
	"assay/internal/draft"
	"assay/internal/kit/fault"
)

// showOnce keeps a secret for the next page, so that a page that is loaded again
// neither shows it nor makes another.
func (s *Server) showOnce(r *request, needs access.Permission, secret string) (key string, err error) {
	grant, err := r.who.May(needs)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(secret)
	if err != nil {
		return "", err
	}
	return s.Suite.Drafts.Keep(r.Context(), grant, draft.Draft{Kind: draft.Shown, Body: body})
}

// shown is the secret, the first time that it is asked for; empty afterwards.
func (s *Server) shown(r *request, needs access.Permission, key string) (secret string, err error) {
	grant, err := r.who.May(needs)
	if err != nil {
		return "", err
	}
	d, err := s.Suite.Drafts.Take(r.Context(), grant, draft.Shown, key)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	err = json.Unmarshal(d.Body, &secret)
	return secret, err
}
