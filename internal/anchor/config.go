package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa"
)

// Config says whom to ask. The operator writes it as files in one folder, beside
// the keys and out of the database's reach:
//
//	witnesses    a policy (C2SP tlog-policy) whose witness lines have addresses
//	authorities  lines "<name> <address>" of authorities of time
//	roots.pem    the certificates under which their tokens are verified
type Config struct {
	Witnesses   []tlog.Witness
	Authorities []Authority
	Roots       *tsa.Roots
}

// Authority is an authority of time.
type Authority struct {
	Name string // in lower case, as the log calls it
	URL  string
}

// Load reads the folder; without any of the files nobody is asked.
func Load(dir string) (c Config, err error) {
	text, err := optional(filepath.Join(dir, "witnesses"))
	if err != nil {
		return c, err
	}
	if text != "" {
		p, err := tlog.ParsePolicy(text)
		if err != nil {
			return c, fmt.Errorf("%s: %w", filepath.Join(dir, "witnesses"), err)
		}
		for _, w := range p.Witnesses {
			if err := address(w.URL); err != nil {
				return c, fmt.Errorf("%s: witness %s: %w", filepath.Join(dir, "witnesses"), w.Name, err)
			}
		}
		c.Witnesses = p.Witnesses
	}
	if text, err = optional(filepath.Join(dir, "authorities")); err != nil || text == "" {
		return c, err
	}
	if c.Authorities, err = authorities(text); err != nil {
		return c, fmt.Errorf("%s: %w", filepath.Join(dir, "authorities"), err)
	}
	roots, err := os.ReadFile(filepath.Join(dir, "roots.pem"))
	if err != nil {
		return c, fmt.Errorf("authorities of time are named, and the certificates to verify them under are not there: %w", err)
	}
	c.Roots, err = tsa.ParseRoots(roots)
	return c, err
}

func optional(file string) (string, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

func address(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return fmt.Errorf("%q is not an address that begins with https://", text)
	}
	return nil
}

func authorities(text string) (out []Authority, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 || !plain(words[0]) {
			return nil, fmt.Errorf("line %d: want a name of small letters, digits and hyphens, and an address", n)
		}
		if err := address(words[1]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(out, func(a Authority) bool { return a.Name == words[0] }) {
			return nil, fmt.Errorf("line %d: %s is named twice", n, words[0])
		}
		out = append(out, Authority{words[0], words[1]})
	}
	return out, nil
}

func plain(name string) bool {
	return len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Any tells whether there is anybody to ask.
func (c *Config) Any() bool { return len(c.Witnesses)+len(c.Authorities) > 0 }
