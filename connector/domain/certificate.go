package domain

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// certificates tells about those that were handed over.
func (c *collection) certificates(ctx context.Context) error {
	at := c.set.asOf
	if at.IsZero() {
		at = c.env.Now()
	}
	seen := map[string]bool{}
	for _, chain := range c.set.chains {
		id := fingerprint(chain[0])
		if seen[id] {
			continue
		}
		seen[id] = true
		s := newSheet()
		names := certificateNames(chain[0])
		name := chain[0].Subject.CommonName
		if len(names) > 0 {
			name = names[0]
		}
		if name == "" {
			name = chain[0].Subject.String()
		}
		s.set("name", name)
		s.set("names", list(names))
		s.set("judged_at", at.UTC().Format(time.DateOnly))
		s.set("chain_length", len(chain))
		s.certificate(chain)
		s.trusted(chain, c.set.roots, at)
		if err := c.emit(ctx, kindCertificate, id, s); err != nil {
			return err
		}
	}
	c.run.Page("certificates handed over", "", len(seen))
	for _, why := range c.set.untaken {
		c.run.Refuse("certificates handed over", why)
		c.run.Incomplete(kindCertificate, why+". It is not taken.")
	}
	return nil
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// certificate sets what a chain's first certificate says of itself.
func (s *sheet) certificate(chain []*x509.Certificate) {
	cert := chain[0]
	s.set("subject", cert.Subject.String())
	s.set("issuer", cert.Issuer.String())
	s.set("serial", fmt.Sprintf("%x", cert.SerialNumber))
	s.set("sha256", fingerprint(cert))
	s.set("starts_at", cert.NotBefore)
	s.set("expires_at", cert.NotAfter)
	kind, bits := keyOf(cert)
	s.set("key_type", kind)
	if bits > 0 {
		s.set("key_bits", bits)
	}
	s.set("signature", cert.SignatureAlgorithm.String())
	s.set("weak_signature", slices.ContainsFunc(chain, weaklySigned))
	s.set("self_issued", string(cert.RawSubject) == string(cert.RawIssuer))
}

func keyOf(cert *x509.Certificate) (kind string, bits int) {
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return "rsa", k.N.BitLen()
	case *ecdsa.PublicKey:
		return "ecdsa", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "ed25519", len(k) * 8
	}
	return "other", 0
}

// weaklySigned does not count roots: they are trusted for what they are, not
// for their signature.
func weaklySigned(cert *x509.Certificate) bool {
	if cert.IsCA && string(cert.RawSubject) == string(cert.RawIssuer) {
		return false
	}
	switch cert.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	case x509.UnknownSignatureAlgorithm, x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.DSAWithSHA256,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS, x509.PureEd25519:
	}
	return false
}

// certificateNames are the names and addresses that a certificate is for.
func certificateNames(cert *x509.Certificate) (names []string) {
	for _, n := range cert.DNSNames {
		names = append(names, strings.ToLower(n))
	}
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
