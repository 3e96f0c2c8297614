package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// login is a server and the token for it.
type login struct{ Server, Token string }

// logins is the file in which tokens are kept.
type logins struct {
	Current string            `json:"current"` // server that is worked on unless another is named
	Tokens  map[string]string `json:"tokens"`  // by server
}

func (r *run) loginFile() string {
	return filepath.Join(cmp.Or(r.Env["XDG_CONFIG_HOME"], filepath.Join(r.Env["HOME"], ".config")), "assay", "login.json")
}

func (r *run) logins() (l logins, err error) {
	l.Tokens = map[string]string{}
	b, err := os.ReadFile(r.loginFile())
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("tokens: %w", err)
	}
	if err := json.Unmarshal(b, &l); err != nil {
		return l, fmt.Errorf("tokens in %s: %w", r.loginFile(), err)
	}
	if l.Tokens == nil {
		l.Tokens = map[string]string{}
	}
	return l, nil
}

// keep writes the tokens so that nobody else can read them.
func (r *run) keep(l logins) error {
	if err := os.MkdirAll(filepath.Dir(r.loginFile()), 0o700); err != nil {
		return fmt.Errorf("keep token: %w", err)
	}
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	_, err = writeWhole(r.loginFile(), strings.NewReader(string(b)+"\n")) // made with 0600
	return err
}

type loginCmd struct {
	Server string   `arg:"" optional:"" name:"url" help:"Address of the server; --server does the same."`
	Days   int      `help:"Days until the token expires: 30, or 90 with a password."`
	Role   string   `help:"Role of the token, at most yours."`
	Scope  []string `placeholder:"PERMISSION" help:"Permissions of the token, if fewer than the role's."`

	Password bool   `help:"Give an address and a password here, not in a browser."`
	Email    string `help:"Your address; with a password."`
	Token    bool   `help:"Read a token that was made on the server's page from standard input."`
}

// Run keeps a token for a server.
func (c *loginCmd) Run(ctx context.Context, r *run) error {
	at := strings.TrimSuffix(cmp.Or(c.Server, r.Server, r.Env["ASSAY_SERVER"]), "/")
	if u, err := url.Parse(at); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fault.New(fault.Invalid, "Say where to: assay login https://assay.example.com")
	}
	token, err := c.token(ctx, r, at)
	if err != nil {
		return err
	}
	client := &api.Client{HTTP: &http.Client{}, Base: at, Token: secret.NewText(token)}
	self, err := api.Call[api.Self](ctx, client, "self.show", &struct{}{})
	if err != nil {
		return err
	}
	l, err := r.logins()
	if err != nil {
		return err
	}
	l.Current, l.Tokens[at] = at, token
	if err := r.keep(l); err != nil {
		return err
	}
	return emit(r, self, func(p *paper, v *api.Self) { p.line("Signed in to %s at %s as %s.", v.Org.Name, at, v.Name) })
}

func (c *loginCmd) token(ctx context.Context, r *run, at string) (string, error) {
	in := bufio.NewReader(r.Stdin)
	line := func(prompt string) (string, error) {
		r.note("%s:", prompt)
		s, err := in.ReadString('\n')
		if s = strings.TrimSpace(s); s == "" {
			return "", fault.Wrap(fault.Invalid, err, "Nothing was entered. You are not signed in.")
		}
		return s, nil
	}
	switch {
	case c.Token:
		return line("Token")
	case !c.Password && c.Email == "":
		return c.byBrowser(ctx, r, at)
	}
	body := &api.LoginIn{}
	body.Body.Email, body.Body.Org, body.Body.Role, body.Body.Days = c.Email, r.Org, c.Role, cmp.Or(c.Days, 90)
	body.Body.Name, body.Body.Scope = "command line", c.Scope
	var err error
	if body.Body.Email == "" {
		if body.Body.Email, err = line("Address"); err != nil {
			return "", err
		}
	}
	if r.InTerminal && r.Secret != nil {
		body.Body.Password, err = r.Secret("Password: ")
	} else {
		body.Body.Password, err = line("Password")
	}
	if err != nil {
		return "", err
	}
	server := &api.Client{HTTP: &http.Client{}, Base: at}
	t, err := api.Call[api.Token](ctx, server, "token.login", body)
	if wantsCode(err) {
		if body.Body.Code, err = line("Code of the authenticator app, or for recovery"); err != nil {
			return "", err
		}
		t, err = api.Call[api.Token](ctx, server, "token.login", body)
	}
	if err != nil {
		return "", err
	}
	return t.Secret, nil
}

// wantsCode reports whether the server asks for a second factor.
func wantsCode(err error) bool {
	return slices.ContainsFunc(fault.FieldsOf(err), func(f fault.Field) bool { return f.Name == "code" })
}

type logoutCmd struct{}

// Run forgets the token of the server that is worked on, and ends it there.
func (logoutCmd) Run(ctx context.Context, r *run) error {
	l, err := r.logins()
	if err != nil {
		return err
	}
	at := strings.TrimSuffix(cmp.Or(r.Server, l.Current), "/")
	token := l.Tokens[at]
	if token == "" {
		r.note("You are not signed in anywhere.")
		return nil
	}
	client := &api.Client{HTTP: &http.Client{}, Base: at, Token: secret.NewText(token)}
	self, err := api.Call[api.Self](ctx, client, "self.show", &struct{}{})
	if err == nil && self.Token != "" {
		_, err = api.Call[nothing](ctx, client, "token.revoke", &api.ID{ID: self.Token})
	}
	delete(l.Tokens, at)
	if l.Current == at {
		l.Current = ""
	}
	if kept := r.keep(l); kept != nil {
		return kept
	}
	if err != nil {
		r.note("The token is forgotten here. It could not be ended on %s (%s); end it under Settings.", at, fault.Text(err))
		return nil
	}
	r.note("Signed out of %s; the token is ended.", at)
	return nil
}

type whoamiCmd struct{}

// Run says who one is.
func (whoamiCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Self](ctx, r, "self.show", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Self) {
		p.line("%s, %s of %s (--org %s), by %s", v.Name, v.Role, v.Org.Name, v.Org.Slug, v.Door)
	})
}
