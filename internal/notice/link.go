package notice

import (
	"context"
	"fmt"
	"strings"

	"assay/internal/auth"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/mail"
)

// SendLink sends a user the link for signing in that was asked for. It is stored
// nowhere, so that whoever reads the store cannot use it.
func (s Service) SendLink(ctx context.Context, orgID, userID string) error {
	if s.Post == nil {
		return fmt.Errorf("no mail server is set up any more: %w", job.ErrGiveUp)
	}
	l, err := s.Links(ctx, orgID, userID)
	if fault.Is(err, fault.NotFound) {
		return nil // they left meanwhile
	}
	if err != nil {
		return err
	}
	now := s.DB.Now()()
	return s.Post.Send(ctx, mail.Message{ID: id.New("ntc", now), To: l.User.Email, Subject: "Sign in to Assay", Text: s.linkText(&l), At: now})
}

func (s Service) linkText(l *auth.MailedLink) string {
	lines := []string{"Somebody, you it seems, asked for a link to sign in with."}
	if l.Refuse != "" {
		lines = append(lines, "You get none. "+l.Refuse, s.Origin+"/signin")
	} else {
		lines = append(lines,
			fmt.Sprintf("It opens, once and within %d minutes, what concerns you alone: policies to accept and training to take.", int(auth.MailLinkLimit.Minutes())),
			s.Origin+"/signin/link/"+l.Secret)
	}
	return strings.Join(append(lines, "If it was not you, do nothing: nobody is let in without this mail."), "\n\n") + "\n"
}
