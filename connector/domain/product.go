package domain

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "domain", Version: "1", Title: "Domains and certificates",
		Summary:  "Reads what the internet sees of your domains: DNS with DNSSEC, sender authentication, TLS endpoints and their certificates, security headers, security.txt and the registration.",
		Kinds:    Kinds(),
		Every:    24 * time.Hour,
		Settings: formSettings(),
		Grant: connector.Grant{
			Steps: []string{
				"Nothing is needed: everything that is read is public.",
				"List only names that are yours. The hosts are connected to about twenty times in a collection, which their logs show.",
				"Let this machine ask its resolver (port 53) and reach the hosts (443, and 80 for the redirect).",
			},
			NotRead: []string{
				"pages beyond the answer to GET /, of which only headers are kept",
				"the values of cookies",
				"names that are not listed: no scanning, no transfer of zones, no guessing",
			},
		},
		Open: open,
	}
}

func formSettings() []connector.Setting {
	return []connector.Setting{
		{Name: "domains", Label: "Domains", Required: true, Lines: true, Example: "example.com", Help: "One a line: the domains that you own, in ASCII (xn--… for other scripts)."},
		{Name: "hosts", Label: "Hosts", Lines: true, Example: "app.example.com\nsmtp://mx.example.com:25", Help: "One a line: names to ask for TLS and a web site, host:port for TLS alone, smtp://host:25 for a mail server. Empty: each domain itself and its www, where they lead to an address."},
		{Name: "selectors", Label: "DKIM selectors", Lines: true, Example: "google\nexample.com s1 s2", Help: "One a line: selectors that your mail is signed with, after a domain if they are that one's alone. They cannot be listed from outside."},
		{Name: "resolver", Label: "Resolver", Example: "9.9.9.9:53", Help: "A recursive resolver that passes on DNSSEC records. Empty: this machine's own."},
		{Name: "trust_anchors", Label: "DNSSEC trust anchors", Lines: true, Help: "DS or DNSKEY records to begin with, for domains of an inner DNS. Empty: the root's, as IANA publishes them."},
		{Name: "certificates", Label: "Certificates", Lines: true, Help: "Certificates in PEM that are not reachable here, each followed by its chain; an empty line between chains."},
		{Name: "as_of", Label: "Judge certificates on", Example: "2026-06-30", Help: "The day on which the certificates above are judged. Empty: the day of collection."},
		{Name: "roots", Label: "Own authorities", Lines: true, Help: "Root certificates in PEM that are trusted besides this machine's."},
	}
}

// settings are what the form means.
type settings struct {
	domains   []string
	hosts     []target
	selectors map[string][]string // by domain; "" for all
	resolver  string              // host:port, or empty
	anchors   []dns.RR
	chains    [][]*x509.Certificate
	untaken   []string  // files of certificates that could not be read, each with why
	asOf      time.Time // zero: the time of collection
	roots     *x509.CertPool
}

// target is one host to be asked.
type target struct {
	host     string
	port     int
	protocol string // tls, smtp
	site     bool
}

func (t target) String() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

type source struct {
	env connector.Env
	set settings
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "Domains cannot be read here: no clock or no client was given.")
	}
	s := settings{selectors: map[string][]string{}}
	for _, f := range []struct {
		name string
		read func(*settings, string) error
	}{
		{"domains", (*settings).readDomains},
		{"hosts", (*settings).readHosts},
		{"selectors", (*settings).readSelectors},
		{"resolver", (*settings).readResolver},
		{"trust_anchors", (*settings).readAnchors},
		{"certificates", (*settings).readCertificates},
		{"as_of", (*settings).readAsOf},
		{"roots", (*settings).readRoots},
	} {
		if err := f.read(&s, strings.TrimSpace(c[f.name])); err != nil {
			return nil, fault.Fields("A setting is not right.", fault.Field{Name: f.name, Text: err.Error()})
		}
	}
	if s.resolver != "" && !env.AllowLocal {
		if ap, err := netip.ParseAddrPort(s.resolver); err == nil && outbound.Permitted(ap.Addr(), false) != nil {
			return nil, fault.Fields("The resolver belongs to this machine or its own network.", fault.Field{Name: "resolver", Text: "Give a public resolver, or leave it empty for this machine's own."})
		}
	}
	return &source{env: env, set: s}, nil
}

// Authority is the same for everything that the DNS names.
func (s *source) Authority(context.Context) (string, error) { return authority, nil }

const (
	mostDomains = 500
	mostHosts   = 2000
)

var label = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

// hostName is the name in lower case without its last dot, if it is one.
func hostName(text string) (string, error) {
	name := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(text)), ".")
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(name) > 253 || slices.ContainsFunc(labels, func(l string) bool { return !label.MatchString(l) }) {
		return "", fmt.Errorf("%.60q is not a full domain name in ASCII, such as example.com", text)
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "", fmt.Errorf("%.60q is an address, not a name", text)
	}
	return name, nil
}

