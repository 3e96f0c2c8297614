package tsa

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// MaxToken bounds a token, in bytes.
const MaxToken = 64 << 10

// Token is what an authority says, read strictly and not verified.
type Token struct {
	Time     time.Time // UTC
	Accuracy time.Duration
	Policy   string // object identifier
	Serial   *big.Int
	Nonce    *big.Int // nil if there is none
	Hash     []byte   // SHA-256 imprint

	signed  signedData
	attrs   map[string][]byte // signed attributes, by type
	attrSet []byte            // as they were signed
	digest  crypto.Hash
	signer  *x509.Certificate
	others  []*x509.Certificate
}

// The structures of RFC 5652 and RFC 3161.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version int
		Digests asn1.RawValue
		Encap   struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"explicit,tag:0"`
		}
		Certs   asn1.RawValue `asn1:"optional,tag:0"`
		CRLs    asn1.RawValue `asn1:"optional,tag:1"`
		Signers []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version int
		ID      struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Digest    pkix.AlgorithmIdentifier
		Attrs     asn1.RawValue `asn1:"tag:0"`
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
		Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	statement struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint struct {
			Algorithm pkix.AlgorithmIdentifier
			Hash      []byte
		}
		Serial   *big.Int
		Time     time.Time `asn1:"generalized"`
		Accuracy struct {
			Seconds int `asn1:"optional"`
			Millis  int `asn1:"optional,tag:0"`
			Micros  int `asn1:"optional,tag:1"`
		} `asn1:"optional"`
		Ordering   bool             `asn1:"optional"`
		Nonce      *big.Int         `asn1:"optional"`
		Authority  asn1.RawValue    `asn1:"optional,tag:0"`
		Extensions []pkix.Extension `asn1:"optional,tag:1"`
	}
)

// The object identifiers that matter here.
const (
	oidSignedData  = "1.2.840.113549.1.7.2"
	oidStatement   = "1.2.840.113549.1.9.16.1.4"
	oidContentType = "1.2.840.113549.1.9.3"
	oidDigest      = "1.2.840.113549.1.9.4"
	oidCertV2      = "1.2.840.113549.1.9.16.2.47"
	oidCertV1      = "1.2.840.113549.1.9.16.2.12"
	oidSHA256      = "2.16.840.1.101.3.4.2.1"
	oidSHA384      = "2.16.840.1.101.3.4.2.2"
	oidSHA512      = "2.16.840.1.101.3.4.2.3"
	oidPurpose     = "2.5.29.37"
)

func hashOf(oid asn1.ObjectIdentifier) (crypto.Hash, error) {
	switch oid.String() {
	case oidSHA256:
		return crypto.SHA256, nil
	case oidSHA384:
		return crypto.SHA384, nil
	case oidSHA512:
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("digest algorithm %s is not accepted", oid)
}

// read decodes all of b.
func read(b []byte, into any, what, params string) error {
	rest, err := asn1.UnmarshalWithParams(b, into, params)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows the end")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Parse reads a token: a TimeStampToken in DER, without the response around it.
func Parse(der []byte) (*Token, error) {
	if len(der) > MaxToken {
		return nil, fmt.Errorf("token of %d bytes, at most %d", len(der), MaxToken)
	}
	var outer contentInfo
	if err := read(der, &outer, "token", ""); err != nil {
		return nil, err
	}
	t := &Token{}
	if outer.Type.String() != oidSignedData {
		return nil, errors.New("token: it is not signed data")
	}
	if err := read(outer.Content.Bytes, &t.signed, "signed data", ""); err != nil {
		return nil, err
	}
	for _, step := range []func() error{t.readSigner, t.readAttributes, t.readCertificates, t.readStatement} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Token) readSigner() (err error) {
	s := &t.signed
	if s.Version != 3 || s.Encap.Type.String() != oidStatement || len(s.Signers) != 1 || s.Signers[0].Version != 1 {
		return errors.New("signed data: another version or content, or not one signer")
	}
	if len(s.Signers[0].Unsigned.FullBytes) > 0 {
		return errors.New("signed data: it has attributes that nobody signed")
	}
	t.digest, err = hashOf(s.Signers[0].Digest.Algorithm)
	return err
}

// readAttributes reads what the signature is over; each is there once.
func (t *Token) readAttributes() error {
	raw := t.signed.Signers[0].Attrs.FullBytes
	if len(raw) == 0 {
		return errors.New("signed attributes: none")
	}
	t.attrSet = bytes.Clone(raw)
	t.attrSet[0] = 0x31 // signed as a SET (RFC 5652, 5.4)
	var list []attribute
	if err := read(t.attrSet, &list, "signed attributes", "set"); err != nil {
		return err
	}
	t.attrs = map[string][]byte{}
	for _, a := range list {
		key := a.Type.String()
		if _, twice := t.attrs[key]; twice || a.Values.Tag != asn1.TagSet || a.Values.Class != asn1.ClassUniversal {
			return fmt.Errorf("signed attributes: %s is there twice, or no set", key)
		}
		t.attrs[key] = a.Values.Bytes
	}
	var content asn1.ObjectIdentifier
	if err := read(t.attrs[oidContentType], &content, "content type", ""); err != nil || content.String() != oidStatement {
		return errors.New("signed attributes: the content type is another")
	}
	var sum []byte
	if err := read(t.attrs[oidDigest], &sum, "message digest", ""); err != nil {
		return err
	}
	h := t.digest.New()
	h.Write(t.signed.Encap.Content)
	if !bytes.Equal(h.Sum(nil), sum) {
		return errors.New("the digest is not that of the statement: it was altered")
	}
	return nil
}

func (t *Token) readCertificates() error {
	certs, err := x509.ParseCertificates(t.signed.Certs.Bytes)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	id := &t.signed.Signers[0].ID
	if id.Serial == nil {
		return errors.New("the signer is not named by issuer and number")
	}
	for _, c := range certs {
		if !bytes.Equal(c.RawIssuer, id.Issuer.FullBytes) || c.SerialNumber.Cmp(id.Serial) != 0 {
			t.others = append(t.others, c)
			continue
		}
		if t.signer != nil {
			return errors.New("two certificates are the signer's")
		}
		t.signer = c
	}
	if t.signer == nil {
		return errors.New("the signer's certificate is not in the token")
	}
	return t.bound()
}

// bound finds that the signature itself names the signer's certificate, so that
// it cannot be taken for another's with the same key.
func (t *Token) bound() error {
	type certID struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Hash      []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}
	var list struct {
		Certs    []certID
		Policies asn1.RawValue `asn1:"optional"`
	}
	h := crypto.SHA256
	switch v2, v1 := t.attrs[oidCertV2], t.attrs[oidCertV1]; {
	case v2 != nil:
		if err := read(v2, &list, "signing certificate", ""); err != nil {
			return err
		}
		if len(list.Certs) > 0 && list.Certs[0].Algorithm.Algorithm != nil {
			var err error
			if h, err = hashOf(list.Certs[0].Algorithm.Algorithm); err != nil {
				return err
			}
		}
	case v1 != nil:
		if err := read(v1, &list, "signing certificate", ""); err != nil {
			return err
		}
		h = crypto.SHA1 // that of ESSCertID (RFC 2634); it only picks among certificates that chain to a root
	default:
		return errors.New("the signature does not name its certificate (ESSCertID)")
	}
	d := h.New()
	d.Write(t.signer.Raw)
	if len(list.Certs) == 0 || !bytes.Equal(list.Certs[0].Hash, d.Sum(nil)) {
		return errors.New("the signature names another certificate (ESSCertID)")
	}
	return nil
}

func (t *Token) readStatement() error {
	var s statement
	if err := read(t.signed.Encap.Content, &s, "statement", ""); err != nil {
		return err
	}
	if s.Version != 1 || s.Imprint.Algorithm.Algorithm.String() != oidSHA256 || len(s.Imprint.Hash) != crypto.SHA256.Size() {
		return errors.New("statement: another version, or not about a SHA-256 hash")
	}
	for _, e := range s.Extensions {
		if e.Critical {
			return fmt.Errorf("statement: the critical extension %s is not known", e.Id)
		}
	}
	t.Time, t.Policy, t.Serial, t.Nonce, t.Hash = s.Time.UTC(), s.Policy.String(), s.Serial, s.Nonce, s.Imprint.Hash
	a := &s.Accuracy
	t.Accuracy = time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond
	return nil
}
