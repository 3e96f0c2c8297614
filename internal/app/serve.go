package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/suite"
	"assay/internal/web"
)

// DefaultAddr is where Assay listens unless told otherwise.
const DefaultAddr = "127.0.0.1:8765"

// The limits of a connection. Files are large and packages take long to make, so
// that a body that comes is given time (see patient), and writing is bounded by
// the operations.
const (
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	readTime     = 5 * time.Minute
	headerBytes  = 64 << 10
	shutdownTime = 20 * time.Second
)

// Serve answers requests and does the work that is due until the context ends.
func Serve(ctx context.Context, s *suite.Suite, l suite.Listen) error {
	ln, err := listen(ctx, &l, s.Log)
	if err != nil {
		return err
	}
	demo, err := demoUsers(ctx, s)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	handler, err := handler(s, &l, demo)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	if !s.DB.IsHeld() { // what was put back is looked at first
		wg.Go(func() { tend(work, s) })
	}
	failed := make(chan error, 1)
	wg.Go(func() { failed <- server.Serve(ln) })
	if err = ready(ctx, s, &l, ln.Addr()); err == nil {
		wg.Go(debug.FreeOSMemory) // what reading the catalog, or making a demonstration, needed is needed no more
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	shut := server.Shutdown(grace)
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, shut)
}

// ready tells where to go, and how the first user is made.
func ready(ctx context.Context, s *suite.Suite, l *suite.Listen, addr net.Addr) error {
	token, err := s.Auth.SetupToken(ctx)
	if err != nil {
		return err
	}
	scheme := "http"
	if l.CertFile != "" {
		scheme = "https"
	}
	s.Log.InfoContext(ctx, "serving", "addr", addr.String(), "engine", string(s.DB.Engine()))
	if l.Ready != nil {
		l.Ready(scheme+"://"+addr.String(), token)
	}
	return nil
}

// listen opens the socket. An address that others reach needs TLS, or the
// operator's word that something in front of it ends TLS.
func listen(ctx context.Context, l *suite.Listen, log *slog.Logger) (net.Listener, error) {
	if l.Addr == "" {
		l.Addr = DefaultAddr
	}
	if (l.CertFile == "") != (l.KeyFile == "") {
		return nil, fault.New(fault.Invalid, "A certificate and its key go together: give both --tls-cert and --tls-key.")
	}
	host, _, err := net.SplitHostPort(l.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The address %q is not of the form host:port.", l.Addr)
	}
	if l.CertFile == "" && !l.InsecureHTTP && !loopback(host) {
		return nil, fault.New(fault.Invalid,
			"Others can reach %s, and passwords would cross the network in plain text. Give --tls-cert and --tls-key, "+
				"or --insecure-http when a proxy in front of Assay ends TLS.", l.Addr)
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "Cannot listen on %s: %v. Is Assay running there already?", l.Addr, err)
	}
	if l.CertFile == "" {
		return ln, nil
	}
	cert, err := newCertificate(l.CertFile, l.KeyFile, log)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Invalid, err, "The certificate cannot be used: %v.", err), ln.Close())
	}
	return tls.NewListener(ln, &tls.Config{
		GetCertificate: cert.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// handler is everything that is served.
func handler(s *suite.Suite, l *suite.Listen, demo []web.DemoUser) (http.Handler, error) {
	m := newMetrics(s)
	secure := l.CertFile != "" || strings.HasPrefix(l.Public, "https://")
	operations := &api.Server{Suite: s, Public: strings.TrimSuffix(l.Public, "/"), Cookie: web.Cookie(secure), Observe: m.observe}
	pages := &web.Server{Suite: s, Log: s.Log, Secure: secure, Public: strings.TrimSuffix(l.Public, "/"), DemoUsers: demo}
	mux := http.NewServeMux()
	mux.Handle("/", m.observe("page", pages.Handler()))
	mux.Handle(api.Prefix+"/", operations.Handler())
	mux.Handle(api.SCIMPrefix+"/", m.observe("scim", operations.SCIM()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := s.DB.Ping(ctx); err != nil {
			s.Log.ErrorContext(ctx, "not ready", "err", err)
			say(w, http.StatusServiceUnavailable, "the store does not answer")
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", m.guard(l.MetricsToken))
	return front(s, l, secure, mux)
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}
