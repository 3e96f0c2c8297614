package arch

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rules are what the house is held to. Each answers with its objections.
var rules = map[string]func(h house) []string{
	"imports point down":                      importsPointDown,
	"closed packages stay closed":             closedStayClosed,
	"the pure floor is offline":               pureIsOffline,
	"every package has a floor":               everyPackageHasAFloor,
	"every package says what it is for":       everyPackageSays,
	"files are short":                         filesAreShort,
	"packages are small":                      packagesAreSmall,
	"SQL stands in stores":                    sqlStandsInStores,
	"a noun's tables are written by it alone": tablesHaveOneWriter,
	"migrations are well named":               migrationsAreWellNamed,
	"released migrations are frozen":          releasedAreFrozen,
	"templates hold no style or script":       templatesAreClean,
	"the tree speaks of the project alone":    treeIsClean,
	"changes are announced in one form":       changesAreAnnounced,
}

func TestHouse(t *testing.T) {
	h, err := enter(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		t.Run(name, func(t *testing.T) {
			for _, objection := range rules[name](h) {
				t.Error(objection)
			}
		})
	}
}

func importsPointDown(h house) (objections []string) {
	for _, s := range h.sources {
		from, ok := place(s.pkg)
		if !ok || s.test {
			continue // the compiler keeps tests from going in circles
		}
		_, fromHelper := helperOf(s.pkg)
		for _, imp := range s.imports() {
			_, toHelper := helperOf(imp)
			to, ours := place(imp)
			switch {
			case isOutside(imp):
				objections = append(objections, fmt.Sprintf("%s imports %s, which only builds or tests the house", s.name, imp))
			case ours && toHelper && !fromHelper:
				objections = append(objections, fmt.Sprintf("%s imports %s, which is for tests", s.name, imp))
			case ours && !to.below(from) && (to != from || !fromHelper):
				objections = append(objections, fmt.Sprintf("%s imports %s, which is not below it", s.name, imp))
			}
		}
	}
	return objections
}

func closedStayClosed(h house) (objections []string) {
	for _, s := range h.sources {
		_, helper := helperOf(s.pkg)
		allowed, ok := lookup(closed, s.pkg)
		if !ok || s.test || helper {
			continue
		}
		for _, imp := range s.imports() {
			if !allows(allowed, imp) {
				objections = append(objections, fmt.Sprintf("%s may not import %s, only %s (closed in floors_test.go)", s.name, imp, strings.Join(allowed, ", ")))
			}
		}
	}
	return objections
}

func pureIsOffline(h house) (objections []string) {
	for _, s := range h.sources {
		if at, ok := place(s.pkg); !ok || at.floor != 1 || s.test {
			continue
		}
		for _, imp := range s.imports() {
			if slices.Contains(offline, imp) {
				objections = append(objections, fmt.Sprintf("%s imports %s: a pure rule reaches nothing outside itself", s.name, imp))
			}
		}
	}
	return objections
}

func everyPackageHasAFloor(h house) (objections []string) {
	for _, pkg := range h.packages() {
		if _, ok := place(pkg); !ok && !isOutside(pkg) {
			objections = append(objections, pkg+" has no floor: give it one in internal/arch/floors_test.go")
		}
	}
	return objections
}

// emptyTalk is a package comment that says only that there is a package.
var emptyTalk = regexp.MustCompile(`^Package (\w+) (implements|provides|contains|is|defines) (the |a )?(\w+)( package)?\.?\s*$`)

func everyPackageSays(h house) (objections []string) {
	comments := map[string][]string{}
	for _, s := range h.sources {
		if s.test || s.generated || s.syntax.Doc == nil {
			continue
		}
		text := s.syntax.Doc.Text()
		comments[s.pkg] = append(comments[s.pkg], text)
		base, program := path.Base(s.name), s.syntax.Name.Name == "main"
		if base != "doc.go" && (!program || base != "main.go") {
			objections = append(objections, s.name+" holds the package comment, which belongs in doc.go")
		}
		if emptyTalk.MatchString(text) {
			objections = append(objections, s.name+": the package comment says nothing; state what always holds")
		}
	}
	for _, pkg := range h.packages() {
		if n := len(comments[pkg]); n != 1 {
			objections = append(objections, fmt.Sprintf("%s has %d package comments, want 1, in doc.go", pkg, n))
		}
	}
	return objections
}

const longestFile = 400

func filesAreShort(h house) (objections []string) {
	for _, s := range h.sources {
		if s.lines > longestFile && !s.test && !s.generated {
			objections = append(objections, fmt.Sprintf("%s has %d lines, more than %d", s.name, s.lines, longestFile))
		}
	}
	return objections
}

const fullestPackage = 12

func packagesAreSmall(h house) (objections []string) {
	files := map[string]int{}
	for _, s := range h.sources {
		if !s.test && !s.generated {
			files[s.pkg]++
		}
	}
	for _, pkg := range h.packages() {
		most, _ := lookup(roomy, pkg)
		if most = cmp.Or(most, fullestPackage); files[pkg] > most {
			objections = append(objections, fmt.Sprintf("%s has %d files, more than %d: it is two nouns, or roomy in floors_test.go", pkg, files[pkg], most))
		}
	}
	return objections
}

// packages lists every folder that holds Go files, sorted.
func (h house) packages() []string {
	found := map[string]bool{}
	for _, s := range h.sources {
		found[s.pkg] = true
	}
	return slices.Sorted(maps.Keys(found))
}
