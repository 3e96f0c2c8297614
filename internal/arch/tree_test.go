package arch

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// inline finds what the content security policy would refuse to run: styles
// and scripts inside a template, and templ's own ways of making them.
var inline = regexp.MustCompile(`(?i)<style\b|<script\s*>|\sstyle\s*=\s*["'{]|\s(on[a-z]+|hx-on[:a-z-]*)\s*=\s*["'{]|javascript:|(?m:^(css|script)\s+\w+\()`)

func templatesAreClean(h house) (objections []string) {
	err := walk(h.root, func(name string, body []byte) error {
		if path.Ext(name) != ".templ" {
			return nil
		}
		for i, line := range strings.Split(string(body), "\n") {
			if found := inline.FindString(line); found != "" {
				objections = append(objections, fmt.Sprintf("%s:%d: %s is inline style or script", name, i+1, strings.TrimSpace(found)))
			}
		}
		if lines := strings.Count(string(body), "\n"); lines > longestFile {
			objections = append(objections, fmt.Sprintf("%s has %d lines, more than %d", name, lines, longestFile))
		}
		return nil
	})
	if err != nil {
		objections = append(objections, err.Error())
	}
	return objections
}

// strangers are paths of the machines the project was built on. They are put
// together here so that this file does not hold them.
var strangers = []string{"/wor" + "k/", "/far" + "m/", "../shar" + "ed"}

func treeIsClean(h house) (objections []string) {
	err := walk(h.root, func(name string, body []byte) error {
		if strings.HasPrefix(name, ".ci/") || strings.HasPrefix(name, "test/") {
			return nil
		}
		for _, stranger := range strangers {
			if strings.Contains(string(body), stranger) {
				objections = append(objections, fmt.Sprintf("%s names %q, a path of one machine", name, stranger))
			}
		}
		return nil
	})
	if err != nil {
		objections = append(objections, err.Error())
	}
	return objections
}

// announcement is the first line of a file of the changelog.
var announcement = regexp.MustCompile(`^(Added|Changed|Fixed|Security|Removed): .+[.]\n`)

func changesAreAnnounced(h house) (objections []string) {
	names, err := fs.Glob(h.root, "changelog/*/*.md")
	if err != nil {
		return []string{err.Error()}
	}
	for _, name := range names {
		body, err := fs.ReadFile(h.root, name)
		if err != nil {
			objections = append(objections, err.Error())
			continue
		}
		if !announcement.Match(body) {
			objections = append(objections, name+" does not begin as changelog/README.md asks: a word, a colon, one sentence")
		}
	}
	return objections
}

// TestLibcIsTheOneSQLiteWants holds modernc.org/libc at the version that
// modernc.org/sqlite was translated with: another one corrupts memory.
func TestLibcIsTheOneSQLiteWants(t *testing.T) {
	ours := requirements(t, "../../go.mod")
	sqlite, used := ours["modernc.org/sqlite"]
	if !used {
		t.Fatal("go.mod does not require modernc.org/sqlite")
	}
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := requirements(t, filepath.Join(strings.TrimSpace(string(cache)), "cache/download/modernc.org/sqlite/@v", sqlite+".mod"))
	if got, want := ours["modernc.org/libc"], theirs["modernc.org/libc"]; got != want {
		t.Errorf("go.mod requires modernc.org/libc %s, but sqlite %s wants %s", got, sqlite, want)
	}
}

func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse(file, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, r := range mod.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions
}
