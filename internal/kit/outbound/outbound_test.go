package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/kit/clock"
)

// rest is a clock that sleeping moves.
type rest struct {
	hand   clock.Hand
	pauses []time.Duration
}

func newRest() *rest {
	r := &rest{}
	r.hand.Set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return r
}

func (r *rest) sleep(ctx context.Context, d time.Duration) error {
	r.pauses = append(r.pauses, d)
	r.hand.Add(d)
	return ctx.Err()
}

func (r *rest) options() Options {
	return Options{AllowLocal: true, Now: r.hand.Now, Sleep: r.sleep}
}

func get(t *testing.T, c *http.Client, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token")
	req.Header.Set("Private-Token", "token")
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		addr            string
		open, withLocal bool
	}{
		{"93.184.215.14", true, true},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", true, true},
		{"::ffff:93.184.215.14", true, true},
		{"64:ff9b::5db8:d70e", true, true},
		{"127.0.0.1", false, true},
		{"127.9.9.9", false, true},
		{"::1", false, true},
		{"10.1.2.3", false, true},
		{"172.31.255.255", false, true},
		{"172.32.0.1", true, true},
		{"192.168.1.1", false, true},
		{"100.64.0.1", false, true},
		{"fd12::1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"::ffff:10.0.0.1", false, true},
		{"::127.0.0.1", false, true},
		{"64:ff9b::7f00:1", false, true},
		{"2002:7f00:1::", false, true},
		{"2001:0:1:2:3:4:80ff:fffe", false, true}, // Teredo to 127.0.0.1
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"169.254.1.1", false, false},
		{"fe80::1", false, false},
		{"fe80::1%eth0", false, false},
		{"224.0.0.1", false, false},
		{"ff02::1", false, false},
		{"255.255.255.255", false, false},
		{"192.0.2.1", false, false},
		{"2001:db8::1", false, false},
		{"169.254.169.254", false, false},
		{"::ffff:169.254.169.254", false, false},
		{"64:ff9b::a9fe:a9fe", false, false},
		{"2002:a9fe:a9fe::", false, false},
		{"fd00:ec2::254", false, false},
		{"100.100.100.200", false, false},
		{"168.63.129.16", false, false},
	} {
		a := netip.MustParseAddr(c.addr)
		if got := Permitted(a, false) == nil; got != c.open {
			t.Errorf("%s: permitted %v", a, got)
		}
		if got := Permitted(a, true) == nil; got != c.withLocal {
			t.Errorf("%s with local: permitted %v", a, got)
		}
	}
}

func TestAnIPv4AddressIsJudgedTheSameInEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		four := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		local := rapid.Bool().Draw(t, "local")
		want := Permitted(netip.AddrFrom4(four), local) == nil
		for _, c := range carriers[2:] {
			b := c.prefix.Addr().As16()
			for i := range four {
				b[c.at+i] = four[i]
				if c.flip {
					b[c.at+i] = ^four[i]
				}
			}
			if got := Permitted(netip.AddrFrom16(b), local) == nil; got != want {
				t.Fatalf("%v in %s: permitted %v", four, c.prefix, got)
			}
		}
		mapped := netip.AddrFrom16(netip.AddrFrom4(four).As16())
		if got := Permitted(mapped, local) == nil; got != want {
			t.Fatalf("%v mapped: permitted %v", four, got)
		}
	})
}

