package github

import (
	"bytes"
	"context"
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
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func env(hand *clock.Hand, web connectortest.Answering) connector.Env {
	return connector.Env{Now: hand.Now, HTTP: &http.Client{Transport: web}, Period: connector.Period{From: noon.AddDate(-1, 0, 0), To: noon}}
}

func TestAnAppSignsIn(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var hand clock.Hand
	hand.Set(noon)
	given := 0
	web := connectortest.Answering(func(req *http.Request, _ string) (int, string) {
		bearer := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
		switch req.Method + " " + req.URL.Path {
		case "GET /orgs/example/installation":
			checkStatement(t, bearer, &key.PublicKey)
			return 200, `{"id": 5}`
		case "POST /app/installations/5/access_tokens":
			checkStatement(t, bearer, &key.PublicKey)
			given++
			return 201, fmt.Sprintf(`{"token": "t%d", "expires_at": %q}`, given, hand.Now().Add(time.Hour).Format(time.RFC3339))
		case "GET /orgs/example/teams":
			if bearer != fmt.Sprintf("t%d", given) {
				t.Errorf("called with %q", bearer)
			}
			return 200, `[]`
		}
		t.Errorf("%s %s", req.Method, req.URL)
		return 500, ""
	})
	for name, text := range map[string][]byte{
		"PKCS #1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		"PKCS #8": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(t, key)}),
	} {
		given = 0
		opened, err := Product().Open(connector.Config{"organization": "example", "app_id": "77", "app_key": string(text)}, env(&hand, web))
		if err != nil {
			t.Fatal(name, err)
		}
		s, ok := opened.(*source)
		if !ok {
			t.Fatal("another source")
		}
		run := connector.NewRun(hand.Now, nil, nil, nil)
		c := newClient(s, run)
		for i, want := range []int{1, 1, 2} {
			if i == 2 {
				hand.Add(57 * time.Minute) // it would end while it is used
			}
			if _, err := get[[]team](t.Context(), c, "GET /orgs/{org}/teams", "/orgs/example/teams"); err != nil || given != want {
				t.Errorf("%s: call %d: %d tokens, want %d: %v", name, i, given, want, err)
			}
		}
	}
}

func pkcs8(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	b, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkStatement(t *testing.T, text string, key *rsa.PublicKey) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no signed statement", text)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		t.Error(err)
	}
	var claims struct {
		Iat, Exp int64
		Iss      string
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Iss != "77" || claims.Exp-claims.Iat > 600 {
		t.Errorf("%s %v", raw, err)
	}
}

func TestSettings(t *testing.T) {
	var hand clock.Hand
	hand.Set(noon)
	for name, c := range map[string]connector.Config{
		"no organization": {"token": "x"},
		"an address":      {"organization": "github.com/example", "token": "x"},
		"nothing to show": {"organization": "example"},
		"both":            {"organization": "example", "token": "x", "app_id": "1"},
		"no key":          {"organization": "example", "app_id": "1"},
		"a bad number":    {"organization": "example", "app_id": "one", "app_key": "x"},
		"plain http":      {"organization": "example", "token": "x", "api": "http://github.example.com/api/v3"},
		"a user":          {"organization": "example", "token": "x", "api": "https://me:x@github.example.com"},
	} {
		if _, err := Product().Open(c, env(&hand, nil)); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := Product().Open(connector.Config{"organization": "example", "token": "x", "api": "https://github.example.com/api/v3/"}, env(&hand, nil))
	if err != nil {
		t.Fatal(err)
	}
	if by, err := s.Authority(t.Context()); err != nil || by != "github.example.com" {
		t.Error(by, err)
	}
	own, ok := s.(*source)
	if got := newClient(own, nil).graphQL(); !ok || got != "https://github.example.com/api/graphql" {
		t.Error(got)
	}
}

// TestTheDocumentedExamples reads the examples of GitHub's own description of
// its API.
func TestTheDocumentedExamples(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS is not set")
	}
	raw, err := os.ReadFile(filepath.Join(corpus, "d04-github", "openapi-ghec-subset.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Examples map[string]struct {
				Value json.RawMessage `json:"value"`
			} `json:"examples"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	example := func(name string, into any) {
		t.Helper()
		v, ok := doc.Components.Examples[name]
		if !ok {
			t.Fatalf("there is no example %s", name)
		}
		if err := json.Unmarshal(v.Value, into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var p protection
	example("branch-protection", &p)
	b := &bound{}
	b.addProtection(&p)
	if !b.pull || b.approvals == 0 || len(b.checks) == 0 || !p.Admins.Enabled {
		t.Errorf("protection %+v of %+v", b, p)
	}
	var alerts []alert
	example("dependabot-alerts-for-organization", &alerts)
	for _, a := range alerts {
		if a.Number == 0 || a.CreatedAt.IsZero() || a.Advisory.GHSA == "" || a.Weakness.Severity == "" || a.Weakness.Package.Name == "" || a.Repository.ID == 0 {
			t.Errorf("alert %+v", a)
		}
	}
	var people []account
	example("simple-user-items", &people)
	var teams []team
	example("team-items", &teams)
	if len(alerts) == 0 || len(people) == 0 || people[0].ID == 0 || len(teams) == 0 || teams[0].ID == 0 || teams[0].Slug == "" {
		t.Errorf("%d alerts, %+v, %+v", len(alerts), people, teams)
	}
}

// BenchmarkPullRequests reads a repository of many pull requests.
func BenchmarkPullRequests(b *testing.B) {
	const all, page = 200_000, 50
	var hand clock.Hand
	hand.Set(noon)
	web := connectortest.Answering(func(_ *http.Request, body string) (int, string) {
		var q struct {
			Variables struct {
				After string `json:"after"`
			} `json:"variables"`
		}
		if err := json.Unmarshal([]byte(body), &q); err != nil {
			b.Error(err)
		}
		var from int
		_, _ = fmt.Sscan(q.Variables.After, &from)
		var text bytes.Buffer
		for i := from; i < from+page; i++ {
			fmt.Fprintf(&text, `,{"id":"P%d","number":%d,"title":"Change %d","createdAt":"2026-02-01T08:00:00Z","updatedAt":"2026-02-02T08:00:00Z","mergedAt":"2026-02-02T08:00:00Z","headRefOid":"h%d",
"author":{"__typename":"User","login":"ann","databaseId":1},"mergedBy":{"__typename":"User","login":"bob","databaseId":2},"statusCheckRollup":{"state":"SUCCESS","contexts":{"totalCount":3}},
"closingIssuesReferences":{"totalCount":1},"reviews":{"pageInfo":{},"nodes":[{"state":"APPROVED","submittedAt":"2026-02-02T07:00:00Z","commit":{"oid":"h%d"},"author":{"__typename":"User","login":"bob","databaseId":2}}]}}`, i, i+1, i, i, i)
		}
		return 200, fmt.Sprintf(`{"data":{"repository":{"pullRequests":{"totalCount":%d,"pageInfo":{"hasNextPage":%v,"endCursor":"%d"},"nodes":[%s]}}}}`, all, from+page < all, from+page, text.Bytes()[1:])
	})
	opened, err := Product().Open(connector.Config{"organization": "example", "token": "x"}, env(&hand, web))
	if err != nil {
		b.Fatal(err)
	}
	s, _ := opened.(*source)
	schema := pullKind()
	for b.Loop() {
		told := 0
		run := connector.NewRun(hand.Now, []string{kindPull}, func(_ context.Context, r connector.Resource) error {
			told++
			_, err := schema.Normalize(r.Fields, r.Unavailable)
			return err
		}, nil)
		c := &collection{source: s, run: run, now: noon, api: newClient(s, run)}
		if err := c.pulls(b.Context(), &repository{ID: 1, FullName: "example/shop", Branch: "main"}); err != nil || told != all {
			b.Fatal(told, err)
		}
	}
}
