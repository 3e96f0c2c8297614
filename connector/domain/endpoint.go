package domain

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/kit/outbound"
)

// endpoints shakes hands with every host.
func (c *collection) endpoints(ctx context.Context) error {
	for _, t := range c.targets(ctx) {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := newSheet()
		s.set("name", t.String())
		s.set("host", t.host)
		s.set("port", t.port)
		s.set("protocol", t.protocol)
		if err := c.endpoint(ctx, t, s); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c.without(kindEndpoint, t.String(), "TLS", err)
		}
		s.loseRest(kindEndpoint, "trusted")
		if err := c.emit(ctx, kindEndpoint, t.protocol+"://"+t.String(), s); err != nil {
			return err
		}
	}
	return nil
}

// endpoint tells everything about one; what it leaves out is unavailable.
func (c *collection) endpoint(ctx context.Context, t target, s *sheet) error {
	h := &handshakes{c: c, t: t}
	if err := h.find(ctx); err != nil {
		if errors.Is(err, errClosed) {
			s.set("reachable", false)
			return nil
		}
		return err
	}
	s.set("reachable", true)
	s.set("address", h.address)
	state, err := h.shake(ctx, offer{})
	if err != nil {
		if state, err = h.shake(ctx, offer{from: tls.VersionTLS10, to: tls.VersionTLS13, ciphers: everyCipher()}); err != nil {
			if errors.Is(err, errNoHandshake) {
				s.set("tls", false)
				return nil
			}
			return err
		}
	}
	s.set("tls", true)
	s.set("cipher", tls.CipherSuiteName(state.CipherSuite))
	chain := state.PeerCertificates
	s.certificate(chain)
	s.set("chain_length", len(chain))
	s.set("names", list(certificateNames(chain[0])))
	s.set("name_matches", chain[0].VerifyHostname(t.host) == nil)
	s.trusted(chain, c.set.roots, c.env.Now())
	if err := h.versions(ctx, s); err != nil {
		return err
	}
	return h.weak(ctx, s)
}

// errClosed means that nobody takes the connection; errNoHandshake that the
// other side took it and would not agree.
var (
	errClosed      = errors.New("no address takes the connection")
	errNoHandshake = errors.New("no handshake")
)

// offer is what a handshake proposes; the zero value is what a modern client
// does.
type offer struct {
	from, to uint16
	ciphers  []uint16
}

// handshakes are those with one endpoint, all at the same address.
type handshakes struct {
	c       *collection
	t       target
	address string
}

const handshakeTime = 10 * time.Second

func (h *handshakes) dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	return outbound.Dialer(h.c.env.AllowLocal).DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(h.t.port)))
}

// find looks for the first address that answers.
func (h *handshakes) find(ctx context.Context) error {
	found, err := h.c.dns.addresses(ctx, h.t.host)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b string) int { return strings.Count(a, ":") - strings.Count(b, ":") }) // IPv4 first
	call := "TLS handshake"
	for _, address := range found {
		if a, err := netip.ParseAddr(address); err == nil {
			if err := outbound.Permitted(a, h.c.env.AllowLocal); err != nil {
				h.c.run.Refuse(call, clip(h.t.String()+": "+err.Error()))
				return err
			}
		}
		conn, err := h.dial(ctx, address)
		if err != nil {
			h.c.run.Refuse(call, clip(h.t.String()+": "+err.Error()))
			continue
		}
		_ = conn.Close()
		h.address = address
		return nil
	}
	return errClosed
}

