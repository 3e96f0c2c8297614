package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// app signs in as a GitHub App: a statement signed with its key is exchanged
// for a token of its installation, which lasts an hour.
type app struct {
	*source
	client *client

	current string
	until   time.Time
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	return key, nil
}

// margin is how long before its end a token is replaced, and how far the
// clocks may differ.
const margin = time.Minute

func (a *app) token(ctx context.Context) (string, error) {
	now := a.env.Now()
	if a.current != "" && now.Add(5*margin).Before(a.until) {
		return a.current, nil
	}
	statement, err := a.statement(now)
	if err != nil {
		return "", err
	}
	var installed struct {
		ID int64 `json:"id"`
	}
	if err := a.exchange(ctx, "GET /orgs/{org}/installation", http.MethodGet, "/orgs/"+url.PathEscape(a.org)+"/installation", statement, &installed); err != nil {
		return "", fmt.Errorf("find the app's installation: %w", err)
	}
	var given struct {
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if err := a.exchange(ctx, "POST /app/installations/{id}/access_tokens", http.MethodPost, fmt.Sprintf("/app/installations/%d/access_tokens", installed.ID), statement, &given); err != nil {
		return "", fmt.Errorf("get the installation's token: %w", err)
	}
	if given.Token == "" {
		return "", errors.New("get the installation's token: the answer holds none")
	}
	a.current, a.until = given.Token, given.ExpiresAt
	return a.current, nil
}

func (a *app) exchange(ctx context.Context, name, method, path, statement string, into any) error {
	got, err := a.client.send(ctx, call{name: name, method: method, url: a.client.address(path), auth: "Bearer " + statement})
	if err != nil {
		return err
	}
	a.client.run.Page(name, "", 1)
	return json.Unmarshal(got.body, into)
}

// statement is a JSON Web Token that says which app this is (RFC 7519).
func (a *app) statement(now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{"iat": now.Add(-margin).Unix(), "exp": now.Add(8 * margin).Unix(), "iss": a.appID})
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign in as the app: %w", err)
	}
	return text + "." + enc.EncodeToString(signature), nil
}
