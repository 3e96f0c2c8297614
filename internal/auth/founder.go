package auth

import (
	"context"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// SetupToken makes a token with which the first user is made, in place of any
// made before. It is empty once there is a user.
func (s Service) SetupToken(ctx context.Context) (token string, err error) {
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		n, err := countUsers(tx)
		if err != nil || n > 0 {
			return err
		}
		if err := removeLinks(tx, linkSetup, ""); err != nil {
			return err
		}
		token = id.Token(20)
		return insertLink(tx, linkSetup, "", hashOf(token), time.Time{})
	})
	return token, err
}

// SetupOpen reports whether the installation still waits for its first user.
func (s Service) SetupOpen(ctx context.Context) (open bool, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		n, err := countUsers(tx)
		open = n == 0
		return err
	})
	return open, err
}

// First is the first user of an installation.
type First struct {
	Token                 string // of SetupToken
	Email, Name, Password string
	From                  From
}

// Begin makes the first user, who stands in no organization until Found.
func (s Service) Begin(ctx context.Context, in First) (Opened, error) {
	email, err := Email(in.Email)
	if err != nil {
		return Opened{}, err
	}
	name, err := personName(in.Name)
	if err != nil {
		return Opened{}, err
	}
	if err := checkPassword(in.Password, name, email); err != nil {
		return Opened{}, err
	}
	if err := s.setupTokenValid(ctx, in.Token); err != nil {
		return Opened{}, err
	}
	phc, err := s.hashPassword(ctx, in.Password)
	if err != nil {
		return Opened{}, err
	}
	var u User
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("auth setup"); err != nil {
			return err
		}
		n, err := countUsers(tx)
		if err != nil {
			return err
		}
		ok, err := takeLink(tx, linkSetup, hashOf(in.Token))
		if err != nil {
			return err
		}
		if !ok || n > 0 {
			return errSetup()
		}
		u = User{ID: id.New("usr", tx.Now()), Email: email, Name: name, Password: true, Founder: true, CreatedAt: tx.Now(), PasswordAt: tx.Now()}
		return insertUser(tx, u, phc)
	})
	if err != nil {
		return Opened{}, err
	}
	return s.begin(ctx, u, nil, way{from: in.From, means: ByLink})
}

func errSetup() error {
	return fault.New(fault.Forbidden,
		"The set-up token is not valid, or was used. The newest one is printed where Assay runs when it starts without a user.")
}

func (s Service) setupTokenValid(ctx context.Context, token string) error {
	return s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		_, ok, err := findLink(tx, linkSetup, hashOf(token))
		if err == nil && !ok {
			err = errSetup()
		}
		return err
	})
}

// Found makes a founder the lead of an organization that has no member yet,
// and moves the session there.
func (s Service) Found(ctx context.Context, who access.Actor, orgID string) error {
	if who.ID == "" || who.Session == "" || who.Door != access.DoorWeb {
		return fault.New(fault.Unauthenticated, "Sign in first.")
	}
	if _, err := s.orgName(ctx, orgID); err != nil {
		return fault.New(fault.NotFound, "There is no such organization.")
	}
	m := Member{User: User{ID: who.ID, Name: who.Name}, Org: orgID, Role: access.RoleLead}
	g, err := m.actor(who.From, who.Session).May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("auth members " + orgID); err != nil {
			return err
		}
		u, err := loadUser(tx, who.ID)
		if err != nil {
			return err
		}
		n, err := countMembers(tx, orgID)
		if err != nil {
			return err
		}
		if !u.Founder || n > 0 {
			return fault.New(fault.Forbidden, "Only whoever set up this installation can take an organization that has no user. Ask a lead for an invitation.")
		}
		m.User = u
		if err := s.join(tx, m, ""); err != nil {
			return err
		}
		if err := touchMember(tx, u.ID); err != nil {
			return err
		}
		return moveSession(tx, who.Session, u.ID)
	})
}

