package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/mail/mailtest"
	"assay/internal/kit/secret"
)

func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func message() Message {
	return Message{ID: "ntc_1", To: "priya@example.com", Subject: "3 things wait – två", Text: "Ärende: …\n", At: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
}

func TestMessagesTravelEncrypted(t *testing.T) {
	server, client := certificate(t)
	for _, ssl := range []bool{true, false} {
		p := &mailtest.Post{}
		scheme := "smtp"
		if ssl {
			scheme = "smtps"
		}
		s, err := New(scheme+"://assay@"+p.Serve(t, server, ssl), "Assay <assay@example.com>", secret.NewText("open sesame"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), message()); err == nil {
			t.Error("a certificate of nobody's was believed")
		}
		s.roots = client
		if err := s.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
		if len(p.Taken()) != 1 || len(p.Users()) != 1 || p.Users()[0] != "assay" {
			t.Fatalf("%s: %d messages, of %v", scheme, len(p.Taken()), p.Users())
		}
		for _, want := range []string{"Message-ID: <ntc_1@example.com>", "Auto-Submitted: auto-generated", "To: <priya@example.com>", `From: "Assay" <assay@example.com>`} {
			if !strings.Contains(p.Taken()[0], want) {
				t.Errorf("%s: no %q in\n%s", scheme, want, p.Taken()[0])
			}
		}
	}
}

func TestAServerWithoutTLSIsRefused(t *testing.T) {
	p := &mailtest.Post{}
	at := p.Serve(t, nil, false)
	s, err := New("smtp://assay@"+at, "assay@example.com", secret.NewText("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message()); err == nil || len(p.Users()) > 0 || len(p.Taken()) > 0 {
		t.Errorf("said in the clear: %v, %v", err, p.Users())
	}
	s, err = New("smtp://"+at+"?tls=off", "assay@example.com", secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message()); err != nil || len(p.Taken()) != 1 {
		t.Errorf("to this machine: %v", err)
	}
}

func TestARefusalIsToldFromADelay(t *testing.T) {
	for _, c := range []struct {
		code int
		ever bool
	}{{550, true}, {451, false}} {
		p := &mailtest.Post{}
		p.Say(c.code)
		s, err := New("smtp://"+p.Serve(t, nil, false)+"?tls=off", "assay@example.com", secret.Text{})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), message())
		if _, refused := errors.AsType[*RefusedError](err); err == nil || refused != c.ever {
			t.Errorf("%d: %v", c.code, err)
		}
	}
	s, err := New("smtp://127.0.0.1:1?tls=off", "assay@example.com", secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Send(context.Background(), message())
	if _, refused := errors.AsType[*RefusedError](err); err == nil || refused {
		t.Errorf("nobody answers: %v", err)
	}
	m := message()
	m.Subject = "a\r\nBcc: eve@example.com"
	err = s.Send(context.Background(), m)
	if _, refused := errors.AsType[*RefusedError](err); !refused {
		t.Errorf("a header in the subject: %v", err)
	}
}

func TestWhatIsNoMailServerIsRefused(t *testing.T) {
	for _, c := range []struct{ address, from, password string }{
		{"mail.example.com", "a@example.com", ""},
		{"http://mail.example.com", "a@example.com", ""},
		{"smtps://a:b@mail.example.com", "a@example.com", ""},
		{"smtps://a@mail.example.com", "a@example.com", ""},
		{"smtps://mail.example.com", "a@example.com", "x"},
		{"smtp://mail.example.com?tls=off", "a@example.com", ""},
		{"smtp://a@localhost?tls=off", "a@example.com", "x"},
		{"smtps://mail.example.com:99999", "a@example.com", ""},
		{"smtps://mail.example.com", "nobody", ""},
	} {
		_, err := New(c.address, c.from, secret.NewText(c.password))
		if !fault.Is(err, fault.Invalid) || strings.Contains(fault.Text(err), "a:b") {
			t.Errorf("%s from %s: %v", c.address, c.from, err)
		}
	}
}
