package sso

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// Description is what a SAML issuer says of itself, for people to compare with what it
// shows.
type Description struct {
	Entity       string
	Address      string // where browsers go
	Certificates []Certificate
}

// Certificate is one that signs an issuer's answers.
type Certificate struct {
	Fingerprint string // SHA-256, hexadecimal
	Until       time.Time
}

// Describe reads metadata that was taken; the zero Description if there is none.
func Describe(metadata string) (out Description) {
	d, err := described(metadata, true)
	if err != nil {
		return out
	}
	out.Entity, out.Address = d.EntityID, signOnAddress(d, true)
	for i := range d.IDPSSODescriptors {
		for _, k := range d.IDPSSODescriptors[i].KeyDescriptors {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, c := range k.KeyInfo.X509Data.X509Certificates {
				der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
				if err != nil {
					continue
				}
				if cert, err := x509.ParseCertificate(der); err == nil {
					sum := sha256.Sum256(der)
					out.Certificates = append(out.Certificates, Certificate{hex.EncodeToString(sum[:]), cert.NotAfter})
				}
			}
		}
	}
	return out
}
