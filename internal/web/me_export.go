package web

import (
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
)

// exportedSession is a place where somebody is signed in, as a file has it.
type exportedSession struct {
	ID        string    `json:"id"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	LastAt    time.Time `json:"last_at"`
	EndsAt    time.Time `json:"ends_at"`
	Current   bool      `json:"current"`
}

// exportedToken is an API token as a file has it, without its secret.
type exportedToken struct {
	ID        string    `json:"id"`
	For       string    `json:"for"`
	Role      string    `json:"role"`
	UserID    string    `json:"user"`
	By        string    `json:"by"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	LastAt    time.Time `json:"last_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// meExport answers with one of the lists of the account's page, which ?list=
// names.
func (s *Server) meExport(r *request) (a answer, err error) {
	switch r.URL.Query().Get("list") {
	case "sessions":
		list, err := s.Suite.Auth.Sessions(r.Context(), r.who)
		if err != nil {
			return a, err
		}
		var rows []exportedSession
		for i := range list {
			e := &list[i]
			rows = append(rows, exportedSession{e.ID, e.Address, e.Agent, e.CreatedAt, e.LastAt, e.EndsAt(), e.Current})
		}
		a, _, err = exported(r, "sessions", rows)
		return a, err
	case "tokens":
		if err := r.may(access.TokenEdit); err != nil {
			return a, err
		}
		list, err := s.Suite.Auth.Tokens(r.Context(), r.who)
		if err != nil {
			return a, err
		}
		var rows []exportedToken
		for i := range list {
			t := &list[i]
			rows = append(rows, exportedToken{t.ID, t.Name, string(t.Role), t.UserID, t.UserName, t.State(r.now), t.CreatedAt, t.ExpiresAt, t.LastAt, t.RevokedAt})
		}
		a, _, err = exported(r, "tokens", rows)
		return a, err
	}
	return a, fault.New(fault.Invalid, "Say which list: list=sessions or list=tokens.")
}
