package auth

import (
	"context"
	"errors"
	"fmt"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/factor"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// Proof is what somebody shows of themselves: a code or a passkey or, where
// there is no second factor, the password.
type Proof struct {
	Password string
	Code     string // time-based, or one for recovery
	Passkey  factor.Answer
}

// Asked returns whose second factor is waited for, and what they have; NotFound
// when it took too long.
func (s Service) Asked(ctx context.Context, pending string) (u User, state factor.State, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		userID, found, err := findLink(tx, linkSecond, hashOf(pending))
		if err == nil && !found {
			err = fault.New(fault.NotFound, "That took too long. Sign in again.")
		}
		if err != nil {
			return err
		}
		if u, err = loadUser(tx, userID); err != nil {
			return err
		}
		state, err = factor.Of(tx, userID)
		return err
	})
	return u, state, err
}

// SecondStep begins the session that waited for a second factor.
func (s Service) SecondStep(ctx context.Context, pending string, p Proof, from From, old string) (Opened, error) {
	u, state, err := s.Asked(ctx, pending)
	if err != nil {
		return Opened{}, err
	}
	p.Password = "" // it was shown before
	means, err := s.shown(ctx, u, state, p, from)
	if err != nil {
		return Opened{}, err
	}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		ok, err := takeLink(tx, linkSecond, hashOf(pending))
		if err == nil && !ok {
			err = fault.New(fault.Conflict, "This sign-in was finished already.")
		}
		return err
	}); err != nil {
		return Opened{}, err
	}
	return s.open(ctx, u, way{from: from, means: means, old: old})
}

// SignInPasskey begins a session for whoever's passkey was shown.
func (s Service) SignInPasskey(ctx context.Context, a factor.Answer, from From, old string) (Opened, error) {
	u, err := s.keyHolder(ctx, a)
	if err != nil {
		return Opened{}, err
	}
	return s.open(ctx, u, way{from: from, means: ByPasskey, old: old})
}

func (s Service) keyHolder(ctx context.Context, a factor.Answer) (u User, err error) {
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		userID, _, err := s.Factors.Entered(tx, a)
		if err != nil {
			return err
		}
		u, err = loadUser(tx, userID)
		return err
	})
	return u, err
}

const wrongCode = "The code is wrong, or was used already."

// shown verifies what a user shows of themselves and says by which means that
// is. Codes are counted like passwords, each user's apart.
func (s Service) shown(ctx context.Context, u User, state factor.State, p Proof, from From) (Means, error) {
	switch {
	case p.Passkey.JSON != "":
		holder, err := s.keyHolder(ctx, p.Passkey)
		if err == nil && holder.ID != u.ID {
			err = fault.New(fault.Unauthenticated, "This is the passkey of somebody else.")
		}
		return ByPasskey, err
	case !state.Any():
		_, err := s.verify(ctx, u.Email, p.Password, from)
		return ByPassword, err
	}
	return s.coded(ctx, u, p.Code, from)
}

func (s Service) coded(ctx context.Context, u User, code string, from From) (means Means, err error) {
	place := network(from.Address)
	c := charge{user: u, found: true, keys: [3]string{throttleKey("factor pair", u.ID, place), throttleKey("factor", u.ID), throttleKey("address", place)}}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := count(tx, c.keys, limitFactor()); err != nil {
			return err
		}
		c.refusal = id.New("rfs", tx.Now())
		return insertRefusal(tx, c.refusal, u.ID, clip(from.Address, 64))
	}); err != nil {
		return "", err
	}
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		var ok bool
		if factor.IsRecovery(code) {
			means = ByRecovery
			ok, err = factor.UseRecovery(tx, u.ID, code)
		} else {
			means = ByCode
			ok, err = s.Factors.UseCode(tx, u.ID, code)
		}
		if err == nil && !ok {
			err = fault.New(fault.Unauthenticated, wrongCode)
		}
		if err != nil {
			return err
		}
		return forgive(tx, c)
	})
	if err != nil || means != ByRecovery {
		return means, err
	}
	list, err := s.Orgs(ctx, u.ID)
	if err != nil {
		return means, err
	}
	return means, s.tell(ctx, list, from.Address, trail.Act{Action: "recovery.use"})
}

// Prove notes that the person of a session showed again who they are, and gives
// the session another token.
func (s Service) Prove(ctx context.Context, who access.Actor, p Proof, from From) (token string, err error) {
	if err := atKeyboard(who); err != nil {
		return "", err
	}
	u, ses, err := s.mine(ctx, who)
	if err != nil {
		return "", err
	}
	state, err := s.State(ctx, who)
	if err != nil {
		return "", err
	}
	if who.Via != "" && !state.Any() { // a factor of the person's own shows more than their provider can say
		return "", fault.New(fault.Forbidden, "You signed in through your organization. Show there again that it is you.")
	}
	means, err := s.shown(ctx, u, state, p, from)
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
		return trail.Act{Action: "session.prove", Detail: map[string]string{"session": ses.ID, "means": string(means)}}, renewSession(tx, ses.ID, hashOf(token))
	})
}

