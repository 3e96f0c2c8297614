package federation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/federation"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/sso"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	db          *db.DB
	hand        *clock.Hand
	auth        auth.Service
	fed         federation.Service
	ours, other org.Org
	lead        access.Actor
	issuer      *issuer
}

// issuer is a build system that says what its jobs are.
type issuer struct {
	url   string
	key   *ecdsa.PrivateKey
	asked int // for its keys
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func serve(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: newKey(t)}
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys", "id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.asked++
		say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// signed is a token with claims.
func (i *issuer) signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := out.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		users := secret.NewKey()
		h := &house{T: t, db: d, hand: hand, issuer: serve(t), auth: auth.Service{DB: d, Factors: factor.Service{Key: users}, Turns: make(chan struct{}, 2)}}
		ring := keys.New(secret.NewKey(), t.TempDir())
		providers := sso.Service{DB: d, Auth: h.auth, AllowLocal: true, Memory: &sso.Memory{}, HTTP: outbound.New(outbound.Options{AllowLocal: true, Retries: -1, Rate: 1000, Burst: 1000})}
		h.fed = federation.Service{DB: d, Auth: h.auth, Provider: providers.Provider, AllowLocal: true}
		orgs := org.Service{DB: d, Keys: ring}
		var err error
		h.ours, err = orgs.Create(t.Context(), org.New{Name: "Ours", Zone: "Etc/UTC"})
		h.must(err)
		h.other, err = orgs.Create(t.Context(), org.New{Name: "Other", Zone: "Etc/UTC"})
		h.must(err)
		h.lead = h.person(h.ours, "ada@ours.example", access.RoleLead)
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(kind fault.Kind, err error) {
	h.Helper()
	if !fault.Is(err, kind) {
		h.Errorf("%v, want %s", err, kind)
	}
}

func (h *house) person(o org.Org, email string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: email, Name: "Ada", Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: o.ID, Name: "Ada", Role: role, Door: access.DoorWeb}
}

func (h *house) trust(in federation.New) federation.Trust {
	h.Helper()
	if in.Name == "" {
		in.Name = "Deploys"
	}
	if in.Issuer == "" {
		in.Issuer = h.issuer.url
	}
	if in.Conditions == nil {
		in.Conditions = []federation.Condition{{Claim: "repository", Pattern: "acme/app"}, {Claim: "ref", Pattern: "refs/heads/main"}}
	}
	if in.Scope == nil {
		in.Scope = []string{string(access.ImportAdd)}
	}
	t, err := h.fed.Add(h.Context(), h.lead, in)
	h.must(err)
	if t.Problem != "" {
		h.Fatal(t.Problem)
	}
	return t
}

// claims are those of a job of GitHub Actions, changed.
func (h *house) claims(t *federation.Trust, set map[string]any) map[string]any {
	now := h.hand.Now()
	out := map[string]any{
		"iss": h.issuer.url, "aud": t.Audience, "sub": "repo:acme/app:ref:refs/heads/main", "jti": rand.Text(), "iat": now.Unix(), "nbf": now.Unix() - 300, "exp": now.Add(5 * time.Minute).Unix(),
		"repository": "acme/app", "ref": "refs/heads/main", "run_id": "10563",
	}
	maps.Copy(out, set)
	for k, v := range out {
		if v == nil {
			delete(out, k)
		}
	}
	return out
}

func (h *house) job(t *federation.Trust, set map[string]any) string {
	h.Helper()
	return h.issuer.signed(h.T, jose.ES256, h.issuer.key, "one", h.claims(t, set))
}

var places = 0

// exchange asks from a place of its own, so that no count of another is in the way.
func (h *house) exchange(trust, token string) (federation.Given, error) {
	places++
	return h.fed.Exchange(h.Context(), trust, secret.NewText(token), auth.From{Address: "192.0." + string(rune('0'+places%10)) + ".1", Agent: "test"})
}

