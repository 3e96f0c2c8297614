package all_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"assay/internal/register/all"
)

var update = flag.Bool("update", false, "add kinds and versions that are new to testdata/kinds.txt")

// A store keeps what it was told of a kind, and refuses other fields under the same
// version: whoever changes a register's fields gives its facts the next version (Facts of
// its declaration). What was ever declared is in the list and never changes there.
func TestChangedFieldsAreAnotherVersion(t *testing.T) {
	const file = "testdata/kinds.txt"
	text, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 {
			known[f[0]+" "+f[1]] = f[2]
		}
	}
	list := all.Declarations()
	for i := range list {
		schema := list[i].Schema()
		b, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		id, hash := fmt.Sprintf("%s %d", schema.Kind, schema.Version), hex.EncodeToString(sum[:])
		switch have, found := known[id]; {
		case found && have != hash:
			t.Errorf("%s was declared with other fields before: give the register's facts the next version", id)
		case !found && *update:
			text = fmt.Appendf(text, "%s %s\n", id, hash)
		case !found:
			t.Errorf("%s is not in %s: go test ./internal/register/all -update", id, file)
		}
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
