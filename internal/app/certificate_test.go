package app

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/suite"
)

// pairOf makes a certificate with the serial number, and its key.
func pairOf(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "assay"}, DNSNames: []string{"localhost"},
		NotBefore: time.Unix(1, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, like, like, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// A certificate that is renewed while Assay serves is used from the next handshake
// on; one that cannot be used changes nothing.
func TestACertificateIsRenewed(t *testing.T) {
	dir := t.TempDir()
	l := &suite.Listen{Addr: "127.0.0.1:0", CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
	written := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	put := func(file string, b []byte) {
		t.Helper()
		written = written.Add(time.Second) // as a file system with coarse times has it at worst
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, written, written); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := pairOf(t, 1)
	put(l.CertFile, cert)
	put(l.KeyFile, key)
	var log bytes.Buffer
	ln, err := listen(t.Context(), l, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if tc, ok := c.(*tls.Conn); ok {
				_ = tc.Handshake()
			}
			_ = c.Close()
		}
	}()
	serial := func() int64 {
		t.Helper()
		c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		n := c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		_ = c.Close()
		return n
	}
	want := func(n int64, when string) {
		t.Helper()
		if got := serial(); got != n {
			t.Errorf("%s: certificate %d, want %d", when, got, n)
		}
	}
	want(1, "first")
	cert, key = pairOf(t, 2)
	put(l.CertFile, cert)
	want(1, "the certificate without its key")
	want(1, "the same once more")
	put(l.KeyFile, key)
	want(2, "both")
	put(l.CertFile, []byte("nonsense"))
	want(2, "nonsense")
	if err := os.Remove(l.CertFile); err != nil {
		t.Fatal(err)
	}
	want(2, "no file")
	want(2, "no file once more")
	cert, key = pairOf(t, 3)
	put(l.KeyFile, key)
	put(l.CertFile, cert)
	want(3, "both again")
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if n := strings.Count(log.String(), "the certificate was renewed"); n != 2 || strings.Count(log.String(), "cannot be used") > 5 {
		t.Errorf("renewed %d times:\n%s", n, &log)
	}
}
