package okta

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

// client calls the organization with what the settings say.
func (s *source) client(run *connector.Run) *rest.Client {
	c := &rest.Client{HTTP: s.env.HTTP, Hosts: []string{s.domain}, Run: run, Recorded: s.from != "", Vendor: "Okta", Said: said, Pace: &rest.Pace{Window: time.Minute}, Now: s.env.Now}
	c.Authorize = func(context.Context, string) (string, error) { return "SSWS " + s.token, nil }
	if s.key != nil {
		c.Authorize = (&service{source: s, client: c, tokens: map[string]*token{}}).authorize
	}
	return c
}

// said reads both forms of Okta's errors: the API's, and OAuth's (RFC 6749, 5.2).
func said(body []byte) string {
	var e struct {
		Code        string `json:"errorCode"`
		Summary     string `json:"errorSummary"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	if e.Code != "" {
		return e.Code + " " + e.Summary
	}
	return e.Error + " " + e.Description
}

// service signs in as a service app, for one scope at a time.
type service struct {
	*source
	client *rest.Client
	tokens map[string]*token
}

type token struct {
	text    string
	until   time.Time
	refused error // the scope was not granted: asking again is in vain
}

// margin is how long before its end a token is replaced.
const margin = 5 * time.Minute

func (s *service) authorize(ctx context.Context, scope string) (string, error) {
	now := s.env.Now()
	if t := s.tokens[scope]; t != nil {
		if t.refused != nil {
			return "", t.refused
		}
		if now.Add(margin).Before(t.until) {
			return "Bearer " + t.text, nil
		}
	}
	statement, err := s.statement(now)
	if err != nil {
		return "", err
	}
	given, err := rest.Get[struct {
		Token string `json:"access_token"`
		Lasts int    `json:"expires_in"`
	}](ctx, s.client, rest.Call{Name: "POST /oauth2/v1/token", URL: s.address("/oauth2/v1/token"), Bare: true, Form: url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {statement},
	}})
	if err == nil && given.Token == "" {
		err = errors.New("Okta's answer holds no token") //nolint:staticcheck // a name begins it
	}
	if err != nil {
		if status := rest.Status(err); status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden {
			err = errors.New("the scope " + scope + " was not given: " + rest.Clip(err.Error()))
			s.tokens[scope] = &token{refused: err}
		}
		return "", err
	}
	s.tokens[scope] = &token{text: given.Token, until: now.Add(time.Duration(given.Lasts) * time.Second)}
	return "Bearer " + given.Token, nil
}

// statement says which app this is (RFC 7523, 3). It names no jti, so that the
// call can be repeated when its connection breaks.
func (s *service) statement(now time.Time) (string, error) {
	return rest.Statement(s.key, s.keyID, map[string]any{
		"iss": s.clientID, "sub": s.clientID, "aud": s.address("/oauth2/v1/token"),
		"iat": now.Unix(), "exp": now.Add(margin).Unix(),
	})
}
