package auth

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"maps"
	"net/netip"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// TokenPrefix begins every API token, so that scanners recognize a leaked one.
const TokenPrefix = "assay_"

// NewToken is an API token to be.
type NewToken struct {
	Name      string
	Role      access.Role // at most the maker's; not for a service's
	ExpiresAt time.Time   // at most 366 days ahead
	Scope     []string    // permissions, if fewer than the role's
	Networks  []string    // address ranges that it is taken from, if not all
	// Service: it is nobody's own and outlives the membership of its maker. It can
	// do what scheduled work can: read and bring in, and decide nothing. Only
	// those who may change users make one.
	Service bool
}

// of checks a token to be, made by somebody.
func (in *NewToken) of(who access.Actor, now time.Time) (t Token, err error) {
	if t.Name, err = personName(in.Name); err != nil {
		return t, err
	}
	if in.Service {
		if _, err := who.May(access.UserEdit); err != nil {
			return t, err
		}
		if who.Role != access.RoleLead { // scheduled work holds more than a role of the organization's own may
			return t, fault.New(fault.Forbidden, "Leads make the tokens of services. Ask one.")
		}
		in.Role = access.RoleJob
	}
	switch {
	case !in.Service && !within(in.Role, who.Role, who.Own):
		return t, fault.New(fault.Forbidden, "A token cannot do more than you. Choose a role within %q.", who.Role)
	case !in.ExpiresAt.After(now) || in.ExpiresAt.After(now.Add(tokenLimit)):
		return t, fault.Fields("The token was not made.", fault.Field{Name: "expires", Text: "Choose a day within the next year."})
	}
	if t.Scope, err = access.NewScope(in.Role, who.Own, in.Scope); err != nil {
		return t, err
	}
	if t.Networks, err = networks(in.Networks); err != nil {
		return t, err
	}
	t.ID, t.UserID, t.UserName, t.Role, t.CreatedAt, t.ExpiresAt, t.Service = id.New("tok", now), who.ID, who.Name, in.Role, now, in.ExpiresAt, in.Service
	return t, nil
}

// AddToken makes an API token: the actor's own, or a service's. Its secret is
// returned once.
func (s Service) AddToken(ctx context.Context, who access.Actor, in NewToken) (t Token, secret string, err error) {
	g, err := who.May(access.TokenEdit)
	if err != nil {
		return t, "", err
	}
	if secret, err = newSecret(); err != nil {
		return t, "", err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t, err = s.Entrust(tx, who, in, Entrusted{Hash: HashOf(secret)})
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

func newSecret() (string, error) {
	raw, err := hex.DecodeString(id.Token(32))
	return TokenPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)), err
}

// Federated is the token of a job for which an issuer vouched.
type Federated struct {
	Trust     string // of package federation
	Maker     string // user who trusted
	Name      string
	Scope     access.Scope
	ExpiresAt time.Time
	Told      map[string]string // by the trail
}

// Federate makes a service's token for a job. Those of the same trust that are over are
// removed: the trail keeps what they were.
func Federate(tx *db.Tx, in Federated) (t Token, secret string, err error) {
	if err := removeFederated(tx, in.Trust); err != nil {
		return t, "", err
	}
	if secret, err = newSecret(); err != nil {
		return t, "", err
	}
	t = Token{
		ID: id.New("tok", tx.Now()), UserID: in.Maker, Name: in.Name, Role: access.RoleJob, CreatedAt: tx.Now(), ExpiresAt: in.ExpiresAt, Scope: in.Scope, Service: true, Trust: in.Trust,
	}
	if err := insertToken(tx, t, HashOf(secret)); err != nil {
		return t, "", err
	}
	detail := t.told()
	maps.Copy(detail, in.Told)
	return t, secret, trail.Add(tx, trail.Act{Action: "token.edit", Noun: "token", Object: t.ID, Label: t.Name, Detail: detail})
}

// EndFederated ends every token that was given for a trust.
func EndFederated(tx *db.Tx, trust string) error { return revokeFederated(tx, trust) }

// Entrusted is a secret that somebody holds already, and what the trail says of them.
type Entrusted struct {
	Hash []byte // HashOf the secret
	Told map[string]string
}

// Entrust makes an API token of a person who signed in, lately enough, for whoever
// holds a secret. The transaction is theirs.
func (s Service) Entrust(tx *db.Tx, who access.Actor, in NewToken, to Entrusted) (t Token, err error) {
	if err := atDesk(who); err != nil {
		return t, err
	}
	if t, err = in.of(who, tx.Now()); err != nil {
		return t, err
	}
	if err := insertToken(tx, t, to.Hash); err != nil {
		return t, err
	}
	detail := t.told()
	maps.Copy(detail, to.Told)
	return t, trail.Add(tx, trail.Act{Noun: "token", Object: t.ID, Label: t.Name, Detail: detail})
}

