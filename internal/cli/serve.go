package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/suite"
)

type serveCmd struct {
	Listen       string   `default:"127.0.0.1:8765" placeholder:"ADDR" help:"Address to listen on."`
	TLSCert      string   `name:"tls-cert" placeholder:"FILE" help:"Certificate, for HTTPS."`
	TLSKey       string   `name:"tls-key" placeholder:"FILE" help:"Key of the certificate."`
	InsecureHTTP bool     `name:"insecure-http" help:"Plain HTTP on an address that others reach: a proxy in front ends TLS."`
	URL          string   `name:"url" placeholder:"URL" help:"Address that people use, when a proxy is in front."`
	Proxy        []string `name:"trusted-proxy" placeholder:"RANGE" help:"Believe X-Forwarded-For from these addresses."`
	MetricsToken string   `name:"metrics-token" placeholder:"FILE" help:"Show /metrics to whoever shows the token in this file."`
	AllowLocal   bool     `name:"allow-local" default:"true" negatable:"" help:"Connectors may read this machine and its network."`
	MaxImport    int64    `name:"max-import" default:"512" placeholder:"MIB" help:"How large a file may be that people import."`
	LogJSON      bool     `name:"log-json" help:"Write the log as JSON."`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, r *run) error {
	if r.Server != "" {
		return fault.New(fault.Invalid, "Serving needs a store: give --data, not --server.")
	}
	level := slog.LevelWarn
	if r.Verbose {
		level = slog.LevelDebug
	}
	var h slog.Handler = slog.NewTextHandler(r.Stderr, &slog.HandlerOptions{Level: level})
	if c.LogJSON {
		h = slog.NewJSONHandler(r.Stderr, &slog.HandlerOptions{Level: min(level, slog.LevelInfo)})
	}
	r.log = slog.New(h)
	l := suite.Listen{
		Addr: c.Listen, CertFile: c.TLSCert, KeyFile: c.TLSKey, InsecureHTTP: c.InsecureHTTP, Public: c.URL, Proxies: c.Proxy,
		Ready: func(addr, setup string) { c.greet(r, addr, setup) },
	}
	if c.MetricsToken != "" {
		b, err := os.ReadFile(c.MetricsToken)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "The token for /metrics cannot be read: %v.", err)
		}
		l.MetricsToken = strings.TrimSpace(string(b))
	}
	if c.MaxImport < 1 || c.MaxImport > 1<<20 {
		return fault.New(fault.Invalid, "--max-import is a number of MiB, from 1 on.")
	}
	r.adjust = func(config *suite.Config) { config.AllowLocal, config.MaxImport = c.AllowLocal, c.MaxImport<<20 }
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	if held := s.DB.Held(); held != nil {
		r.note("%s", explain(held))
	}
	r.serves = true
	if err := r.Serve(ctx, s, l); err != nil {
		return err
	}
	r.note("Stopped. Everything that was saved is in %s.", r.dataDir())
	return nil
}

// greet says where to go.
func (c *serveCmd) greet(r *run, addr, setup string) {
	if c.URL != "" {
		addr = strings.TrimSuffix(c.URL, "/")
	}
	text := "Assay serves " + r.dataDir() + "\nOpen   " + addr + "\n"
	if setup != "" {
		text = "Assay serves " + r.dataDir() + "\nOpen   " + addr + "/setup?token=" + setup + "\n" +
			"       to make the first administrator. The token is good once, until Assay starts again.\n"
	}
	_, _ = io.WriteString(r.Stdout, text+"Stop   Ctrl-C\n")
}
