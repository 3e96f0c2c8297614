package db_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/db"
)

// TestLists holds how lists of strings are read to what JSON says of the same
// text, whether it is well formed or not.
func TestLists(t *testing.T) {
	same := func(t interface {
		Helper()
		Errorf(string, ...any)
	}, text string,
	) {
		t.Helper()
		var got, want []string
		column, ok := db.JSON(&got).(sql.Scanner)
		if !ok {
			t.Errorf("a column of JSON is no sql.Scanner")
			return
		}
		err, wrong := column.Scan(text), json.Unmarshal([]byte(text), &want)
		if text == "" {
			wrong = nil
		}
		if (err == nil) != (wrong == nil) || err == nil && (!slices.Equal(got, want) || (got == nil) != (want == nil)) {
			t.Errorf("%q: %q, %v; JSON says %q, %v", text, got, err, want, wrong)
		}
	}
	for _, text := range []string{
		"", "null", "[]", `["a"]`, `["a","b"]`, `[""]`, `["a",]`, `[,]`, `["a" ,"b"]`, `["a"`, `"a"]`, `["a"b]`, `["a""b"]`, `[1]`, `["\\u0041"]`,
		`["a\nb"]`, "[\"a\nb\"]", "[\"a\tb\"]", `["å "]`, "[\"\xff\"]", `[null]`, `{}`, `[["a"]]`, `["a"],["b"]`,
	} {
		same(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		same(t, db.ToJSON(rapid.SliceOf(rapid.String()).Draw(t, "list")))
		same(t, rapid.StringOf(rapid.SampledFrom([]rune(`[]",\\ab n1é`))).Draw(t, "text"))
	})
}
