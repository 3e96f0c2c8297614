package keyservice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

type kmsKey struct {
	arn, region string
	a           Access
}

// arnOfKey is that of a key or an alias.
var arnOfKey = regexp.MustCompile(`^arn:aws(-cn|-us-gov)?:kms:([a-z0-9-]+):[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]+$`)

func openKMS(arn string, a Access) (*kmsKey, error) {
	m := arnOfKey.FindStringSubmatch(arn)
	if m == nil {
		return nil, fault.New(fault.Invalid, "%q is not the ARN of a key of AWS KMS, which is of the form arn:aws:kms:REGION:ACCOUNT:key/ID.", arn)
	}
	if a.AWSKey == "" || a.AWSSecret.Empty() {
		return nil, fault.New(fault.Invalid, "An access key for AWS KMS is missing. Give it in ASSAY_KMS_ACCESS and ASSAY_KMS_SECRET.")
	}
	if a.Now == nil {
		a.Now = clock.System
	}
	return &kmsKey{arn, m[2], a}, nil
}

// host of the region's service; China's regions have a domain of their own.
func (s *kmsKey) host() string {
	if strings.HasPrefix(s.arn, "arn:aws-cn:") {
		return "kms." + s.region + ".amazonaws.com.cn"
	}
	return "kms." + s.region + ".amazonaws.com"
}

type kmsBody struct {
	KeyID      string            `json:"KeyId,omitempty"`
	Plaintext  []byte            `json:",omitempty"`
	Ciphertext []byte            `json:"CiphertextBlob,omitempty"`
	Context    map[string]string `json:"EncryptionContext,omitempty"`
}

// Wrap implements Service.
func (s *kmsKey) Wrap(ctx context.Context, purpose string, k secret.Key) ([]byte, error) {
	out, err := s.ask(ctx, "Encrypt", kmsBody{KeyID: s.arn, Plaintext: k.Bytes(), Context: map[string]string{"purpose": purpose}})
	if err == nil && len(out.Ciphertext) == 0 {
		err = errors.New("kms: Encrypt: the answer has no ciphertext")
	}
	return out.Ciphertext, err
}

// Unwrap implements Service. The key is named, so that what another key wrapped
// is refused.
func (s *kmsKey) Unwrap(ctx context.Context, purpose string, wrapped []byte) (secret.Key, error) {
	out, err := s.ask(ctx, "Decrypt", kmsBody{KeyID: s.arn, Ciphertext: wrapped, Context: map[string]string{"purpose": purpose}})
	if err != nil {
		return secret.Key{}, err
	}
	return secret.KeyFrom(out.Plaintext)
}

func (s *kmsKey) ask(ctx context.Context, what string, in kmsBody) (out kmsBody, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(outbound.Reading(ctx), http.MethodPost, "https://"+s.host()+"/", bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("kms: %s: %w", what, err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "TrentService."+what)
	sign(req, body, scope{s.region, "kms"}, s.a)
	resp, err := s.a.HTTP.Do(req)
	if err != nil {
		return out, fault.Wrap(fault.Busy, err, "AWS KMS does not answer for %s. Nothing was changed; try again.", s.arn)
	}
	b, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return out, fault.Wrap(fault.Busy, err, "The answer of AWS KMS broke off. Nothing was changed; try again.")
	}
	if resp.StatusCode != http.StatusOK {
		return out, s.refused(what, resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, errors.New("kms: " + what + ": the answer is not JSON") // without the answer: it may hold the key
	}
	return out, nil
}

func (s *kmsKey) refused(what string, status int, body []byte) error {
	var problem struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(body, &problem) != nil || len(problem.Type) > 100 {
		problem.Type = "no reason given"
	}
	if status >= 500 || strings.Contains(problem.Type, "Throttling") {
		return fault.New(fault.Busy, "AWS KMS does not answer for %s (status %d). Nothing was changed; try again.", s.arn, status)
	}
	return fault.New(fault.Forbidden, "AWS KMS refuses to %s with %s: %q. See that the access key may do it (kms:Encrypt, kms:Decrypt) and that the key is enabled.",
		strings.ToLower(what), s.arn, problem.Type)
}
