package auth

import (
	"context"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// Users lists the members of the actor's organization.
func (s Service) Users(ctx context.Context, who access.Actor) (list []Member, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if list, err = members(tx); err != nil {
			return err
		}
		second, err := withSecond(tx)
		for i := range list {
			list[i].Second = slices.Contains(second, list[i].ID)
		}
		return err
	})
	return list, err
}

// SetRole gives a member another role. Nobody changes their own, and the last
// lead stays one.
func (s Service) SetRole(ctx context.Context, who access.Actor, userID string, role access.Role) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, leads int) (trail.Act, error) {
		if err := given(tx, who, role); err != nil {
			return trail.Act{}, err
		}
		if err := mayChange(who, m, role, leads); err != nil {
			return trail.Act{}, err
		}
		was := m.Role
		m.Role = role
		return trail.Act{Detail: map[string]string{"role": string(was) + " → " + string(role)}}, saveMember(tx, m)
	})
}

// LinkPerson says which person of the register a member is; "" for none. What
// somebody accepts or signs is that person's: nobody links themselves, and no
// person has two accounts.
func (s Service) LinkPerson(ctx context.Context, who access.Actor, userID, person string) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, _ int) (trail.Act, error) {
		if m.ID == who.ID {
			return trail.Act{}, fault.New(fault.Forbidden, "Nobody says of themselves who they are. Ask another lead.")
		}
		if err := s.person(tx, person); err != nil {
			return trail.Act{}, err
		}
		all, err := members(tx)
		if err != nil {
			return trail.Act{}, err
		}
		if person != "" && slices.ContainsFunc(all, func(o Member) bool { return o.ID != m.ID && o.Person == person }) {
			return trail.Act{}, fault.New(fault.Conflict, "Another account is that person's already.")
		}
		was := m.Person
		m.Person = person
		return trail.Act{Detail: map[string]string{"person": was + " → " + person}}, saveMember(tx, m)
	})
}

// person refuses an id that is nobody's here.
func (s Service) person(tx *db.Tx, personID string) error {
	if personID == "" || s.Person == nil {
		return nil
	}
	return s.Person(tx, personID)
}

// RemoveMember ends a membership with its sessions and tokens. The last lead
// cannot be removed.
func (s Service) RemoveMember(ctx context.Context, who access.Actor, userID string) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, leads int) (trail.Act, error) {
		if err := mayChange(who, m, "", leads); err != nil {
			return trail.Act{}, err
		}
		return trail.Act{Action: "user.remove", Detail: map[string]string{"role": string(m.Role)}}, removeMember(tx, userID)
	})
}

// RevokeUser ends a member's sessions in the organization.
func (s Service) RevokeUser(ctx context.Context, who access.Actor, userID string) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, _ int) (trail.Act, error) {
		return trail.Act{Action: "session.end", Detail: map[string]string{"sessions": "all"}}, removeSessionsHere(tx, m.ID)
	})
}

func (s Service) change(ctx context.Context, who access.Actor, userID string, fn func(*db.Tx, Member, int) (trail.Act, error)) error {
	g, err := who.May(access.UserEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("auth members " + tx.Org()); err != nil { // two leads who demote each other
			return err
		}
		m, err := loadMember(tx, tx.Org(), userID)
		if err != nil {
			return err
		}
		if m.ID != who.ID && !who.Gives(m.Role, m.Own) {
			return fault.New(fault.Forbidden, "%s holds more than you, so you do not change what they may do. Ask a lead.", m.Name)
		}
		leads, err := countLeads(tx)
		if err != nil {
			return err
		}
		act, err := fn(tx, m, leads)
		if err != nil {
			return err
		}
		act.Noun, act.Object, act.Label = "user", m.ID, m.Name
		return trail.Add(tx, act)
	})
}

// New is a user to be.
type New struct {
	Email, Name string
	Role        access.Role
	Person      string
}

// Enroll makes a member without a password, from the host's console only: the
// user comes in by a link of Reset.
func (s Service) Enroll(ctx context.Context, who access.Actor, in New) (User, error) {
	if who.Door != access.DoorConsole {
		return User{}, fault.New(fault.Forbidden, "Users are added without an invitation from the host's console only.")
	}
	g, err := who.May(access.UserInvite)
	if err != nil {
		return User{}, err
	}
	if err := in.valid(); err != nil {
		return User{}, err
	}
	var u User
	err = s.DB.Write(ctx, g, func(tx *db.Tx) (err error) {
		if err := s.person(tx, in.Person); err != nil {
			return err
		}
		if err := given(tx, who, in.Role); err != nil {
			return err
		}
		var found bool
		if u, _, found, err = findUser(tx, in.Email); err != nil {
			return err
		}
		if !found {
			u = User{ID: id.New("usr", tx.Now()), Email: in.Email, Name: in.Name, CreatedAt: tx.Now()}
			if err := insertUser(tx, u, ""); err != nil {
				return err
			}
		}
		return s.join(tx, Member{User: u, Role: in.Role, Person: in.Person})
	})
	return u, err
}

func (in *New) valid() (err error) {
	if in.Email, err = Email(in.Email); err != nil {
		return err
	}
	if in.Name, err = personName(in.Name); err != nil {
		return err
	}
	return nil
}

// join stores a membership in the transaction's organization.
func (s Service) join(tx *db.Tx, m Member) error {
	if _, err := listed(tx, tx.Org(), m.Role); err != nil {
		return err
	}
	if err := insertMember(tx, m); err != nil {
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Conflict, err, "%s is a member of this organization already.", m.Name)
		}
		return err
	}
	return trail.Add(tx, trail.Act{
		Action: "user.join", Noun: "user", Object: m.ID, Label: m.Name,
		Detail: map[string]string{"role": string(m.Role)},
	})
}

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
		if err := s.person(tx, in.Person); err != nil {
			return err
		}
		if err := given(tx, who, in.Role); err != nil {
			return err
		}
		u, _, found, err := findUser(tx, in.Email)
		if err != nil {
			return err
		}
		if found {
			if _, err := loadMember(tx, tx.Org(), u.ID); !fault.Is(err, fault.NotFound) {
				return fault.New(fault.Conflict, "%s is a member of this organization already.", in.Email)
			}
		}
		now := tx.Now()
		v = Invitation{
			ID: id.New("inv", now), Org: tx.Org(), Email: in.Email, Name: in.Name, Role: in.Role, Person: in.Person,
			InvitedBy: who.ID, CreatedAt: now, ExpiresAt: now.Add(InviteLimit),
		}
		if err := insertInvitation(tx, v, hashOf(secret)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "invitation", Object: v.ID, Label: in.Email, Detail: map[string]string{"role": string(in.Role)}})
	})
	return v, secret, err
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
	m := Member{User: u, Org: v.Org, Role: v.Role, Own: v.own, Person: v.Person}
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
		if err := s.join(tx, m); err != nil {
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
