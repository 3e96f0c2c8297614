package domain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// page is an answer without redirects followed.
type page struct {
	status int
	header http.Header
	body   []byte
}

const mostBody = 256 << 10

// get asks for one address. It follows no redirect.
func (c *collection) get(ctx context.Context, call, address string) (page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return page{}, err
	}
	client := *c.env.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		c.run.Refuse(call, clip(address+": "+err.Error()))
		return page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
	if err == nil && len(body) > mostBody {
		body = body[:mostBody] // a page; what is a file is told of by whoever reads it
	}
	if err != nil {
		c.run.Refuse(call, clip(address+": "+err.Error()))
		return page{}, err
	}
	c.run.Page(call, "", 1)
	return page{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// sites asks every web site for its headers.
func (c *collection) sites(ctx context.Context) error {
	for _, t := range c.targets(ctx) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !t.site {
			continue
		}
		name := "https://" + t.host
		if t.port != 443 {
			name += ":" + strconv.Itoa(t.port)
		}
		s := newSheet()
		s.set("name", name)
		c.site(ctx, name, s)
		c.plainHTTP(ctx, t, s)
		s.loseRest(kindSite, "status")
		if err := c.emit(ctx, kindSite, name, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) site(ctx context.Context, name string, s *sheet) {
	p, err := c.get(ctx, "GET https://{host}/", name+"/")
	switch {
	case err != nil && closed(err):
		s.set("reachable", false)
		return
	case err != nil:
		c.without(kindSite, name, "its headers", err)
		return
	}
	s.set("reachable", true)
	s.set("status", p.status)
	s.headers(p.header)
}

// closed reports that there is nobody to talk to, as opposed to somebody who
// could not be understood.
func closed(err error) bool {
	unknown, ok := errors.AsType[*net.DNSError](err)
	return errors.Is(err, syscall.ECONNREFUSED) || ok && unknown.IsNotFound
}

// plainHTTP tells what the port for HTTP does.
func (c *collection) plainHTTP(ctx context.Context, t target, s *sheet) {
	if t.port != 443 {
		s.lose("plain_http") // which port would go with it cannot be known
		return
	}
	p, err := c.get(ctx, "GET http://{host}/", "http://"+t.host+"/")
	switch {
	case err != nil && closed(err):
		s.set("plain_http", "closed")
	case err != nil && (errors.Is(err, os.ErrDeadlineExceeded) || timedOut(err)):
		s.set("plain_http", "silent")
	case err != nil:
		s.lose("plain_http")
		c.without(kindSite, t.host, "what port 80 does", err)
	default:
		s.set("plain_http", whither(p, t.host))
	}
}

func timedOut(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}

// whither judges an answer over plain HTTP: only a redirect to HTTPS counts.
func whither(p page, host string) string {
	if p.status < 300 || p.status > 399 {
		return "serves"
	}
	base := &url.URL{Scheme: "http", Host: host, Path: "/"}
	if to, err := base.Parse(p.header.Get("Location")); err == nil && to.Scheme == "https" && to.Host != "" {
		return "redirects"
	}
	return "serves"
}

// headers sets what the answer's headers tell browsers.
func (s *sheet) headers(h http.Header) {
	age, sub, preload := hsts(h.Values("Strict-Transport-Security"))
	s.set("hsts", age > 0)
	s.set("hsts_max_age", age)
	s.set("hsts_subdomains", sub)
	s.set("hsts_preload", preload)
	policies := h.Values("Content-Security-Policy")
	s.set("csp", len(policies) > 0)
	s.set("csp_unsafe", !slices.ContainsFunc(policies, confines))
	frames := strings.ToUpper(strings.TrimSpace(h.Get("X-Frame-Options")))
	s.set("framing_limited", frames == "DENY" || frames == "SAMEORIGIN" ||
		slices.ContainsFunc(policies, func(p string) bool { _, ok := directives(p)["frame-ancestors"]; return ok }))
	s.set("nosniff", strings.EqualFold(strings.TrimSpace(h.Get("X-Content-Type-Options")), "nosniff"))
	s.text("referrer_policy", clip(h.Get("Referrer-Policy")))
	s.text("server", clip(h.Get("Server")))
	insecure := []string{}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if !c.Secure {
			insecure = append(insecure, clip(c.Name))
		}
	}
	slices.Sort(insecure)
	s.set("insecure_cookies", slices.Compact(insecure))
}

// hsts reads the first header, as browsers do (RFC 6797, 8.1).
func hsts(values []string) (age int, subdomains, preload bool) {
	if len(values) == 0 {
		return 0, false, false
	}
	found := false
	for part := range strings.SplitSeq(values[0], ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "max-age":
			n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(value), `"`), 10, 53)
			if err != nil || n < 0 || found {
				return 0, false, false
			}
			age, found = int(n), true
		case "includesubdomains":
			subdomains = true
		case "preload":
			preload = true
		}
	}
	if age == 0 {
		return 0, false, false
	}
	return age, subdomains, preload
}

func directives(policy string) map[string][]string {
	out := map[string][]string{}
	for part := range strings.SplitSeq(policy, ";") {
		if f := strings.Fields(strings.ToLower(part)); len(f) > 0 {
			if _, twice := out[f[0]]; !twice { // the first counts
				out[f[0]] = f[1:]
			}
		}
	}
	return out
}

// confines reports that a policy lets scripts come from named places only. A
// nonce or a hash makes browsers ignore 'unsafe-inline'.
func confines(policy string) bool {
	d := directives(policy)
	sources, ok := d["script-src"]
	if !ok {
		sources, ok = d["default-src"]
	}
	if !ok {
		return false
	}
	strict := slices.ContainsFunc(sources, func(s string) bool {
		return strings.HasPrefix(s, "'nonce-") || strings.HasPrefix(s, "'sha256-") || strings.HasPrefix(s, "'sha384-") || strings.HasPrefix(s, "'sha512-")
	})
	dynamic := slices.Contains(sources, "'strict-dynamic'") && strict
	for _, s := range sources {
		switch s {
		case "'unsafe-eval'":
			return false
		case "'unsafe-inline'":
			if !strict {
				return false
			}
		case "*", "http:", "https:", "data:", "http://*", "https://*":
			if !dynamic {
				return false
			}
		}
	}
	return true
}

// errNotThere means that a well-known address has nothing.
var errNotThere = errors.New("not there")

// wellKnown reads a small text at a well-known address.
func (c *collection) wellKnown(ctx context.Context, call, address string) (string, error) {
	p, err := c.get(ctx, call, address)
	switch {
	case err != nil:
		return "", err
	case p.status == http.StatusNotFound || p.status == http.StatusGone:
		return "", errNotThere
	case p.status != http.StatusOK:
		return "", fmt.Errorf("the answer was %d", p.status)
	case len(p.body) >= mostBody:
		return "", fmt.Errorf("it is larger than %d KiB", mostBody>>10)
	case !strings.HasPrefix(strings.ToLower(strings.TrimSpace(p.header.Get("Content-Type"))), "text/plain"):
		return "", fmt.Errorf("it is not text/plain: %w", errNotThere)
	}
	return string(p.body), nil
}
