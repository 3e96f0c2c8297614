package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

// Server is the server that takes the messages. Its zero value sends nothing.
type Server struct {
	host       string
	port       int
	user       string
	password   secret.Text
	from       netmail.Address
	ssl, clear bool

	roots *tls.Config // the system's if nil
}

// New is a server at "smtps://user@mail.example.com" or
// "smtp://user@mail.example.com:587"; "smtp://localhost:1025?tls=off" is one on
// this machine. From is the address that messages come from, with a name if it
// has one. The errors are of kind Invalid and say what to change.
func New(address, from string, password secret.Text) (*Server, error) {
	wrong := func(text string) error {
		return fault.New(fault.Invalid, "The mail server %q cannot be used: %s. Give it as smtps://user@mail.example.com or smtp://user@mail.example.com:587.", stripped(address), text)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path != "" && u.Path != "/" {
		return nil, wrong("that is no address of a mail server")
	}
	if _, has := u.User.Password(); has {
		return nil, wrong("the password does not belong into the address, where others can read it; put it into a file")
	}
	s := &Server{host: u.Hostname(), user: u.User.Username(), password: password}
	switch u.Scheme {
	case "smtps":
		s.ssl, s.port = true, 465
	case "smtp":
		s.port = 587
	default:
		return nil, wrong("it begins with neither smtps:// nor smtp://")
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, wrong("its port is none")
		}
	}
	if u.Query().Get("tls") == "off" {
		if s.ssl || !loopback(s.host) || s.user != "" {
			return nil, wrong("without TLS only a server on this machine is used, without a user")
		}
		s.clear = true
	}
	if (s.user == "") != s.password.Empty() {
		return nil, wrong("a user needs a password, and a password a user")
	}
	parsed, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is no address to send from. Give one such as \"Assay <assay@example.com>\".", from)
	}
	s.from = *parsed
	return s, nil
}

// stripped is an address without what could be a password.
func stripped(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		if j := strings.Index(address, "://"); j >= 0 && j < i {
			return address[:j+3] + "…" + address[i:]
		}
	}
	return address
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// String names the server, without what is secret.
func (s *Server) String() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// From is the address that messages come from.
func (s *Server) From() string { return s.from.String() }

// Message is one text to one person.
type Message struct {
	ID      string // unique, of letters, digits, "_" and "-"; the same each time it is sent
	To      string
	Subject string
	Text    string
	At      time.Time
}

// RefusedError means that the server will not take the message however often it is
// asked.
type RefusedError struct{ Err error }

// Error says what the server said.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns what the server said.
func (e *RefusedError) Unwrap() error { return e.Err }

const patience = 30 * time.Second

// Send hands a message over. An error is a *RefusedError if trying again is of no
// use.
func (s *Server) Send(ctx context.Context, m Message) error {
	msg, err := s.message(&m)
	if err != nil {
		return &RefusedError{err}
	}
	c, err := gomail.NewClient(s.host, s.options()...)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s, err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = c.DialAndSendWithContext(ctx, msg)
	if said, ok := errors.AsType[*gomail.SendError](err); ok && !said.IsTemp() && said.ErrorCode() >= 500 {
		return &RefusedError{err}
	}
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s, err)
	}
	return nil
}

func (s *Server) message(m *Message) (*gomail.Msg, error) {
	if strings.ContainsAny(m.Subject+m.ID, "\r\n") {
		return nil, errors.New("a line break in the subject or the id")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&s.from)
	to, err := netmail.ParseAddress(m.To)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", m.To, err)
	}
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.At)
	_, domain, _ := strings.Cut(s.from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answers it
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

func (s *Server) options() []gomail.Option {
	dialer := outbound.Dialer(true) // the operator named the server
	out := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(patience), gomail.WithoutNoop(),
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.host}
	if s.roots != nil {
		conf.RootCAs = s.roots.RootCAs
	}
	switch {
	case s.ssl:
		out = append(out, gomail.WithSSL(), gomail.WithTLSConfig(conf), gomail.WithDialContextFunc(func(ctx context.Context, network, addr string) (net.Conn, error) {
			return (&tls.Dialer{NetDialer: dialer, Config: conf}).DialContext(ctx, network, addr)
		}))
	case s.clear:
		out = append(out, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithDialContextFunc(dialer.DialContext))
	default:
		out = append(out, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(conf), gomail.WithDialContextFunc(dialer.DialContext))
	}
	if s.user != "" {
		mechanism := gomail.SMTPAuthAutoDiscover
		if s.ssl {
			mechanism = gomail.SMTPAuthPlain // the library does not see that our own dialling encrypts, and would discover nothing
		}
		out = append(out, gomail.WithSMTPAuth(mechanism), gomail.WithUsername(s.user), gomail.WithPassword(s.password.Reveal()))
	}
	return out
}
