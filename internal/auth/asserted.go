package auth

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// Asserted is somebody for whom an organization's identity provider vouches. The
// caller has checked the assertion, and that the address is within a domain that
// the organization showed to be its own.
type Asserted struct {
	Org    string
	Issuer string // id of the identity provider
	User   string // whom the provider's subject was bound to before; empty: whoever has the address
	Email  string
	Name   string
	Means  Means
	// ProvenAt is when the provider says that the person showed who they are; zero
	// if it does not say: then the session is stale from its beginning.
	ProvenAt time.Time
	// Join is the role of somebody who is no member yet; empty: they stay out.
	Join access.Role
	// Bind stores, in the transaction that admits the person, whom the provider's
	// subject means. It may refuse.
	Bind func(tx *db.Tx, userID string) error
	From From
	Old  string // session token that the browser showed, which ends
}

// SignInAsserted begins a session, in the organization alone, for somebody for
// whom its identity provider vouches.
func (s Service) SignInAsserted(ctx context.Context, in Asserted) (Opened, error) {
	g, err := access.Job(in.Org, "sso").May(access.OrgRead)
	if err != nil {
		return Opened{}, err
	}
	var m Member
	if err := s.DB.Look(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("auth members " + tx.Org()); err != nil {
			return err
		}
		if m, err = s.admit(tx, &in); err != nil {
			return err
		}
		if in.Old != "" {
			if err := removeSession(tx, hashOf(in.Old)); err != nil {
				return err
			}
		}
		return in.Bind(tx, m.ID)
	}); err != nil {
		return Opened{}, err
	}
	return s.begin(ctx, m.User, &m, way{from: in.From, means: in.Means, via: in.Issuer, provenAt: in.ProvenAt})
}

// admit finds the member who is meant, or makes one.
func (s Service) admit(tx *db.Tx, in *Asserted) (m Member, err error) {
	var u User
	found := in.User != ""
	if found {
		u, err = loadUser(tx, in.User)
	} else {
		u, _, found, err = findUser(tx, in.Email)
	}
	if err != nil {
		return m, err
	}
	if found {
		m, err = loadMember(tx, tx.Org(), u.ID)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return m, err
		}
	}
	i, err := invited(tx, in)
	m.Role, m.Person, m.Until = i.Role, i.Person, i.Until
	if err != nil {
		return m, err
	}
	if m.Role == "" {
		return m, fault.New(fault.Forbidden, "You are not a member of this organization. Ask a lead for an invitation.")
	}
	if !found {
		if u.Name, err = personName(in.Name); err != nil {
			u.Name = in.Email
		}
		u = User{ID: id.New("usr", tx.Now()), Email: in.Email, Name: u.Name, CreatedAt: tx.Now()}
		if err := insertUser(tx, u, ""); err != nil {
			return m, err
		}
	}
	m.User, m.Org = u, tx.Org()
	if m.Own, err = listed(tx, m.Org, m.Role); err != nil {
		return m, err
	}
	return m, s.join(tx, m, i.Despite)
}

// invited is what somebody who is no member is offered: an open invitation, which it
// uses up, or the role of everybody. Whoever was a member once comes back by an
// invitation only.
func invited(tx *db.Tx, in *Asserted) (Invitation, error) {
	i, found, err := pendingInvitation(tx, in.Email)
	if err != nil {
		return i, err
	}
	if found {
		_, err := acceptInvitation(tx, i.ID)
		return i, err
	}
	if in.User != "" {
		return Invitation{}, nil
	}
	return Invitation{Role: in.Join}, nil
}

// ProveAsserted notes that the person of a session showed their organization's
// identity provider again who they are, and gives the session another token.
// userID is whom the provider vouched for.
func (s Service) ProveAsserted(ctx context.Context, who access.Actor, issuer, userID string, means Means) (token string, err error) {
	if err := atKeyboard(who); err != nil {
		return "", err
	}
	if who.Via == "" || who.Via != issuer || who.ID != userID {
		return "", fault.New(fault.Unauthenticated, "Your identity provider vouched for somebody else than who is signed in here.")
	}
	_, ses, err := s.mine(ctx, who)
	if err != nil {
		return "", err
	}
	if means.Strength().rank() > ses.Means.Strength().rank() {
		ses.Means = means
	}
	token = id.Token(32)
	return token, s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		if err := proveSession(tx, &ses); err != nil {
			return trail.Act{}, err
		}
		return trail.Act{Action: "session.prove", Detail: map[string]string{"session": ses.ID, "means": string(means), "via": issuer}}, renewSession(tx, ses.ID, hashOf(token))
	})
}

// EndVia ends every session of the transaction's organization for which an
// identity provider vouched: it is asked no more.
func EndVia(tx *db.Tx, issuer string) error {
	_, err := removeSessionsVia(tx, issuer)
	return err
}
