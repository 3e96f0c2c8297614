package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/suite"
)

// Version is what this program was built as.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// front is what every request passes: whose word for the address counts, the
// headers that every answer has, no writes from other sites, a line in the log.
func front(s *suite.Suite, l *suite.Listen, secure bool, next http.Handler) (http.Handler, error) {
	var proxies []netip.Prefix
	for _, text := range l.Proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "The proxy %q is not an address range such as 10.0.0.0/8.", text)
		}
		proxies = append(proxies, p)
	}
	next = http.NewCrossOriginProtection().Handler(next)
	next = headers(secure, next)
	next = logged(s.Log, next)
	return patient(believed(proxies, next)), nil
}

// believed puts the address that a trusted proxy saw into RemoteAddr. Of the
// addresses that X-Forwarded-For lists, it is the last that is no proxy's.
func believed(proxies []netip.Prefix, next http.Handler) http.Handler {
	trusted := func(addr string) bool {
		a, err := netip.ParseAddr(strings.TrimSpace(addr))
		if err != nil {
			return false
		}
		for _, p := range proxies {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && trusted(host) {
			believe(r, trusted)
		}
		next.ServeHTTP(w, r)
	})
}

// believe takes the address from what the proxies passed on.
func believe(r *http.Request, trusted func(string) bool) {
	seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(seen) {
		addr, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return
		}
		r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
		if !trusted(text) {
			return
		}
	}
}

func headers(https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// logged writes a line for each request, without its query, which may hold
// what a person typed.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		level := slog.LevelInfo
		switch path := r.URL.Path; {
		case sw.code() >= 500:
			level = slog.LevelError
		case path == "/healthz" || path == "/readyz" || path == "/metrics":
			level = slog.LevelDebug
		}
		log.LogAttrs(r.Context(), level, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path), //nolint:sloglint // one line for every request: attributes cost least
			slog.Int("status", sw.code()), slog.Duration("took", time.Since(begun)), slog.String("from", r.RemoteAddr))
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
