package coverage_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	named    = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// Every test that docs/security.md names exists, and every published weakness that a
// test stands for is in its table.
func TestWhatSecurityNamesExists(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = filepath.WalkDir("../../internal", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := os.ReadFile(file)
		for _, m := range declared.FindAllSubmatch(source, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		names[m[1]] = true
		if !there[m[1]] {
			t.Errorf("docs/security.md names %s, which is not there", m[1])
		}
	}
	if len(names) == 0 {
		t.Error("docs/security.md names no test")
	}
	for name := range there {
		if strings.HasPrefix(name, "TestPeer") && !names[name] {
			t.Errorf("docs/security.md does not name %s", name)
		}
	}
}
