package federation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
	"assay/internal/trail"
)

// Service is the use cases of trusting issuers and of exchanging their word.
type Service struct {
	DB   *db.DB
	Auth auth.Service
	// Provider asks an issuer what it says of itself, or remembers it.
	Provider   func(ctx context.Context, issuer string) (*oidc.Provider, error)
	AllowLocal bool // issuers may be on this machine and speak HTTP
}

// List returns the trusts, newest first.
func (s Service) List(ctx context.Context, who access.Actor) (out []Trust, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		out, err = list(tx)
		return err
	})
	return out, err
}

// Add trusts an issuer for the jobs that meet the conditions.
func (s Service) Add(ctx context.Context, who access.Actor, in New) (t Trust, err error) {
	g, err := who.May(access.FederationEdit)
	if err != nil {
		return t, err
	}
	if t, err = in.valid(s.AllowLocal); err != nil {
		return t, err
	}
	if _, asked := s.Provider(ctx, t.Issuer); asked != nil {
		t.Problem = strings.Join(fieldTexts(asked), " ")
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t.ID, t.AddedBy, t.AddedAt = id.New("fdt", tx.Now()), who.ID, tx.Now()
		t.Audience = cmp.Or(t.Audience, "assay:"+t.ID)
		if err := insert(tx, &t); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "federation.add", Noun: "trust", Object: t.ID, Label: t.Name, Detail: t.told()})
	})
	return t, err
}

func fieldTexts(err error) (out []string) {
	for _, f := range fault.FieldsOf(err) {
		out = append(out, f.Text)
	}
	if out == nil {
		out = []string{fault.Text(err)}
	}
	return out
}

func (t *Trust) told() map[string]string {
	lines := make([]string, 0, len(t.Conditions))
	for _, c := range t.Conditions {
		lines = append(lines, c.String())
	}
	return map[string]string{
		"issuer": t.Issuer, "audience": t.Audience, "conditions": strings.Join(lines, "; "), "scope": string(t.Scope), "minutes": strconv.Itoa(t.Minutes),
	}
}

// End takes no more of the issuer's word, and ends every token that was given for it.
// Ending what has ended is no error.
func (s Service) End(ctx context.Context, who access.Actor, trustID string) error {
	g, err := who.May(access.FederationEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t, err := load(tx, trustID)
		if err != nil || !t.EndedAt.IsZero() {
			return err
		}
		if err := errors.Join(end(tx, t.ID), auth.EndFederated(tx, t.ID)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "federation.end", Noun: "trust", Object: t.ID, Label: t.Name})
	})
}

// Given is the token that a job got.
type Given struct {
	auth.Token

	Secret string // told once
}

// Exchange gives a job a token for its issuer's word of it. Whatever is wrong, it is
// Unauthenticated, in the same words; too many tries are Busy.
func (s Service) Exchange(ctx context.Context, trustID string, word secret.Text, from auth.From) (out Given, err error) {
	place := clip(trustID, 40) + " " + from.Place()
	if err := s.Auth.Guess(ctx, "exchange", place, from); err != nil {
		return out, err
	}
	var t Trust
	var found bool
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		t, found, err = find(tx, trustID)
		return err
	}); err != nil {
		return out, err
	}
	if !found {
		return out, untaken()
	}
	w, why := s.read(ctx, &t, word.Reveal())
	if why == "" {
		out, why, err = s.give(ctx, &t, w, from)
	}
	if err != nil {
		return Given{}, err
	}
	if why != "" {
		return Given{}, errors.Join(s.refuse(ctx, &t, why, from), untaken())
	}
	return out, s.Auth.Guessed(ctx, "exchange", place, from)
}

func untaken() error {
	return fault.New(fault.Unauthenticated, "What the job shows is not taken. The trail of the organization says why, if the trust is one of its own.")
}

// word is what an issuer says of a job.
type word struct {
	subject string
	run     string // what the issuer calls the run; empty if it does not say
	use     []byte // by which it is known when it is shown again
	expires time.Time
}

