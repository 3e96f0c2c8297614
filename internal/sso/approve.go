package sso

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Approved reports whether the issuer vouches for everybody: until then for
// whoever said what it is, and for nobody else.
func (i *Issuer) Approved() bool { return !i.ApprovedAt.IsZero() }

// Waiting names what waits for approval, so that nobody approves something else
// than what they saw; empty if nothing waits.
func (i *Issuer) Waiting() string {
	d := Draft{Location: i.Location, Client: i.Client, Metadata: i.Metadata, By: i.By}
	switch {
	case i.Next != nil:
		d = *i.Next
	case i.Approved():
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", d.Location, d.Client, d.Metadata, d.By))
	return hex.EncodeToString(sum[:8])
}

// Author is the user who said what waits for approval.
func (i *Issuer) Author() string {
	if i.Next != nil {
		return i.Next.By
	}
	return i.By
}

// set copies what a person may change, and reports whether the issuer is now
// another. Whoever holds the store's files and key asks nobody.
func (s Service) set(tx *db.Tx, i *Issuer, in *New) (moved bool, err error) {
	i.Name, i.Join, i.Paused, i.UpdatedAt = in.Name, in.Join, in.Paused, tx.Now()
	sealed, err := s.sealed(tx, i, in)
	if err != nil {
		return false, err
	}
	d := Draft{Location: in.Location, Client: in.Client, Metadata: in.Metadata, By: tx.Actor().ID, At: tx.Now()}
	if i.Location == d.Location && i.Client == d.Client && i.Metadata == d.Metadata {
		if sealed != nil {
			i.secret = sealed
		}
		return false, nil
	}
	if console := tx.Actor().Door == access.DoorConsole; console || !i.Approved() {
		moved = i.become(&d, sealed)
		if console {
			i.ApprovedBy, i.ApprovedAt = "", tx.Now()
		}
		return moved, nil
	}
	i.Next, i.nextSecret = &d, sealed
	return false, nil
}

// sealed is the secret to keep; nil to keep the one there is.
func (s Service) sealed(tx *db.Tx, i *Issuer, in *New) ([]byte, error) {
	if in.Secret.Empty() {
		return nil, nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return nil, err
	}
	return o.Secrets().Seal(issuerContext(i.ID), []byte(in.Secret.Reveal()))
}

// become makes the issuer what a draft says, and reports whether it is another:
// subjects can differ from one client to the next.
func (i *Issuer) become(d *Draft, sealed []byte) (moved bool) {
	moved = i.Location != d.Location || i.Client != d.Client
	if len(sealed) > 0 || i.Location != d.Location { // a secret is not told to somebody else than it was meant for
		i.secret = sealed
	}
	i.Location, i.Client, i.Metadata, i.By = d.Location, d.Client, d.Metadata, d.By
	i.Next, i.nextSecret = nil, nil
	return moved
}

// another ends what an issuer said while it was another: everybody is found by
// their address again.
func another(tx *db.Tx, i *Issuer) error {
	if err := forgetSubjects(tx, i.ID); err != nil {
		return err
	}
	return auth.EndVia(tx, i.ID)
}

// ApproveIssuer puts in force what waits: the issuer itself, or what it is changed
// to. waiting is what the approver saw. Nobody approves what they said themselves.
func (s Service) ApproveIssuer(ctx context.Context, who access.Actor, issuerID, waiting string) (i Issuer, err error) {
	g, err := who.May(access.SSOApprove)
	if err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if i, err = loadIssuer(tx, issuerID); err != nil {
			return err
		}
		switch w := i.Waiting(); {
		case w == "":
			return fault.New(fault.Conflict, "Nothing waits for approval.")
		case w != waiting:
			return fault.New(fault.Conflict, "It was changed since you looked. Look at it again.")
		case i.Author() == who.ID:
			return fault.New(fault.Forbidden, "Whoever says what an identity provider is cannot approve it: it could vouch for anybody as its author likes. Ask another lead.")
		}
		author, moved := i.Author(), false
		if i.Next != nil {
			moved = i.become(i.Next, i.nextSecret)
		}
		i.ApprovedBy, i.ApprovedAt, i.UpdatedAt = who.ID, tx.Now(), tx.Now()
		if err := saveIssuer(tx, &i); err != nil {
			return err
		}
		if moved {
			if err := another(tx, &i); err != nil {
				return err
			}
		}
		act := i.told("approved")
		act.Detail["author"] = author
		return trail.Add(tx, act)
	})
	return i, err
}

// WithdrawIssuer drops a change that waits. What is in force stays.
func (s Service) WithdrawIssuer(ctx context.Context, who access.Actor, issuerID string) (i Issuer, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if i, err = loadIssuer(tx, issuerID); err != nil {
			return err
		}
		if i.Next == nil {
			return fault.New(fault.Conflict, "Nothing waits that could be taken back. Remove the identity provider if it is not to be.")
		}
		act := i.told("withdrawn")
		i.Next, i.nextSecret = nil, nil
		if err := saveIssuer(tx, &i); err != nil {
			return err
		}
		return trail.Add(tx, act)
	})
	return i, err
}

// vouchable refuses to let an issuer vouch for a user: it may have been changed
// since it was asked, and one that nobody approved vouches for its author alone.
func (i *Issuer) vouchable(tx *db.Tx, userID string) error {
	now, err := loadIssuer(tx, i.ID)
	switch {
	case err != nil:
		return err
	case now.Paused || now.Location != i.Location || now.Client != i.Client || now.Metadata != i.Metadata:
		return fault.New(fault.Forbidden, "%s was changed while you were there. Begin again.", i.Name)
	case !now.Approved() && now.By != userID:
		return fault.New(fault.Forbidden, "%s waits for the approval of a second lead. Until then it vouches for whoever added it, and for nobody else.", i.Name)
	}
	return nil
}
