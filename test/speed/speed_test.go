package speed_test

import (
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/demo"
	"assay/internal/kit/clock"
	"assay/internal/suite"
	"assay/internal/web"
)

func asOf() time.Time { return time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC) }

func open(b *testing.B, folder string) (*suite.Suite, *clock.Hand) {
	b.Helper()
	hand := &clock.Hand{}
	hand.Set(asOf())
	s, err := app.Open(b.Context(), app.Config{Data: folder, Rehearsal: true, Now: hand.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close(b.Context()) })
	return s, hand
}

// demonstration opens the one that ASSAY_DEMO names, or makes one.
func demonstration(b *testing.B) (*suite.Suite, *clock.Hand) {
	b.Helper()
	if folder := os.Getenv("ASSAY_DEMO"); folder != "" {
		return open(b, folder)
	}
	s, hand := open(b, b.TempDir())
	if _, err := demo.Make(b.Context(), s, hand, demo.Options{AsOf: asOf()}); err != nil {
		b.Fatal(err)
	}
	return s, hand
}

// scale multiplies the demonstration's facts: ASSAY_SCALE, or 1.
func scale(b *testing.B) int {
	b.Helper()
	text := os.Getenv("ASSAY_SCALE")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("ASSAY_SCALE is %q: want a number from 1", text)
	}
	return n
}

// peak is the most that this process had in memory, in MiB.
func peak(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Maxrss) / 1024
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPages serves the pages of the demonstration to the one who leads the
// program. p95-ms is the figure to hold, on a quiet machine; cpu-ms is not
// disturbed by other programs.
func BenchmarkPages(b *testing.B) {
	s, _ := demonstration(b)
	orgs, err := s.Orgs.All(b.Context())
	if err != nil || len(orgs) == 0 {
		b.Fatalf("%d organizations: %v", len(orgs), err)
	}
	members, err := s.Auth.Users(b.Context(), access.Console(orgs[0].ID))
	if err != nil {
		b.Fatal(err)
	}
	lead := slices.IndexFunc(members, func(m auth.Member) bool { return m.Role == access.RoleLead })
	secret, _, err := s.Auth.Reset(b.Context(), members[lead].Email)
	if err != nil {
		b.Fatal(err)
	}
	opened, err := s.Auth.UseReset(b.Context(), secret, "seven brown kettles sing", auth.From{Address: "127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	handler := (&web.Server{Suite: s, Log: slog.New(slog.DiscardHandler)}).Handler()
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody)
		r.AddCookie(&http.Cookie{Name: web.Cookie(false), Value: opened.Token})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for _, path := range pages(get) {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			before := cpu(b)
			for b.Loop() {
				began := b.Elapsed()
				w := get(path)
				took = append(took, b.Elapsed()-began)
				if w.Code != http.StatusOK {
					b.Fatalf("%s answers %d", path, w.Code)
				}
				b.ReportMetric(float64(w.Body.Len())/1024, "KiB")
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

var link = regexp.MustCompile(`href="(/[^"#]*)`)

// pages lists one address of every sort of page that a lead can come to by links,
// and those that show most.
func pages(get func(string) *httptest.ResponseRecorder) []string {
	out := []string{
		"/", "/tasks", "/criteria", "/controls", "/controls/IAM-03", "/controls/CHG-03", "/checks", "/checks/any.account.mfa",
		"/checks/any.change.reviewed", "/evidence", "/people", "/connectors", "/log", "/search?q=change",
	}
	known := map[string]bool{}
	for _, path := range out {
		known[sort(path)] = true
	}
	for i := 0; i < len(out); i++ {
		for _, m := range link.FindAllStringSubmatch(get(out[i]).Body.String(), -1) {
			path := html.UnescapeString(m[1])
			if known[sort(path)] || strings.HasPrefix(path, "/static/") || strings.Count(path, "=") > 1 && !strings.Contains(path, "tab=") {
				continue // two choices in a list at once are no page of their own
			}
			known[sort(path)] = true
			if w := get(path); w.Code == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				out = append(out, path)
			}
		}
	}
	return out
}

// sort is what addresses have in common that one route serves: the words that
// name no object, and the names of what is asked for.
func sort(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	words := strings.Split(u.Path, "/")
	for i := 2; i < len(words); i++ {
		if i == 2 && words[1] != "settings" && words[2] != "new" && words[2] != "import" || strings.ContainsAny(words[i], "0123456789_") {
			words[i] = "*"
		}
	}
	keys := slices.Sorted(maps.Keys(u.Query()))
	if tab := u.Query().Get("tab"); tab != "" {
		keys = append(keys, tab)
	}
	return strings.Join(words, "/") + "?" + strings.Join(keys, "&")
}
