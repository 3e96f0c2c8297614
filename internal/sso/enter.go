package sso

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
	"assay/internal/trail"
)

const (
	flowLimit = 10 * time.Minute
	purpose   = "sso.flow"
)

// flow is a sign-in under way. It travels, sealed, in a cookie of the browser.
type flow struct {
	Issuer   string    `json:"issuer"`
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Origin   string    `json:"origin"`
	Hint     string    `json:"hint,omitempty"`
	Next     string    `json:"next,omitempty"`
	Prove    bool      `json:"prove,omitempty"`
	Request  string    `json:"request,omitempty"` // SAML: id of what was asked
	Said     *said     `json:"said,omitempty"`    // SAML: what was answered, checked
	Until    time.Time `json:"until"`
}

// Start is a sign-in to begin.
type Start struct {
	Issuer string // id
	Origin string // of this installation, as browsers name it
	Hint   string // address, if the person gave one
	Next   string // where to go on afterwards
	Prove  bool   // the person of a session is to show again who they are
}

// Going is where the browser goes, and what it keeps until it comes back.
type Going struct {
	To     string
	Sealed string
	// CrossSite: the issuer posts its answer, so that the browser has to send what it
	// keeps with what another site posts.
	CrossSite bool
}

// Begin begins a sign-in at an issuer.
func (s Service) Begin(ctx context.Context, in Start) (g Going, err error) {
	i, _, err := s.asked(ctx, in.Issuer)
	if err != nil {
		return g, err
	}
	if in.Hint != "" {
		if in.Hint, err = auth.Email(in.Hint); err != nil {
			return g, err
		}
	}
	f := flow{
		Issuer: i.ID, State: id.Token(24), Nonce: id.Token(24), Verifier: oauth2.GenerateVerifier(),
		Origin: in.Origin, Hint: in.Hint, Next: in.Next, Prove: in.Prove, Until: s.DB.Now()().Add(flowLimit),
	}
	if i.Kind == SAML {
		g.To, err = s.askSAML(&i, &f)
	} else {
		g.To, err = s.ask(ctx, &i, &f)
	}
	if err != nil {
		return g, err
	}
	g.CrossSite = i.Kind == SAML
	g.Sealed, err = s.seal(&f)
	return g, err
}

// asked returns an issuer that vouches at present, with its secret.
func (s Service) asked(ctx context.Context, issuerID string) (i Issuer, clientSecret secret.Text, err error) {
	var found bool
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		i, found, err = findIssuer(tx, issuerID)
		return err
	}); err != nil {
		return i, clientSecret, err
	}
	if !found || i.Paused {
		return i, clientSecret, fault.New(fault.NotFound, "This way of signing in does not exist, or is paused. Ask whoever sent you here.")
	}
	g, err := access.Job(i.Org, "sso").May(access.OrgRead)
	if err != nil {
		return i, clientSecret, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		clientSecret, err = s.revealed(tx, &i)
		return err
	})
	return i, clientSecret, err
}

func (s Service) seal(f *flow) (string, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	sealed, err := s.Key.Seal(purpose, b)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (s Service) unseal(text, issuerID string) (f flow, err error) {
	old := fault.New(fault.Unauthenticated, "That took too long, or was begun in another browser. Begin again.")
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return f, old
	}
	b, err := s.Key.Open(purpose, sealed)
	if err != nil || json.Unmarshal(b, &f) != nil || f.Issuer != issuerID || !s.DB.Now()().Before(f.Until) {
		return flow{}, old
	}
	return f, nil
}

// Back is what came back from an issuer.
type Back struct {
	Issuer string // whose address it arrived at
	Query  url.Values
	Sealed string       // what the browser kept
	Who    access.Actor // of the session, if the person was to show again who they are
	From   auth.From
	Old    string // session token that the browser showed
}

// Arrived is the outcome: a new session, or another token for the one there is.
type Arrived struct {
	auth.Opened

	Next   string
	Proved bool
}

// Finish takes an issuer's answer and begins the session.
func (s Service) Finish(ctx context.Context, in Back) (out Arrived, err error) {
	f, err := s.unseal(in.Sealed, in.Issuer)
	if err != nil {
		return out, err
	}
	out.Next = f.Next
	i, clientSecret, err := s.asked(ctx, in.Issuer)
	if err != nil {
		return out, err
	}
	var who person
	if i.Kind == SAML {
		who, err = f.answered()
	} else {
		who, err = s.answer(ctx, &i, clientSecret, &f, in.Query)
	}
	if err != nil {
		return out, err
	}
	if f.Prove {
		out.Proved = true
		out.Token, err = s.proved(ctx, &i, &who, &in)
		return out, err
	}
	out.Opened, err = s.enter(ctx, &i, &who, &in)
	return out, err
}

