package connectortest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
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
	Lost    Trouble = "the place in the list is not known any more"
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
	hook    string

	mu      sync.Mutex
	answers map[string][]heard // guarded by mu; by request
	asked   map[string]int     // guarded by mu; in this collection
	trouble Trouble            // guarded by mu
	at      string             // guarded by mu; the request that has it
	hit     int                // guarded by mu; how often it had
	made    []string           // guarded by mu; the requests of this collection
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
	w := &World{Settings: rec.settings, Now: rec.now, Period: rec.period, product: product, host: rec.host, hook: rec.hook, answers: map[string][]heard{}}
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
		k += " " + req.Header.Get("X-Amz-Target") + claimed(string(body))
	}
	return k, err
}

// claimed is a form in the place of whose signed assertion (RFC 7523) stands what
// it claims, without when: made a minute later it is the same request.
func claimed(body string) string {
	form, err := url.ParseQuery(body)
	if err != nil || form.Get("assertion") == "" {
		return body
	}
	claims := map[string]any{}
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		return body
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return body
	}
	for _, when := range []string{"iat", "exp", "jti"} {
		delete(claims, when)
	}
	form.Set("assertion", fmt.Sprint(claims)) // in the order of the names
	return form.Encode()
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
	w.trouble, w.at, w.asked, w.hit, w.made = trouble, request, map[string]int{}, 0, nil
}

// RoundTrip is http.RoundTripper's.
func (w *World) RoundTrip(req *http.Request) (*http.Response, error) {
	k, err := requestKey(req)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made = append(w.made, k)
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
// collection asks for what is newer, and is told what it was told before, page by
// page.
func (w *World) like(req *http.Request, k string) string {
	for _, known := range w.Requests {
		_, target, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
		before, _, _ := strings.Cut(known, "?")
		asked, _, _ := strings.Cut(k, "?")
		same := req.Method == http.MethodGet && before == asked || target != "" && strings.Contains(known, target)
		if same && placeIn(known) == placeIn(k) {
			return known
		}
	}
	return ""
}

// placeIn is which page a request asks for.
func placeIn(k string) string {
	return strings.Join(places.FindAllString(k, -1), " ")
}

var places = regexp.MustCompile(`[?&](pageToken|after|page)=[^&]*|"NextToken":"[^"]*"`)

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
	case Lost:
		if nth > 1 {
			return nil, false
		}
		h.status, h.body = http.StatusBadRequest, []byte(`{"__type": "InvalidNextTokenException", "message": "no"}`)
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
	return w.resume(t, web, nil)
}

func (w *World) resume(t *testing.T, web http.RoundTripper, before *Gathered) *Gathered {
	t.Helper()
	var hand clock.Hand
	hand.Set(w.Now)
	return Resume(t.Context(), w.product, w.Settings, connector.Env{
		Now: hand.Now, Host: w.host, Period: w.Period, AllowLocal: true, Hook: w.hook,
		HTTP: outbound.New(outbound.Options{Now: hand.Now, Base: web, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}),
	}, before)
}

// Endure collects from every recording that the pattern matches, once for each of
// its requests and each trouble with it, and then again without. Whatever goes
// wrong: what is told is what is told otherwise, or unavailable; a kind that is
// said to be complete holds all; nothing is told twice; that something went wrong
// is in the manifest; a collection that goes on from where the cut-off one came
// holds, with what that one told, everything and nothing twice; and so does one
// that begins anew. A request that is
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
	resumed := 0
	for i, request := range w.Requests {
		for _, trouble := range []Trouble{Busy, Spent, Refused, Cut, Reset} {
			w.Begin(trouble, request)
			cut := w.collect(t, w)
			for _, o := range cut.objections(whole, trouble) {
				t.Errorf("request %d, %s\n  %s: %s", i, short(request), trouble, o)
			}
			if len(cut.Positions) > 0 {
				resumed++
				w.goOn(t, cut, whole, request)
			}
		}
		w.Begin(None, "")
		if !w.collect(t, w).Same(whole) {
			t.Errorf("request %d, %s: the collection after it differs from the first", i, short(request))
		}
	}
	t.Logf("%d requests, %d resources, %d collections resumed", len(w.Requests), whole.Len(), resumed)
}

// goOn collects again from where a collection came that had trouble with a request.
func (w *World) goOn(t *testing.T, cut, whole *Gathered, request string) {
	t.Helper()
	for _, trouble := range cut.further(request) {
		w.Begin(trouble, request)
		if again := w.resume(t, w, cut); !again.SameFacts(whole) || !w.wentOn(cut) {
			t.Errorf("%s\n  %s: what was resumed from %+v differs: %v %s", short(request), trouble, cut.Positions, again.wrong,
				difference(jsonLines(whole.Reports), jsonLines(again.Reports)))
		}
	}
}

// further are the troubles that a collection can have that goes on from here, with
// the request that had one before.
func (g *Gathered) further(request string) []Trouble {
	if slices.ContainsFunc(g.Positions, func(p connector.Position) bool { return p.Cursor != "" && strings.Contains(request, p.Cursor) }) {
		return []Trouble{None, Lost}
	}
	return []Trouble{None}
}

// wentOn reports that the places to which a collection came were asked for.
func (w *World) wentOn(cut *Gathered) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(cut.Positions, func(p connector.Position) bool {
		return !slices.ContainsFunc(w.made, func(k string) bool { return strings.Contains(k, p.Cursor) })
	})
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
