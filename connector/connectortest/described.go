package connectortest

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Described is a mock server that answers from the vendor's own description of
// its API, in the place of the vendor. Requests that the description does not
// admit are refused by it, and noted. There is one page of everything.
type Described struct {
	Base *url.URL
	// Else answers, by path, what the description does not hold.
	Else map[string]string

	mu      sync.Mutex
	refused []string // guarded by mu
}

// NewDescribed takes the mock server whose address stands in the environment, as
// test/described.sh puts it there, and skips the test without one.
func NewDescribed(t *testing.T, address string) *Described {
	t.Helper()
	if address == "" {
		t.Skip("no mock server of the vendor's description: run test/described.sh, which needs node and npm")
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &Described{Base: base}
}

// RoundTrip is http.RoundTripper's.
func (d *Described) RoundTrip(req *http.Request) (*http.Response, error) {
	if body, ok := d.Else[req.URL.Path]; ok {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: req, Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
	there := req.Clone(req.Context())
	there.Header.Set("Accept", "application/json") // as descriptions name what vendors call by their own words
	there.URL.Scheme, there.URL.Host, there.Host = d.Base.Scheme, d.Base.Host, d.Base.Host
	resp, err := http.DefaultTransport.RoundTrip(there)
	if err != nil {
		return nil, err
	}
	resp.Header.Del("Link") // of an example, which would lead on for ever
	if resp.StatusCode == http.StatusUnprocessableEntity || resp.StatusCode == http.StatusUnauthorized || resp.StatusCode >= http.StatusInternalServerError {
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		d.mu.Lock()
		d.refused = append(d.refused, req.Method+" "+req.URL.RequestURI()+": "+strconv.Itoa(resp.StatusCode)+" "+string(body))
		d.mu.Unlock()
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return resp, nil
}

// Refused are the requests that the description does not admit.
func (d *Described) Refused() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}