// within reports whether a token's role includes nothing that its maker's does not:
// their own role, or one of every organization that is less.
func within(token, maker access.Role, own access.Scope) bool {
	if token == maker {
		return maker.Valid() || own != ""
	}
	return token.Valid() && access.Actor{Role: maker, Own: own}.Holds(token, "")
}

// told is what the trail says of a new token.
func (t *Token) told() map[string]string {
	detail := map[string]string{"role": string(t.Role), "added": "yes", "until": t.ExpiresAt.Format(time.RFC3339)}
	if t.Scope != "" {
		detail["scope"] = string(t.Scope)
	}
	if len(t.Networks) > 0 {
		detail["networks"] = joined(t.Networks)
	}
	if t.Service {
		detail["service"] = "yes"
	}
	return detail
}

func joined(list []netip.Prefix) string {
	out := make([]string, 0, len(list))
	for _, n := range list {
		out = append(out, n.String())
	}
	return strings.Join(out, " ")
}

// Tokens lists the actor's own tokens; a lead sees everybody's.
func (s Service) Tokens(ctx context.Context, who access.Actor) (list []Token, err error) {
	g, err := who.May(access.TokenEdit)
	if err != nil {
		return nil, err
	}
	owner := who.ID
	if who.Can(access.UserEdit) {
		owner = ""
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = tokens(tx, owner)
		return err
	})
	return list, err
}

// RevokeToken ends a token: one's own, or anybody's for a lead.
func (s Service) RevokeToken(ctx context.Context, who access.Actor, tokenID string) error {
	g, err := who.May(access.TokenEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		t, err := loadToken(tx, tokenID)
		if err != nil {
			return err
		}
		if t.UserID != who.ID && !who.Can(access.UserEdit) {
			return fault.New(fault.NotFound, "There is no such token of yours.")
		}
		if err := revokeToken(tx, t.ID); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "token", Object: t.ID, Label: t.Name, Detail: map[string]string{"revoked": "yes", "of": t.UserName}})
	})
}

// ActorByToken returns who shows an API token. Its role is the token's, and
// only while the maker's own still includes it; a service's is its own. From an
// address that it is not taken from it is as good as none, and the trail says so.
func (s Service) ActorByToken(ctx context.Context, secret string, from From) (access.Actor, error) {
	var t tokenOrg
	who := access.Actor{Door: access.DoorAPI, From: from.Address}
	dead := fault.New(fault.Unauthenticated, "The token is not valid: it was revoked, has expired or never existed.")
	err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		var found bool
		if t, found, err = findToken(tx, hashOf(secret)); err != nil {
			return err
		}
		if !found || t.State(tx.Now()) != "active" {
			return dead
		}
		who.Org, who.Role, who.Scope, who.Session = t.org, t.Role, t.Scope, t.ID
		if t.Service {
			who.ID, who.Name = t.ID, "Service "+t.Name
			return nil
		}
		m, err := loadMember(tx, t.org, t.UserID)
		if fault.Is(err, fault.NotFound) || err == nil && !within(t.Role, m.Role, m.Own) {
			return dead
		}
		if t.Role == m.Role {
			who.Own = m.Own
		}
		who.ID, who.Name = m.ID, m.Name+" (token "+t.Name+")"
		return err
	})
	if err != nil {
		return access.Actor{}, err
	}
	if !t.from(from.Address) {
		if err := s.refuseToken(ctx, &t, who); err != nil {
			return access.Actor{}, err
		}
		return access.Actor{}, dead
	}
	if now := s.DB.Now()(); now.Sub(t.LastAt) >= time.Minute {
		if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return touchToken(tx, t.org, t.ID) }); err != nil {
			return access.Actor{}, err
		}
	}
	return who, nil
}

// refuseToken says in the trail, once a minute, that a token was shown from
// where it is not taken.
func (s Service) refuseToken(ctx context.Context, t *tokenOrg, who access.Actor) error {
	if s.DB.Now()().Sub(t.refusedAt) < time.Minute {
		return nil
	}
	who.Scope = ""
	g, err := who.May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := noteRefusal(tx, t.ID); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Action: "token.refuse", Noun: "token", Object: t.ID, Label: t.Name, Detail: map[string]string{"from": who.From, "networks": joined(t.Networks)},
		})
	})
}
