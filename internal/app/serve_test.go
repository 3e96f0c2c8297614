package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/collect"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/suite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, c app.Config) *suite.Suite {
	t.Helper()
	if c.Data == "" {
		c.Data = t.TempDir()
	}
	c.Rehearsal = true
	s, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

func found(t *testing.T, s *suite.Suite, name string) org.Org {
	t.Helper()
	o, err := s.Orgs.Create(t.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// serve runs a server until the test ends or stop is called, which returns
// what Serve did.
func serve(t *testing.T, s *suite.Suite, l suite.Listen) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	l.Ready = func(addr, _ string) { ready <- addr }
	if l.Addr == "" {
		l.Addr = "127.0.0.1:0"
	}
	go func() { ended <- app.Serve(ctx, s, l) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
		closeIdle()
	})
	select {
	case url = <-ready:
	case err := <-ended:
		stopped = true
		t.Fatal(err)
	}
	return url, stop
}

func closeIdle() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

func read(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestHealthAndMetrics(t *testing.T) {
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite": func(*testing.T) string { return "" }, "postgresql": dbtest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, app.Config{DB: dsn(t)})
			o := found(t, s, "Acme")
			if _, err := s.Connectors.Run(t.Context(), access.Job(o.ID, "test"), collect.RegisterID("person"), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Checks.Install(t.Context(), access.Job(o.ID, "test")); err != nil {
				t.Fatal(err)
			}
			url, _ := serve(t, s, suite.Listen{MetricsToken: "secret"})
			for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
				if status, body := read(t, url+path); status != http.StatusOK || body != want {
					t.Errorf("%s: %d %q", path, status, body)
				}
			}
			read(t, url+"/api/v1/org")
			status, body := read(t, url+"/metrics")
			if status != http.StatusOK {
				t.Fatalf("metrics: %d %s", status, body)
			}
			var names []string
			for _, m := range regexp.MustCompile(`(?m)^# TYPE (assay_\w+) `).FindAllStringSubmatch(body, -1) {
				names = append(names, m[1])
			}
			slices.Sort(names)
			want := []string{
				"assay_checks", "assay_collection_lag_seconds", "assay_evidence_age_seconds", "assay_http_request_seconds", "assay_jobs",
				"assay_log_entries", "assay_log_pending_entries", "assay_log_unsigned_entries", "assay_resources_failing", "assay_store_up",
			}
			if !slices.Equal(names, want) {
				t.Errorf("metrics are called %v, want %v", names, want)
			}
			for _, line := range []string{
				`assay_checks{org="acme",status="not_run"}`, `assay_evidence_age_seconds{connection="register/person",org="acme",product="person"}`,
				`assay_collection_lag_seconds{connection="register/evidence",org="acme",product="evidence"}`, // never collected
				`assay_http_request_seconds_count{operation="org.show",status="4xx"} 1`, "assay_store_up 1", "go_goroutines", "process_cpu_seconds_total",
			} {
				if !strings.Contains(body, line) {
					t.Errorf("metrics lack %s", line)
				}
			}
			if status, _ := read(t, url+"/metrics", "X-Forwarded-For", "203.0.113.9"); status != http.StatusForbidden {
				t.Errorf("metrics through a proxy: %d, want 403", status)
			}
			if status, _ := read(t, url+"/metrics", "X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer secret"); status != http.StatusOK {
				t.Errorf("metrics with the token: %d", status)
			}
		})
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := open(t, app.Config{})
	url, _ := serve(t, s, suite.Listen{})
	for _, path := range []string{"/healthz", "/api/v1/org", "/api/v1/nonsense", "/signin", "/nonsense", "/metrics"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
			if res.Header.Get(name) == "" {
				t.Errorf("%s: %d without %s", path, res.StatusCode, name)
			}
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/signin", strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d, want 403", res.StatusCode)
	}
}

