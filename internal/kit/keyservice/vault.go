package keyservice

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

type vault struct {
	base  string // URL of the transit engine, without a slash at its end
	name  string // of the key
	token secret.Text
	http  *http.Client
}

func openVault(address string, a Access) (*vault, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "/v1/") ||
		path.Base(path.Dir(u.Path)) != "keys" || path.Clean(u.Path) != u.Path {
		return nil, fault.New(fault.Invalid, "The address of a key in Vault is of the form https://vault.example.com:8200/v1/transit/keys/NAME.")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return nil, fault.New(fault.Invalid, "Vault at %s is to be asked without TLS, so the master key would travel in the clear. Use https://.", u.Host)
	}
	if a.VaultToken.Empty() {
		return nil, fault.New(fault.Invalid, "A token for Vault at %s is missing. Give it in ASSAY_VAULT_TOKEN.", u.Host)
	}
	v := &vault{name: path.Base(u.Path), token: a.VaultToken, http: a.HTTP}
	u.Path = path.Dir(path.Dir(u.Path))
	v.base = u.String()
	return v, nil
}

type transit struct {
	Plaintext  string `json:"plaintext,omitempty"`       // base64
	Ciphertext string `json:"ciphertext,omitempty"`      // vault:vN:…
	Associated string `json:"associated_data,omitempty"` // base64
}

// Wrap implements Service. The newest version of Vault's key is used.
func (v *vault) Wrap(ctx context.Context, purpose string, k secret.Key) ([]byte, error) {
	out, err := v.ask(ctx, "encrypt", transit{
		Plaintext: base64.StdEncoding.EncodeToString(k.Bytes()), Associated: base64.StdEncoding.EncodeToString([]byte(purpose)),
	})
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(out.Ciphertext, "vault:v") {
		return nil, errors.New("vault: encrypt: the answer has no ciphertext")
	}
	return []byte(out.Ciphertext), nil
}

// Unwrap implements Service.
func (v *vault) Unwrap(ctx context.Context, purpose string, wrapped []byte) (secret.Key, error) {
	out, err := v.ask(ctx, "decrypt", transit{
		Ciphertext: string(wrapped), Associated: base64.StdEncoding.EncodeToString([]byte(purpose)),
	})
	if err != nil {
		return secret.Key{}, err
	}
	b, err := base64.StdEncoding.DecodeString(out.Plaintext)
	if err != nil {
		return secret.Key{}, errors.New("vault: decrypt: the answer is not base64")
	}
	return secret.KeyFrom(b)
}

func (v *vault) ask(ctx context.Context, what string, in transit) (out transit, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	// Asked again it does the same: nothing is changed by it.
	req, err := http.NewRequestWithContext(outbound.Reading(ctx), http.MethodPost, v.base+"/"+what+"/"+url.PathEscape(v.name), bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("vault: %s: %w", what, err)
	}
	req.Header.Set("X-Vault-Token", v.token.Reveal())
	req.Header.Set("X-Vault-Request", "true")
	req.Header.Set("Content-Type", "application/json")
	resp, err := v.http.Do(req)
	if err != nil {
		return out, fault.Wrap(fault.Busy, err, "Vault at %s does not answer. Nothing was changed; try again when it does.", v.base)
	}
	b, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return out, fault.Wrap(fault.Busy, err, "The answer of Vault at %s broke off. Nothing was changed; try again.", v.base)
	}
	switch {
	case resp.StatusCode == http.StatusServiceUnavailable:
		return out, fault.New(fault.Busy, "Vault at %s is sealed or in maintenance. Nothing was changed; try again when it is open.", v.base)
	case resp.StatusCode >= 500:
		return out, fault.New(fault.Busy, "Vault at %s answered %d. Nothing was changed; try again.", v.base, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return out, fault.New(fault.Forbidden, "Vault at %s refuses to %s with the key %s (status %d). See that the token is valid and its policy allows %s/%s.",
			v.base, what, v.name, resp.StatusCode, what, v.name)
	}
	var answer struct {
		Data transit `json:"data"`
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return out, errors.New("vault: " + what + ": the answer is not JSON") // without the answer: it may hold the key
	}
	return answer.Data, nil
}
