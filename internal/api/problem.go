package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/kit/fault"
	"assay/internal/kit/id"
)

// statusOf is the HTTP status of a kind of failure.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Busy:
		return http.StatusTooManyRequests
	case fault.Internal, fault.Tampered:
	}
	return http.StatusInternalServerError
}

// problemType begins the type of every problem; the fault's kind follows.
const problemType = "urn:assay:problem:"

// problem turns an error into what the caller sees, and logs what is ours.
func (s *Server) problem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Of(err)
	p := &huma.ErrorModel{Status: statusOf(kind), Type: problemType + string(kind), Title: http.StatusText(statusOf(kind)), Detail: fault.Text(err)}
	for _, f := range fault.FieldsOf(err) {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: f.Text, Location: "body." + f.Name})
	}
	if errors.Is(err, context.Canceled) {
		p.Detail = "The request was cut off. Nothing was saved."
		return p
	}
	if kind == fault.Internal || kind == fault.Tampered {
		number := id.Token(4)
		s.Suite.Log.ErrorContext(ctx, "request failed", "number", number, "err", err)
		p.Instance = "urn:assay:error:" + number
		if kind == fault.Internal {
			p.Detail = "Something went wrong on our side, and nothing was saved. It is in the server's log under " + number + "."
		}
	}
	return p
}

// write answers with the problem of an error, for what happens before an
// operation has begun.
func (s *Server) write(w http.ResponseWriter, r *http.Request, err error) {
	var p *huma.ErrorModel
	if !errors.As(s.problem(r.Context(), err), &p) { //nolint:forbidigo // ErrorModel is found by its pointer
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// plain takes what the caller sent out of huma's own errors, and gives them
// our type.
func plain(_ huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	for _, e := range p.Errors {
		e.Value = nil
	}
	if p.Type == "" {
		p.Type = problemType + string(kindOf(p.Status))
		if p.Status == http.StatusUnprocessableEntity {
			p.Detail = "The request does not fit the operation. Nothing was saved."
		}
	}
	return p, nil
}

// kindOf is the kind of failure that a status stands for.
func kindOf(status int) fault.Kind {
	for _, k := range []fault.Kind{
		fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.Busy,
	} {
		if statusOf(k) == status {
			return k
		}
	}
	if status >= 400 && status < 500 {
		return fault.Invalid
	}
	return fault.Internal
}
