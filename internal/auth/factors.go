package auth

import (
	"context"
	"errors"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/factor"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Changed is the outcome of a change of one's own factors: every session ended,
// and this one began anew.
type Changed struct {
	Opened

	Recovery []string // codes made with the first factor, shown this once
}

// OfferCodes begins to set an authenticator app up. Nothing is stored.
func (s Service) OfferCodes(ctx context.Context, who access.Actor) (factor.Offer, error) {
	if _, err := who.May(access.SelfEdit); err != nil {
		return factor.Offer{}, err
	}
	if err := errors.Join(ownAccount(who), atDesk(who)); err != nil {
		return factor.Offer{}, err
	}
	u, _, err := s.mine(ctx, who)
	if err != nil {
		return factor.Offer{}, err
	}
	return s.Factors.Offer(u.ID, "Assay", u.Email, s.DB.Now()())
}

// AddCodes sets an authenticator app up with an offer and the code that the app
// shows of it.
func (s Service) AddCodes(ctx context.Context, who access.Actor, sealed, code string, from From) (Changed, error) {
	return s.refactor(ctx, who, change{from: from, means: ByCode, act: "factor.add", what: "codes"}, func(tx *db.Tx, u User) error {
		return s.Factors.AddCodes(tx, u.ID, sealed, code)
	})
}

// RemoveCodes forgets the authenticator app.
func (s Service) RemoveCodes(ctx context.Context, who access.Actor, from From) (Changed, error) {
	return s.refactor(ctx, who, change{from: from, act: "factor.remove", what: "codes"}, func(tx *db.Tx, u User) error {
		return factor.RemoveCodes(tx, u.ID)
	})
}

// OfferPasskey begins to make a passkey. Nothing is stored.
func (s Service) OfferPasskey(ctx context.Context, who access.Actor, origin string) (c factor.Ceremony, err error) {
	g, err := who.May(access.SelfEdit)
	if err == nil {
		err = errors.Join(ownAccount(who), atDesk(who))
	}
	if err != nil {
		return c, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		u, err := loadUser(tx, who.ID)
		if err != nil {
			return err
		}
		c, err = s.Factors.BeginPasskey(tx, holderOf(u), origin)
		return err
	})
	return c, err
}

func holderOf(u User) factor.Holder { return factor.Holder{ID: u.ID, Name: u.Name, Account: u.Email} }

// AddPasskey stores a passkey under a name.
func (s Service) AddPasskey(ctx context.Context, who access.Actor, a factor.Answer, name string, from From) (Changed, error) {
	return s.refactor(ctx, who, change{from: from, means: ByPasskey, act: "factor.add", what: "passkey"}, func(tx *db.Tx, u User) error {
		_, err := s.Factors.AddPasskey(tx, holderOf(u), a, name)
		return err
	})
}

// RenamePasskey gives one of one's own passkeys another name.
func (s Service) RenamePasskey(ctx context.Context, who access.Actor, passkeyID, name string) error {
	if err := errors.Join(ownAccount(who), atKeyboard(who)); err != nil {
		return err
	}
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		return trail.Act{Action: "factor.rename", Detail: map[string]string{"passkey": name}}, factor.RenamePasskey(tx, who.ID, passkeyID, name)
	})
}

// RemovePasskey forgets one of one's own passkeys.
func (s Service) RemovePasskey(ctx context.Context, who access.Actor, passkeyID string, from From) (Changed, error) {
	return s.refactor(ctx, who, change{from: from, act: "factor.remove", what: "passkey"}, func(tx *db.Tx, u User) error {
		return factor.RemovePasskey(tx, u.ID, passkeyID)
	})
}