// shake shakes hands once and hangs up. A refusal by the other side is
// errNoHandshake.
func (h *handshakes) shake(ctx context.Context, o offer) (tls.ConnectionState, error) {
	var none tls.ConnectionState
	conn, err := h.dial(ctx, h.address)
	if err != nil {
		h.c.run.Refuse("TLS handshake", clip(h.t.String()+": "+err.Error()))
		return none, err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if h.t.protocol == "smtp" {
		if err := startTLS(conn); err != nil {
			return none, err
		}
	}
	client := tls.Client(conn, &tls.Config{
		ServerName: h.t.host, MinVersion: o.from, MaxVersion: o.to, CipherSuites: o.ciphers, Time: h.c.env.Now,
		InsecureSkipVerify: true, //nolint:gosec // the chain is judged afterwards, and told whatever it is
	})
	err = client.HandshakeContext(ctx)
	h.c.run.Page("TLS handshake", "", 1)
	switch {
	case err == nil && len(client.ConnectionState().PeerCertificates) > 0:
		return client.ConnectionState(), nil
	case ctx.Err() != nil:
		return none, fmt.Errorf("shake hands: no answer within %s", handshakeTime)
	}
	return none, fmt.Errorf("%w: %w", errNoHandshake, err)
}

// startTLS asks a mail server to begin TLS (RFC 3207).
func startTLS(conn net.Conn) error {
	text := textproto.NewConn(struct {
		io.Reader
		io.Writer
		io.Closer
	}{bufio.NewReader(io.LimitReader(conn, 64<<10)), conn, conn})
	if _, _, err := text.ReadResponse(220); err != nil {
		return fmt.Errorf("greet the mail server: %w", err)
	}
	if err := text.PrintfLine("EHLO assay.invalid"); err != nil {
		return err
	}
	_, said, err := text.ReadResponse(250)
	if err != nil {
		return fmt.Errorf("greet the mail server: %w", err)
	}
	if !slices.ContainsFunc(strings.Split(said, "\n"), func(l string) bool { return strings.EqualFold(l, "STARTTLS") }) {
		return fmt.Errorf("%w: the mail server does not offer STARTTLS", errNoHandshake)
	}
	if err := text.PrintfLine("STARTTLS"); err != nil {
		return err
	}
	if _, _, err := text.ReadResponse(220); err != nil {
		return fmt.Errorf("%w: the mail server refuses STARTTLS", errNoHandshake)
	}
	return nil
}

func everyCipher() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}

// versions tries each version alone.
func (h *handshakes) versions(ctx context.Context, s *sheet) error {
	accepted := []string{}
	for _, v := range []struct {
		id   uint16
		name string
	}{{tls.VersionTLS10, "1.0"}, {tls.VersionTLS11, "1.1"}, {tls.VersionTLS12, "1.2"}, {tls.VersionTLS13, "1.3"}} {
		_, err := h.shake(ctx, offer{from: v.id, to: v.id, ciphers: everyCipher()})
		switch {
		case err == nil:
			accepted = append(accepted, v.name)
		case !errors.Is(err, errNoHandshake):
			return err
		}
	}
	s.set("versions", accepted)
	return nil
}

// weak offers weak suites only, without the one that was taken, until none is.
func (h *handshakes) weak(ctx context.Context, s *sheet) error {
	var left []uint16
	for _, suite := range tls.InsecureCipherSuites() {
		left = append(left, suite.ID)
	}
	taken := []string{}
	for len(left) > 0 {
		state, err := h.shake(ctx, offer{from: tls.VersionTLS10, to: tls.VersionTLS12, ciphers: left})
		if errors.Is(err, errNoHandshake) {
			break
		}
		if err != nil {
			return err
		}
		i := slices.Index(left, state.CipherSuite)
		if i < 0 {
			return fmt.Errorf("the server chose a suite that was not offered")
		}
		taken = append(taken, tls.CipherSuiteName(state.CipherSuite))
		left = slices.Delete(left, i, i+1)
	}
	slices.Sort(taken)
	s.set("weak_ciphers", taken)
	return nil
}

// trusted judges a chain on an instant.
func (s *sheet) trusted(chain []*x509.Certificate, own *x509.CertPool, at time.Time) {
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil && own != nil {
		if _, again := chain[0].Verify(x509.VerifyOptions{
			Roots: own, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		}); again == nil {
			err = nil
		} else if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			err = again
		}
	}
	s.set("trusted", err == nil)
	if err != nil {
		s.set("trust_problem", trustProblem(err))
	}
}

func trustProblem(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "a certificate of the chain is not valid at that time"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the chain does not lead to a trusted root"
	}
	return brief(err)
}
