package auth

import (
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// Known returns the user with an address, and makes one who has no way in yet if
// there is none. The caller has made sure that the address is within a domain of
// the transaction's organization.
func (s Service) Known(tx *db.Tx, email, name string) (userID string, err error) {
	u, _, found, err := findUser(tx, email)
	if err != nil || found {
		return u.ID, err
	}
	if name, err = personName(name); err != nil {
		name = email
	}
	u = User{ID: id.New("usr", tx.Now()), Email: email, Name: name, CreatedAt: tx.Now()}
	return u.ID, insertUser(tx, u, "")
}

// Provision makes a user a member of the transaction's organization because its
// directory says so, and reports whether they were none.
func (s Service) Provision(tx *db.Tx, userID string, role access.Role) (joined bool, err error) {
	if err := tx.Lock("auth members " + tx.Org()); err != nil {
		return false, err
	}
	_, err = loadMember(tx, tx.Org(), userID)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return false, err
	}
	u, err := loadUser(tx, userID)
	if err != nil {
		return false, err
	}
	return true, s.join(tx, Member{User: u, Org: tx.Org(), Role: role}, "")
}

// Deprovision ends a membership with its sessions, tokens and invitations, because
// the organization's directory says so: even the last lead's. Whoever is no member
// is no error.
func Deprovision(tx *db.Tx, userID string) error {
	if err := tx.Lock("auth members " + tx.Org()); err != nil {
		return err
	}
	m, err := loadMember(tx, tx.Org(), userID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := removeMember(tx, userID); err != nil {
		return err
	}
	if err := revokeInvitationsOf(tx, m.Email); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{Action: "user.remove", Noun: "user", Object: m.ID, Label: m.Name, Detail: map[string]string{"role": string(m.Role), "by": "directory"}})
}

// Assign gives a member the role that the organization's directory says. The last
// lead stays one.
func Assign(tx *db.Tx, userID string, role access.Role) error {
	if err := tx.Lock("auth members " + tx.Org()); err != nil {
		return err
	}
	m, err := loadMember(tx, tx.Org(), userID)
	if err != nil || m.Role == role {
		return err
	}
	leads, err := countLeads(tx)
	if err != nil || m.Role == access.RoleLead && leads <= 1 {
		return err
	}
	was := m.Role
	m.Role = role
	if err := saveMember(tx, m); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{
		Action: "user.edit", Noun: "user", Object: m.ID, Label: m.Name, Detail: map[string]string{"role": string(was) + " → " + string(role), "by": "directory"},
	})
}
