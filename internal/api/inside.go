package api

import (
	"context"
	"io"
	"net/http"

	"assay/internal/access"
)

// Client returns a client that hands requests to the operations without a
// network, on behalf of who: whoever holds the store decides who that is.
func (s *Server) Client(who access.Actor) *Client {
	return &Client{HTTP: &http.Client{Transport: &inside{s.Handler(), who}}, Base: "http://inside.invalid"}
}

type inside struct {
	handler http.Handler
	who     access.Actor
}

// RoundTrip implements http.RoundTripper. The answer's body is read while the
// operation writes it.
func (t *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(context.WithValue(r.Context(), keyActor, t.who))
	if r.Body == nil {
		r.Body = http.NoBody
	}
	pr, pw := io.Pipe()
	w := &piped{header: http.Header{}, body: pw, begun: make(chan struct{})}
	go func() {
		t.handler.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		_ = pw.Close()
	}()
	select {
	case <-w.begun:
	case <-r.Context().Done():
		_ = pr.CloseWithError(r.Context().Err())
		return nil, r.Context().Err()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header.Clone(), Body: pr, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
	}, nil
}

type piped struct {
	header http.Header
	status int
	body   *io.PipeWriter
	begun  chan struct{}
}

// Header implements http.ResponseWriter.
func (p *piped) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *piped) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
		close(p.begun)
	}
}

// Write implements http.ResponseWriter.
func (p *piped) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(b)
}
