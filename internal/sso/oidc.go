package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Memory remembers, for an hour, what issuers say of themselves.
type Memory struct {
	mu    sync.Mutex
	known map[string]discovered
}

type discovered struct {
	provider *oidc.Provider
	at       time.Time
}

const (
	knownFor  = time.Hour
	mostKnown = 200
	slack     = time.Minute // by which the clocks of two machines may differ
)

// discover asks an issuer what it says of itself.
func (s Service) discover(ctx context.Context, location string, anew bool) (*oidc.Provider, error) {
	now := s.DB.Now()()
	if s.Memory != nil && !anew {
		s.Memory.mu.Lock()
		d, ok := s.Memory.known[location]
		s.Memory.mu.Unlock()
		if ok && now.Sub(d.at) < knownFor {
			return d.provider, nil
		}
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, s.HTTP), location)
	if err != nil {
		text := "It did not answer as an OpenID Connect provider at " + strings.TrimSuffix(location, "/") + "/.well-known/openid-configuration."
		if wrong, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
			text = "It calls itself " + wrong.Discovered + ". Give that."
		}
		return nil, errors.Join(fault.Fields("The identity provider cannot be used.", fault.Field{Name: "location", Text: text}), err)
	}
	if s.Memory != nil {
		s.Memory.mu.Lock()
		if s.Memory.known == nil || len(s.Memory.known) >= mostKnown {
			s.Memory.known = map[string]discovered{}
		}
		s.Memory.known[location] = discovered{p, now}
		s.Memory.mu.Unlock()
	}
	return p, nil
}

// Provider asks an issuer what it says of itself, or remembers it for an hour.
func (s Service) Provider(ctx context.Context, location string) (*oidc.Provider, error) {
	return s.discover(ctx, location, false)
}

func client(i *Issuer, p *oidc.Provider, clientSecret, origin string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.Client, ClientSecret: clientSecret, Endpoint: p.Endpoint(), RedirectURL: origin + i.Callback(),
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// ask is where the browser goes to sign in at an OpenID Connect issuer.
func (s Service) ask(ctx context.Context, i *Issuer, f *flow) (string, error) {
	p, err := s.discover(ctx, i.Location, false)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if f.Hint != "" {
		opts = append(opts, oauth2.SetAuthURLParam("login_hint", f.Hint))
	}
	if f.Prove {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return client(i, p, "", f.Origin).AuthCodeURL(f.State, opts...), nil
}

// person is what an issuer says of somebody, checked.
type person struct {
	subject  string
	email    string // empty if the issuer does not call it verified
	claimed  string // the address whether verified or not, for words
	name     string
	means    auth.Means
	provenAt time.Time // zero if the issuer does not say
}

// flag is true, "true", 1 and "1": providers differ.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(slices.Contains([]string{"true", "1"}, strings.Trim(string(b), `"`)))
	return nil
}

type claims struct {
	Subject  string          `json:"sub"`
	Party    string          `json:"azp"`
	Email    string          `json:"email"`
	Verified flag            `json:"email_verified"`
	Owned    flag            `json:"xms_edov"` // Entra: the address is in a domain that its tenant verified
	Name     string          `json:"name"`
	Context  string          `json:"acr"`
	Methods  json.RawMessage `json:"amr"`
	AuthAt   json.Number     `json:"auth_time"`
}

// answer takes what came back from an OpenID Connect issuer.
func (s Service) answer(ctx context.Context, i *Issuer, clientSecret secret.Text, f *flow, q url.Values) (who person, err error) {
	if text := q.Get("error"); text != "" {
		return who, fault.New(fault.Unauthenticated, "%s did not sign you in: %s", i.Name, words(text, q.Get("error_description")))
	}
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		return who, fault.New(fault.Unauthenticated, "The answer does not belong to the sign-in that this browser began. Begin again.")
	}
	if iss := q.Get("iss"); iss != "" && iss != i.Location {
		return who, fault.New(fault.Unauthenticated, "The answer is from another identity provider than the one that was asked.")
	}
	p, err := s.discover(ctx, i.Location, false)
	if err != nil {
		return who, err
	}
	ctx = oidc.ClientContext(ctx, s.HTTP)
	token, err := client(i, p, clientSecret.Reveal(), f.Origin).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return who, fault.Wrap(fault.Unauthenticated, err, "%s did not confirm the sign-in. Begin again; if it stays so, its client secret or its list of redirect addresses is wrong.", i.Name)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.VerifierContext(ctx, &oidc.Config{ClientID: i.Client, Now: s.DB.Now()}).Verify(ctx, raw)
	if err != nil {
		return who, fault.Wrap(fault.Unauthenticated, err, "What %s says of you cannot be believed: it is not signed by it, not for this installation, or has expired.", i.Name)
	}
	var c claims
	if err := verified.Claims(&c); err != nil {
		return who, fault.Wrap(fault.Unauthenticated, err, "What %s says of you cannot be read.", i.Name)
	}
	switch now := s.DB.Now()(); {
	case subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(f.Nonce)) != 1:
		err = fault.New(fault.Unauthenticated, "What %s says of you was said for another sign-in. Begin again.", i.Name)
	case c.Party != "" && c.Party != i.Client || len(verified.Audience) > 1 && c.Party == "":
		err = fault.New(fault.Unauthenticated, "What %s says of you was said to somebody else.", i.Name)
	case verified.IssuedAt.After(now.Add(slack)):
		err = fault.New(fault.Unauthenticated, "The clock of %s is ahead of this machine's. Somebody must set one of them.", i.Name)
	case c.Subject == "" || len(c.Subject) > 255:
		err = fault.New(fault.Unauthenticated, "%s does not say who you are.", i.Name)
	}
	if err != nil {
		return who, err
	}
	if c.Email == "" {
		if err := informed(ctx, p, token, &c); err != nil {
			return who, fault.Wrap(fault.Unauthenticated, err, "%s does not tell your address.", i.Name)
		}
	}
	return c.person(), nil
}

// informed asks the issuer's list of people for the address.
func informed(ctx context.Context, p *oidc.Provider, token *oauth2.Token, c *claims) error {
	more, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	var from claims
	if err := more.Claims(&from); err != nil {
		return err
	}
	if from.Subject != c.Subject { // OpenID Connect Core 5.3.2
		return errors.New("the list of people tells of somebody else")
	}
	c.Email, c.Verified, c.Owned = from.Email, from.Verified, from.Owned
	if c.Name == "" {
		c.Name = from.Name
	}
	return nil
}

func (c *claims) person() person {
	who := person{subject: c.Subject, claimed: c.Email, name: c.Name, means: auth.BySSO}
	if address, err := auth.Email(c.Email); err == nil && bool(c.Verified || c.Owned) {
		who.email = address
	}
	if at, err := c.AuthAt.Int64(); err == nil && at > 0 {
		who.provenAt = time.Unix(at, 0)
	}
	var methods []string
	if json.Unmarshal(c.Methods, &methods) != nil {
		methods = nil
	}
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(m string) bool { return slices.Contains(methods, m) })
	}
	switch {
	case c.Context == "phr" || c.Context == "phrh" || has("hwk", "fido"): // OpenID Connect EAP ACR Values, RFC 8176
		who.means = auth.BySSOKey
	case has("mfa", "otp", "swk", "sms"):
		who.means = auth.BySSOCode
	}
	return who
}

// words are an issuer's own, cut short and without anything that could mislead.
func words(list ...string) string {
	out := strings.Join(strings.Fields(strings.Join(list, " ")), " ")
	return strings.ToValidUTF8(out[:min(len(out), 200)], "")
}