// grant is the one under which issuers' answers are looked into.
func grant(i *Issuer) (access.Grant, error) { return access.Job(i.Org, "sso").May(access.OrgRead) }

// enter lets the person in, or says in the trail why not.
func (s Service) enter(ctx context.Context, i *Issuer, who *person, in *Back) (o auth.Opened, err error) {
	g, err := grant(i)
	if err != nil {
		return o, err
	}
	a := auth.Asserted{
		Org: i.Org, Issuer: i.ID, Email: who.email, Name: who.name, Means: who.means, ProvenAt: who.provenAt, Join: i.Join, From: in.From, Old: in.Old,
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if a.User, err = boundTo(tx, i.ID, who.subject); err != nil {
			return err
		}
		return s.believable(tx, i, who)
	})
	if err == nil {
		a.Bind = func(tx *db.Tx, userID string) error { return s.bound(tx, i, who, a.User, userID) }
		o, err = s.Auth.SignInAsserted(ctx, a)
	}
	if k := fault.Of(err); k == fault.Forbidden || k == fault.Conflict {
		if told := s.refused(ctx, g, i, who, err, in.From.Address); told != nil {
			return o, told
		}
	}
	return o, err
}

// believable refuses an address for which the issuer cannot speak.
func (s Service) believable(tx *db.Tx, i *Issuer, who *person) error {
	if who.email == "" {
		if who.claimed == "" {
			return fault.New(fault.Forbidden, "%s does not tell your address.", i.Name)
		}
		return fault.New(fault.Forbidden, "%s does not say that the address %s was verified, so it is not believed.", i.Name, words(who.claimed))
	}
	ok, err := Owns(tx, domainOf(who.email))
	if err == nil && !ok {
		err = fault.New(fault.Forbidden, "%s cannot speak for addresses of %s: the organization has not verified that domain.", i.Name, domainOf(who.email))
	}
	return err
}

// bound remembers whom the issuer's subject means.
func (s Service) bound(tx *db.Tx, i *Issuer, who *person, was, userID string) error {
	if err := i.vouchable(tx, userID); err != nil {
		return err
	}
	if s.Ended != nil {
		if ended, err := s.Ended(tx, userID); err != nil || ended {
			if err == nil {
				err = fault.New(fault.Forbidden, "Your organization's directory says that your account has ended.")
			}
			return err
		}
	}
	if err := touchIssuer(tx, i.ID); err != nil || was == userID {
		return err
	}
	if err := bind(tx, i.ID, who.subject, userID); err != nil {
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Conflict, err, "The account with the address %s belongs to somebody else at %s: the address was given to you later. A lead can sort it out.", who.email, i.Name)
		}
		return err
	}
	return trail.Add(tx, trail.Act{Action: "sso.bind", Noun: "user", Object: userID, Label: who.email, Detail: map[string]string{"issuer": i.ID, "subject": who.subject}})
}

func (s Service) refused(ctx context.Context, g access.Grant, i *Issuer, who *person, why error, address string) error {
	return s.DB.Look(ctx, g, func(tx *db.Tx) error {
		return trail.Add(tx, trail.Act{Action: "session.refuse", Noun: "issuer", Object: i.ID, Label: i.Name, Detail: map[string]string{
			"address": words(who.claimed), "subject": who.subject, "why": fault.Text(why), "from": address,
		}})
	})
}

// proved gives the session of whoever showed the issuer again who they are
// another token.
func (s Service) proved(ctx context.Context, i *Issuer, who *person, in *Back) (token string, err error) {
	switch {
	case who.provenAt.IsZero():
		return "", fault.New(fault.Unauthenticated, "%s does not say when you showed it who you are, so it may not have asked you at all. Whoever runs it can have it say so (auth_time).", i.Name)
	case s.DB.Now()().Sub(who.provenAt) > flowLimit:
		return "", fault.New(fault.Unauthenticated, "%s says that it did not ask you again. Sign out there, then try again.", i.Name)
	}
	g, err := grant(i)
	if err != nil {
		return "", err
	}
	user := ""
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if user, err = boundTo(tx, i.ID, who.subject); err != nil {
			return err
		}
		return i.vouchable(tx, user)
	}); err != nil {
		return "", err
	}
	return s.Auth.ProveAsserted(ctx, in.Who, i.ID, user, who.means)
}
