package okta

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/connector/rest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T, hand *clock.Hand, web connectortest.Answering, c connector.Config) *source {
	t.Helper()
	c["domain"] = "example.okta.com"
	s, err := Product().Open(c, web.Env(hand.Now))
	if err != nil {
		t.Fatal(err)
	}
	own, ok := s.(*source)
	if !ok {
		t.Fatal("another source")
	}
	return own
}

func TestAServiceAppSignsIn(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var hand clock.Hand
	hand.Set(noon)
	given, asked := 0, 0
	web := connectortest.Answering(func(req *http.Request, body string) (int, string) {
		if req.URL.Path == "/oauth2/v1/token" {
			asked++
			form, err := url.ParseQuery(body)
			if err != nil || req.Header.Get("Authorization") != "" || form.Get("grant_type") != "client_credentials" {
				t.Errorf("%v %v", form, err)
			}
			checkStatement(t, form.Get("client_assertion"), &key.PublicKey)
			if form.Get("scope") == scopeGroups {
				return 400, `{"error": "invalid_scope", "error_description": "not granted"}`
			}
			given++
			return 200, fmt.Sprintf(`{"token_type": "Bearer", "expires_in": 3600, "access_token": "t%d", "scope": %q}`, given, form.Get("scope"))
		}
		if auth := req.Header.Get("Authorization"); auth != fmt.Sprintf("Bearer t%d", given) {
			t.Errorf("called with %q", auth)
		}
		return 200, `[]`
	})
	s := opened(t, &hand, web, connector.Config{
		"client_id": "0oa1", "key_id": "kid1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	c := s.client(connector.NewRun(hand.Now, nil, nil, nil))
	call := func(scope string) error {
		_, err := c.Send(t.Context(), rest.Call{Name: "GET /x", URL: s.address("/x"), Scope: scope})
		return err
	}
	for i, want := range []int{1, 1, 2} {
		if i == 2 {
			hand.Add(56 * time.Minute) // it would end while it is used
		}
		if err := call(scopeUsers); err != nil || given != want {
			t.Errorf("call %d: %d tokens, want %d: %v", i, given, want, err)
		}
	}
	if err := call(scopeApps); err != nil || given != 3 {
		t.Errorf("another scope: %d tokens: %v", given, err)
	}
	asked = 0
	for range 3 {
		if err := call(scopeGroups); err == nil || !strings.Contains(err.Error(), scopeGroups) || asked != 1 {
			t.Errorf("a scope that was not granted, asked for %d times: %v", asked, err)
		}
	}
}

func checkStatement(t *testing.T, text string, key *rsa.PublicKey) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no signed statement", text)
	}
	enc := base64.RawURLEncoding
	signature, err := enc.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		t.Error(err)
	}
	var head struct{ Alg, Kid string }
	var claims struct {
		Iat, Exp      int64
		Iss, Sub, Aud string
	}
	for i, into := range []any{&head, &claims} {
		raw, err := enc.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			t.Errorf("%s %v", raw, err)
		}
	}
	if head.Alg != "RS256" || head.Kid != "kid1" || claims.Iss != "0oa1" || claims.Sub != "0oa1" || claims.Aud != "https://example.okta.com/oauth2/v1/token" ||
		claims.Exp-claims.Iat > 3600 {
		t.Errorf("%+v %+v", head, claims)
	}
}