// Reset makes a one-time link for a user who lost the way in, valid for an
// hour. Only the host's console calls it: whoever holds the store's files and
// key. The trails of all the user's organizations say so.
func (s Service) Reset(ctx context.Context, address string) (secret string, u User, err error) {
	email, err := Email(address)
	if err != nil {
		return "", User{}, err
	}
	secret = id.Token(32)
	var list []Member
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
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
		if err := removeLinks(tx, linkReset, u.ID); err != nil {
			return err
		}
		return insertLink(tx, linkReset, u.ID, hashOf(secret), tx.Now().Add(resetLimit))
	})
	if err != nil {
		return "", User{}, err
	}
	for i := range list {
		g, err := access.Console(list[i].Org).May(access.UserEdit)
		if err != nil {
			return "", User{}, err
		}
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
			return trail.Add(tx, trail.Act{Action: "user.reset", Noun: "user", Object: u.ID, Label: u.Name})
		}); err != nil {
			return "", User{}, err
		}
	}
	return secret, u, nil
}

// ResetUser returns whom a link of Reset is for, or NotFound.
func (s Service) ResetUser(ctx context.Context, secret string) (u User, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		userID, found, err := findLink(tx, linkReset, hashOf(secret))
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.NotFound, deadLink)
		}
		u, err = loadUser(tx, userID)
		return err
	})
	return u, err
}

// UseReset sets a new password with a link of Reset, ends all sessions and
// begins a new one, or waits for the second factor of whoever has one. A password that is refused leaves the link usable.
func (s Service) UseReset(ctx context.Context, secret, password string, from From) (Opened, error) {
	u, err := s.ResetUser(ctx, secret)
	if err != nil {
		return Opened{}, err
	}
	if err := s.replacePassword(ctx, u, replacement{password: password, address: from.Address, link: secret}); err != nil {
		return Opened{}, err
	}
	return s.first(ctx, u, ByLink, way{from: from})
}

// Sweep files refused attempts in the trails of the organizations of those
// whose accounts were tried, and removes what has ended. Run it every minute.
func (s Service) Sweep(ctx context.Context) error {
	var list []refusal
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		list, err = refusals(tx, tx.Now().Add(-time.Minute))
		return err
	}); err != nil {
		return err
	}
	byUser := map[string][]refusal{}
	for _, r := range list {
		byUser[r.userID] = append(byUser[r.userID], r)
	}
	for userID, tried := range byUser {
		if userID != "" {
			if err := s.file(ctx, userID, tried); err != nil {
				return err
			}
		}
		if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
			for _, r := range tried {
				if err := removeRefusal(tx, r.id); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return s.DB.WriteInstallation(ctx, sweep)
}

func (s Service) file(ctx context.Context, userID string, tried []refusal) error {
	list, err := s.Orgs(ctx, userID)
	if err != nil {
		return err
	}
	seen, places := map[string]bool{}, []string{}
	for _, r := range tried {
		if !seen[r.address] && len(places) < 20 {
			seen[r.address] = true
			places = append(places, r.address)
		}
	}
	detail := map[string]string{
		"attempts": strconv.Itoa(len(tried)), "addresses": strings.Join(places, ", "),
		"first": tried[0].at.Format(time.RFC3339), "last": tried[len(tried)-1].at.Format(time.RFC3339),
	}
	for i := range list {
		g, err := access.Job(list[i].Org, "sign-in").May(access.OrgRead)
		if err != nil {
			return err
		}
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
			return trail.Add(tx, trail.Act{Action: "session.refuse", Noun: "user", Object: userID, Label: list[i].Name, Detail: detail})
		}); err != nil {
			return err
		}
	}
	return nil
}

// FounderOrgs lists the organizations that have no member yet, for the set-up.
func (s Service) FounderOrgs(ctx context.Context, who access.Actor) ([]org.Org, error) {
	all, err := org.Service{DB: s.DB}.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []org.Org
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		u, err := loadUser(tx, who.ID)
		if err != nil || !u.Founder {
			return err
		}
		for _, o := range all {
			n, err := countMembers(tx, o.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				out = append(out, o)
			}
		}
		return nil
	})
	return out, err
}
