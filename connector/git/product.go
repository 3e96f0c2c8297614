package git

import (
	"context"
	"strings"
	"sync"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "git", Version: "1", Title: "Git repository",
		Summary: "Reads the history of a repository's default branch: commits, merges, direct changes, signatures, tags and continuous integration definitions.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{
				Name: "repository", Label: "Repository", Required: true, Address: true, Example: "https://git.example.com/team/service.git",
				Help: "An https or ssh address, or the path of a repository on this machine where the operator allows it.",
			},
			{Name: "branch", Label: "Branch", Example: "main", Help: "The branch that is released. Empty: the repository's default branch."},
			{Name: "user", Label: "User name", Default: "git", Help: "For https with a token: the name that the forge wants beside it, such as oauth2 or x-access-token."},
			{Name: "token", Label: "Token", Secret: true, Help: "For https: a token that may read the repository and nothing else."},
			{Name: "ssh_key", Label: "SSH key", Secret: true, Lines: true, Help: "For ssh: the private half of a deploy key without passphrase that may only read."},
			{Name: "known_hosts", Label: "Known hosts", Lines: true, Help: "For ssh: the server's lines for known_hosts, taken from its owner and not from the network."},
			{Name: "ca_file", Label: "Certificate authority", Example: "/etc/ssl/own-ca.pem", Help: "For https with a certificate of your own authority: the file that holds it, in PEM."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"For a private repository, make a deploy key or a token that can read this repository's content, and nothing else.",
				"History backfills: the whole period is read at the first collection.",
				"Approvals are not in git. Connect the forge too, to show who reviewed a change.",
			},
			NotRead: []string{
				"the content of files: only their paths at the tip of the branch",
				"branches other than the released one",
				"issues, reviews and discussions, which git does not hold",
			},
		},
		Open: open,
	}
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	at, err := locate(c["repository"], env.AllowLocal)
	if err != nil {
		return nil, err
	}
	if branch := c["branch"]; strings.HasPrefix(branch, "-") || strings.ContainsAny(branch, " ~^:?*[\\\x00\n") || strings.Contains(branch, "..") || strings.Contains(branch, "@{") {
		return nil, fault.Fields("The branch's name is not one.", fault.Field{Name: "branch", Text: "Give a branch's name, such as main."})
	}
	if env.Now == nil || env.Period.To.Before(env.Period.From) {
		return nil, fault.New(fault.Invalid, "A repository is read for a period: it needs a beginning and an end.")
	}
	return &source{env: env, config: c, at: at}, nil
}

type source struct {
	env    connector.Env
	config connector.Config
	at     location

	mu   sync.Mutex
	copy *workplace // guarded by mu; nil until something was read
}

// Authority is the commit at which the branch's history begins. A remote
// repository is copied to find it; Collect then reads that copy.
func (s *source) Authority(ctx context.Context) (string, error) {
	w, err := s.prepare(ctx, nil)
	if err != nil {
		return "", err
	}
	return w.authority, nil
}

// Collect reads the repository once, and removes the copy if there was one.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	w, err := s.prepare(ctx, run)
	if err != nil {
		return err
	}
	c := &collection{env: s.env, run: run, now: s.env.Now(), w: w}
	err = c.collect(ctx)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Close removes the copy of a remote repository.
func (s *source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copy == nil {
		return nil
	}
	err := s.copy.remove()
	s.copy = nil
	return err
}

// prepare finds the repository, copying it if it is remote, and settles which
// branch is read.
func (s *source) prepare(ctx context.Context, run *connector.Run) (*workplace, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copy != nil {
		return s.copy, nil
	}
	w, err := openWorkplace(ctx, s.at, s.config, s.env, run)
	if err != nil {
		return nil, err
	}
	s.copy = w
	return w, nil
}
