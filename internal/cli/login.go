package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