func TestSettings(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	for name, c := range map[string]connector.Config{
		"no domain":       {"token": "x"},
		"no host":         {"domain": "example", "token": "x"},
		"the admin's":     {"domain": "example-admin.okta.com", "token": "x"},
		"plain http":      {"domain": "http://example.okta.com", "token": "x"},
		"a user":          {"domain": "https://me:x@example.okta.com", "token": "x"},
		"nothing to show": {"domain": "example.okta.com"},
		"both":            {"domain": "example.okta.com", "token": "x", "client_id": "0oa1"},
		"no key":          {"domain": "example.okta.com", "client_id": "0oa1"},
		"a bad id":        {"domain": "example.okta.com", "client_id": "a b", "private_key": "x"},
	} {
		if _, err := Product().Open(c, connectortest.Answering(nil).Env(hand.Now)); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, domain := range []string{"example.okta.com", " Example.Okta.com ", "https://example.okta.com/", "login.example.com"} {
		if _, err := Product().Open(connector.Config{"domain": domain, "token": "x"}, connectortest.Answering(nil).Env(hand.Now)); err != nil {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

// A later collection lists only what is new, from two days before, and what was
// listed before the log forgot it is not asked for again.
func TestOnlyWhatIsNewIsListed(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		held connector.Period
		from time.Time
	}{
		"nothing yet":        {connector.Period{}, noon.Add(-kept)},
		"until yesterday":    {connector.Period{From: noon.Add(-kept - day), To: noon.Add(-day)}, noon.Add(-day - lately)},
		"from later on":      {connector.Period{From: noon.Add(-9 * day), To: noon.Add(-day)}, noon.Add(-kept)},
		"until long ago":     {connector.Period{From: noon.Add(-300 * day), To: noon.Add(-200 * day)}, noon.Add(-kept)},
		"as long as is kept": {connector.Period{From: noon.Add(-kept), To: noon.Add(-kept + day)}, noon.Add(-kept)},
	} {
		var since []string
		s := opened(t, &hand, func(req *http.Request, _ string) (int, string) {
			since = append(since, req.URL.Query().Get("since"))
			if got := req.URL.Query().Get("until"); got != stamp(noon) {
				t.Errorf("until %s", got)
			}
			return 200, `[]`
		}, connector.Config{"token": "x"})
		run := connector.NewRun(hand.Now, []string{kindSignIn}, nil, nil)
		if !c.held.To.IsZero() {
			run.SetCovered(map[string]connector.Period{kindSignIn: c.held}, s.env.Period.From)
		}
		if err := (&collection{source: s, run: run, now: noon, api: s.client(run)}).signIns(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := run.Reports()[0]; len(since) != 1 || since[0] != stamp(c.from) || !r.Complete || !r.From.Equal(c.from) || !r.To.Equal(noon) {
			t.Errorf("%s: since %v, %+v, want %s", name, since, r, c.from)
		}
	}
}

// A run that broke off in the middle is followed by one that lists all again:
// nothing is lost, and what both tell has the same id and content.
func TestARunThatBrokeOffIsResumed(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	whole := false
	events := func(from, to int) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`{"uuid":"e%d","published":"2026-03-01T00:00:%02d.000Z","eventType":"user.session.start","displayMessage":"x","actor":{"id":"00u1","type":"User"},"outcome":{"result":"SUCCESS"}}`, i, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	web := connectortest.Answering(func(req *http.Request, _ string) (int, string) {
		if req.URL.Query().Get("after") == "" {
			return 200, events(0, 3)
		}
		if !whole {
			return 500, `{"errorCode": "E0000009", "errorSummary": "Internal Server Error"}`
		}
		return 200, events(2, 5)
	})
	s := opened(t, &hand, web, connector.Config{"token": "x"})
	s.env.HTTP.Transport = linking{web, "https://example.okta.com/api/v1/logs?after=3"}
	seen := &connectortest.Listings{Seen: map[string]string{}, Kind: kindSignIn, Now: hand.Now}
	collect := func() (told int, complete bool) {
		return seen.Once(t, func(run *connector.Run) error {
			return (&collection{source: s, run: run, now: noon, api: s.client(run)}).signIns(t.Context())
		})
	}
	if told, complete := collect(); told != 3 || complete {
		t.Errorf("cut off: %d told, complete %v", told, complete)
	}
	whole = true
	if told, complete := collect(); told != 5 || !complete || len(seen.Seen) != 5 {
		t.Errorf("resumed: %d told, complete %v, %d in all", told, complete, len(seen.Seen))
	}
}

// linking adds a link to a next page to the first answer.
type linking struct {
	web  connectortest.Answering
	next string
}

// RoundTrip is http.RoundTripper's.
func (l linking) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.web.RoundTrip(req)
	if err == nil && req.URL.Query().Get("after") == "" {
		resp.Header.Set("Link", "<"+l.next+`>; rel="next"`)
	}
	return resp, err
}

// TestTheRecordingsAreOktas reads Okta's own description of its API: what the
// recordings answer has the names and types that it declares.
func TestTheRecordingsAreOktas(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS is not set")
	}
	raw, err := os.ReadFile(filepath.Join(corpus, "d19-okta-openapi-spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d description
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			address, ok := strings.CutPrefix(f.Name, "http GET https://example.okta.com")
			head, body, _ := bytes.Cut(f.Data, []byte("\n\n"))
			if !ok || !bytes.HasPrefix(head, []byte("200")) || strings.Contains(f.Name, " !") {
				continue
			}
			path, query, _ := strings.Cut(address, "?")
			name, op := d.find(path)
			if op == nil {
				continue // newer than the description
			}
			if params, err := url.ParseQuery(query); err != nil {
				t.Error(err)
			} else {
				for p := range params {
					if !slices.ContainsFunc(op.Parameters, func(x parameter) bool { return x.Name == p }) {
						t.Errorf("%s has no parameter %s", name, p)
					}
				}
			}
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatalf("%s: %s: %v", file, f.Name, err)
			}
			if _, list := v.([]any); !list && op.Responses["200"].Schema.Type == "array" {
				continue // the recording shows an answer that is not documented
			}
			checked[name] = true
			for _, problem := range d.against(op.Responses["200"].Schema, v, name) {
				t.Errorf("%s: %s", file, problem)
			}
		}
	}
	if len(checked) < 12 {
		t.Errorf("only %v are described", checked)
	}
}
