package googleworkspace

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/connector/rest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T, hand *clock.Hand, web connectortest.Answering) (*source, *rsa.PrivateKey) {
	t.Helper()
	file, key := keyFile(t)
	s, err := Product().Open(connector.Config{"admin": "Auditor@example.com", "key": file}, web.Env(hand.Now))
	if err != nil {
		t.Fatal(err)
	}
	own, ok := s.(*source)
	if !ok {
		t.Fatal("another source")
	}
	return own, key
}

func TestItSignsInForOneScopeAtATime(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	given, asked := 0, 0
	var public *rsa.PublicKey
	s, key := opened(t, &hand, func(req *http.Request, body string) (int, string) {
		if req.URL.Host != tokenHost {
			if auth := req.Header.Get("Authorization"); auth != fmt.Sprintf("Bearer t%d", given) {
				t.Errorf("called with %q", auth)
			}
			return 200, `{}`
		}
		asked++
		form, err := url.ParseQuery(body)
		if err != nil || req.Method != http.MethodPost || req.Header.Get("Authorization") != "" || form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			t.Errorf("%s %v %v", req.Method, form, err)
		}
		if scope := checkStatement(t, form.Get("assertion"), public); scope == scopeGroups {
			return 401, `{"error": "unauthorized_client", "error_description": "not delegated"}`
		}
		given++
		return 200, fmt.Sprintf(`{"access_token": "t%d", "expires_in": 3599, "token_type": "Bearer"}`, given)
	})
	public = &key.PublicKey
	c := s.client(connector.NewRun(hand.Now, nil, nil, nil))
	call := func(scope string) error {
		_, err := c.Send(t.Context(), rest.Call{Name: "GET /x", URL: "https://" + adminHost + "/x", Scope: scope})
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
	if err := call(scopeRoles); err != nil || given != 3 {
		t.Errorf("another scope: %d tokens: %v", given, err)
	}
	asked = 0
	for range 3 {
		if err := call(scopeGroups); err == nil || !strings.Contains(err.Error(), scopeGroups) || asked != 1 {
			t.Errorf("a scope that was not delegated, asked for %d times: %v", asked, err)
		}
	}
}

func checkStatement(t *testing.T, text string, key *rsa.PublicKey) (scope string) {
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
	var claims struct {
		Iat, Exp             int64
		Iss, Sub, Aud, Scope string
	}
	raw, err := enc.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		t.Errorf("%s %v", raw, err)
	}
	if claims.Iss != "assay@project.example.com" || claims.Sub != "auditor@example.com" || claims.Aud != "https://oauth2.googleapis.com/token" ||
		claims.Exp-claims.Iat > 3600 {
		t.Errorf("%+v", claims)
	}
	return claims.Scope
}

func TestSettingsOfTheConnection(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	file, _ := keyFile(t)
	for name, c := range map[string]connector.Config{
		"no key":         {"admin": "auditor@example.com"},
		"no JSON":        {"admin": "auditor@example.com", "key": "x"},
		"another file":   {"admin": "auditor@example.com", "key": `{"type": "authorized_user", "client_email": "a@example.com"}`},
		"no private key": {"admin": "auditor@example.com", "key": `{"type": "service_account", "client_email": "a@example.com"}`},
		"nobody":         {"key": file},
		"no address":     {"admin": "auditor", "key": file},
		"with a name":    {"admin": "Auditor <auditor@example.com>", "key": file},
	} {
		if _, err := Product().Open(c, connectortest.Answering(nil).Env(hand.Now)); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A later collection lists only what is new, from three days before, and what
// was listed before Google forgot it is not asked for again.
func TestOnlyWhatIsNewIsListed(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		held connector.Period
		from time.Time
	}{
		"nothing yet":     {connector.Period{}, noon.Add(-kept)},
		"until yesterday": {connector.Period{From: noon.Add(-kept - day), To: noon.Add(-day)}, noon.Add(-day - lately)},
		"from later on":   {connector.Period{From: noon.Add(-9 * day), To: noon.Add(-day)}, noon.Add(-kept)},
		"until long ago":  {connector.Period{From: noon.Add(-300 * day), To: noon.Add(-200 * day)}, noon.Add(-kept)},
	} {
		var since []string
		s, _ := opened(t, &hand, func(req *http.Request, _ string) (int, string) {
			if req.URL.Host == tokenHost {
				return 200, `{"access_token": "t", "expires_in": 3599}`
			}
			since = append(since, req.URL.Query().Get("startTime"))
			return 200, `{"kind": "admin#reports#activities"}`
		})
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
	page := func(from, to int, next string) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`{"id":{"time":"2026-03-01T00:00:%02d.000Z","uniqueQualifier":"%d"},"actor":{"profileId":"1"},"events":[{"type":"login","name":"login_success"}]}`, i, i))
		}
		return fmt.Sprintf(`{"kind":"admin#reports#activities","items":[%s],"nextPageToken":%q}`, strings.Join(list, ","), next)
	}
	s, _ := opened(t, &hand, func(req *http.Request, _ string) (int, string) {
		switch {
		case req.URL.Host == tokenHost:
			return 200, `{"access_token": "t", "expires_in": 3599}`
		case req.URL.Query().Get("pageToken") == "":
			return 200, page(0, 3, "2")
		case !whole:
			return 500, `{"error": {"message": "Internal error"}}`
		}
		return 200, page(2, 5, "")
	})
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
