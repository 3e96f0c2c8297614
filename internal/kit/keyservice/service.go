package keyservice

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

// Service wraps keys under one that it holds.
type Service interface {
	// Wrap returns the key in a form that only Unwrap opens, for the same purpose.
	Wrap(ctx context.Context, purpose string, k secret.Key) ([]byte, error)
	// Unwrap opens what Wrap returned. A Forbidden fault means that the service
	// refuses, Busy that it does not answer.
	Unwrap(ctx context.Context, purpose string, wrapped []byte) (secret.Key, error)
}

// Access is what the services are asked with.
type Access struct {
	VaultToken secret.Text
	AWSKey     string // id of the access key
	AWSSecret  secret.Text
	AWSSession secret.Text // of temporary credentials

	Now  clock.Clock  // the system's clock if nil
	HTTP *http.Client // nil: one that may call this machine's own network, where such services live
}

// Open returns the service that holds the key with the address: the URL of a key
// of Vault's transit engine (https://vault.example.com:8200/v1/transit/keys/assay)
// or the ARN of a key or alias of AWS KMS. Nothing is asked yet.
func Open(address string, a Access) (Service, error) {
	if a.HTTP == nil {
		a.HTTP = outbound.New(outbound.Options{AllowLocal: true, Timeout: 20 * time.Second, Retries: 2, MaxBody: 1 << 20})
	}
	switch {
	case strings.HasPrefix(address, "arn:"):
		return openKMS(address, a)
	case strings.HasPrefix(address, "https://"), strings.HasPrefix(address, "http://"):
		return openVault(address, a)
	}
	return nil, fault.New(fault.Invalid, "%q is no key of a key service. Give the URL of a key of Vault's transit engine "+
		"(https://vault.example.com:8200/v1/transit/keys/assay) or the ARN of a key of AWS KMS.", cmp.Or(address, " "))
}
