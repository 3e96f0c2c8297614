package tsa

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
)

// The media types of asking over HTTP (RFC 3161, 3.4).
const (
	RequestType  = "application/timestamp-query"
	ResponseType = "application/timestamp-reply"
)

// Request is a question about a SHA-256 hash. It always asks for the
// certificate, without which a token proves nothing later.
type Request struct {
	Hash  [32]byte
	Nonce *big.Int
}

// NewRequest makes a request with a random nonce.
func NewRequest(hash [32]byte) Request {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	b[0] = b[0]&0x7f | 0x40
	return Request{Hash: hash, Nonce: new(big.Int).SetBytes(b)}
}

// Encode returns the TimeStampReq in DER.
func (r *Request) Encode() ([]byte, error) {
	type imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	sha256 := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	return asn1.Marshal(struct {
		Version     int
		Imprint     imprint
		Nonce       *big.Int
		Certificate bool
	}{1, imprint{pkix.AlgorithmIdentifier{Algorithm: sha256, Parameters: asn1.NullRawValue}, r.Hash[:]}, r.Nonce, true})
}

// Answer reads a TimeStampResp, verifies the token in it and returns the
// token's bytes, which are what is kept.
func (r *Request) Answer(response []byte, roots *Roots) (der []byte, t *Token, err error) {
	if len(response) > MaxToken {
		return nil, nil, fmt.Errorf("response of %d bytes, at most %d", len(response), MaxToken)
	}
	var resp struct {
		Status struct {
			Status int
			Text   []string       `asn1:"optional,omitempty,utf8"`
			Fail   asn1.BitString `asn1:"optional"`
		}
		Token asn1.RawValue `asn1:"optional"`
	}
	if err := read(response, &resp, "response", ""); err != nil {
		return nil, nil, err
	}
	if s := resp.Status; s.Status != 0 && s.Status != 1 {
		return nil, nil, fmt.Errorf("the authority refused with status %d: %q", s.Status, strings.Join(s.Text, " "))
	}
	der = resp.Token.FullBytes
	if t, err = Parse(der); err != nil {
		return nil, nil, err
	}
	return der, t, t.Verify(r.Hash, r.Nonce, roots)
}