func (h *house) trail(action string) (out []trail.Entry) {
	h.Helper()
	g, err := access.Console(h.ours.ID).May(access.TrailRead)
	h.must(err)
	h.must(h.db.Read(h.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Limit: 1000})
		for i := range list {
			if list[i].Action == action {
				out = append(out, list[i])
			}
		}
		return err
	}))
	return out
}

func TestAJobGetsAShortToken(t *testing.T) {
	each(t, func(h *house) {
		trust := h.trust(federation.New{Minutes: 10})
		if trust.Audience != "assay:"+trust.ID {
			h.Error(trust.Audience)
		}
		word := h.job(&trust, nil)
		given, err := h.exchange(trust.ID, word)
		h.must(err)
		if !strings.HasPrefix(given.Secret, auth.TokenPrefix) || !given.ExpiresAt.Equal(h.hand.Now().Add(10*time.Minute)) {
			h.Errorf("%+v", given)
		}
		who, err := h.auth.ActorByToken(h.Context(), given.Secret, auth.From{Address: "192.0.2.1"})
		h.must(err)
		if who.Org != h.ours.ID || who.Role != access.RoleJob || !who.Can(access.ImportAdd) || who.Can(access.PersonImport) || who.Can(access.TokenEdit) {
			h.Errorf("%+v", who)
		}
		made := h.trail("token.edit")
		if len(made) != 1 || made[0].Actor != trust.ID || made[0].Detail["subject"] != "repo:acme/app:ref:refs/heads/main" || made[0].Detail["run"] != "run_id 10563" || made[0].Detail["trust"] != trust.ID {
			h.Errorf("the trail: %+v", made)
		}
		_, err = h.exchange(trust.ID, word)
		h.want(fault.Unauthenticated, err) // used
		list, err := h.fed.List(h.Context(), h.lead)
		h.must(err)
		if len(list) != 1 || list[0].UsedBy != "repo:acme/app:ref:refs/heads/main" || !list[0].UsedAt.Equal(h.hand.Now()) {
			h.Errorf("%+v", list)
		}
		second, err := h.exchange(trust.ID, h.job(&trust, map[string]any{"jti": nil}))
		h.must(err)
		h.hand.Add(10 * time.Minute)
		_, err = h.auth.ActorByToken(h.Context(), second.Secret, auth.From{Address: "192.0.2.1"})
		h.want(fault.Unauthenticated, err) // over
		third, err := h.exchange(trust.ID, h.job(&trust, nil))
		h.must(err)
		tokens, err := h.auth.Tokens(h.Context(), h.lead)
		h.must(err)
		if len(tokens) != 1 || tokens[0].ID != third.ID || !tokens[0].Service {
			h.Errorf("%d tokens are listed: %+v", len(tokens), tokens)
		}
		h.must(h.fed.End(h.Context(), h.lead, trust.ID))
		h.must(h.fed.End(h.Context(), h.lead, trust.ID))
		_, err = h.auth.ActorByToken(h.Context(), third.Secret, auth.From{Address: "192.0.2.1"})
		h.want(fault.Unauthenticated, err) // with the trust
		_, err = h.exchange(trust.ID, h.job(&trust, nil))
		h.want(fault.Unauthenticated, err)
		if len(h.trail("federation.add")) != 1 || len(h.trail("federation.end")) != 1 {
			h.Error("the trail lacks the trust")
		}
	})
}