// RenewRecovery makes recovery codes in place of those that were.
func (s Service) RenewRecovery(ctx context.Context, who access.Actor, from From) (out Changed, err error) {
	var list []string
	out, err = s.refactor(ctx, who, change{from: from, act: "factor.renew", what: "recovery codes"}, func(tx *db.Tx, u User) error {
		state, err := factor.Of(tx, u.ID)
		if err == nil && !state.Any() {
			err = fault.New(fault.Conflict, "Recovery codes stand in for a passkey or an authenticator app. Add one first.")
		}
		if err != nil {
			return err
		}
		list, err = factor.Renew(tx, u.ID)
		return err
	})
	out.Recovery = list
	return out, err
}

// change is what happens to a person's factors.
type change struct {
	from      From
	means     Means // by which the new session begins, if stronger than the old
	act, what string
}

// refactor changes a person's factors and ends all their sessions; the trails of
// all their organizations say so. Recovery codes come with the first factor and
// go with the last.
func (s Service) refactor(ctx context.Context, who access.Actor, c change, fn func(*db.Tx, User) error) (out Changed, err error) {
	if _, err := who.May(access.SelfEdit); err != nil {
		return out, err
	}
	if err := errors.Join(ownAccount(who), atDesk(who)); err != nil {
		return out, err
	}
	u, ses, err := s.mine(ctx, who)
	if err != nil {
		return out, err
	}
	means := ses.Means
	if c.means.Strength().rank() > means.Strength().rank() {
		means = c.means
	}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("auth factors " + u.ID); err != nil {
			return err
		}
		if err := fn(tx, u); err != nil {
			return err
		}
		state, err := factor.Of(tx, u.ID)
		switch {
		case err != nil:
			return err
		case !state.Any():
			means = ByPassword
			err = factor.Clear(tx, u.ID)
		case means == ByPasskey && len(state.Passkeys) == 0:
			means = ByCode
		case state.Recovery == 0 && c.act == "factor.add":
			out.Recovery, err = factor.Renew(tx, u.ID)
		}
		if err != nil {
			return err
		}
		return removeSessions(tx, u.ID)
	}); err != nil {
		return out, err
	}
	list, err := s.Orgs(ctx, u.ID)
	if err != nil {
		return out, err
	}
	if err := s.tell(ctx, list, c.from.Address, trail.Act{Action: c.act, Detail: map[string]string{"factor": c.what, "sessions": "all ended"}}); err != nil {
		return out, err
	}
	out.Opened, err = s.stay(ctx, u, way{from: c.from, means: means, org: who.Org})
	return out, err
}

// stay begins a session in the way's organization or, if the user is no member
// there any more, where they were last.
func (s Service) stay(ctx context.Context, u User, w way) (Opened, error) {
	var m Member
	err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		m, err = loadMember(tx, w.org, u.ID)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return s.open(ctx, u, w)
	}
	if err != nil {
		return Opened{}, err
	}
	return s.begin(ctx, u, &m, w)
}

// DropFactors forgets the second factors of a user who lost them, and ends all
// their sessions. Only the host's console calls it: whoever holds the store's
// files and key. The trails of all the user's organizations say so.
func (s Service) DropFactors(ctx context.Context, address string) (User, error) {
	email, err := Email(address)
	if err != nil {
		return User{}, err
	}
	var u User
	var list []Member
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		var found bool
		if u, _, found, err = findUser(tx, email); err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, "There is no user with the address %s.", email)
		}
		if list, err = memberships(tx, u.ID); err != nil {
			return err
		}
		if err := factor.Clear(tx, u.ID); err != nil {
			return err
		}
		return removeSessions(tx, u.ID)
	}); err != nil {
		return User{}, err
	}
	for i := range list {
		g, err := access.Console(list[i].Org).May(access.UserEdit)
		if err != nil {
			return User{}, err
		}
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
			return trail.Add(tx, trail.Act{
				Action: "factor.remove", Noun: "user", Object: u.ID, Label: u.Name, Detail: map[string]string{"factor": "all", "sessions": "all ended"},
			})
		}); err != nil {
			return User{}, err
		}
	}
	return u, nil
}