func TestTheDialIsRefusedAfterTheNameWasResolved(t *testing.T) {
	called := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"} {
		_, err := get(t, New(Options{Retries: -1}), "http://"+host+":"+u.Port())
		if err == nil {
			t.Errorf("%s was called", host)
		}
	}
	if _, err := get(t, New(Options{}), s.URL); !errors.Is(err, ErrAddress) {
		t.Errorf("%v", err)
	}
	if called {
		t.Error("a connection was made")
	}
	if err := guard(true)("udp4", "10.0.0.1:53", nil); !errors.Is(err, ErrAddress) {
		t.Errorf("udp: %v", err)
	}
	if err := Dialer(false).Control("udp4", "10.0.0.1:53", nil); !errors.Is(err, ErrAddress) {
		t.Errorf("a dialer over UDP: %v", err)
	}
	if err := Dialer(true).Control("udp4", "10.0.0.1:53", nil); err != nil {
		t.Errorf("a dialer that may: %v", err)
	}
	if err := guard(false)("tcp4", "nonsense", nil); !errors.Is(err, ErrAddress) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestPassingFailuresAreRepeated(t *testing.T) {
	r := newRest()
	var agents []string
	answers := []func(http.ResponseWriter){ // a reset first: on a connection used before, net/http repeats by itself
		func(w http.ResponseWriter) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0)
				}
				_ = conn.Close()
			}
		},
		func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) },
		func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", r.hand.Now().Add(20*time.Second).Truncate(time.Second).Format(http.TimeFormat))
			w.WriteHeader(503)
		},
		func(w http.ResponseWriter) { w.WriteHeader(502) },
		func(w http.ResponseWriter) { _, _ = io.WriteString(w, "done") },
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		agents = append(agents, req.UserAgent())
		next := answers[0]
		answers = answers[1:]
		next(w)
	}))
	defer s.Close()
	o := r.options()
	o.UserAgent = "assay/1"
	var heard []string
	o.Retried = func(_ *http.Request, why string) { heard = append(heard, why) }
	body, err := get(t, New(o), s.URL)
	if err != nil || body != "done" {
		t.Fatalf("%q %v", body, err)
	}
	if len(r.pauses) != 4 || r.pauses[1] != 7*time.Second || r.pauses[2] <= 19*time.Second || r.pauses[2] > 20*time.Second {
		t.Errorf("pauses %v", r.pauses)
	}
	if first, last := r.pauses[0], r.pauses[3]; first < firstPause/2 || first > firstPause || last < 2*time.Second || last > 4*time.Second {
		t.Errorf("own pauses %v, %v", first, last)
	}
	if got := strings.Join(heard, ", "); got != "connection reset, 429 Too Many Requests, 503 Service Unavailable, 502 Bad Gateway" {
		t.Errorf("heard %s", got)
	}
	if agents[0] != "assay/1" {
		t.Errorf("agent %q", agents[0])
	}
}

func TestWhatIsNotRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		method, after string
		status, calls int
	}{
		"a post":           {"POST", "1", 503, 1},
		"a delete":         {"DELETE", "1", 503, 1},
		"a refusal":        {"GET", "", 403, 1},
		"our own fault":    {"GET", "", 500, 1},
		"too long a pause": {"GET", "3600", 429, 1},
		"for ever":         {"GET", "99999999999999999999", 429, 5}, // not a number of seconds: own pauses
		"endless seconds":  {"GET", "99999999999999999", 429, 1},
		"a date gone by":   {"GET", "Mon, 02 Jan 2006 15:04:05 GMT", 503, 5},
		"nonsense":         {"GET", "soon", 503, 5},
	} {
		r, calls := newRest(), 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.status)
		}))
		req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := New(r.options()).Do(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			_ = resp.Body.Close()
			if resp.StatusCode != c.status || calls != c.calls {
				t.Errorf("%s: %d after %d calls", name, resp.StatusCode, calls)
			}
		}
		s.Close()
	}
}

