package domain

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// authorityOf makes a root, and certificates under it.
type testAuthority struct {
	t    *testing.T
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority(t *testing.T) *testAuthority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &testAuthority{t: t, key: key}
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(5, 0, 0),
	}, key.Public())
	return a
}

func (a *testAuthority) sign(c *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	a.t.Helper()
	c.SerialNumber = big.NewInt(int64(len(c.Subject.CommonName)) + 1)
	parent := a.cert
	if parent == nil {
		parent = c
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, public, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

func (a *testAuthority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// leaf is a certificate for a host with an RSA key, which old suites need too.
func (a *testAuthority) leaf(host string, until time.Time) tls.Certificate {
	a.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		a.t.Fatal(err)
	}
	cert := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}, key.Public())
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// serve takes handshakes; before each, greet may speak in the clear.
func serve(t *testing.T, c *tls.Config, greet func(net.Conn) bool) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if greet != nil && !greet(conn) {
					return
				}
				if s := tls.Server(conn, c); s.HandshakeContext(t.Context()) == nil {
					_, _ = io.Copy(io.Discard, s)
				}
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func TestEndpoints(t *testing.T) {
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		config *tls.Config
		greet  func(net.Conn) bool
		roots  string
		want   map[string]any
	}{
		"modern": {config: &tls.Config{Certificates: []tls.Certificate{ca.leaf("app.shop.test", noon.AddDate(0, 2, 0))}, MinVersion: tls.VersionTLS12}, roots: ca.pem(), want: map[string]any{
			"reachable": true, "tls": true, "versions": []string{"1.2", "1.3"}, "weak_ciphers": []string{}, "cipher": "TLS_AES_128_GCM_SHA256",
			"name_matches": true, "trusted": true, "trust_problem": none, "chain_length": 1, "key_type": "rsa", "key_bits": 2048, "signature": "ECDSA-SHA256",
			"weak_signature": false, "expires_at": "2026-05-02T12:00:00Z", "issuer": "CN=Test root", "names": []string{"app.shop.test"}, "self_issued": false,
		}},
		"old": {config: &tls.Config{
			Certificates: []tls.Certificate{ca.leaf("app.shop.test", noon.AddDate(0, 2, 0))}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		}, roots: ca.pem(), want: map[string]any{
			"versions": []string{"1.0", "1.1", "1.2"}, "cipher": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
			"weak_ciphers": []string{"TLS_ECDHE_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"},
		}},
		"oldest only": {config: &tls.Config{Certificates: []tls.Certificate{ca.leaf("app.shop.test", noon.AddDate(0, 2, 0))}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, want: map[string]any{
			"reachable": true, "tls": true, "versions": []string{"1.0"},
		}},
		"a stranger's": {config: &tls.Config{Certificates: []tls.Certificate{ca.leaf("other.shop.test", noon.AddDate(0, 2, 0))}, MinVersion: tls.VersionTLS13}, want: map[string]any{
			"name_matches": false, "trusted": false, "trust_problem": "the chain does not lead to a trusted root", "versions": []string{"1.3"},
		}},
		"ended": {config: &tls.Config{Certificates: []tls.Certificate{ca.leaf("app.shop.test", noon.AddDate(0, 0, -1))}}, roots: ca.pem(), want: map[string]any{
			"name_matches": true, "trusted": false, "trust_problem": "a certificate of the chain is not valid at that time",
		}},
		"no TLS": {config: &tls.Config{}, greet: func(c net.Conn) bool { _, _ = io.WriteString(c, "hello\n"); return false }, want: map[string]any{
			"reachable": true, "tls": false, "versions": gone, "trusted": gone,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.zone("shop.test.", false, "app A 127.0.0.1")
			port := serve(t, c.config, c.greet)
			f := w.collect(connector.Config{"domains": "shop.test", "hosts": "app.shop.test:" + port, "roots": c.roots, "trust_anchors": ". DS 1 8 2 " + strings.Repeat("ab", 32)})
			f.want(t, "domain.endpoint tls://app.shop.test:"+port, c.want)
			if !f.reports[kindEndpoint].Complete {
				t.Errorf("%+v", f.reports[kindEndpoint])
			}
		})
	}
}

func TestMailServers(t *testing.T) {
	ca := newAuthority(t)
	cert := &tls.Config{Certificates: []tls.Certificate{ca.leaf("mx.shop.test", noon.AddDate(0, 2, 0))}}
	say := func(offer string) func(net.Conn) bool {
		return func(c net.Conn) bool {
			_, _ = io.WriteString(c, "220-mx\r\n220 ready\r\n")
			lines := bufio.NewReader(c)
			for {
				line, err := lines.ReadString('\n')
				switch {
				case err != nil:
					return false
				case strings.HasPrefix(line, "EHLO"):
					_, _ = io.WriteString(c, "250-mx\r\n250 "+offer+"\r\n")
				case strings.HasPrefix(line, "STARTTLS"):
					_, _ = io.WriteString(c, "220 go\r\n")
					return true
				}
			}
		}
	}
	for offer, want := range map[string]map[string]any{
		"STARTTLS": {"tls": true, "trusted": true, "protocol": "smtp"},
		"SIZE":     {"tls": false, "trusted": gone},
	} {
		w := newWorld(t)
		w.zone("shop.test.", false, "mx A 127.0.0.1")
		port := serve(t, cert, say(offer))
		f := w.collect(connector.Config{"domains": "shop.test", "hosts": "smtp://mx.shop.test:" + port, "roots": ca.pem()})
		f.want(t, "domain.endpoint smtp://mx.shop.test:"+port, want)
	}
}

func TestAddressesThatAreNotToBeCalled(t *testing.T) {
	w := newWorld(t)
	w.zone("shop.test.", false, "app A 127.0.0.1\nmeta A 169.254.169.254")
	port := serve(t, &tls.Config{Certificates: []tls.Certificate{newAuthority(t).leaf("app.shop.test", noon)}}, nil)
	env := w.env()
	env.AllowLocal = false
	_, err := Product().Open(connector.Config{"domains": "shop.test", "resolver": "127.0.0.1:53"}, env)
	if fault.Of(err) != fault.Invalid {
		t.Errorf("a resolver of this machine: %v", err)
	}
	w.made()
	c := &collection{env: env, set: settings{}, dns: &resolver{address: w.address, dialer: w.dialer(), run: w.run(), known: map[question]answer{}}, run: w.run()}
	n, _ := strconv.Atoi(port)
	for _, host := range []string{"app.shop.test", "meta.shop.test"} {
		s := newSheet()
		if err := c.endpoint(t.Context(), target{host: host, port: n, protocol: "tls"}, s); err == nil || len(s.fields) > 0 {
			t.Errorf("%s: %v %v", host, err, s.fields)
		}
	}
}

func TestSites(t *testing.T) {
	w := newWorld(t)
	w.zone("shop.test.", false, "@ A 127.0.0.1\napp A 127.0.0.1\nbad A 127.0.0.1")
	w.web["https://app.shop.test/"] = "302 Found\nLocation: /login\nStrict-Transport-Security: max-age=31536000; includeSubDomains; preload\n" +
		"Content-Security-Policy: default-src 'self'; script-src 'nonce-x' 'unsafe-inline'; frame-ancestors 'none'\nX-Content-Type-Options: nosniff\nReferrer-Policy: no-referrer\nServer: shop\n" +
		"Set-Cookie: sid=1; Secure; HttpOnly\nSet-Cookie: theme=dark\n\n"
	w.web["http://app.shop.test/"] = "301 Moved\nLocation: https://app.shop.test/\n\n"
	w.web["https://shop.test/"] = "200 OK\nStrict-Transport-Security: max-age=0\nContent-Security-Policy: script-src https: 'unsafe-eval'\nX-Frame-Options: SAMEORIGIN\n\n<html>"
	w.web["http://shop.test/"] = "301 Moved\nLocation: /index.html\n\n"
	w.web["https://bad.shop.test/"] = "broken"
	w.web["http://bad.shop.test/"] = "silent"
	f := w.collect(connector.Config{"domains": "shop.test", "hosts": "app.shop.test\nshop.test\nbad.shop.test\nhttps://none.shop.test:8443/"})
	f.want(t, "domain.site https://app.shop.test", map[string]any{
		"reachable": true, "status": 302, "plain_http": "redirects", "hsts": true, "hsts_max_age": 31536000, "hsts_subdomains": true, "hsts_preload": true,
		"csp": true, "csp_unsafe": false, "framing_limited": true, "nosniff": true, "referrer_policy": "no-referrer", "server": "shop", "insecure_cookies": []string{"theme"},
	})
	f.want(t, "domain.site https://shop.test", map[string]any{
		"plain_http": "serves", "hsts": false, "hsts_max_age": 0, "csp": true, "csp_unsafe": true, "framing_limited": true, "nosniff": false, "server": none, "insecure_cookies": []string{},
	})
	f.want(t, "domain.site https://bad.shop.test", map[string]any{"reachable": gone, "hsts": gone, "plain_http": "silent"})
	f.want(t, "domain.site https://none.shop.test:8443", map[string]any{"reachable": false, "hsts": gone, "plain_http": gone})
}

func TestSettings(t *testing.T) {
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		set  connector.Config
		text string
	}{
		"no domains":     {connector.Config{}, "name at least one domain"},
		"an address":     {connector.Config{"domains": "192.0.2.1"}, "is an address, not a name"},
		"one label":      {connector.Config{"domains": "localhost"}, "not a full domain name"},
		"not ASCII":      {connector.Config{"domains": "bücher.example"}, "not a full domain name in ASCII"},
		"a port":         {connector.Config{"domains": "a.test", "hosts": "b.test:0"}, "want a port"},
		"a resolver":     {connector.Config{"domains": "a.test", "resolver": "dns.test"}, "want an address"},
		"an anchor":      {connector.Config{"domains": "a.test", "trust_anchors": "a.test. A 127.0.0.1"}, "A is no DS or DNSKEY"},
		"a day":          {connector.Config{"domains": "a.test", "as_of": "yesterday"}, "want a day"},
		"roots":          {connector.Config{"domains": "a.test", "roots": "none"}, "no certificate in PEM"},
		"no certificate": {connector.Config{"domains": "a.test", "certificates": ca.pem() + "rubbish"}, "behind 1 certificates"},
		"a cut one":      {connector.Config{"domains": "a.test", "certificates": ca.pem()[:200] + "\n" + ca.pem()}, "2 blocks begin and 1 end"},
		"a key":          {connector.Config{"domains": "a.test", "certificates": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}, "never a private key"},
		"a selector":     {connector.Config{"domains": "a.test", "selectors": "a*"}, "not a selector"},
	} {
		w := newWorld(t)
		_, err := Product().Open(c.set, w.env())
		said := ""
		if fields := fault.FieldsOf(err); len(fields) > 0 {
			said = fmt.Sprint(fields)
		}
		if err == nil || !strings.Contains(said, c.text) && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v %s", name, err, said)
		}
	}
}

