package auth

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// Invite makes a link that lets its holder join with the role, once, within 7
// days. The link's secret is returned once and stored nowhere.
func (s Service) Invite(ctx context.Context, who access.Actor, in New) (Invitation, string, error) {
	g, err := who.May(access.UserInvite)
	if err != nil {
		return Invitation{}, "", err
	}
	if err := in.valid(); err != nil {
		return Invitation{}, "", err
	}
	secret := id.Token(32)
	var v Invitation
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := s.invitable(tx, who, &in); err != nil {
			return err
		}
		now := tx.Now()
		v = Invitation{
			ID: id.New("inv", now), Org: tx.Org(), Email: in.Email, Name: in.Name, Role: in.Role, Person: in.Person,
			InvitedBy: who.ID, CreatedAt: now, ExpiresAt: now.Add(InviteLimit), Until: in.Until, Despite: in.Despite,
		}
		if err := insertInvitation(tx, v, hashOf(secret)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "invitation", Object: v.ID, Label: in.Email, Detail: map[string]string{"role": string(in.Role)}})
	})
	return v, secret, err
}

// invitable refuses whom the actor may not invite.
func (s Service) invitable(tx *db.Tx, who access.Actor, in *New) error {
	if err := errors.Join(lasts(in.Until, tx.Now()), s.person(tx, in.Person)); err != nil {
		return err
	}
	if err := given(tx, who, in.Role); err != nil {
		return err
	}
	u, _, found, err := findUser(tx, in.Email)
	if err != nil || !found {
		return err
	}
	if err := s.independent(tx, u, in.Role, in.Despite); err != nil {
		return err
	}
	_, err = loadMember(tx, tx.Org(), u.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return cmp.Or(err, fault.New(fault.Conflict, "%s is a member of this organization already.", in.Email))
}

// Invitable says of each whether Invite would refuse, and why, and makes nothing. The
// second list says whose address has an open invitation.
func (s Service) Invitable(ctx context.Context, who access.Actor, list []New) (why []error, open []bool, err error) {
	g, err := who.May(access.UserInvite)
	if err != nil {
		return nil, nil, err
	}
	why, open = make([]error, len(list)), make([]bool, len(list))
	return why, open, s.DB.Read(ctx, g, func(tx *db.Tx) error {
		for i := range list {
			in := list[i]
			if why[i] = in.valid(); why[i] == nil {
				why[i] = s.invitable(tx, who, &in)
			}
			if why[i] != nil && fault.Of(why[i]) == fault.Internal {
				return why[i]
			}
			if _, open[i], err = pendingInvitation(tx, in.Email); err != nil {
				return err
			}
		}
		return nil
	})
}

// Invitations lists the organization's invitations, newest first.
func (s Service) Invitations(ctx context.Context, who access.Actor) (list []Invitation, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = invitations(tx)
		return err
	})
	return list, err
}

// RevokeInvitation makes a link that was not used useless.
func (s Service) RevokeInvitation(ctx context.Context, who access.Actor, invitationID string) error {
	g, err := who.May(access.UserInvite)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		v, err := loadInvitation(tx, invitationID)
		if err != nil {
			return err
		}
		if ok, err := revokeInvitation(tx, v.ID); err != nil || !ok {
			if err == nil {
				err = fault.New(fault.Conflict, "The invitation was %s already.", v.State(tx.Now()))
			}
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "invitation", Object: v.ID, Label: v.Email, Detail: map[string]string{"revoked": "yes"}})
	})
}

const deadLink = "The link was used, revoked or has expired. Ask for a new one."

// Invited is what the holder of a link sees.
type Invited struct {
	Invitation
	own     access.Scope
	OrgName string
	Known   bool // the address has a user here: the user's password is asked for, not a new one
}

// Invited returns what a link offers, or NotFound.
func (s Service) Invited(ctx context.Context, secret string) (v Invited, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		i, found, err := findInvitation(tx, hashOf(secret))
		if err != nil {
			return err
		}
		if !found || i.State(tx.Now()) != "pending" {
			return fault.New(fault.NotFound, deadLink)
		}
		v.Invitation = i
		if v.own, err = listed(tx, i.Org, i.Role); err != nil {
			return fault.Wrap(fault.NotFound, err, deadLink)
		}
		_, _, v.Known, err = findUser(tx, i.Email)
		return err
	})
	if err != nil {
		return Invited{}, err
	}
	v.OrgName, err = s.orgName(ctx, v.Org)
	return v, err
}

func (s Service) orgName(ctx context.Context, orgID string) (string, error) {
	all, err := org.Service{DB: s.DB}.All(ctx)
	if err != nil {
		return "", err
	}
	for i := range all {
		if all[i].ID == orgID {
			return all[i].Name, nil
		}
	}
	return "", fault.New(fault.NotFound, deadLink)
}

// Acceptance is the answer to an invitation.
type Acceptance struct {
	Secret   string // of the link
	Name     string // empty keeps the one in the invitation
	Password string // a new one, or the present one of a user who exists
	From     From
}

// Accept makes the holder of a link a member and begins a session. A user who
// exists must show the present password, under the same throttle as SignIn.
func (s Service) Accept(ctx context.Context, in Acceptance) (Opened, error) {
	v, err := s.Invited(ctx, in.Secret)
	if err != nil {
		return Opened{}, err
	}
	u, phc, err := s.invitee(ctx, v, in)
	if err != nil {
		return Opened{}, err
	}
	m := Member{User: u, Org: v.Org, Role: v.Role, Own: v.own, Person: v.Person, Until: v.Until}
	g, err := m.actor(in.From.Address, "").May(access.OrgRead)
	if err != nil {
		return Opened{}, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if ok, err := acceptInvitation(tx, v.ID); err != nil || !ok {
			if err == nil {
				err = fault.New(fault.NotFound, deadLink)
			}
			return err
		}
		if phc != "" {
			if err := insertUser(tx, u, phc); err != nil {
				return err
			}
		}
		if err := s.join(tx, m, v.Despite); err != nil {
			return err
		}
		return touchMember(tx, u.ID) // where a session begins that waits for a second factor
	})
	if err != nil {
		return Opened{}, err
	}
	return s.first(ctx, u, ByLink, way{from: in.From, org: v.Org})
}

// invitee is the user who accepts, with the hash of a new user's password.
func (s Service) invitee(ctx context.Context, v Invited, in Acceptance) (User, string, error) {
	if v.Known {
		c, err := s.verify(ctx, v.Email, in.Password, in.From)
		if fault.Is(err, fault.Unauthenticated) {
			err = fault.Fields("You have an account here already.",
				fault.Field{Name: "password", Text: "Give the password of the account that you have. It is not this one."})
		}
		return c.user, "", err
	}
	name := in.Name
	if strings.TrimSpace(name) == "" {
		name = v.Name
	}
	name, err := personName(name)
	if err != nil {
		return User{}, "", err
	}
	if err := checkPassword(in.Password, name, v.Email, v.OrgName); err != nil {
		return User{}, "", err
	}
	phc, err := s.hashPassword(ctx, in.Password)
	now := s.DB.Now()()
	return User{ID: id.New("usr", now), Email: v.Email, Name: name, Password: true, CreatedAt: now, PasswordAt: now}, phc, err
}