func TestABudgetThatIsSpent(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		header map[string]string
		read   bool
		calls  int
		pause  time.Duration
	}{
		"asked to wait":      {"GET", map[string]string{"Retry-After": "9"}, false, 2, 9 * time.Second},
		"until a time":       {"GET", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772366430"}, false, 2, 30 * time.Second},
		"as Okta spells it":  {"GET", map[string]string{"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "1772366430"}, false, 2, 30 * time.Second},
		"its clock is ahead": {"GET", map[string]string{"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "1772366300"}, false, 2, firstPause},
		"until a far time":   {"GET", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772370000"}, false, 1, 0},
		"a plain refusal":    {"GET", map[string]string{"X-RateLimit-Remaining": "12", "X-RateLimit-Reset": "1772366430"}, false, 1, 0},
		"a change":           {"POST", map[string]string{"Retry-After": "9"}, false, 1, 0},
		"a query by posting": {"POST", map[string]string{"Retry-After": "9"}, true, 2, 9 * time.Second},
	} {
		r, calls := newRest(), 0
		var bodies []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			b, _ := io.ReadAll(req.Body)
			bodies = append(bodies, string(b))
			if calls++; calls > 1 {
				return
			}
			for k, v := range c.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(http.StatusForbidden)
		}))
		ctx := t.Context()
		if c.read {
			ctx = Reading(ctx)
		}
		req, err := http.NewRequestWithContext(ctx, c.method, s.URL, strings.NewReader("query"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := New(r.options()).Do(req)
		if err != nil {
			t.Fatal(name, err)
		}
		_ = resp.Body.Close()
		if calls != c.calls || c.pause > 0 && (len(r.pauses) != 1 || r.pauses[0] != c.pause) || bodies[len(bodies)-1] != "query" {
			t.Errorf("%s: %d calls, pauses %v, bodies %q", name, calls, r.pauses, bodies)
		}
		s.Close()
	}
}

func TestCallsToOneHostAreSpacedOut(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	r := newRest()
	o := r.options()
	o.Rate, o.Burst = 2, 3
	c, start := New(o), r.hand.Now()
	for range 7 {
		if _, err := get(t, c, s.URL); err != nil {
			t.Fatal(err)
		}
	}
	if took := r.hand.Now().Sub(start); took != 2*time.Second {
		t.Errorf("7 calls, 3 at once, then 2 a second: %v", took)
	}
}

func TestABodyOverTheLimitIsAnError(t *testing.T) {
	var squeezed bytes.Buffer
	z := gzip.NewWriter(&squeezed)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/exact":
			_, _ = w.Write(make([]byte, 1000))
		case "/over":
			_, _ = w.Write(make([]byte, 1001))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(squeezed.Bytes())
		}
	}))
	defer s.Close()
	o := newRest().options()
	o.MaxBody = 1000
	if body, err := get(t, New(o), s.URL+"/exact"); err != nil || len(body) != 1000 {
		t.Errorf("exact: %d %v", len(body), err)
	}
	for _, path := range []string{"/over", "/bomb"} {
		if body, err := get(t, New(o), s.URL+path); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %d %v", path, len(body), err)
		}
	}
}

func TestRedirects(t *testing.T) {
	var seen http.Header
	end := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { seen = req.Header }))
	defer end.Close()
	start := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		seen = req.Header
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		switch req.URL.Path {
		case "/away":
			http.Redirect(w, req, end.URL, http.StatusTemporaryRedirect)
		case "/here":
			http.Redirect(w, req, "/stay", http.StatusFound)
		case "/round":
			http.Redirect(w, req, "/round", http.StatusFound)
		case "/file":
			http.Redirect(w, req, "file:///etc/passwd", http.StatusFound)
		case "/user":
			http.Redirect(w, req, strings.Replace(end.URL, "http://", "http://a:b@", 1), http.StatusFound)
		case "/metadata":
			http.Redirect(w, req, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}
	}))
	defer start.Close()
	c := New(newRest().options())
	if _, err := get(t, c, start.URL+"/here"); err != nil || seen.Get("Authorization") == "" || seen.Get("Private-Token") == "" {
		t.Errorf("same host: %v %v", err, seen)
	}
	if seen.Get("Cookie") != "" {
		t.Error("a cookie came back")
	}
	if _, err := get(t, c, start.URL+"/away"); err != nil || seen.Get("Authorization") != "" || seen.Get("Private-Token") != "" || seen.Get("Referer") != "" {
		t.Errorf("other host: %v %v", err, seen)
	}
	for _, path := range []string{"/round", "/file", "/user", "/metadata"} {
		if _, err := get(t, c, start.URL+path); err == nil {
			t.Errorf("%s was followed", path)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, start.URL+"/away", strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := c.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("a body was taken to another host")
	}
}

func TestNoRedirectFromHTTPSToHTTP(t *testing.T) {
	req := func(address string) *http.Request {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}
	}
	if err := redirect(req("http://example.com/"), []*http.Request{req("https://example.com/")}); err == nil {
		t.Error("followed")
	}
}

type resetting struct{ calls int }

func (r *resetting) RoundTrip(req *http.Request) (*http.Response, error) {
	r.calls++
	if b, err := io.ReadAll(req.Body); err != nil || string(b) != "body" {
		return nil, errors.New("the body was not sent again")
	}
	return nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
}

func TestABodyIsSentAgain(t *testing.T) {
	r, base := newRest(), &resetting{}
	o := r.options()
	o.Base, o.Retries = base, 2
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := New(o).Do(req); !errors.Is(err, syscall.ECONNRESET) {
		if resp != nil {
			_ = resp.Body.Close()
		}
		t.Errorf("%v", err)
	}
	if base.calls != 3 {
		t.Errorf("%d calls", base.calls)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := sleep(t.Context(), 0); err != nil {
		t.Error(err)
	}
}