// Everything that is not quite what the trust says is refused, in the same words, and
// the trail says why.
func TestWhatAJobCannotShow(t *testing.T) {
	each(t, func(h *house) {
		trust := h.trust(federation.New{})
		wide := h.trust(federation.New{Name: "Wide", Audience: "https://other.example"})
		now := h.hand.Now()
		good := h.job(&trust, nil)
		parts := strings.Split(good, ".")
		head := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
		public, err := jose.JSONWebKey{Key: h.issuer.key.Public()}.MarshalJSON()
		h.must(err)
		hash := func(key []byte) string {
			return h.issuer.signed(h.T, jose.HS256, key, "one", h.claims(&trust, nil))
		}
		for name, word := range map[string]string{
			"another audience":        h.job(&wide, nil),
			"two audiences":           h.job(&trust, map[string]any{"aud": []string{trust.Audience, "x"}}),
			"no audience":             h.job(&trust, map[string]any{"aud": nil}),
			"over":                    h.job(&trust, map[string]any{"exp": now.Unix()}),
			"without an end":          h.job(&trust, map[string]any{"exp": nil}),
			"not begun":               h.job(&trust, map[string]any{"nbf": now.Add(time.Hour).Unix()}),
			"from the future":         h.job(&trust, map[string]any{"iat": now.Add(2 * time.Minute).Unix()}),
			"old":                     h.job(&trust, map[string]any{"iat": now.Add(-61 * time.Minute).Unix()}),
			"of no time":              h.job(&trust, map[string]any{"iat": nil}),
			"of nobody":               h.job(&trust, map[string]any{"sub": nil}),
			"another issuer":          h.job(&trust, map[string]any{"iss": "https://token.actions.githubusercontent.com"}),
			"issuer with a slash":     h.job(&trust, map[string]any{"iss": h.issuer.url + "/"}),
			"another repository":      h.job(&trust, map[string]any{"repository": "acme/app2"}),
			"a repository before it":  h.job(&trust, map[string]any{"repository": "evil/acme/app"}),
			"another case":            h.job(&trust, map[string]any{"repository": "Acme/app"}),
			"another branch":          h.job(&trust, map[string]any{"ref": "refs/heads/main2"}),
			"no branch":               h.job(&trust, map[string]any{"ref": nil}),
			"a list of repositories":  h.job(&trust, map[string]any{"repository": []string{"acme/app"}}),
			"another key":             h.issuer.signed(h.T, jose.ES256, newKey(h.T), "one", h.claims(&trust, nil)),
			"a key of another name":   h.issuer.signed(h.T, jose.ES256, newKey(h.T), "two", h.claims(&trust, nil)),
			"its public key as HMAC":  hash(public),
			"a short HMAC":            hash([]byte(strings.Repeat("k", 32))),
			"no signature":            parts[0] + "." + parts[1] + ".",
			"no algorithm":            head(`{"alg":"none"}`) + "." + parts[1] + ".",
			"another body":            parts[0] + "." + head(`{"iss":"`+h.issuer.url+`"}`) + "." + parts[2],
			"two parts":               parts[0] + "." + parts[1],
			"nothing":                 "",
			"no JSON":                 head("x") + "." + head("x") + "." + head("x"),
			"a null":                  head("null") + "." + head("null") + "." + head("x"),
			"huge":                    parts[0] + "." + strings.Repeat("A", 20<<10) + "." + parts[2],
			"an access token of ours": "assay_abcdefgh",
		} {
			given, err := h.exchange(trust.ID, word)
			if !fault.Is(err, fault.Unauthenticated) || given.Secret != "" || !strings.Contains(fault.Text(err), "is not taken") {
				h.Errorf("%s: %+v %v", name, given, err)
			}
		}
		refusals := h.trail("federation.refuse") // all within a minute
		if len(refusals) != 1 || refusals[0].Detail["why"] == "" {
			h.Errorf("the trail: %+v", refusals)
		}
		_, err = h.exchange("fdt_none", good)
		h.want(fault.Unauthenticated, err)
		_, err = h.exchange("", good)
		h.want(fault.Unauthenticated, err)
		_, err = h.exchange(trust.ID, good)
		h.must(err) // nothing of all this used it up
	})
}

// The reason is in the trail, the words outside are the same.
func TestTheTrailSaysWhy(t *testing.T) {
	each(t, func(h *house) {
		trust := h.trust(federation.New{})
		_, err := h.exchange(trust.ID, h.job(&trust, map[string]any{"ref": "refs/heads/feature"}))
		h.want(fault.Unauthenticated, err)
		list := h.trail("federation.refuse")
		if len(list) != 1 || !strings.Contains(list[0].Detail["why"], `ref is "refs/heads/feature", and must be refs/heads/main`) || !list[0].Refused() {
			h.Errorf("%+v", list)
		}
		if strings.Contains(fault.Text(err), "feature") {
			h.Error(fault.Text(err))
		}
	})
}

