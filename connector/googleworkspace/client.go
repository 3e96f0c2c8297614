package googleworkspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

var errNoID = errors.New("it names no customer")

// client calls Google in the administrator's name.
func (s *source) client(run *connector.Run) *rest.Client {
	c := &rest.Client{HTTP: s.env.HTTP, Hosts: []string{adminHost, policyHost, tokenHost}, Run: run, Recorded: s.from != "", Vendor: "Google", Said: said}
	if s.from != "" {
		c.Authorize = func(context.Context, string) (string, error) { return "Recorded", nil }
		return c
	}
	c.Authorize = (&delegate{source: s, client: c, tokens: map[string]*token{}}).authorize
	return c
}

// said reads both forms of Google's errors: the APIs', and OAuth's.
func said(body []byte) string {
	var e struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	var api struct {
		Message string `json:"message"`
		Status  string `json:"status"`
	}
	if json.Unmarshal(e.Error, &api) == nil && api.Message != "" {
		return api.Message
	}
	var code string
	_ = json.Unmarshal(e.Error, &code)
	return code + " " + e.Description
}

// delegate signs in as the administrator, for one scope at a time.
type delegate struct {
	*source
	client *rest.Client
	tokens map[string]*token
}

type token struct {
	text    string
	until   time.Time
	refused error // the scope was not delegated: asking again is in vain
}

// margin is how long before its end a token is replaced.
const margin = 5 * time.Minute

func (d *delegate) authorize(ctx context.Context, scope string) (string, error) {
	now := d.env.Now()
	if t := d.tokens[scope]; t != nil {
		if t.refused != nil {
			return "", t.refused
		}
		if now.Add(margin).Before(t.until) {
			return "Bearer " + t.text, nil
		}
	}
	const address = "https://" + tokenHost + "/token"
	statement, err := rest.Statement(d.key, d.keyID, map[string]any{
		"iss": d.account, "sub": d.admin, "scope": scope, "aud": address, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		return "", err
	}
	given, err := rest.Get[struct {
		Token string `json:"access_token"`
		Lasts int    `json:"expires_in"`
	}](ctx, d.client, rest.Call{Name: "POST /token", URL: address, Bare: true, Form: url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {statement},
	}})
	if err == nil && given.Token == "" {
		err = errors.New("the answer holds no token")
	}
	if err != nil {
		if status := rest.Status(err); status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden {
			err = errors.New("the scope " + scope + " was not given: " + rest.Clip(err.Error()))
			d.tokens[scope] = &token{refused: err}
		}
		return "", err
	}
	d.tokens[scope] = &token{text: given.Token, until: now.Add(time.Duration(given.Lasts) * time.Second)}
	return "Bearer " + given.Token, nil
}

// paged reads a page that is an object of a kind, with the list in a field and
// the next page's token beside it. Google leaves an empty list out.
func paged[T any](address, kind, field string) rest.Page[T] {
	return func(a rest.Answer) (list []T, next string, err error) {
		var page map[string]json.RawMessage
		if err := json.Unmarshal(a.Body, &page); err != nil {
			return nil, "", err
		}
		var is, token string
		_ = json.Unmarshal(page["kind"], &is)
		if is != kind || page == nil {
			return nil, "", fmt.Errorf("it is of kind %q, not %q", is, kind)
		}
		if raw, ok := page["nextPageToken"]; ok {
			if err := json.Unmarshal(raw, &token); err != nil {
				return nil, "", err
			}
		}
		if raw, ok := page[field]; ok {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, "", err
			}
		}
		if token != "" {
			next = address + "&pageToken=" + url.QueryEscape(token)
		}
		return list, next, nil
	}
}

// directory is a list of the Directory API. The query's values are in the order
// of their names.
func directory(path string, query url.Values) string {
	return "https://" + adminHost + "/admin/directory/v1" + path + "?" + query.Encode()
}
