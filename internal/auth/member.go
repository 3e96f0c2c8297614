package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
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

// SetUntil says when a membership ends by itself; zero: it does not. Nobody says it of
// their own, and the last lead's does not end.
func (s Service) SetUntil(ctx context.Context, who access.Actor, userID string, until time.Time) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, leads int) (trail.Act, error) {
		if err := lasts(until, tx.Now()); err != nil {
			return trail.Act{}, err
		}
		switch {
		case m.ID == who.ID:
			return trail.Act{}, fault.New(fault.Forbidden, "Nobody says how long they stay themselves. Ask another lead.")
		case m.Role == access.RoleLead && !until.IsZero() && leads <= 1:
			return trail.Act{}, fault.New(fault.Conflict, "%s is the only lead. Make somebody else a lead first.", m.Name)
		}
		was := m.Until
		m.Until = until
		return trail.Act{Detail: map[string]string{"until": stamp(was) + " → " + stamp(until)}}, saveMember(tx, m)
	})
}

// SetRole gives a member another role. Nobody changes their own, and the last
// lead stays one.
func (s Service) SetRole(ctx context.Context, who access.Actor, userID string, role access.Role) error {
	return s.setRole(ctx, who, userID, role, "")
}

// SetAuditor makes a member an auditor who works for a provider of the organization.
// despite says why they count as independent all the same.
func (s Service) SetAuditor(ctx context.Context, who access.Actor, userID, despite string) error {
	despite, err := reason(despite)
	if err != nil {
		return err
	}
	return s.setRole(ctx, who, userID, access.RoleAuditor, despite)
}

func (s Service) setRole(ctx context.Context, who access.Actor, userID string, role access.Role, despite string) error {
	return s.change(ctx, who, userID, func(tx *db.Tx, m Member, leads int) (trail.Act, error) {
		if err := given(tx, who, role); err != nil {
			return trail.Act{}, err
		}
		if err := mayChange(who, m, role, leads); err != nil {
			return trail.Act{}, err
		}
		if err := s.independent(tx, m.User, role, despite); err != nil {
			return trail.Act{}, err
		}
		was := m.Role
		m.Role = role
		act := trail.Act{Detail: map[string]string{"role": string(was) + " → " + string(role)}}
		if despite != "" {
			act.Detail["independent_despite"] = despite
		}
		return act, saveMember(tx, m)
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
	Until       time.Time // when the membership ends by itself; zero: it does not
	// Despite is why an auditor counts as independent who works for a provider of the
	// organization, or one of the last year. Without it such a one is refused.
	Despite string
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
		if err := errors.Join(lasts(in.Until, tx.Now()), s.person(tx, in.Person)); err != nil {
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
		return s.join(tx, Member{User: u, Role: in.Role, Person: in.Person, Until: in.Until}, in.Despite)
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
	in.Despite, err = reason(in.Despite)
	return err
}

// reason is why an auditor counts as independent, in one line.
func reason(despite string) (string, error) {
	despite = strings.Join(strings.Fields(despite), " ")
	if len(despite) > 2000 {
		return "", fault.Fields("The reason is too long.", fault.Field{Name: "despite", Text: "At most 2,000 characters."})
	}
	return despite, nil
}

// stamp is a moment as the trail has it; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// lasts refuses an end of a membership that is none.
func lasts(until, now time.Time) error {
	if until.IsZero() || until.After(now) && until.Sub(now) <= longestGuest {
		return nil
	}
	return fault.Fields("The membership cannot end then.", fault.Field{Name: "until", Text: "Give a moment within the next three years, or none for a membership without end."})
}

// join stores a membership in the transaction's organization. despite is why an
// auditor counts as independent who works for a provider of it.
func (s Service) join(tx *db.Tx, m Member, despite string) error {
	if _, err := listed(tx, tx.Org(), m.Role); err != nil {
		return err
	}
	if err := s.independent(tx, m.User, m.Role, despite); err != nil {
		return err
	}
	if err := removeEnded(tx, m.ID); err != nil {
		return err
	}
	if err := insertMember(tx, m); err != nil {
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Conflict, err, "%s is a member of this organization already.", m.Name)
		}
		return err
	}
	detail := map[string]string{"role": string(m.Role)}
	for name, value := range map[string]string{"until": stamp(m.Until), "via": m.Via, "independent_despite": despite} {
		if value != "" {
			detail[name] = value
		}
	}
	return trail.Add(tx, trail.Act{Action: "user.join", Noun: "user", Object: m.ID, Label: m.Name, Detail: detail})
}

// independent refuses, as an auditor, somebody who works for a provider of the
// organization, unless it was said why that does no harm: whoever advises cannot
// audit (AT-C 105, independence).
func (s Service) independent(tx *db.Tx, u User, role access.Role, despite string) error {
	if role != access.RoleAuditor || s.Advises == nil || despite != "" {
		return nil
	}
	advises, err := s.Advises(tx, u.ID)
	if err != nil || advises == "" {
		return err
	}
	return fault.Fields(u.Name+" works for "+advises+", which is a provider of this organization, or was within the last year. A firm that advises a client cannot be its auditor.",
		fault.Field{Name: "despite", Text: "If this was looked into, say why independence holds all the same. The trail keeps the reason."})
}
