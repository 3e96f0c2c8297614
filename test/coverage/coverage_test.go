package coverage_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/catalog"
	"assay/internal/register/all"
	"assay/internal/rule"
)

// counts are how many things each of the five texts asks for.
var counts = []int{20, 35, 30, 28, 15}

type row struct{ id, where, proof string }

func rows(t *testing.T) (out []row) {
	t.Helper()
	text, err := os.ReadFile("../../docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 5 && regexp.MustCompile(`^ S\d-\d\d $`).MatchString(cells[1]) {
			out = append(out, row{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), strings.Trim(strings.TrimSpace(cells[3]), "`")})
		}
	}
	return out
}

// Every thing has a row, once and in order.
func TestEveryThingHasARow(t *testing.T) {
	var want, have []string
	for text, n := range counts {
		for i := range n {
			want = append(want, fmt.Sprintf("S%d-%02d", text, i+1))
		}
	}
	for _, r := range rows(t) {
		have = append(have, r.id)
	}
	if !slices.Equal(want, have) {
		t.Errorf("rows %v, want %v", have, want)
	}
}

// What proves a row exists; only what does not exist yet needs no proof.
func TestEveryProofExists(t *testing.T) {
	for _, r := range rows(t) {
		if r.proof == "–" {
			if !strings.HasPrefix(r.where, "*not yet*") && !strings.HasPrefix(r.where, "*Not yet*") {
				t.Errorf("%s works and nothing proves it", r.id)
			}
			continue
		}
		if err := exists(r.proof); err != nil {
			t.Errorf("%s: %v", r.id, err)
		}
	}
}

// exists looks for a test by the folder of its package and its name, or for a
// script.
func exists(proof string) error {
	if script, ok := strings.CutPrefix(proof, "test/script/"); ok {
		_, err := os.Stat("../script/" + script + ".txtar")
		return err
	}
	folder, name, ok := strings.Cut(proof, ".")
	if !ok {
		return fmt.Errorf("%q is no test", proof)
	}
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T)") || strings.Contains(string(text), "\nfunc "+name+"(") {
			return nil
		}
	}
	return fmt.Errorf("there is no test %s in %s", name, folder)
}

var quoted = regexp.MustCompile("`([^`]+)`")

// Checks and lists of registers that rows name exist.
func TestWhatRowsNameExists(t *testing.T) {
	checks := checkIDs(t)
	pages := []string{"/criteria", "/gap-analysis", "/clients", "/reports", "/controls", "/policies", "/evidence", "/people", "/accounts", "/me", "/metrics"}
	for _, d := range all.Declarations() {
		pages = append(pages, "/"+d.Path)
	}
	for _, r := range rows(t) {
		for _, m := range quoted.FindAllStringSubmatch(r.where, -1) {
			switch word := m[1]; {
			case strings.HasPrefix(word, "/"):
				if !slices.Contains(pages, word) {
					t.Errorf("%s names the page %s, which is not there", r.id, word)
				}
			case strings.HasPrefix(word, "assay "):
			case !checks[word]:
				t.Errorf("%s names the check %s, which is not there", r.id, word)
			}
		}
	}
}

func checkIDs(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	err := fs.WalkDir(catalog.Checks(), ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(catalog.Checks(), file)
		if err != nil {
			return err
		}
		def, err := rule.Parse(text)
		if err == nil {
			ids[def.ID] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
