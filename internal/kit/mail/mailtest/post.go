package mailtest

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Password is the one that the server takes of anybody.
const Password = "open sesame"

// Post is a mail server. Its zero value takes everything.
type Post struct {
	mu    sync.Mutex
	taken []string
	users []string
	says  *smtp.SMTPError
}

// Taken are the messages that the server took, as they came.
func (p *Post) Taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.taken)
}

// Users are those who signed in.
func (p *Post) Users() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.users)
}

// Say has the server answer every recipient with a code; 0 takes them again.
func (p *Post) Say(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.says = nil; code != 0 {
		p.says = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no"}
	}
}

// Serve starts the server on this machine and returns its address: with TLS at once
// if ssl, with STARTTLS if there is a configuration, in the clear if not.
func (p *Post) Serve(t testing.TB, conf *tls.Config, ssl bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // as long as the test
	if err != nil {
		t.Fatal(err)
	}
	if ssl {
		l = tls.NewListener(l, conf)
	}
	srv := smtp.NewServer(p)
	srv.Domain, srv.TLSConfig = "localhost", conf
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

// NewSession implements smtp.Backend.
func (p *Post) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{p}, nil }

type session struct{ p *Post }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != Password {
			return smtp.ErrAuthFailed
		}
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		s.p.users = append(s.p.users, user)
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.says != nil {
		return s.p.says
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.taken = append(s.p.taken, string(b))
	return err
}

func (s *session) Reset() {}

func (s *session) Logout() error { return nil }