func TestCertificates(t *testing.T) {
	ca := newAuthority(t)
	leaf := ca.leaf("vault.shop.test", noon.AddDate(0, 3, 0))
	alone := newAuthority(t).leaf("printer.shop.test", noon.AddDate(0, 3, 0))
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]})) + ca.pem() + "\n" +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: alone.Certificate[0]}))
	for asOf, trusted := range map[string]bool{"": true, "2026-05-01": true, "2026-07-01": false, "2025-12-31T00:00:00Z": false} {
		w := newWorld(t)
		f := w.collect(connector.Config{"domains": "a.test", "certificates": text, "roots": ca.pem(), "as_of": asOf})
		f.want(t, "domain.certificate "+fingerprint(leaf.Leaf), map[string]any{"name": "vault.shop.test", "trusted": trusted, "chain_length": 2})
		f.want(t, "domain.certificate "+fingerprint(alone.Leaf), map[string]any{"name": "printer.shop.test", "trusted": false, "chain_length": 1})
	}
}

// TestRealCertificates judges certificates that were in use, on a day on which
// they were.
func TestRealCertificates(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "d13-tls-certificates", "*.pem"))
	if err != nil || len(files) == 0 {
		t.Fatal("no certificates", err)
	}
	weak, trusted := 0, 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asOf := ""
		for _, then := range []bool{false, true} {
			w := newWorld(t)
			f, err := w.try(connector.Config{"domains": "a.test", "certificates": string(b), "as_of": asOf})
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			for ref, r := range f.resources {
				if r.Kind != kindCertificate {
					continue
				}
				starts, _ := r.Fields["starts_at"].(time.Time)
				asOf = starts.AddDate(0, 1, 0).Format(time.DateOnly)
				switch {
				case r.Fields["trusted"] == true && !then:
					t.Errorf("%s: %s is trusted years after its end", filepath.Base(file), ref)
				case r.Fields["trusted"] == true:
					trusted++
				case then && r.Fields["trust_problem"] == "a certificate of the chain is not valid at that time":
					t.Errorf("%s: %s has ended a month after its beginning", filepath.Base(file), ref)
				}
				if r.Fields["weak_signature"] == true {
					weak++
				}
				t.Log(filepath.Base(file), r.Fields["judged_at"], r.Fields["name"], r.Fields["chain_length"], r.Fields["expires_at"], r.Fields["trusted"], r.Fields["trust_problem"], r.Fields["weak_signature"])
			}
		}
	}
	t.Log("trusted when they were new:", trusted)
	if weak == 0 {
		t.Error("no certificate of the SHA-1 chain was found weak")
	}
}
