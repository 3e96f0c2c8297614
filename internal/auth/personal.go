package auth

import (
	"assay/internal/db"
	"assay/internal/factor"
)

// Kept is what is stored of a user: of the account, and of one organization.
type Kept struct {
	User        *User   // nil: somebody who left is another's concern now
	Member      *Member // nil: no member of the organization
	Sessions    []Session
	Tokens      []Token
	Invitations []Invitation
	// Of the account, for the person alone:
	Devices []Device
	Factors factor.State
}

// KeptOf returns what is stored of a user who is or was of the transaction's organization,
// without secrets. What belongs to the account and not to the organization is for the
// person alone.
func KeptOf(tx *db.Tx, userID string, self bool) (k Kept, found bool, err error) {
	u, found, err := Whose(tx, userID)
	if err != nil || !found {
		return k, found, err
	}
	all, err := members(tx)
	if err != nil {
		return k, false, err
	}
	for i := range all {
		if all[i].ID == userID {
			k.Member = &all[i]
		}
	}
	if self || k.Member != nil {
		k.User = &u
	}
	held, err := sessions(tx, userID)
	if err != nil {
		return k, false, err
	}
	for i := range held {
		if self || held[i].Org == tx.Org() {
			k.Sessions = append(k.Sessions, held[i])
		}
	}
	if k.Tokens, err = tokens(tx, userID); err != nil {
		return k, false, err
	}
	sent, err := invitations(tx)
	if err != nil {
		return k, false, err
	}
	for i := range sent {
		if sent[i].Email == u.Email {
			k.Invitations = append(k.Invitations, sent[i])
		}
	}
	if !self {
		return k, true, nil
	}
	if k.Devices, err = devices(tx, userID); err != nil {
		return k, false, err
	}
	k.Factors, err = factor.Of(tx, userID)
	return k, true, err
}

// Whose returns the account of a user; false if there is none.
func Whose(tx *db.Tx, userID string) (User, bool, error) { return maybeUser(tx, userID) }

// ForgetInvitations removes the organization's invitations to an address.
func ForgetInvitations(tx *db.Tx, address string) error { return removeInvitations(tx, address) }

// Forget ends what is left of a user in the transaction's organization, and reports
// whether the account went too: it does if no organization has the user as a member,
// and the user may found none.
func Forget(tx *db.Tx, userID string) (account bool, err error) {
	if err := removeMember(tx, userID); err != nil {
		return false, err
	}
	u, found, err := maybeUser(tx, userID)
	if err != nil || !found || u.Founder {
		return false, err
	}
	n, err := countMemberships(tx, userID)
	if err != nil || n > 0 {
		return false, err
	}
	if err := factor.Clear(tx, userID); err != nil {
		return false, err
	}
	return true, removeAccount(tx, userID)
}
