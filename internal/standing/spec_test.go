package standing

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheSpecificationNamesItsTests keeps docs/spec/standing.md from naming
// tests and notes that do not exist.
func TestTheSpecificationNamesItsTests(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/standing.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(body)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(spec), -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, m := range named {
		if !strings.Contains(tests.String(), "func "+m[1]+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}
	for line := range strings.Lines(string(spec)) {
		if strings.HasPrefix(line, "| ") && strings.Count(line, " | ") == 2 && !strings.HasPrefix(line, "| rule |") && !strings.Contains(line, "`Test") {
			t.Errorf("a rule without a test: %s", line)
		}
	}
	for _, name := range append(noteNames(), "deviation", "no_evidence", "failing", "fixed", "operated", "not_due") {
		if !strings.Contains(string(spec), "`"+name+"`") {
			t.Errorf("%s is not explained", name)
		}
	}
}
