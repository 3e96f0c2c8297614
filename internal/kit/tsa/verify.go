package tsa

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" //nolint:gosec // ESSCertID, see bound
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Roots are the certificates of authorities that somebody trusts.
type Roots struct {
	pool *x509.CertPool
	n    int
}

// ParseRoots reads certificates in PEM.
func ParseRoots(text []byte) (*Roots, error) {
	r := &Roots{pool: x509.NewCertPool()}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("roots: a block %q is no certificate", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("roots: %w", err)
		}
		r.pool.AddCert(c)
		r.n++
	}
	if r.n == 0 {
		return nil, errors.New("roots: no certificate in PEM")
	}
	return r, nil
}

// Verify checks a token about a SHA-256 hash. Nonce is that of the request; nil
// when the token is verified later by somebody who did not ask for it.
func (t *Token) Verify(hash [32]byte, nonce *big.Int, roots *Roots) error {
	if !bytes.Equal(t.Hash, hash[:]) {
		return errors.New("it is about something else: the imprint differs")
	}
	if nonce != nil && (t.Nonce == nil || t.Nonce.Cmp(nonce) != 0) {
		return errors.New("it is not the answer to this request: the nonce differs")
	}
	if err := t.signature(); err != nil {
		return err
	}
	if err := t.purpose(); err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, c := range t.others {
		between.AddCert(c)
	}
	_, err := t.signer.Verify(x509.VerifyOptions{
		Roots: roots.pool, Intermediates: between, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	return nil
}

// signature verifies the signature with the key of the certificate inside; who
// that is, the chain says.
func (t *Token) signature() error {
	s := &t.signed.Signers[0]
	alg := algorithm(t.digest, s.Algorithm.Algorithm)
	if alg == x509.UnknownSignatureAlgorithm {
		return fmt.Errorf("the signature algorithm %s is not accepted", s.Algorithm.Algorithm)
	}
	if err := t.signer.CheckSignature(alg, t.attrSet, s.Signature); err != nil {
		return fmt.Errorf("the signature is wrong: %w", err)
	}
	return nil
}

// Consistent checks what can be checked of a token without a root: that the
// certificate inside signed it and is for time stamps. Whose that is, is open.
func (t *Token) Consistent(hash [32]byte) error {
	if !bytes.Equal(t.Hash, hash[:]) {
		return errors.New("it is about something else: the imprint differs")
	}
	if err := t.signature(); err != nil {
		return err
	}
	return t.purpose()
}

// purpose finds that the certificate is for time stamps and nothing else, and
// says so critically (RFC 3161, 2.3).
func (t *Token) purpose() error {
	c := t.signer
	if c.IsCA || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(c.UnknownExtKeyUsage) > 0 {
		return errors.New("its certificate is not for time stamps alone")
	}
	for _, e := range c.Extensions {
		if e.Id.String() == oidPurpose && e.Critical {
			return nil
		}
	}
	return errors.New("its certificate does not say critically that it is for time stamps alone")
}

// algorithm combines the digest with the algorithm that is named, which may be
// a key's alone.
func algorithm(digest crypto.Hash, oid asn1.ObjectIdentifier) x509.SignatureAlgorithm {
	type pair struct {
		oid    string
		digest crypto.Hash
	}
	const rsa, rsa256, rsa384, rsa512 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"
	const ec256, ec384, ec512 = "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"
	return map[pair]x509.SignatureAlgorithm{
		{rsa, crypto.SHA256}: x509.SHA256WithRSA, {rsa256, crypto.SHA256}: x509.SHA256WithRSA,
		{rsa, crypto.SHA384}: x509.SHA384WithRSA, {rsa384, crypto.SHA384}: x509.SHA384WithRSA,
		{rsa, crypto.SHA512}: x509.SHA512WithRSA, {rsa512, crypto.SHA512}: x509.SHA512WithRSA,
		{ec256, crypto.SHA256}: x509.ECDSAWithSHA256, {ec384, crypto.SHA384}: x509.ECDSAWithSHA384, {ec512, crypto.SHA512}: x509.ECDSAWithSHA512,
	}[pair{oid.String(), digest}]
}

// Authority names who signed, for people.
func (t *Token) Authority() string { return t.signer.Subject.String() }

// Expires is when the certificate ends that signed.
func (t *Token) Expires() time.Time { return t.signer.NotAfter }
