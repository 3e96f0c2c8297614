package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/fault"
	"assay/internal/kit/sealed"
)

// Config says where copies go. The operator writes it, as backup.yaml in the
// store's folder.
type Config struct {
	To         string        `yaml:"to"`         // a folder, or a bucket: https://endpoint/bucket/prefix
	Recipients []string      `yaml:"recipients"` // age keys (age1…) that open the copies
	Every      time.Duration `yaml:"every"`      // how often; a day if zero
	Keep       Keep          `yaml:"keep"`

	keys *sealed.Recipients
}

// Keep says which copies stay: the newest ones, and the newest of each of so many
// days, weeks and months. A copy that no rule names is forgotten.
type Keep struct {
	Last    int `yaml:"last"`
	Daily   int `yaml:"daily"`
	Weekly  int `yaml:"weekly"`
	Monthly int `yaml:"monthly"`
}

const (
	daily   = 24 * time.Hour
	soonest = 10 * time.Minute
)

// LoadConfig reads the file. Without one it returns nil: no copies are made.
func LoadConfig(file string) (*Config, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // copies are not wanted
	}
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(b)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be used: %v.", file, err)
	}
	return c, nil
}

func parseConfig(text []byte) (*Config, error) {
	c := &Config{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(c)
	switch {
	case err != nil:
		return nil, err
	case c.To == "":
		return nil, errors.New("\"to\" says where copies go: a folder or the address of a bucket")
	case c.Every == 0:
		c.Every = daily
	case c.Every < soonest:
		return nil, fmt.Errorf("\"every\" is at least %s", soonest)
	}
	if c.Keep == (Keep{}) {
		c.Keep = Keep{Last: 3, Daily: 14, Weekly: 8, Monthly: 12}
	}
	if k := c.Keep; min(k.Last, k.Daily, k.Weekly, k.Monthly) < 0 || k.Last < 1 {
		return nil, errors.New("\"keep\" has numbers from 0 on, and \"last\" from 1 on")
	}
	if c.keys, err = sealed.ParseRecipients(c.Recipients); err != nil {
		return nil, fmt.Errorf("\"recipients\": %w", err)
	}
	return c, nil
}
