package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
)

// answering is a web that a function makes.
type answering func(req *http.Request) (int, http.Header, string)

// RoundTrip is http.RoundTripper's.
func (f answering) RoundTrip(req *http.Request) (*http.Response, error) {
	status, header, text := f(req)
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Request: req, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func newTestClient(web answering) *Client {
	var hand clock.Hand
	hand.Set(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	return &Client{
		HTTP: &http.Client{Transport: web}, Hosts: []string{"api.example.com"}, Vendor: "Example",
		Run:       connector.NewRun(hand.Now, []string{"test.one"}, func(context.Context, connector.Resource) error { return nil }, nil),
		Authorize: func(context.Context, string) (string, error) { return "Bearer x", nil },
		Said:      func(b []byte) string { return string(b) },
	}
}

func TestPages(t *testing.T) {
	next := func(links ...string) http.Header { return http.Header{"Link": links} }
	for name, c := range map[string]struct {
		first   http.Header
		second  string
		numbers int
		problem string
	}{
		"one page":             {nil, ``, 2, ""},
		"one header of two":    {next(`<https://api.example.com/a>; rel="self", <https://api.example.com/b>; rel="next"`), `[3]`, 3, ""},
		"a header each":        {next(`<https://api.example.com/a>; rel="self"`, `<https://API.example.com/b>; rel="next"`), `[3]`, 3, ""},
		"another host":         {next(`<https://elsewhere.example.net/b>; rel="next"`), ``, 2, "another host"},
		"without encryption":   {next(`<http://api.example.com/b>; rel="next"`), ``, 2, "another host"},
		"itself":               {next(`<https://api.example.com/a>; rel="next"`), ``, 2, "follows itself"},
		"null for a list":      {next(`<https://api.example.com/b>; rel="next"`), `null`, 2, "not what is documented"},
		"an object for a list": {next(`<https://api.example.com/b>; rel="next"`), `{}`, 2, "not what is documented"},
		"half of a list":       {next(`<https://api.example.com/b>; rel="next"`), `[3`, 2, "not what is documented"},
	} {
		client := newTestClient(func(req *http.Request) (int, http.Header, string) {
			if req.Header.Get("Authorization") != "Bearer x" {
				t.Errorf("%s: %v", name, req.Header)
			}
			if req.URL.Path == "/a" {
				return 200, c.first, `[1, 2]`
			}
			return 200, nil, c.second
		})
		numbers := 0
		err := Pages(t.Context(), client, Call{Name: "GET /a", URL: "https://api.example.com/a"}, Array[int], func(*int) error { numbers++; return nil })
		if numbers != c.numbers || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %d, %v", name, numbers, err)
		}
		if refused := client.Run.Calls()[0].Refused; (refused > 0) != (c.problem != "") {
			t.Errorf("%s: the manifest counts %d refusals", name, refused)
		}
	}
}

func TestARefusalIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header http.Header
		text   string
	}{
		"a refusal":        {403, nil, "Example answered 403 not allowed"},
		"a budget":         {429, http.Header{"X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"1772449200"}}, "the budget of calls is spent until 2026-03-02T11:00:00Z"},
		"a budget, untold": {429, nil, "the budget of calls is spent: collect again later"},
		"nothing":          {204, nil, "Example answered 204 not allowed"},
	} {
		client := newTestClient(func(*http.Request) (int, http.Header, string) { return c.status, c.header, "not allowed" })
		_, err := Get[struct{}](t.Context(), client, Call{Name: "GET /a", URL: "https://api.example.com/a"})
		if err == nil || err.Error() != c.text || Status(err) != c.status {
			t.Errorf("%s: %v", name, err)
		}
		if err := client.Broke(t.Context(), "A list", err, "test.one"); err != nil {
			t.Errorf("%s: it ends the collection: %v", name, err)
		}
		if r := client.Run.Reports()[0]; r.Complete || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], c.text) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// What is wrong on this side ends the collection.
func TestOurs(t *testing.T) {
	client := newTestClient(func(*http.Request) (int, http.Header, string) { return 200, nil, `[1]` })
	full := errors.New("the disk is full")
	client.Run.SetSink(func(context.Context, connector.Resource) error { return full })
	err := Pages(t.Context(), client, Call{Name: "GET /a", URL: "https://api.example.com/a"}, Array[int], func(*int) error {
		return client.Put(t.Context(), "test.one", "1", NewSheet())
	})
	if got := client.Broke(t.Context(), "A list", err, "test.one"); !errors.Is(got, full) {
		t.Error(got)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if got := client.Broke(ctx, "A list", errors.New("broken"), "test.one"); !errors.Is(got, context.Canceled) {
		t.Error(got)
	}
}
