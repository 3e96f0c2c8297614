package licence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// bundle is an entry of bundled.yaml.
type bundle struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
	ID      string `yaml:"id"`     // SPDX
	PURL    string `yaml:"purl"`   // where it was taken from
	File    string `yaml:"file"`   // from the root
	SHA256  string `yaml:"sha256"` // of the file, as it was published
	Text    string `yaml:"text"`   // the licence, from the root
}

// Bundled lists the works of others that travel inside the programs and are no
// Go modules. A file that is not as it was published is an error.
func Bundled(root string) ([]Module, error) {
	list, err := os.ReadFile(filepath.Join(root, "build/licence/bundled.yaml"))
	if err != nil {
		return nil, err
	}
	var bundles []bundle
	dec := yaml.NewDecoder(bytes.NewReader(list))
	dec.KnownFields(true)
	if err := dec.Decode(&bundles); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read bundled.yaml: %w", err)
	}
	var modules []Module
	for _, b := range bundles {
		body, err := os.ReadFile(filepath.Join(root, b.File))
		if err != nil {
			return nil, fmt.Errorf("bundled.yaml: %s: %w", b.Name, err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != b.SHA256 {
			return nil, fmt.Errorf("bundled.yaml: %s: %s is not what was published as %s", b.Name, b.File, b.PURL)
		}
		text, err := os.ReadFile(filepath.Join(root, b.Text))
		if err != nil {
			return nil, fmt.Errorf("bundled.yaml: %s: %w", b.Name, err)
		}
		if id := Classify(string(text)); id != b.ID {
			return nil, fmt.Errorf("bundled.yaml: %s: %s holds %q, not %q", b.Name, b.Text, id, b.ID)
		}
		modules = append(modules, Module{
			Path: b.Name, Version: b.Version, ID: b.ID, PURL: b.PURL, SHA256: b.SHA256,
			Texts: []Text{{Name: filepath.Base(b.Text), Body: strings.TrimSpace(string(text))}},
		})
	}
	return modules, nil
}
