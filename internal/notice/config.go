package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/fault"
	"assay/internal/kit/mail"
	"assay/internal/kit/secret"
)

// Config says through which server mail goes. It is read from mail.yaml in the data
// folder: whoever runs the installation decides it, not an organization.
type Config struct {
	Server   string `yaml:"server"`   // smtps://user@host
	From     string `yaml:"from"`     // address, with a name or without
	Password string `yaml:"password"` // name of a file, in the data folder if it has no folder
	Public   string `yaml:"public"`   // address of this installation as people reach it

	post *mail.Server
}

// LoadConfig reads the file. Without one it returns nil: no mail is sent.
func LoadConfig(file string) (*Config, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // mail is not wanted
	}
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(b, filepath.Dir(file))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be used: %s", file, fault.Text(err))
	}
	return c, nil
}

func parseConfig(text []byte, dir string) (*Config, error) {
	c := &Config{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil {
		return nil, fault.New(fault.Invalid, "%v", err)
	}
	u, err := url.Parse(c.Public)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fault.New(fault.Invalid, "%q is not an address that people reach this installation at. Give \"public\" such as https://assay.example.com.", c.Public)
	}
	c.Public = strings.TrimSuffix(c.Public, "/")
	password, err := c.password(dir)
	if err != nil {
		return nil, err
	}
	c.post, err = mail.New(c.Server, c.From, password)
	return c, err
}

func (c *Config) password(dir string) (secret.Text, error) {
	if c.Password == "" {
		return secret.Text{}, nil
	}
	name := c.Password
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return secret.Text{}, fault.Wrap(fault.Invalid, err, "The file of the password cannot be read: %v.", err)
	}
	text := strings.TrimRight(string(b), "\r\n")
	if text == "" {
		return secret.Text{}, fault.New(fault.Invalid, "%s", fmt.Sprintf("The file of the password, %s, is empty.", name))
	}
	return secret.NewText(text), nil
}

// Post is the server; nil without a configuration.
func (c *Config) Post() Post {
	if c == nil {
		return nil
	}
	return c.post
}

// Origin is the address that links begin with.
func (c *Config) Origin() string {
	if c == nil {
		return ""
	}
	return c.Public
}
