package resource_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/resource"
)

// The definition of every facet that was ever in a check's hash: name, version,
// SHA-256 of the definition. Lines are added and never changed.
const facetSums = "testdata/facets.sum"

// A facet is a part of the hash of every check over it, and of what its verdicts
// are performed again with. So one that changes gets another version, and the
// one before is kept.
func TestAReleasedFacetNeverChanges(t *testing.T) {
	known, err := os.ReadFile(facetSums)
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]string{}
	for line := range strings.Lines(string(known)) {
		if f := strings.Fields(line); len(f) == 3 {
			if _, twice := pinned[f[0]+" "+f[1]]; twice {
				t.Errorf("%s %s stands twice in %s", f[0], f[1], facetSums)
			}
			pinned[f[0]+" "+f[1]] = f[2]
		}
	}
	var missing []string
	for _, f := range resource.Facets() {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		key, is := fmt.Sprintf("%s %d", f.Name, f.Version), hex.EncodeToString(sum[:])
		switch was, ok := pinned[key]; {
		case !ok:
			missing = append(missing, key+" "+is)
		case was != is:
			t.Errorf("facet %s is not what it was when it was released: give what is new the next version, and keep this one", key)
		}
		delete(pinned, key)
	}
	slices.Sort(missing)
	for _, line := range missing {
		t.Errorf("a facet is new; add to %s: %s", facetSums, line)
	}
	for key := range pinned {
		t.Errorf("facet %s was released and is gone: verdicts over it could not be performed again", key)
	}
}
