package connectortest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
)

// Trouble is what goes wrong with one request, each time that it is made.
type Trouble string

// Troubles.
const (
	None    Trouble = ""
	Busy    Trouble = "throttled once" // the second time it is answered
	Spent   Trouble = "throttled for an hour"
	Refused Trouble = "refused"
	Cut     Trouble = "cut in the middle of the answer"
	Reset   Trouble = "the connection broke"
)

// World is a recording whose requests are answered as often as they are made, as
// they were answered at first, and one of them with trouble.
type World struct {
	Settings connector.Config
	Now      time.Time
	Period   connector.Period
	Requests []string // in the order in which a whole collection makes them first

	product connector.Product
	host    connector.Host

	mu      sync.Mutex
	answers map[string][]heard // guarded by mu; by request
	asked   map[string]int     // guarded by mu; in this collection
	trouble Trouble            // guarded by mu
	at      string             // guarded by mu; the request that has it
	hit     int                // guarded by mu; how often it had
}

// heard is an answer as it was given.
type heard struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// NewWorld collects once from a recording and remembers its answers.
func NewWorld(t *testing.T, product connector.Product, data []byte) *World {
	t.Helper()
	rec, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Settings: rec.settings, Now: rec.now, Period: rec.period, product: product, host: rec.host, answers: map[string][]heard{}}
	listening := roundTrip(func(req *http.Request) (*http.Response, error) {
		k, err := requestKey(req)
		if err != nil {
			return nil, err
		}
		resp, err := rec.web.RoundTrip(req)
		h := heard{err: err}
		if err == nil {
			h.status, h.header = resp.StatusCode, resp.Header
			h.body, h.err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.answers[k]) == 0 {
			w.Requests = append(w.Requests, k)
		}
		w.answers[k] = append(w.answers[k], h)
		return h.response(req)
	})
	if got := w.collect(t, listening); got.Err != nil {
		t.Fatal(got.Err)
	}
	return w
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// requestKey is a request as it is known again.
func requestKey(req *http.Request) (string, error) {
	k := req.Method + " " + req.URL.String()
	if req.Body == nil {
		return k, nil
	}
	body, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 {
		k += " " + req.Header.Get("X-Amz-Target") + string(body)
	}
	return k, err
}

func (h *heard) response(req *http.Request) (*http.Response, error) {
	if h.status == 0 {
		return nil, h.err
	}
	body := io.Reader(bytes.NewReader(h.body))
	if h.err != nil {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{
		StatusCode: h.status, Status: strconv.Itoa(h.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h.header.Clone(), ContentLength: -1, Body: io.NopCloser(body), Request: req,
	}, nil
}

// Begin says what goes wrong from now on, and with which request.
func (w *World) Begin(trouble Trouble, request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble, w.at, w.asked, w.hit = trouble, request, map[string]int{}, 0
}

// RoundTrip is http.RoundTripper's.
func (w *World) RoundTrip(req *http.Request) (*http.Response, error) {
	k, err := requestKey(req)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.answers[k]
	if len(known) == 0 {
		k = w.like(req, k)
		known = w.answers[k]
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("no such request was recorded: %s", k)
	}
	if k == w.at {
		w.hit++
		if h, ok := w.trouble.answer(w.hit, &known[0]); ok {
			return h.response(req)
		}
	}
	n := min(w.asked[k], len(known)-1)
	w.asked[k]++
	return known[n].response(req)
}

// like finds a request that was recorded and differs in its query alone: a later
// collection asks for what is newer, and is told what it was told before.
func (w *World) like(req *http.Request, k string) string {
	for _, known := range w.Requests {
		_, target, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
		before, _, _ := strings.Cut(known, "?")
		asked, _, _ := strings.Cut(k, "?")
		if req.Method == http.MethodGet && before == asked || target != "" && strings.Contains(known, target) {
			return known
		}
	}
	return ""
}

// answer is what comes instead of an answer.
func (t Trouble) answer(nth int, instead *heard) (*heard, bool) {
	h := &heard{header: http.Header{"Content-Type": {"application/json"}}, body: []byte(`{"message": "no", "error": {"message": "no"}}`)}
	switch t {
	case Busy:
		if nth > 1 {
			return nil, false
		}
		h.status = http.StatusTooManyRequests
		h.header.Set("Retry-After", "1")
	case Spent:
		h.status = http.StatusTooManyRequests
		h.header.Set("Retry-After", "3600")
	case Refused:
		h.status = http.StatusForbidden
	case Cut:
		h.status, h.header, h.body, h.err = http.StatusOK, instead.header, instead.body[:len(instead.body)/2], io.ErrUnexpectedEOF
	case Reset:
		h.err = syscall.ECONNRESET
	case None:
		return nil, false
	}
	return h, true
}

func (w *World) collect(t *testing.T, web http.RoundTripper) *Gathered {
	t.Helper()
	var hand clock.Hand
	hand.Set(w.Now)
	return Gather(t.Context(), w.product, w.Settings, connector.Env{
		Now: hand.Now, Host: w.host, Period: w.Period, AllowLocal: true,
		HTTP: outbound.New(outbound.Options{Now: hand.Now, Base: web, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}),
	})
}

// Endure collects from every recording that the pattern matches, once for each of
// its requests and each trouble with it, and then again without. Whatever goes
// wrong: what is told is what is told otherwise, or unavailable; a kind that is
// said to be complete holds all; nothing is told twice; that something went wrong
// is in the manifest; and the next collection holds everything. A request that is
// throttled once is made again, and nothing is missing.
func Endure(t *testing.T, product connector.Product, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings match %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			NewWorld(t, product, read(t, file)).endure(t)
		})
	}
}

func (w *World) endure(t *testing.T) {
	t.Helper()
	w.Begin(None, "")
	whole := w.collect(t, w)
	if len(w.Requests) == 0 || whole.Len() == 0 {
		t.Error("nothing was asked, or nothing told")
	}
	for i, request := range w.Requests {
		for _, trouble := range []Trouble{Busy, Spent, Refused, Cut, Reset} {
			w.Begin(trouble, request)
			for _, o := range w.collect(t, w).objections(whole, trouble) {
				t.Errorf("request %d, %s\n  %s: %s", i, short(request), trouble, o)
			}
		}
		w.Begin(None, "")
		if !w.collect(t, w).Same(whole) {
			t.Errorf("request %d, %s: the collection after it differs from the first", i, short(request))
		}
	}
	t.Logf("%d requests, %d resources", len(w.Requests), whole.Len())
}

func short(text string) string {
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}

// objections are what is wrong with a collection that had this trouble.
func (g *Gathered) objections(whole *Gathered, trouble Trouble) []string {
	out := g.Against(whole)
	switch {
	case trouble == Busy && !g.Same(whole):
		out = append(out, fmt.Sprintf("something is missing: %v %s", g.Err, difference(jsonLines(whole.Reports), jsonLines(g.Reports))))
	case trouble != Busy && !g.Noticed(whole):
		out = append(out, "nobody noticed")
	}
	return out
}
