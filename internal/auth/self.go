package auth

import (
	"context"
	"errors"
	"slices"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
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
	if who.Via != "" {
		list = slices.DeleteFunc(list, func(s Session) bool { return s.Org != who.Org })
	}
	for i := range list {
		list[i].Current = list[i].ID == who.Session
	}
	return list, err
}

// Revoke ends one of the actor's own sessions.
func (s Service) Revoke(ctx context.Context, who access.Actor, sessionID string) error {
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		if ses, err := loadSessionOf(tx, who.ID, sessionID); who.Via != "" && (err != nil || ses.Org != who.Org) {
			return trail.Act{}, fault.New(fault.NotFound, "The session has ended already.")
		}
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
	if err := errors.Join(ownAccount(who), atKeyboard(who)); err != nil {
		return err
	}
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		return trail.Act{Detail: map[string]string{"name": who.Name + " → " + name}}, saveName(tx, who.ID, name)
	})
}

// ChangePassword replaces the actor's password, ends all sessions and begins a
// new one.
func (s Service) ChangePassword(ctx context.Context, who access.Actor, old, fresh string, from From) (Opened, error) {
	if err := errors.Join(ownAccount(who), atKeyboard(who)); err != nil {
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