func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func (s *settings) readDomains(text string) error {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }) {
		name, err := hostName(part)
		if err != nil {
			return err
		}
		if !slices.Contains(s.domains, name) {
			s.domains = append(s.domains, name)
		}
	}
	switch {
	case len(s.domains) == 0:
		return fmt.Errorf("name at least one domain, such as example.com")
	case len(s.domains) > mostDomains:
		return fmt.Errorf("%d domains; at most %d in one connection", len(s.domains), mostDomains)
	}
	return nil
}

func (s *settings) readHosts(text string) error {
	for _, line := range lines(text) {
		t, err := readTarget(line)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(s.hosts, func(o target) bool { return o.String() == t.String() }) {
			s.hosts = append(s.hosts, t)
		}
	}
	if len(s.hosts) > mostHosts {
		return fmt.Errorf("%d hosts; at most %d in one connection", len(s.hosts), mostHosts)
	}
	return nil
}

func readTarget(line string) (target, error) {
	t := target{port: 443, protocol: "tls", site: true}
	rest := strings.TrimSuffix(strings.TrimPrefix(line, "https://"), "/")
	if after, ok := strings.CutPrefix(line, "smtp://"); ok {
		rest, t = after, target{port: 25, protocol: "smtp"}
	} else if rest == line { // a port without https:// may be anything that speaks TLS
		t.site = !strings.Contains(line, ":")
	}
	host, port, found := strings.Cut(rest, ":")
	if found {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return t, fmt.Errorf("%.60q: want a port from 1 to 65535 behind the colon", line)
		}
		t.port = int(n)
	}
	var err error
	t.host, err = hostName(host)
	return t, err
}

func (s *settings) readSelectors(text string) error {
	for _, line := range lines(text) {
		f := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" ,;\t", r) })
		of := ""
		if name, err := hostName(f[0]); err == nil && slices.Contains(s.domains, name) {
			of, f = name, f[1:]
		}
		for _, selector := range f {
			for l := range strings.SplitSeq(strings.ToLower(selector), ".") {
				if !label.MatchString(l) {
					return fmt.Errorf("%.60q is not a selector", selector)
				}
			}
			s.selectors[of] = append(s.selectors[of], strings.ToLower(selector))
		}
	}
	return nil
}

func (s *settings) readResolver(text string) error {
	if text == "" {
		return nil
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		text = netip.AddrPortFrom(a, 53).String()
	}
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return fmt.Errorf("%.60q: want an address, such as 9.9.9.9 or 9.9.9.9:53", text)
	}
	s.resolver = ap.String()
	return nil
}

func (s *settings) readAsOf(text string) (err error) {
	if text == "" {
		return nil
	}
	if s.asOf, err = time.Parse(time.RFC3339, text); err == nil {
		return nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%.40q: want a day, such as 2026-06-30", text)
	}
	s.asOf = day.Add(12 * time.Hour)
	return nil
}

func (s *settings) readRoots(text string) error {
	if text == "" {
		return nil
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM([]byte(text)) {
		return fmt.Errorf("no certificate in PEM was found")
	}
	return nil
}

// notTaken begins a line of this setting that stands in place of a file of certificates which
// could not be read, with its name and why. RFC 7468 (section 2) lets text stand
// between certificates.
const notTaken = "Not taken: "

// readCertificates reads chains: a certificate and those that follow it until
// one that is no authority.
func (s *settings) readCertificates(text string) error {
	var kept []string
	for line := range strings.Lines(text) {
		if why, ok := strings.CutPrefix(strings.TrimSpace(line), notTaken); ok {
			s.untaken = append(s.untaken, why)
			continue
		}
		kept = append(kept, line)
	}
	text = strings.Join(kept, "")
	// Decoding skips a block that is cut off, which would be a certificate that is lost.
	if begun, ended := strings.Count(text, "-----BEGIN "), strings.Count(text, "-----END "); begun != ended {
		return fmt.Errorf("%d blocks begin and %d end: one is cut off", begun, ended)
	}
	rest := []byte(text)
	for n := 1; len(strings.TrimSpace(string(rest))) > 0; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return fmt.Errorf("behind %d certificates stands what is no PEM", n-1)
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("block %d is %.40q: give certificates only, and never a private key", n, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d cannot be read: %s", n, brief(err))
		}
		if last := len(s.chains) - 1; last >= 0 && issued(cert, s.chains[last]) {
			s.chains[last] = append(s.chains[last], cert)
		} else {
			s.chains = append(s.chains, []*x509.Certificate{cert})
		}
	}
	return nil
}

// issued reports that a certificate carries on a chain: its last one names it
// as issuer.
func issued(cert *x509.Certificate, chain []*x509.Certificate) bool {
	tip := chain[len(chain)-1]
	return cert.IsCA && string(tip.RawIssuer) == string(cert.RawSubject) && string(tip.RawIssuer) != string(tip.RawSubject)
}
