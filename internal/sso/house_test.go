package sso_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/sso"
	"assay/internal/trail"
)

const origin = "https://assay.example"

// house is a store with two organizations, and the zone of the world's domains.
type house struct {
	*testing.T
	db    *db.DB
	hand  *clock.Hand
	auth  auth.Service
	sso   sso.Service
	orgs  org.Service
	ours  org.Org
	other org.Org
	zone  map[string][]string
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, db: d, hand: hand, zone: map[string][]string{}}
		ring := keys.New(secret.NewKey(), t.TempDir())
		users, err := ring.Users(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		h.auth = auth.Service{DB: d, Factors: factor.Service{Key: users}, Turns: make(chan struct{}, 2)}
		h.orgs = org.Service{DB: d, Keys: ring}
		h.sso = sso.Service{
			DB: d, Keys: ring, Auth: h.auth, Key: users, AllowLocal: true, Memory: &sso.Memory{},
			HTTP: outbound.New(outbound.Options{AllowLocal: true, Retries: -1, Rate: 1000, Burst: 1000}),
			Texts: func(_ context.Context, name string) ([]string, error) {
				if list, ok := h.zone[name]; ok {
					return list, nil
				}
				return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
			},
		}
		h.ours, h.other = h.found("Ours"), h.found("Other")
		fn(h)
	})
}

func (h *house) found(name string) org.Org {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Etc/UTC"})
	h.must(err)
	return o
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) refused(err error, kind fault.Kind, says string) {
	h.Helper()
	var words []string
	if err != nil {
		words = append(words, fault.Text(err))
		for _, f := range fault.FieldsOf(err) {
			words = append(words, f.Text)
		}
	}
	text := strings.Join(words, " ")
	if !fault.Is(err, kind) || !strings.Contains(text, says) {
		h.Errorf("%v (%s), want %s that says %q", err, text, kind, says)
	}
}

// own verifies a domain for an organization.
func (h *house) own(o org.Org, name string) {
	h.Helper()
	who := access.Console(o.ID)
	d, err := h.sso.AddDomain(h.Context(), who, name)
	h.must(err)
	at, value := d.Record()
	h.zone[at+"."] = append(h.zone[at+"."], value)
	_, err = h.sso.VerifyDomain(h.Context(), who, name)
	h.must(err)
}

// enroll makes a member of an organization.
func (h *house) enroll(o org.Org, email string, role access.Role) auth.User {
	h.Helper()
	u, err := h.auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: email, Name: "Ada Somebody", Role: role})
	h.must(err)
	return u
}

// entries are the actions of the organization's trail, newest first.
func (h *house) entries(o org.Org) (out []string) {
	h.Helper()
	g, err := access.Console(o.ID).May(access.TrailRead)
	h.must(err)
	h.must(h.db.Read(h.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Limit: 200})
		for i := range list {
			out = append(out, list[i].Action+" "+list[i].Noun)
		}
		return err
	}))
	return out
}

// issuer is an OpenID Connect provider that says what a test wants it to.
type issuer struct {
	*httptest.Server

	t   *testing.T
	key *ecdsa.PrivateKey

	mu     sync.Mutex
	codes  map[string]url.Values // what was asked for, by code
	now    func() time.Time
	claims map[string]any // over what it says in earnest; nil removes one
	info   map[string]any // of the list of people; nil: there is none
	sign   func(payload []byte) string
	secret string
}

func (h *house) issuer() *issuer {
	h.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	h.must(err)
	p := &issuer{t: h.T, key: key, codes: map[string]url.Values{}, now: h.hand.Now, claims: map[string]any{}, secret: "s3cret of the client"}
	p.sign = func(payload []byte) string { return signed(h.T, jose.ES256, key, payload) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, _ *http.Request) { reply(w, p.info) })
	p.Server = httptest.NewServer(mux)
	h.Cleanup(p.Close)
	return p
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, payload []byte) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := o.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *issuer) configuration(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"userinfo_endpoint": p.URL + "/people", "id_token_signing_alg_values_supported": []string{"ES256", "RS256"},
	})
}

// authorize is what the provider answers to a browser that was sent to it.
func (p *issuer) authorize(to string) url.Values {
	p.t.Helper()
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, p.URL+"/authorize?") {
		p.t.Fatalf("sent to %s", to)
	}
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "client_id": "assay"} {
		if q.Get(name) != want {
			p.t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	code := "code " + q.Get("state")
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	return url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
}

func (p *issuer) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	id, given, ok := r.BasicAuth()
	if !ok {
		id, given = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	given, _ = url.QueryUnescape(given)
	p.mu.Lock()
	q, found := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code")) // each code counts once
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !found || id != "assay" || given != p.secret || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || q.Get("redirect_uri") != r.PostForm.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]string{"error": "invalid_grant"})
		return
	}
	c := map[string]any{
		"iss": p.URL, "aud": "assay", "sub": "u-1", "nonce": q.Get("nonce"), "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(),
		"email": "ada@ours.example", "email_verified": true, "name": "Ada Ours", "auth_time": p.now().Unix(),
	}
	maps.Copy(c, p.claims)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	b, err := json.Marshal(c)
	if err != nil {
		p.t.Error(err)
	}
	reply(w, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": p.sign(b)})
}

// says lays words into the provider's mouth until the test ends.
func (p *issuer) says(pairs ...any) {
	p.claims = map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		p.claims[name] = pairs[i+1]
	}
}

// add adds the provider to an organization.
func (h *house) add(o org.Org, p *issuer, join access.Role) sso.Issuer {
	h.Helper()
	i, err := h.sso.AddIssuer(h.Context(), access.Console(o.ID), sso.New{
		Kind: sso.OIDC, Name: "Idp", Location: p.URL, Client: "assay", Secret: secret.NewText(p.secret), Join: join,
	})
	h.must(err)
	return i
}

// enter signs in at a provider.
func (h *house) enter(i sso.Issuer, p *issuer) (sso.Arrived, error) {
	h.Helper()
	g, err := h.sso.Begin(h.Context(), sso.Start{Issuer: i.ID, Origin: origin, Next: "/controls"})
	h.must(err)
	return h.finish(i, p.authorize(g.To), g.Sealed)
}

func (h *house) finish(i sso.Issuer, q url.Values, sealed string) (sso.Arrived, error) {
	return h.sso.Finish(h.Context(), sso.Back{Issuer: i.ID, Query: q, Sealed: sealed, From: auth.From{Address: "192.0.2.1", Agent: "test"}})
}

func (h *house) visit(token, wanted string) (auth.Visit, error) {
	return h.auth.Visit(h.Context(), token, wanted, auth.From{Address: "192.0.2.1", Agent: "test"})
}

func has(list []string, want string) bool { return slices.Contains(list, want) }
