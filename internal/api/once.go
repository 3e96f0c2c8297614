package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
)

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 200
	keepKey   = 24 * time.Hour
	slowest   = 15 * time.Minute // a write that has begun and not ended for longer was cut off
)

// attempt is a write that is to be done once.
type attempt struct {
	op    *Operation
	grant access.Grant
	key   string
	body  []byte
	input []byte // MAC over all that was asked
	seal  keys.Sealer
}

// reply is an answer as it is kept.
type reply struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// once does the write unless the same was done under the same key, in which
// case it answers as it did then. A write that fails changed nothing, so that
// its key is free again.
func (s *Server) once(w http.ResponseWriter, r *http.Request, a attempt, next http.Handler) {
	if len(a.key) > maxKey {
		s.write(w, r, fault.New(fault.Invalid, "An idempotency key has at most %d characters.", maxKey))
		return
	}
	sent, _ := r.Context().Value(keyFile).(*sentFile)
	defer sent.forget()
	if err := s.take(w, r, &a); err != nil {
		s.write(w, r, err)
		return
	}
	before, err := s.begin(r, &a)
	if err != nil {
		s.write(w, r, err)
		return
	}
	if before != nil {
		before.Header.Set("Idempotent-Replay", "true")
		before.send(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(a.body))
	rec := &recorder{header: http.Header{}}
	done := false
	defer func() {
		if !done { // the handler went down; nothing was saved
			_ = s.free(r.Context(), &a)
		}
	}()
	next.ServeHTTP(rec, r)
	done = true
	if err := s.end(r.Context(), &a, rec); err != nil {
		s.Suite.Log.ErrorContext(r.Context(), "keep answer", "operation", a.op.ID, "err", err)
	}
	(&reply{Status: rec.code(), Header: rec.header, Body: rec.body.Bytes()}).send(w)
}

// take reads what the request carries. A file goes to disk, and its hash stands
// for it.
func (s *Server) take(w http.ResponseWriter, r *http.Request, a *attempt) error {
	if sent, ok := r.Context().Value(keyFile).(*sentFile); ok {
		file, err := s.received(r.Context(), sent)
		if err != nil {
			return err
		}
		sent.file, a.body = file, []byte("sha256 "+file.Sum)
		return nil
	}
	limit := a.op.MaxBody
	if limit == 0 {
		limit = maxBody
	}
	var err error
	if a.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return tooLarge(err, limit)
	}
	return nil
}

func tooLarge(err error, limit int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(fault.TooLarge, err, "The request is larger than %d bytes, the limit of this operation. Nothing was saved.", limit)
	}
	return fault.Wrap(fault.Invalid, err, "The request could not be read to its end. Nothing was saved.")
}

func sealedFor(a *attempt) string {
	return "api.idempotency " + a.grant.Org() + " " + a.grant.Actor().ID + " " + a.key
}

// begin returns the kept answer, or nil after noting that the write begins.
func (s *Server) begin(r *http.Request, a *attempt) (before *reply, err error) {
	err = s.Suite.DB.Write(r.Context(), a.grant, func(tx *db.Tx) error {
		o, err := s.Suite.Keys.Open(tx)
		if err != nil {
			return err
		}
		a.seal = o.Secrets()
		// Recognizing outlives a rotation of what seals.
		a.input = o.Content().Derive("api.idempotency").MAC([]byte(a.op.ID + "\n" + r.URL.RequestURI() + "\n" + r.Header.Get("Content-Type") + "\n" + string(a.body)))
		if err := forget(tx, tx.Now().Add(-keepKey)); err != nil {
			return err
		}
		k, found, err := loadKept(tx, a.key)
		if err != nil {
			return err
		}
		if !found {
			return insertKept(tx, a.key, &kept{operation: a.op.ID, input: a.input})
		}
		before, err = a.answered(&k, tx.Now())
		return err
	})
	return before, err
}

func (a *attempt) answered(k *kept, now time.Time) (*reply, error) {
	switch {
	case !hmac.Equal(k.input, a.input):
		return nil, fault.New(fault.Conflict, "This idempotency key was used for another request. Take a new key; nothing was changed.")
	case k.status == 0 && now.Sub(k.at) < slowest:
		return nil, fault.New(fault.Conflict, "The first request with this idempotency key is still being worked on. Ask again in a moment.")
	case k.status == 0:
		return nil, fault.New(fault.Conflict, "The first request with this idempotency key was cut off. See whether it was done before you repeat it with a new key.")
	}
	body, err := a.seal.Open(sealedFor(a), k.answer)
	if err != nil {
		return nil, err
	}
	before := &reply{}
	return before, json.Unmarshal(body, before)
}

// end keeps the answer of a write that succeeded and frees the key of one that
// did not.
func (s *Server) end(ctx context.Context, a *attempt, rec *recorder) error {
	if rec.code() < 200 || rec.code() > 299 {
		return s.free(ctx, a)
	}
	b, err := json.Marshal(&reply{Status: rec.code(), Header: rec.header, Body: rec.body.Bytes()})
	if err != nil {
		return err
	}
	sealed, err := a.seal.Seal(sealedFor(a), b)
	if err != nil {
		return err
	}
	return s.Suite.DB.Write(context.WithoutCancel(ctx), a.grant, func(tx *db.Tx) error {
		return saveKept(tx, a.key, rec.code(), sealed)
	})
}

func (s *Server) free(ctx context.Context, a *attempt) error {
	return s.Suite.DB.Write(context.WithoutCancel(ctx), a.grant, func(tx *db.Tx) error { return removeKept(tx, a.key) })
}

func (p *reply) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.Header)
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body) //nolint:gosec // what this server answered before, with the same content type
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// SetReadDeadline is asked for by huma; the body is here already.
func (r *recorder) SetReadDeadline(time.Time) error { return nil }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
