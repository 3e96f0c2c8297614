package app_test

import (
	"strings"
	"testing"

	"assay/connector/imports"
	"assay/internal/app"
)

// No organization can declare a kind under a word of Assay's own.
func TestOurOwnKindsBeginWithReservedWords(t *testing.T) {
	for _, k := range app.Kinds() {
		if word, _, _ := strings.Cut(k.Kind, "."); !imports.Reserved(word) {
			t.Errorf("%s: add %q to the reserved words in connector/imports", k.Kind, word)
		}
	}
}