// read believes a job's token, or says why not.
func (s Service) read(ctx context.Context, t *Trust, token string) (w word, why string) {
	claims, why := peek(token)
	if why != "" {
		return w, why
	}
	if claims["iss"] != t.Issuer {
		return w, "it is another issuer's"
	}
	p, err := s.Provider(ctx, t.Issuer)
	if err != nil {
		return w, "its issuer cannot be asked for its keys: " + strings.Join(fieldTexts(err), " ")
	}
	now := s.DB.Now()
	v, err := p.VerifierContext(ctx, &oidc.Config{
		ClientID: t.Audience, Now: now, SupportedSigningAlgs: []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA},
	}).Verify(ctx, token)
	switch {
	case err != nil:
		return w, "it cannot be believed: " + err.Error()
	case !now().Before(v.Expiry):
		return w, "it is over"
	case len(v.Audience) != 1:
		return w, "it is for others too"
	case v.IssuedAt.After(now().Add(slack)):
		return w, "it is from the future: one of the clocks is wrong"
	case v.IssuedAt.IsZero() || now().Sub(v.IssuedAt) > mostAge:
		return w, "it is more than an hour old, or does not say when it was issued"
	case v.Subject == "" || len(v.Subject) > 500:
		return w, "it does not say of whom it is"
	}
	if why := t.failing(claims); why != "" {
		return w, why
	}
	w = word{subject: v.Subject, expires: v.Expiry, use: useOf(token, claims)}
	for _, name := range []string{"run_id", "pipeline_id", "job_id", "build_number"} {
		if text, plain := plainText(claims[name]); plain {
			w.run = name + " " + clip(text, 60)
			break
		}
	}
	return w, ""
}

// peek reads the claims of a token that nobody has verified yet. What is not even of the
// form is not worth asking an issuer for its keys.
func peek(token string) (claims map[string]any, why string) {
	parts := strings.Split(token, ".")
	if len(token) > mostToken || len(parts) != 3 {
		return nil, "it is no signed JSON web token"
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, "it is no signed JSON web token"
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&claims) != nil || claims == nil {
		return nil, "its claims cannot be read"
	}
	return claims, ""
}

// useOf tells tokens apart: by their name for themselves, or by what was signed, which no
// change of the signature's encoding alters.
func useOf(token string, claims map[string]any) []byte {
	name, _ := claims["jti"].(string)
	if name == "" {
		name = token[:strings.LastIndex(token, ".")]
	}
	h := sha256.Sum256([]byte(name))
	return h[:]
}

// give uses a word up and makes the token.
func (s Service) give(ctx context.Context, t *Trust, w word, from auth.From) (out Given, why string, err error) {
	g, err := t.actor(from).May(access.OrgRead)
	if err != nil {
		return out, "", err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		now, err := load(tx, t.ID)
		if err != nil {
			return err
		}
		if !now.EndedAt.IsZero() {
			why = "the trust has ended"
			return nil
		}
		first, err := use(tx, t.ID, w)
		if err != nil || !first {
			why = "it was used already"
			return err
		}
		told := map[string]string{"trust": t.ID, "subject": clip(w.subject, 300), "issuer": t.Issuer}
		if w.run != "" {
			told["run"] = w.run
		}
		out.Token, out.Secret, err = auth.Federate(tx, auth.Federated{
			Trust: t.ID, Maker: t.AddedBy, Name: t.Name, Scope: t.Scope, ExpiresAt: tx.Now().Add(time.Duration(t.Minutes) * time.Minute), Told: told,
		})
		return err
	})
	return out, why, err
}

// actor is who exchanges: nobody of the organization.
func (t *Trust) actor(from auth.From) access.Actor {
	return access.Actor{ID: t.ID, Org: t.org, Name: "Job by " + t.Name, Role: access.RoleJob, Door: access.DoorAPI, From: from.Address}
}

// refuse says in the trail, once a minute, why a job was not let in.
func (s Service) refuse(ctx context.Context, t *Trust, why string, from auth.From) error {
	if s.DB.Now()().Sub(t.refusedAt) < time.Minute {
		return nil
	}
	g, err := t.actor(from).May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := noteRefusal(tx, t.ID); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "federation.refuse", Noun: "trust", Object: t.ID, Label: t.Name, Detail: map[string]string{"why": clip(why, 500)}})
	})
}