// A key that the issuer begins to use is found; strangers do not make us ask without end.
func TestKeysRollOver(t *testing.T) {
	each(t, func(h *house) {
		trust := h.trust(federation.New{})
		_, err := h.exchange(trust.ID, h.job(&trust, nil))
		h.must(err)
		h.issuer.key = newKey(h.T)
		_, err = h.exchange(trust.ID, h.issuer.signed(h.T, jose.ES256, h.issuer.key, "one", h.claims(&trust, nil)))
		h.must(err)
		before := h.issuer.asked
		here := auth.From{Address: "203.0.113.9"}
		busy := 0
		for range 40 {
			_, err := h.fed.Exchange(h.Context(), trust.ID, secret.NewText(h.issuer.signed(h.T, jose.ES256, newKey(h.T), "two", h.claims(&trust, nil))), here)
			if fault.Is(err, fault.Busy) {
				busy++
			}
		}
		if asked := h.issuer.asked - before; asked > 10 || busy < 30 {
			h.Errorf("a stranger had it asked for its keys %d times, and was busy %d times", asked, busy)
		}
	})
}

func TestWhoTrusts(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		trust := h.trust(federation.New{})
		theirs := h.person(h.other, "eve@other.example", access.RoleLead)
		h.want(fault.NotFound, h.fed.End(ctx, theirs, trust.ID))
		list, err := h.fed.List(ctx, theirs)
		h.must(err)
		if len(list) != 0 {
			h.Error("another organization's trusts are listed")
		}
		in := federation.New{Name: "x", Issuer: h.issuer.url, Conditions: []federation.Condition{{Claim: "repository", Pattern: "acme/app"}}, Scope: []string{"import.add"}}
		for _, role := range []access.Role{access.RoleOwner, access.RoleViewer, access.RoleAuditor, access.RoleProvider, access.RoleEmployee} {
			_, err := h.fed.Add(ctx, h.person(h.ours, string(role)+"@ours.example", role), in)
			h.want(fault.Forbidden, err)
		}
		stale := h.lead
		stale.Stale = true
		_, err = h.fed.Add(ctx, stale, in)
		h.want(fault.Forbidden, err)
		for name, change := range map[string]func(*federation.New){
			"name":       func(n *federation.New) { n.Name = " " },
			"issuer":     func(n *federation.New) { n.Issuer = "https://user@x.example" },
			"issuer 2":   func(n *federation.New) { n.Issuer = "token.actions.githubusercontent.com" },
			"audience":   func(n *federation.New) { n.Audience = strings.Repeat("x", 201) },
			"minutes":    func(n *federation.New) { n.Minutes = 61 },
			"minutes 2":  func(n *federation.New) { n.Minutes = -1 },
			"scope":      func(n *federation.New) { n.Scope = nil },
			"scope 2":    func(n *federation.New) { n.Scope = []string{"user.edit"} },
			"scope 3":    func(n *federation.New) { n.Scope = []string{"import.add", "nothing"} },
			"conditions": func(n *federation.New) { n.Conditions = nil },
		} {
			bad := in
			change(&bad)
			_, err := h.fed.Add(ctx, h.lead, bad)
			field, _, _ := strings.Cut(name, " ")
			if !slices.ContainsFunc(fault.FieldsOf(err), func(f fault.Field) bool { return f.Name == field }) {
				h.Errorf("%s: %v %v", name, err, fault.FieldsOf(err))
			}
		}
		away := in
		away.Issuer = "http://127.0.0.1:1"
		got, err := h.fed.Add(ctx, h.lead, away)
		h.must(err)
		if !strings.Contains(got.Problem, "did not answer") {
			h.Errorf("an issuer that is away: %q", got.Problem)
		}
	})
}
