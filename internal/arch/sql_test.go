package arch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

const migrations = "internal/db/migrations"

// statement recognizes a string that is SQL: a keyword in one case throughout,
// so that a sentence such as "Select a control from the list." is none.
var statement = regexp.MustCompile(`^\s*(` +
	`SELECT\s[\s\S]*\sFROM\s|select\s[\s\S]*\sfrom\s|` +
	`WITH\s+(RECURSIVE\s+)?\w+[\s\S]*\sAS\s*(MATERIALIZED\s*)?\(|with\s+(recursive\s+)?\w+[\s\S]*\sas\s*(materialized\s*)?\(|` +
	`INSERT\s+INTO\s|insert\s+into\s|UPDATE\s+\w+[\s\S]*\sSET\s|update\s+\w+[\s\S]*\sset\s|DELETE\s+FROM\s|delete\s+from\s|` +
	`(CREATE|DROP|ALTER|create|drop|alter)\s+(UNIQUE\s+|unique\s+)?(TABLE|INDEX|VIEW|table|index|view)\s)`)

func isSQL(text string) bool {
	return statement.MatchString(text) && !strings.Contains(text, "%w")
}

// elsewhere names the packages whose SQL is for databases that are not Assay's.
var elsewhere = []string{"connector/postgres"}

func sqlStandsInStores(h house) (objections []string) {
	for _, s := range h.sources {
		inDB := s.pkg == "internal/db" || strings.HasPrefix(s.pkg, "internal/db/")
		if s.test || inDB || isOutside(s.pkg) || slices.Contains(elsewhere, s.pkg) || strings.HasPrefix(path.Base(s.name), "store") {
			continue
		}
		s.literals(func(text string) {
			if isSQL(text) {
				objections = append(objections, fmt.Sprintf("%s holds SQL, which belongs in store.go: %.50q", s.name, text))
			}
		})
	}
	return objections
}

var written = regexp.MustCompile(`(?i)\b(?:insert\s+into\s+(\w+)|delete\s+from\s+(\w+)|update\s+(\w+)\s+(?:as\s+\w+\s+)?set\b)`)

func tablesHaveOneWriter(h house) (objections []string) {
	for _, s := range h.sources {
		noun := path.Base(s.pkg)
		if at, ok := place(s.pkg); !ok || at.floor < 3 || noun == "db" || s.test {
			continue
		}
		s.literals(func(text string) {
			if !isSQL(text) {
				return
			}
			for _, m := range written.FindAllStringSubmatch(text, -1) {
				if table := m[1] + m[2] + m[3]; !owns(noun, table) {
					objections = append(objections, fmt.Sprintf("%s writes %s, which is not %s's table: call the owner's use case", s.name, table, noun))
				}
			}
		})
	}
	return objections
}

func owns(noun, table string) bool {
	return table == noun || strings.HasPrefix(table, noun+"_")
}

var (
	migrationName = regexp.MustCompile(`^([0-9]{4})_([a-z]+)(_[a-z0-9_]+)?\.sql$`)
	created       = regexp.MustCompile(`(?im)^\s*(?:create|alter|drop)\s+(?:unique\s+)?(?:table|index|view)\s+(?:if\s+(?:not\s+)?exists\s+)?(\w+)`)
)

func migrationsAreWellNamed(h house) (objections []string) {
	names, err := fs.Glob(h.root, migrations+"/*.sql")
	if err != nil {
		return []string{err.Error()}
	}
	numbers := map[string]string{}
	for _, name := range names {
		m := migrationName.FindStringSubmatch(path.Base(name))
		if m == nil {
			objections = append(objections, name+" is not named NNNN_<noun>_<what>.sql")
			continue
		}
		number, noun := m[1], m[2]
		if other, taken := numbers[number]; taken {
			objections = append(objections, fmt.Sprintf("%s and %s have the same number", other, name))
		}
		numbers[number] = name
		if at, ok := place("internal/" + noun); !ok || at.floor < 3 {
			objections = append(objections, fmt.Sprintf("%s: %s is not a noun that keeps tables", name, noun))
		}
		body, err := fs.ReadFile(h.root, name)
		if err != nil {
			objections = append(objections, err.Error())
		}
		if strings.Contains(string(body), "+goose Down") {
			objections = append(objections, name+" goes down; migrations only go forward")
		}
		for _, c := range created.FindAllStringSubmatch(string(body), -1) {
			if !owns(noun, c[1]) {
				objections = append(objections, fmt.Sprintf("%s: %s does not begin with %s_", name, c[1], noun))
			}
		}
	}
	return objections
}

// releasedAreFrozen compares the migrations that a release carried with
// released.sum, lines of "<sha256>  <file>" as sha256sum prints them.
func releasedAreFrozen(h house) (objections []string) {
	sums, err := fs.ReadFile(h.root, migrations+"/released.sum")
	if err != nil {
		if names, _ := fs.Glob(h.root, migrations+"/*.sql"); errors.Is(err, fs.ErrNotExist) && len(names) == 0 {
			return nil
		}
		return []string{err.Error()}
	}
	for lines := bufio.NewScanner(strings.NewReader(string(sums))); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 2 {
			objections = append(objections, fmt.Sprintf("released.sum: %q is not a hash and a file", lines.Text()))
			continue
		}
		body, err := fs.ReadFile(h.root, path.Join(migrations, fields[1]))
		if err != nil {
			objections = append(objections, "a released migration is gone: "+err.Error())
			continue
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != fields[0] {
			objections = append(objections, fields[1]+" was changed after it was released; add a new migration")
		}
	}
	slices.Sort(objections)
	return objections
}