// A stop lets the request in hand end.
func TestGracefulShutdown(t *testing.T) {
	s := open(t, app.Config{})
	found(t, s, "Acme")
	url, stop := serve(t, s, suite.Listen{})
	body, feed := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/v1/login", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	answered := make(chan int, 1)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	if _, err := feed.Write([]byte(`{"email":"nobody@acme.example",`)); err != nil {
		t.Fatal(err)
	}
	// Connections are accepted in their order: once this one is answered, the
	// server has the one above in hand.
	if status, _ := read(t, url+"/healthz"); status != http.StatusOK {
		t.Fatalf("healthz: %d", status)
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	if _, err := feed.Write([]byte(`"password":"x","name":"x"}`)); err != nil {
		t.Fatal(err)
	}
	_ = feed.Close()
	if status := <-answered; status != http.StatusUnauthorized {
		t.Errorf("the request in hand was answered with %d, want 401", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestWhereItListens(t *testing.T) {
	s := open(t, app.Config{})
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]suite.Listen{
		"others reach it":         {Addr: "0.0.0.0:0"},
		"all addresses":           {Addr: ":0"},
		"a name that is not ours": {Addr: "assay.example.com:0"},
		"no port":                 {Addr: "127.0.0.1"},
		"half a certificate":      {Addr: "127.0.0.1:0", CertFile: bad},
		"no certificate":          {Addr: "127.0.0.1:0", CertFile: bad, KeyFile: bad},
		"a proxy that is none":    {Addr: "127.0.0.1:0", Proxies: []string{"nonsense"}},
	} {
		if err := app.Serve(t.Context(), s, l); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	url, _ := serve(t, s, suite.Listen{Addr: "127.0.0.1:0"})
	if err := app.Serve(t.Context(), s, suite.Listen{Addr: strings.TrimPrefix(url, "http://")}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an address that is taken: %v", err)
	}
	serve(t, s, suite.Listen{Addr: "0.0.0.0:0", InsecureHTTP: true})
}

// The address of a request is the proxy's word only where the operator
// believes the proxy.
func TestProxies(t *testing.T) {
	for name, c := range map[string]struct {
		proxies []string
		header  string
		want    string
	}{
		"nobody believed":       {nil, "203.0.113.9", "127.0.0.1"},
		"believed":              {[]string{"127.0.0.0/8"}, "203.0.113.9", "203.0.113.9"},
		"the last that is none": {[]string{"127.0.0.0/8", "10.0.0.0/8"}, "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"},
		"nonsense":              {[]string{"127.0.0.0/8"}, "nonsense", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			var log lines
			s := open(t, app.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
			url, stop := serve(t, s, suite.Listen{Proxies: c.proxies})
			read(t, url+"/api/v1/org", "X-Forwarded-For", c.header)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if text := log.String(); !strings.Contains(text, "from="+c.want+":") && !strings.Contains(text, "from="+c.want+" ") {
				t.Errorf("%s is not where the request came from:\n%s", c.want, text)
			}
		})
	}
}

// What is due is done: a new organization's registers are collected, the checks
// over them run, the log is signed and its schedules kept.
func TestTendsToWhatIsDue(t *testing.T) {
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite": func(*testing.T) string { return "" }, "postgresql": dbtest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, app.Config{DB: dsn(t), Now: clock.System})
			o := found(t, s, "Acme")
			serve(t, s, suite.Listen{})
			who := access.Job(o.ID, "test")
			deadline := time.Now().Add(time.Minute)
			for {
				c, _, err := s.Connectors.Get(t.Context(), who, collect.RegisterID("person"))
				if err != nil {
					t.Fatal(err)
				}
				checks, err := s.Checks.List(t.Context(), who)
				if err != nil {
					t.Fatal(err)
				}
				if c.Last != nil && len(checks) > 0 && checks[0].Last != nil {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("after a minute: collected %v, %d checks", c.Last, len(checks))
				}
				<-time.After(20 * time.Millisecond)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := app.Open(t.Context(), app.Config{}); err == nil {
		t.Error("a store without a folder opens")
	}
	dir := t.TempDir()
	s, err := app.Open(t.Context(), app.Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "keys", "master.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(t.Context(), app.Config{Data: dir}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a key that others can read: %v", err)
	}
}
