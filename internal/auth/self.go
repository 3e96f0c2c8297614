package auth

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

func atKeyboard(who access.Actor) error {
	if who.Door != access.DoorWeb {
		return fault.New(fault.Forbidden, "This is done by a person who signed in, not with a token.")
	}
	return nil
}

// Sessions lists the actor's own sessions, last used first.
func (s Service) Sessions(ctx context.Context, who access.Actor) (list []Session, err error) {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = sessions(tx, who.ID)
		return err
	})
	for i := range list {
		list[i].Current = list[i].ID == who.Session
	}
	return list, err
}

// Revoke ends one of the actor's own sessions.
func (s Service) Revoke(ctx context.Context, who access.Actor, sessionID string) error {
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		n, err := removeSessionOf(tx, who.ID, sessionID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "The session has ended already.")
		}
		return trail.Act{Action: "session.end", Detail: map[string]string{"session": sessionID}}, err
	})
}

func (s Service) self(ctx context.Context, who access.Actor, fn func(*db.Tx) (trail.Act, error)) error {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		act, err := fn(tx)
		if err != nil {
			return err
		}
		act.Noun, act.Object, act.Label = "user", who.ID, who.Name
		return trail.Add(tx, act)
	})
}

// SetAppearance saves how pages look to the actor.
func (s Service) SetAppearance(ctx context.Context, who access.Actor, a Appearance) error {
	if err := a.valid(); err != nil {
		return err
	}
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error { return saveAppearance(tx, who.ID, a) })
}

// Rename changes the actor's own name.
func (s Service) Rename(ctx context.Context, who access.Actor, name string) error {
	name, err := personName(name)
	if err != nil {
		return err
	}
	if err := atKeyboard(who); err != nil {
		return err
	}
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		return trail.Act{Detail: map[string]string{"name": who.Name + " → " + name}}, saveName(tx, who.ID, name)
	})
}

// ChangePassword replaces the actor's password, ends all sessions and begins a
// new one.
func (s Service) ChangePassword(ctx context.Context, who access.Actor, old, fresh string, from From) (Opened, error) {
	if err := atKeyboard(who); err != nil {
		return Opened{}, err
	}
	if _, err := who.May(access.SelfEdit); err != nil {
		return Opened{}, err
	}
	u, ses, err := s.mine(ctx, who)
	if err != nil {
		return Opened{}, err
	}
	state, err := s.State(ctx, who)
	if err == nil && state.Any() { // the password alone is not the user
		err = who.Fresh()
	}
	if err != nil {
		return Opened{}, err
	}
	if _, err := s.verify(ctx, u.Email, old, from); err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			err = fault.Fields("The password was not changed.", fault.Field{Name: "old", Text: "This is not your present password."})
		}
		return Opened{}, err
	}
	if err := s.replacePassword(ctx, u, replacement{password: fresh, address: from.Address}); err != nil {
		return Opened{}, err
	}
	return s.open(ctx, u, way{from: from, means: ses.Means})
}

type replacement struct {
	password, address string
	link              string // secret of the link that allows it, used up; empty: the old password did
}

// replacePassword checks and stores a password and ends all sessions; the
// trails of all the user's organizations say so.
func (s Service) replacePassword(ctx context.Context, u User, r replacement) error {
	list, err := s.Orgs(ctx, u.ID)
	if err != nil {
		return err
	}
	words := []string{u.Name, u.Email}
	for i := range list {
		name, err := s.orgName(ctx, list[i].Org)
		if err != nil {
			return err
		}
		words = append(words, name)
	}
	if err := checkPassword(r.password, words...); err != nil {
		return err
	}
	phc, err := s.hashPassword(ctx, r.password)
	if err != nil {
		return err
	}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if r.link != "" {
			if ok, err := takeLink(tx, linkReset, hashOf(r.link)); err != nil || !ok {
				return errors.Join(err, fault.New(fault.NotFound, deadLink))
			}
		}
		if err := savePassword(tx, u.ID, phc); err != nil {
			return err
		}
		if err := removeLinks(tx, linkReset, u.ID); err != nil {
			return err
		}
		return removeSessions(tx, u.ID)
	}); err != nil {
		return err
	}
	return s.tell(ctx, list, r.address, trail.Act{Action: "password.change", Detail: map[string]string{"sessions": "all ended"}})
}

// tell writes an act of the members themselves into the trail of each of
// their organizations.
func (s Service) tell(ctx context.Context, list []Member, address string, act trail.Act) error {
	for i := range list {
		m := &list[i]
		g, err := m.actor(address, "").May(access.OrgRead)
		if err != nil {
			return err
		}
		act.Noun, act.Object, act.Label = "user", m.ID, m.Name
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error { return trail.Add(tx, act) }); err != nil {
			return err
		}
	}
	return nil
}

// TokenPrefix begins every API token, so that scanners recognize a leaked one.
const TokenPrefix = "assay_"

// NewToken is an API token to be.
type NewToken struct {
	Name      string
	Role      access.Role // at most the maker's
	ExpiresAt time.Time   // at most 366 days ahead
}

// AddToken makes an API token of the actor's own. Its secret is returned once.
func (s Service) AddToken(ctx context.Context, who access.Actor, in NewToken) (Token, string, error) {
	g, err := who.May(access.TokenEdit)
	if err != nil {
		return Token{}, "", err
	}
	if err := atDesk(who); err != nil {
		return Token{}, "", err
	}
	name, err := personName(in.Name)
	if err != nil {
		return Token{}, "", err
	}
	raw, err := hex.DecodeString(id.Token(32))
	if err != nil {
		return Token{}, "", err
	}
	secret := TokenPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	var t Token
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		now := tx.Now()
		switch {
		case !in.Role.Within(who.Role):
			return fault.New(fault.Forbidden, "A token cannot do more than you. Choose a role within %q.", who.Role)
		case !in.ExpiresAt.After(now) || in.ExpiresAt.After(now.Add(tokenLimit)):
			return fault.Fields("The token was not made.", fault.Field{Name: "expires", Text: "Choose a day within the next year."})
		}
		t = Token{ID: id.New("tok", now), UserID: who.ID, UserName: who.Name, Name: name, Role: in.Role, CreatedAt: now, ExpiresAt: in.ExpiresAt}
		if err := insertToken(tx, t, hashOf(secret)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "token", Object: t.ID, Label: name, Detail: map[string]string{"role": string(t.Role), "added": "yes"}})
	})
	return t, secret, err
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
// only while the maker's own still includes it.
func (s Service) ActorByToken(ctx context.Context, secret string, from From) (access.Actor, error) {
	var t tokenOrg
	var m Member
	dead := fault.New(fault.Unauthenticated, "The token is not valid: it was revoked, has expired or never existed.")
	err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		var found bool
		if t, found, err = findToken(tx, hashOf(secret)); err != nil {
			return err
		}
		if !found || t.State(tx.Now()) != "active" {
			return dead
		}
		m, err = loadMember(tx, t.org, t.UserID)
		if fault.Is(err, fault.NotFound) || err == nil && !t.Role.Within(m.Role) {
			return dead
		}
		return err
	})
	if err != nil {
		return access.Actor{}, err
	}
	if now := s.DB.Now()(); now.Sub(t.LastAt) >= time.Minute {
		if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return touchToken(tx, t.org, t.ID) }); err != nil {
			return access.Actor{}, err
		}
	}
	return access.Actor{
		ID: m.ID, Org: m.Org, Name: m.Name + " (token " + t.Name + ")", Role: t.Role, Door: access.DoorAPI,
		From: from.Address, Session: t.ID,
	}, nil
}
