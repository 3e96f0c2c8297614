package web

import (
	"errors"
	"io"
	"net/http"

	"assay/internal/kit/fault"
)

// maxMessage is how large a message of a product may be; GitHub sends at most
// that much.
const maxMessage = 25 << 20

// hook takes what a product sends by itself to a connection. It is no page: the
// answer is a status and a sentence.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err == nil {
		err = s.Suite.Connectors.Receive(r.Context(), r.PathValue("org"), r.PathValue("connection"), r.Header, body)
	}
	status, text := http.StatusAccepted, "Received."
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		status, text = http.StatusRequestEntityTooLarge, "The message is too large."
	} else if err != nil {
		status, text = s.hookTrouble(r, err)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") //nolint:gosec // it is plain text, and says so
}

func (s *Server) hookTrouble(r *http.Request, err error) (status int, text string) {
	switch fault.Of(err) {
	case fault.Unauthenticated:
		return http.StatusUnauthorized, err.Error()
	case fault.Invalid:
		return http.StatusUnprocessableEntity, err.Error()
	case fault.Busy:
		return http.StatusServiceUnavailable, err.Error()
	case fault.Internal, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.Tampered:
	}
	if s.Log != nil {
		s.Log.ErrorContext(r.Context(), "message not received", "err", err)
	}
	return http.StatusInternalServerError, "The message could not be kept. Send it again."
}
