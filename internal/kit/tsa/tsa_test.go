package tsa_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/clock"
	"assay/internal/kit/tsa"
	"assay/internal/kit/tsa/tsatest"
)

var hash = sha256.Sum256([]byte("hello"))

func roots(t testing.TB, pem []byte) *tsa.Roots {
	t.Helper()
	r, err := tsa.ParseRoots(pem)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func at() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// TestOpenSSL has a real authority answer, with the keys that authorities use.
func TestOpenSSL(t *testing.T) {
	for _, algorithm := range []string{"rsa:2048", "ec"} {
		o := tsatest.NewOpenSSL(t, algorithm)
		q := tsa.NewRequest(hash)
		b, err := q.Encode()
		if err != nil {
			t.Fatal(err)
		}
		response := o.Reply(b)
		der, token, err := q.Answer(response, roots(t, o.PEM()))
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		if d := clock.System().Sub(token.Time); d < -time.Minute || d > time.Minute || token.Nonce.Cmp(q.Nonce) != 0 || token.Accuracy != time.Second {
			t.Errorf("%s: %+v", algorithm, token)
		}
		if ok, said := tsatest.Accepts(t, der, o.PEM(), hex.EncodeToString(hash[:])); !ok {
			t.Errorf("%s: openssl: %s", algorithm, said)
		}
		other := tsa.NewRequest(hash)
		if _, _, err := other.Answer(response, roots(t, o.PEM())); err == nil || !strings.Contains(err.Error(), "nonce") {
			t.Errorf("%s: another nonce: %v", algorithm, err)
		}
		if _, _, err := q.Answer(response, roots(t, tsatest.New(t, at).PEM())); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: another root: %v", algorithm, err)
		}
		flips(t, der, token, roots(t, o.PEM()))
	}
}

// flips holds that no flipped bit of a token changes what it says: it is refused,
// or says the same.
func flips(t *testing.T, der []byte, want *tsa.Token, r *tsa.Roots) {
	t.Helper()
	accepted := 0
	for i := range der {
		b := bytes.Clone(der)
		b[i] ^= 1 << (i % 8)
		got, err := tsa.Parse(b)
		if err != nil || got.Verify(hash, want.Nonce, r) != nil {
			continue
		}
		accepted++
		if !got.Time.Equal(want.Time) || got.Serial.Cmp(want.Serial) != 0 || got.Policy != want.Policy || got.Accuracy != want.Accuracy || got.Authority() != want.Authority() {
			t.Errorf("byte %d: it says something else and is accepted", i)
		}
	}
	t.Logf("%d bytes, %d flips that say nothing", len(der), accepted)
}

func TestWrongAuthorities(t *testing.T) {
	for name, c := range map[string]struct {
		wrong tsatest.Wrong
		want  string
	}{
		"right":                       {},
		"not critical":                {tsatest.Wrong{Mild: true}, "critically"},
		"for code":                    {tsatest.Wrong{Purpose: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}, "not for time stamps"},
		"ended":                       {tsatest.Wrong{Until: at().Add(-time.Hour)}, "expired"},
		"another certificate's stamp": {tsatest.Wrong{OtherESS: true}, "ESSCertID"},
	} {
		a := tsatest.NewWrong(t, at, c.wrong)
		q := tsa.NewRequest(hash)
		token := a.Token(hash, q.Nonce)
		_, got, err := q.Answer(tsatest.Response(token), roots(t, a.PEM()))
		if c.want == "" && (err != nil || !got.Time.Equal(at())) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if ok, said := tsatest.Accepts(t, token, a.PEM(), hex.EncodeToString(hash[:])); ok != (c.want == "") && name != "ended" { // openssl looks at today
			t.Errorf("%s: openssl accepts: %t\n%s", name, ok, said)
		}
	}
}

func TestWrongTokens(t *testing.T) {
	a := tsatest.New(t, at)
	r := roots(t, a.PEM())
	good := a.Token(hash, big.NewInt(7))
	token, err := tsa.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(sha256.Sum256([]byte("other")), nil, r); err == nil {
		t.Error("another hash")
	}
	if err := token.Verify(hash, nil, r); err != nil {
		t.Errorf("later, without the request: %v", err)
	}
	if err := token.Consistent(hash); err != nil {
		t.Error(err)
	}
	none, err := tsa.Parse(a.Token(hash, nil))
	if err != nil || none.Verify(hash, big.NewInt(7), r) == nil {
		t.Errorf("a token without a nonce answers a request: %v", err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "more": append(bytes.Clone(good), 0), "less": good[:len(good)-1], "too long": make([]byte, tsa.MaxToken+1),
		"a response": tsatest.Response(good),
	} {
		if _, err := tsa.Parse(b); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	q := tsa.Request{Hash: hash, Nonce: big.NewInt(7)}
	if _, _, err := q.Answer([]byte{0x30, 5, 0x30, 3, 2, 1, 2}, r); err == nil || !strings.Contains(err.Error(), "status 2") {
		t.Errorf("a refusal: %v", err)
	}
	for name, pem := range map[string]string{"nothing": "", "a key": "-----BEGIN KEY-----\nAA==\n-----END KEY-----\n", "no certificate": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"} {
		if _, err := tsa.ParseRoots([]byte(pem)); err == nil {
			t.Errorf("roots: %s", name)
		}
	}
}

func FuzzToken(f *testing.F) {
	a := tsatest.New(f, at)
	f.Add(a.Token(hash, big.NewInt(7)))
	r := roots(f, a.PEM())
	f.Fuzz(func(t *testing.T, b []byte) {
		if token, err := tsa.Parse(b); err == nil && token.Verify(hash, nil, r) == nil && !token.Time.Equal(at()) {
			t.Fatal("another time")
		}
	})
}
