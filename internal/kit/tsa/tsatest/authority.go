package tsatest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"slices"
	"testing"
	"time"

	"assay/internal/kit/tsa"
)

// Authority signs time stamps with a certificate of its own root.
type Authority struct {
	t    testing.TB
	Now  func() time.Time
	Root *x509.Certificate
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
	// Edit changes the certificate before it is signed; Lie the hash that the
	// signature names it by.
	n int64
}

// Wrong are the ways in which an authority can be none.
type Wrong struct {
	Purpose  []x509.ExtKeyUsage // of the certificate; for time stamps if empty
	Mild     bool               // its purpose is not critical
	Until    time.Time          // it ends then
	OtherESS bool               // the signature names another certificate
}

// New makes an authority.
func New(t testing.TB, now func() time.Time) *Authority {
	t.Helper()
	return NewWrong(t, now, Wrong{})
}

// NewWrong makes an authority with something wrong.
func NewWrong(t testing.TB, now func() time.Time, w Wrong) *Authority {
	t.Helper()
	a := &Authority{t: t, Now: now}
	from, to := now().AddDate(-20, 0, 0), now().AddDate(20, 0, 0)
	rootKey := a.newKey()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, NotBefore: from, NotAfter: to, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.Root = a.certify(root, root, rootKey, rootKey)
	a.key = a.newKey()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if !w.Until.IsZero() {
		leaf.NotAfter = w.Until
	}
	purposes := []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}}
	if len(w.Purpose) > 0 {
		purposes = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 3}}
	}
	leaf.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: !w.Mild, Value: a.der(purposes)}}
	a.Cert = a.certify(leaf, a.Root, a.key, rootKey)
	if w.OtherESS {
		other := a.certify(leaf, a.Root, a.newKey(), rootKey)
		a.n = -int64(len(other.Raw))
	}
	return a
}

func (a *Authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *Authority) newKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	return k
}

func (a *Authority) certify(c, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	b, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	a.must(err)
	out, err := x509.ParseCertificate(b)
	a.must(err)
	return out
}

// PEM is the root.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw})
}

func (a *Authority) der(v any) []byte {
	b, err := asn1.Marshal(v)
	a.must(err)
	return b
}

func (a *Authority) set(elements ...[]byte) asn1.RawValue {
	slices.SortFunc(elements, func(x, y []byte) int { return slices.Compare(x, y) }) // DER
	return asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: slices.Concat(elements...)}
}

func oid(n ...int) asn1.ObjectIdentifier { return n }

var sha = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}

func (a *Authority) attribute(kind asn1.ObjectIdentifier, value []byte) []byte {
	return a.der(struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}{kind, a.set(value)})
}

// Token stamps a hash with the authority's present time.
func (a *Authority) Token(hash [32]byte, nonce *big.Int) []byte {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	a.must(err)
	type imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	var content []byte
	if nonce == nil {
		content = a.der(struct {
			Version int
			Policy  asn1.ObjectIdentifier
			Imprint imprint
			Serial  *big.Int
			Time    time.Time `asn1:"generalized"`
		}{1, oid(1, 3, 6, 1, 4, 1, 99999, 1), imprint{sha, hash[:]}, serial, a.Now().UTC().Truncate(time.Second)})
	} else {
		content = a.der(struct {
			Version int
			Policy  asn1.ObjectIdentifier
			Imprint imprint
			Serial  *big.Int
			Time    time.Time `asn1:"generalized"`
			Nonce   *big.Int
		}{1, oid(1, 3, 6, 1, 4, 1, 99999, 1), imprint{sha, hash[:]}, serial, a.Now().UTC().Truncate(time.Second), nonce})
	}
	kind := oid(1, 2, 840, 113549, 1, 9, 16, 1, 4)
	sum, named := sha256.Sum256(content), sha256.Sum256(a.Cert.Raw)
	if a.n < 0 {
		named[0] ^= 1
	}
	type certID struct{ Hash []byte }
	attrs := a.set(
		a.attribute(oid(1, 2, 840, 113549, 1, 9, 3), a.der(kind)),
		a.attribute(oid(1, 2, 840, 113549, 1, 9, 4), a.der(sum[:])),
		a.attribute(oid(1, 2, 840, 113549, 1, 9, 16, 2, 47), a.der(struct{ Certs []certID }{[]certID{{named[:]}}})),
	)
	signed := sha256.Sum256(a.der(attrs))
	signature, err := a.key.Sign(rand.Reader, signed[:], crypto.SHA256)
	a.must(err)
	attrs.Class, attrs.Tag = asn1.ClassContextSpecific, 0
	type issuer struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	signer := a.der(struct {
		Version   int
		ID        issuer
		Digest    pkix.AlgorithmIdentifier
		Attrs     asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
	}{1, issuer{asn1.RawValue{FullBytes: a.Cert.RawIssuer}, a.Cert.SerialNumber}, sha, attrs, pkix.AlgorithmIdentifier{Algorithm: oid(1, 2, 840, 10045, 4, 3, 2)}, signature})
	type encap struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	data := a.der(struct {
		Version int
		Digests asn1.RawValue
		Encap   encap
		Certs   asn1.RawValue
		Signers asn1.RawValue
	}{3, a.set(a.der(sha)), encap{kind, content}, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: a.Cert.Raw}, a.set(signer)})
	return a.der(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{oid(1, 2, 840, 113549, 1, 7, 2), asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: data}})
}

// ServeHTTP answers requests as an authority does over HTTP.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil || r.Header.Get("Content-Type") != tsa.RequestType {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	var q struct {
		Version int
		Imprint struct {
			Algorithm pkix.AlgorithmIdentifier
			Hash      []byte
		}
		Nonce       *big.Int `asn1:"optional"`
		Certificate bool     `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(b, &q); err != nil || !q.Certificate || len(q.Imprint.Hash) != 32 {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", tsa.ResponseType)
	_, _ = w.Write(Response(a.Token([32]byte(q.Imprint.Hash), q.Nonce)))
}

// Response puts a token into the answer of an authority.
func Response(token []byte) []byte {
	b, _ := asn1.Marshal(struct {
		Status struct{ Status int }
		Token  asn1.RawValue
	}{Token: asn1.RawValue{FullBytes: token}}) // of parts that are DER
	return b
}
