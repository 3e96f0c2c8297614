package keyservice_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/internal/kit/fault"
	"assay/internal/kit/keyservice"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

const (
	arn      = "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	vaultKey = "https://vault.example.com:8200/v1/transit/keys/assay"
)

// answers is a service that answers as it is told, and keeps what it was asked.
type answers struct {
	status int
	body   string
	err    error
	asked  []*http.Request
	bodies []string
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	a.asked, a.bodies = append(a.asked, req), append(a.bodies, string(b))
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(a.body)), Request: req,
	}, nil
}

func open(t *testing.T, address string, a *answers) keyservice.Service {
	t.Helper()
	s, err := keyservice.Open(address, keyservice.Access{
		VaultToken: secret.NewText("hvs.token"), AWSKey: "AKIAEXAMPLE", AWSSecret: secret.NewText("aws-secret"), AWSSession: secret.NewText("aws-session"),
		HTTP: &http.Client{Transport: a},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(t *testing.T) secret.Key {
	t.Helper()
	k, err := secret.KeyFrom(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestVault(t *testing.T) {
	plain, purpose := base64.StdEncoding.EncodeToString(key(t).Bytes()), base64.StdEncoding.EncodeToString([]byte("p"))
	a := &answers{status: 200, body: `{"request_id":"x","data":{"ciphertext":"vault:v3:abc","key_version":3}}`}
	wrapped, err := open(t, vaultKey, a).Wrap(t.Context(), "p", key(t))
	if err != nil || string(wrapped) != "vault:v3:abc" {
		t.Fatalf("%q %v", wrapped, err)
	}
	b := &answers{status: 200, body: fmt.Sprintf(`{"data":{"plaintext":%q}}`, plain)}
	opened, err := open(t, vaultKey, b).Unwrap(t.Context(), "p", wrapped)
	if err != nil || !bytes.Equal(opened.Bytes(), key(t).Bytes()) {
		t.Fatal(err)
	}
	for i, want := range []string{
		`https://vault.example.com:8200/v1/transit/encrypt/assay {"plaintext":"` + plain + `","associated_data":"` + purpose + `"}`,
		`https://vault.example.com:8200/v1/transit/decrypt/assay {"ciphertext":"vault:v3:abc","associated_data":"` + purpose + `"}`,
	} {
		from := []*answers{a, b}[i]
		if got := from.asked[0].URL.String() + " " + from.bodies[0]; got != want || from.asked[0].Header.Get("X-Vault-Token") != "hvs.token" {
			t.Errorf("asked %s\nwant  %s", got, want)
		}
	}
}

func TestKMS(t *testing.T) {
	a := &answers{status: 200, body: fmt.Sprintf(`{"KeyId":%q,"CiphertextBlob":"d3JhcHBlZA=="}`, arn)}
	wrapped, err := open(t, arn, a).Wrap(t.Context(), "p", key(t))
	if err != nil || string(wrapped) != "wrapped" {
		t.Fatalf("%q %v", wrapped, err)
	}
	b := &answers{status: 200, body: fmt.Sprintf(`{"KeyId":%q,"Plaintext":%q}`, arn, base64.StdEncoding.EncodeToString(key(t).Bytes()))}
	opened, err := open(t, arn, b).Unwrap(t.Context(), "p", wrapped)
	if err != nil || !bytes.Equal(opened.Bytes(), key(t).Bytes()) {
		t.Fatal(err)
	}
	for from, target := range map[*answers]string{a: "TrentService.Encrypt", b: "TrentService.Decrypt"} {
		req := from.asked[0]
		var in struct {
			KeyID             string `json:"KeyId"`
			EncryptionContext map[string]string
		}
		if err := json.Unmarshal([]byte(from.bodies[0]), &in); err != nil {
			t.Fatal(err)
		}
		if in.KeyID != arn || in.EncryptionContext["purpose"] != "p" || req.Header.Get("X-Amz-Target") != target || req.URL.Host != "kms.eu-north-1.amazonaws.com" {
			t.Errorf("%s: asked %s of %s with %+v", target, req.Header.Get("X-Amz-Target"), req.URL, in)
		}
		if !strings.HasPrefix(req.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") || req.Header.Get("X-Amz-Security-Token") != "aws-session" {
			t.Errorf("%s: not signed with the credentials", target)
		}
	}
}

func TestWhatServicesRefuse(t *testing.T) {
	aws := func(code string) string { return `{"__type":"` + code + `","message":"no"}` }
	for name, c := range map[string]struct {
		address string
		a       answers
		want    fault.Kind
	}{
		"vault denies":           {vaultKey, answers{status: 403, body: `{"errors":["permission denied"]}`}, fault.Forbidden},
		"vault, other context":   {vaultKey, answers{status: 400, body: `{"errors":["cipher: message authentication failed"]}`}, fault.Forbidden},
		"vault sealed":           {vaultKey, answers{status: 503, body: `{"errors":["Vault is sealed"]}`}, fault.Busy},
		"vault broken":           {vaultKey, answers{status: 500}, fault.Busy},
		"vault away":             {vaultKey, answers{err: errors.New("connection refused")}, fault.Busy},
		"vault, no JSON":         {vaultKey, answers{status: 200, body: `<html>hvs.token`}, fault.Internal},
		"vault, a short key":     {vaultKey, answers{status: 200, body: `{"data":{"plaintext":"AAAA"}}`}, fault.Internal},
		"vault, no key":          {vaultKey, answers{status: 200, body: `{}`}, fault.Internal},
		"vault, not base64":      {vaultKey, answers{status: 200, body: `{"data":{"plaintext":"*"}}`}, fault.Internal},
		"kms denies":             {arn, answers{status: 400, body: aws("AccessDeniedException")}, fault.Forbidden},
		"kms, other context":     {arn, answers{status: 400, body: aws("InvalidCiphertextException")}, fault.Forbidden},
		"kms, key disabled":      {arn, answers{status: 400, body: aws("DisabledException")}, fault.Forbidden},
		"kms throttles":          {arn, answers{status: 400, body: aws("ThrottlingException")}, fault.Busy},
		"kms broken":             {arn, answers{status: 500, body: "<html>"}, fault.Busy},
		"kms, no JSON":           {arn, answers{status: 200, body: "<html>"}, fault.Internal},
		"kms, a key of 31 bytes": {arn, answers{status: 200, body: `{"Plaintext":"` + base64.StdEncoding.EncodeToString(make([]byte, 31)) + `"}`}, fault.Internal},
	} {
		_, err := open(t, c.address, &c.a).Unwrap(t.Context(), "p", []byte("vault:v1:x"))
		if fault.Of(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hvs.token") || strings.Contains(err.Error(), "aws-secret")) {
			t.Errorf("%s: the error tells a credential: %v", name, err)
		}
	}
	if _, err := open(t, vaultKey, &answers{status: 200, body: `{"data":{}}`}).Wrap(t.Context(), "p", key(t)); err == nil {
		t.Error("Vault's empty ciphertext is taken")
	}
}

func TestAddresses(t *testing.T) {
	token := keyservice.Access{VaultToken: secret.NewText("t"), AWSKey: "k", AWSSecret: secret.NewText("s"), HTTP: &http.Client{}}
	for _, bad := range []string{
		"", "vault", "ftp://vault/v1/transit/keys/a", "https://", "https://vault.example.com", "https://vault.example.com/v1/transit/a",
		"https://vault.example.com/v1/transit/keys/../../sys/keys/a", "https://u:p@vault.example.com/v1/transit/keys/a",
		"https://vault.example.com/v1/transit/keys/a?x=1", "http://vault.example.com/v1/transit/keys/a", "http://10.0.0.1/v1/transit/keys/a",
		"arn:aws:s3:::bucket", "arn:aws:kms:eu-north-1:1:key/x", "arn:aws:kms:evil.example.com/:111122223333:key/x", arn + "\n",
	} {
		if _, err := keyservice.Open(bad, token); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{vaultKey, "http://127.0.0.1:8200/v1/transit/keys/a", "http://localhost:8200/v1/team/transit/keys/a", arn, "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/assay"} {
		if _, err := keyservice.Open(good, token); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if _, err := keyservice.Open(vaultKey, keyservice.Access{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a token: %v", err)
	}
	if _, err := keyservice.Open(arn, keyservice.Access{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an access key: %v", err)
	}
}

// A service that sends the caller elsewhere does not get its token sent there.
func TestTheTokenStaysWithTheService(t *testing.T) {
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked with the token %q", r.Host, r.Header.Get("X-Vault-Token"))
	}))
	defer thief.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	v, err := keyservice.Open(s.URL+"/v1/transit/keys/assay", keyservice.Access{
		VaultToken: secret.NewText("hvs.token"), HTTP: outbound.New(outbound.Options{AllowLocal: true, Retries: -1}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Unwrap(t.Context(), "p", []byte("vault:v1:x")); !fault.Is(err, fault.Busy) {
		t.Errorf("sent elsewhere: %v", err)
	}
}
