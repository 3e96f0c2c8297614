package api

import (
	"io"
	"net/http"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/scim"
)

// SCIMPrefix is where directories provision people: RFC 7644.
const SCIMPrefix = "/scim/v2"

// SCIM answers an organization's directory. Tokens alone are heard, never a
// session.
func (s *Server) SCIM() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := s.scim(w, r)
		if err != nil {
			s.Suite.Log.ErrorContext(r.Context(), "scim failed", "path", r.URL.Path, "err", err)
		}
		h := w.Header()
		h.Set("Content-Type", "application/scim+json")
		h.Set("Cache-Control", "no-store")
		if out.Status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", "Bearer")
		}
		if out.Location != "" {
			h.Set("Location", out.Location)
		}
		w.WriteHeader(out.Status)
		_, _ = w.Write(out.Body)
	})
}

func (s *Server) scim(w http.ResponseWriter, r *http.Request) (scim.Response, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return scim.Problem(fault.New(fault.Unauthenticated, "Send a token whose scope names scim.provision as: Authorization: Bearer assay_…")), nil
	}
	who, err := s.Suite.Auth.ActorByToken(r.Context(), strings.TrimSpace(token), From(r))
	if fault.Is(err, fault.Unauthenticated) {
		return scim.Problem(err), nil
	}
	if err != nil {
		return scim.Problem(err), err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, scim.MaxBody))
	if err != nil {
		return scim.Problem(fault.Wrap(fault.TooLarge, err, "The request is larger than 1 MiB.")), nil
	}
	base := s.Public
	if base == "" {
		base = "http://" + r.Host
	}
	return s.Suite.SCIM.Do(r.Context(), who, scim.Request{
		Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, SCIMPrefix), Query: r.URL.Query(), Body: body, Base: base + SCIMPrefix,
	})
}
