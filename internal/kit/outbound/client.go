package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"assay/internal/kit/clock"
)

// Options says how a client behaves. Zero values are replaced by the defaults
// named beside the fields.
type Options struct {
	AllowLocal bool          // this machine and private networks may be called
	UserAgent  string        // "assay"
	Timeout    time.Duration // of a call with its retries and its body; 2 minutes
	MaxBody    int64         // bytes of a body after decompression; 64 MiB
	Rate       float64       // calls per second to one host; 10
	Burst      int           // calls to one host at once; 10
	Retries    int           // after the first attempt; 4, and none if negative
	MaxWait    time.Duration // longest pause that a server can ask for; 75 seconds
	TLS        *tls.Config   // roots and client certificates; the system's roots

	// Retried hears of each repetition, for a manifest. It may be nil.
	Retried func(req *http.Request, why string)

	Now   clock.Clock                                      // the system's clock
	Sleep func(ctx context.Context, d time.Duration) error // real time
	// Base carries the requests; tests put recordings here. The default dials,
	// refusing the addresses that Permitted refuses.
	Base http.RoundTripper
}

// ErrTooLarge means that a body is over its limit.
var ErrTooLarge = errors.New("body larger than the limit")

const maxRedirects = 5

// New returns a client that follows the package's rules.
func New(o Options) *http.Client {
	o = o.defaults()
	return &http.Client{
		Transport:     &transport{o: o, limits: &limits{rate: o.Rate, burst: o.Burst}},
		CheckRedirect: redirect,
		Timeout:       o.Timeout,
	}
}

func (o Options) defaults() Options {
	set(&o.UserAgent, "assay")
	set(&o.Timeout, 2*time.Minute)
	set(&o.MaxBody, 64<<20)
	set(&o.Rate, 10)
	set(&o.Burst, 10)
	set(&o.Retries, 4)
	set(&o.MaxWait, 75*time.Second)
	if o.Now == nil {
		o.Now = clock.System
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Retried == nil {
		o.Retried = func(*http.Request, string) {}
	}
	if o.Base == nil {
		o.Base = dialling(o)
	}
	return o
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func dialling(o Options) http.RoundTripper {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second, Control: guard(o.AllowLocal)}
	return &http.Transport{
		Proxy:                  nil, // a proxy would dial in our place, unguarded
		DialContext:            dialer.DialContext,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  time.Minute,
		MaxResponseHeaderBytes: 1 << 20,
		MaxConnsPerHost:        8,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// redirect decides on following one. Beyond the first host only the headers
// that say nothing about the caller are sent.
func redirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case req.URL.Scheme != "https" && req.URL.Scheme != "http":
		return fmt.Errorf("redirect to a %s address", req.URL.Scheme)
	case req.URL.Scheme == "http" && via[len(via)-1].URL.Scheme == "https":
		return errors.New("redirect from https to http")
	case req.URL.User != nil:
		return errors.New("redirect to an address with credentials in it")
	}
	left := !sameHost(req, first)
	for _, r := range via {
		left = left || !sameHost(r, first)
	}
	if !left {
		return nil
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return errors.New("redirect of a request with a body to another host")
	}
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Language", "User-Agent", "If-None-Match", "If-Modified-Since":
		default:
			req.Header.Del(name)
		}
	}
	return nil
}

func sameHost(a, b *http.Request) bool {
	return a.URL.Scheme == b.URL.Scheme && strings.EqualFold(a.URL.Host, b.URL.Host)
}

// limited is a body that fails beyond its limit.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if int64(n) > l.left {
		return int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}
