package auth

import (
	"errors"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Lend makes a member of a provider's organization a member of the transaction's, as
// staff of a provider, by a consent of the organization, which the caller has looked
// at. The membership ends with the consent, with Recall, and when the person is no
// member of the provider any more.
func (s Service) Lend(tx *db.Tx, userID, consent, lender string) error {
	if err := tx.Lock("auth members " + tx.Org()); err != nil {
		return err
	}
	of, err := loadMember(tx, lender, userID)
	if err != nil {
		return err
	}
	if of.Role.Guest() || of.Role == access.RoleEmployee {
		return fault.New(fault.Forbidden, "%s is a guest in your own organization, or sees nothing but what concerns themselves there. Staff of clients are members who work.", of.Name)
	}
	return s.join(tx, Member{User: of.User, Org: tx.Org(), Role: access.RoleProvider, Via: consent, Lender: lender}, "")
}

// Lent lists the members of the transaction's organization who are here by a consent.
func Lent(tx *db.Tx, consent string) ([]Member, error) { return lentBy(tx, consent) }

// Recall ends the memberships by a consent, with their sessions and tokens: of one
// user, or with an empty id of all. It returns whose.
func Recall(tx *db.Tx, consent, userID string) ([]Member, error) {
	if err := tx.Lock("auth members " + tx.Org()); err != nil {
		return nil, err
	}
	list, err := lentBy(tx, consent)
	if err != nil {
		return nil, err
	}
	var out []Member
	for i := range list {
		m := &list[i]
		if userID != "" && m.ID != userID {
			continue
		}
		out = append(out, *m)
		if err := errors.Join(removeMember(tx, m.ID), trail.Add(tx, trail.Act{
			Action: "user.remove", Noun: "user", Object: m.ID, Label: m.Name, Detail: map[string]string{"role": string(m.Role), "via": consent},
		})); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Within lists the organizations of which a user is a member.
func Within(tx *db.Tx, userID string) ([]string, error) {
	list, err := memberships(tx, userID)
	out := make([]string, 0, len(list))
	for i := range list {
		out = append(out, list[i].Org)
	}
	return out, err
}
