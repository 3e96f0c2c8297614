package connectortest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/connector"
)

// replayedWeb answers requests from a recording, in order where the same one
// is made again.
type replayedWeb struct {
	mu      sync.Mutex
	answers map[string][]answer // guarded by mu; by "GET https://…"
	strange []string            // guarded by mu; requests without an answer
}

type answer struct {
	text []byte
	bang string
}

func (w *replayedWeb) add(rest string, data []byte) error {
	line, bang, _, err := marks(rest)
	if err != nil {
		return err
	}
	if bang != "" && bang != "reset" && bang != "cut" {
		return fmt.Errorf("!%s: want !reset or !cut", bang)
	}
	if method, _, ok := strings.Cut(line, " https://"); !ok || method != strings.ToUpper(method) {
		return fmt.Errorf("%q: want a method and an https address", line)
	}
	a := answer{text: data, bang: bang}
	if bang != "reset" {
		resp, err := a.response(nil)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
	}
	w.answers[line] = append(w.answers[line], a)
	return nil
}

// RoundTrip is http.RoundTripper's.
func (w *replayedWeb) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := req.Method + " " + req.URL.String()
	left := w.answers[line]
	if len(left) == 0 {
		w.strange = append(w.strange, line)
		return nil, fmt.Errorf("the recording has no (further) answer to %s", line)
	}
	w.answers[line] = left[1:]
	if left[0].bang == "reset" {
		return nil, fmt.Errorf("read: %w", syscall.ECONNRESET)
	}
	return left[0].response(req)
}

// unasked lists the answers that nobody asked for.
func (w *replayedWeb) unasked() (lines []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for line, left := range w.answers {
		for range left {
			lines = append(lines, line)
		}
	}
	return lines
}

// response reads "200 OK", headers, an empty line and a body.
func (a answer) response(req *http.Request) (*http.Response, error) {
	head, body, _ := bytes.Cut(a.text, []byte("\n\n"))
	text := "HTTP/1.1 " + strings.ReplaceAll(strings.TrimSuffix(string(head), "\n"), "\n", "\r\n") + "\r\n\r\n"
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), req)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.ContentLength = int64(len(body))
	var r io.Reader = bytes.NewReader(body)
	if a.bang == "cut" {
		r = io.MultiReader(r, broken{})
	}
	resp.Body = io.NopCloser(r)
	return resp, nil
}

// broken is the end of a body that should have gone on.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Answering is a web that a function makes of each request and its body: a status
// and what the answer holds.
type Answering func(req *http.Request, body string) (status int, text string)

// RoundTrip is http.RoundTripper's.
func (f Answering) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	status, text := f(req, string(body))
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// Env is an environment in which that web is all there is, and whose period ends
// a year from now and began a year ago.
func (f Answering) Env(now func() time.Time) connector.Env {
	at := now()
	return connector.Env{Now: now, HTTP: &http.Client{Transport: f}, Period: connector.Period{From: at.AddDate(-1, 0, 0), To: at.AddDate(1, 0, 0)}}
}

// Listings holds what several listings of a kind told, one after the other.
type Listings struct {
	Seen map[string]string // by id
	Kind string
	Now  func() time.Time
}

// Once lists, and says how many were told and whether that is said to be all. One
// that was told before must be told the same again.
func (l *Listings) Once(t *testing.T, list func(*connector.Run) error) (told int, complete bool) {
	t.Helper()
	run := connector.NewRun(l.Now, []string{l.Kind}, func(_ context.Context, r connector.Resource) error {
		told++
		text, err := json.Marshal(r.Fields)
		if before, ok := l.Seen[r.ID]; ok && before != string(text) {
			t.Errorf("%s was %s, now %s", r.ID, before, text)
		}
		l.Seen[r.ID] = string(text)
		return err
	}, nil)
	if err := list(run); err != nil {
		t.Fatal(err)
	}
	return told, run.Reports()[0].Complete
}
