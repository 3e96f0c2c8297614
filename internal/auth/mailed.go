package auth

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/factor"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// JobMailLink is the name of the job that sends a link for signing in; its argument is
// the user's id.
const JobMailLink = "auth.mail_link"

// MailLinkLimit is how long such a link opens a session.
const MailLinkLimit = 15 * time.Minute

// MailedLink is what the mail says that somebody asked for.
type MailedLink struct {
	User   User
	Secret string // of the link; stored nowhere. Empty if Refuse says why there is none
	Refuse string // a sentence
}

// AskLink has a link mailed to whoever has the address. It does the same, and takes as
// long, for an address that nobody has: the answer tells nothing. Too many are Busy.
func (s Service) AskLink(ctx context.Context, address string, from From) error {
	email, err := Email(address)
	if err != nil {
		return err
	}
	if err := s.Guess(ctx, "mail link", email, from); err != nil {
		return err
	}
	var members []Member
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		u, _, found, err := findUser(tx, email)
		if err != nil || !found {
			return err
		}
		members, err = memberships(tx, u.ID)
		return err
	}); err != nil {
		return err
	}
	if len(members) == 0 {
		return s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
			return insertRefusal(tx, id.New("rfs", tx.Now()), "", clip(from.Address, 64))
		})
	}
	m := &members[0]
	g, err := m.actor(from.Address, "").May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Look(ctx, g, func(tx *db.Tx) error {
		if err := job.Add(tx, JobMailLink, m.ID, tx.Now()); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "session.ask", Noun: "user", Object: m.ID, Label: m.Name, Detail: map[string]string{"means": string(ByMail)}})
	})
}

// NewMailLink makes the link that was asked for; those made before open nothing any
// more. Whoever has to show more than their mail gets none.
func (s Service) NewMailLink(ctx context.Context, orgID, userID string) (out MailedLink, err error) {
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		m, err := loadMember(tx, orgID, userID)
		if err != nil {
			return err
		}
		out.User = m.User
		state, err := factor.Of(tx, userID)
		if err != nil {
			return err
		}
		switch lacks := m.asked.lacks(&Session{Means: ByMail}, m.Role); {
		case state.Any():
			out.Refuse = "You have a second factor, and a link would pass it by. Sign in with it."
			return nil
		case lacks != "":
			out.Refuse = lacks
			return nil
		}
		if err := removeLinks(tx, linkMail, userID); err != nil {
			return err
		}
		out.Secret = id.Token(32)
		return insertLink(tx, linkMail, userID, hashOf(out.Secret), tx.Now().Add(MailLinkLimit))
	})
	return out, err
}

// MailLinkUser returns whom a link signs in. One that was used, replaced or is too old
// is NotFound.
func (s Service) MailLinkUser(ctx context.Context, secret string) (u User, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		userID, found, err := findLink(tx, linkMail, hashOf(secret))
		if err == nil && !found {
			err = noMailLink()
		}
		if err != nil {
			return err
		}
		u, err = loadUser(tx, userID)
		return err
	})
	return u, err
}

func noMailLink() error {
	return fault.New(fault.NotFound, "This link opens nothing any more: it was used, a newer one was sent, or it is older than 15 minutes. Ask for another at the sign-in page.")
}

// UseMailLink begins a session that opens what concerns the person alone
// (access.Mailed).
func (s Service) UseMailLink(ctx context.Context, secret string, from From, old string) (Opened, error) {
	u, err := s.MailLinkUser(ctx, secret)
	if err != nil {
		return Opened{}, err
	}
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		taken, err := takeLink(tx, linkMail, hashOf(secret))
		if err == nil && !taken {
			err = noMailLink()
		}
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	return s.open(ctx, u, way{from: from, means: ByMail, old: old})
}