// State is what the person has to sign in with.
func (s Service) State(ctx context.Context, who access.Actor) (state factor.State, err error) {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return state, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		state, err = factor.Of(tx, who.ID)
		return err
	})
	return state, err
}

// mine is the user and the session that ask.
func (s Service) mine(ctx context.Context, who access.Actor) (u User, ses Session, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		if u, err = loadUser(tx, who.ID); err != nil {
			return err
		}
		ses, err = loadSessionOf(tx, who.ID, who.Session)
		return err
	})
	return u, ses, err
}

// Renew gives a session that has had its token for long another one; empty if
// it may keep it. The one before opens the session for another minute.
func (s Service) Renew(ctx context.Context, v *Visit) (token string, err error) {
	if s.DB.Now()().Sub(v.Session.renewedAt) < renewAfter {
		return "", nil
	}
	token = id.Token(32)
	return token, s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return renewSession(tx, v.Session.ID, hashOf(token)) })
}

// meet notes where a user signs in from, and reports whether it is a device
// that the user must be told of: not known, though others are.
func meet(tx *db.Tx, userID string, from From) (bool, error) {
	d := Device{Agent: clip(from.Agent, 200), Address: clip(from.Address, 64), FirstAt: tx.Now(), LastAt: tx.Now(), hash: deviceOf(from)}
	known, err := touchDevice(tx, userID, d.hash)
	if err != nil || known {
		return false, err
	}
	n, err := countDevices(tx, userID)
	if err != nil {
		return false, err
	}
	return n > 0, insertDevice(tx, userID, &d, n == 0)
}

// elsewhere lists the devices that the user was not told of, without the one
// that asks.
func elsewhere(tx *db.Tx, ses *Session) ([]Device, error) {
	list, err := untold(tx, ses.userID)
	if err != nil {
		return nil, err
	}
	here := string(deviceOf(From{Address: ses.Address, Agent: ses.Agent}))
	var out []Device
	for i := range list {
		if string(list[i].hash) != here {
			out = append(out, list[i])
		}
	}
	return out, nil
}

// Told notes that the person knows of every device that was new.
func (s Service) Told(ctx context.Context, who access.Actor) error {
	if err := atDesk(who); err != nil {
		return err
	}
	return s.self(ctx, who, func(tx *db.Tx) (trail.Act, error) {
		return trail.Act{Action: "device.confirm"}, tellDevices(tx, who.ID)
	})
}

// Policy returns what the organization asks of those who sign in.
func (s Service) Policy(ctx context.Context, who access.Actor) (p Policy, err error) {
	g, err := who.May(access.OrgRead)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, err = loadPolicy(tx, tx.Org())
		return err
	})
	return p, err
}

// SetPolicy changes what the organization asks of those who sign in, from the
// next request on. Whoever asks for more than they showed would lock themselves
// out, and is refused.
func (s Service) SetPolicy(ctx context.Context, who access.Actor, p Policy) error {
	g, err := who.May(access.OrgEdit)
	if err == nil {
		err = errors.Join(who.Fresh(), p.valid())
	}
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := p.admits(tx, who); err != nil {
			return err
		}
		was, err := loadPolicy(tx, tx.Org())
		if err == nil && p.SSO && !was.SSO && s.Vouches != nil {
			err = vouched(s.Vouches(tx))
		}
		if err != nil {
			return err
		}
		if err := savePolicy(tx, p); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Action: "signin.edit", Noun: "org", Object: tx.Org(),
			Detail: map[string]string{"second": fmt.Sprintf("%s → %s", orNothing(was.Second), orNothing(p.Second)), "sso": fmt.Sprintf("%t → %t", was.SSO, p.SSO)},
		})
	})
}

// admits refuses a rule that would keep the actor of a session out.
func (p Policy) admits(tx *db.Tx, who access.Actor) error {
	if who.Door != access.DoorWeb {
		return nil
	}
	ses, err := loadSessionOf(tx, who.ID, who.Session)
	if err != nil || p.lacks(&ses, who.Role) == "" {
		return err
	}
	field := "second"
	if p.SSO && ses.Via == "" {
		field = "sso"
	}
	return fault.Fields("The rule was not saved.", fault.Field{Name: field, Text: "You would be the first whom it keeps out. Sign in that way yourself, then ask for it."})
}

// vouched refuses to ask for an identity provider where none vouches for everybody.
func vouched(ok bool, err error) error {
	if err == nil && !ok {
		err = fault.Fields("The rule was not saved.", fault.Field{Name: "sso", Text: "No identity provider vouches for everybody: one is added first, and approved by a second lead."})
	}
	return err
}

func orNothing(s Strength) string {
	if s == "" {
		return "nothing"
	}
	return string(s)
}
