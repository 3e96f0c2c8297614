package vectors

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/pack"
	"assay/internal/trail"
)

// makeErased makes a little package from whose trail somebody was taken out.
func makeErased(t *testing.T) (b []byte, v packageVectors) {
	t.Helper()
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "vectors.demo.invalid")
	h.Little()
	h.Hand.Add(24 * time.Hour)
	h.Write(func(tx *db.Tx) error {
		_, err := trail.Erase(tx, &trail.Subject{ID: "usr_b", Names: []string{"Name of usr_b"}}, trail.OnRequest)
		return err
	})
	h.Run()
	b, sum := h.Package(time.Time{}, time.Time{})
	key, box := signer(t, sum.Origin, 1), unpack(t, b)
	for _, n := range box.names {
		if strings.HasPrefix(n, "log/checkpoint") {
			text, _, _ := strings.Cut(string(box.files[n]), "\n\n")
			box.files[n] = []byte(sign(t, key, text+"\n"))
		}
	}
	var err error
	if box.files[pack.FileKeys], err = pack.Keys(sum.Origin, key.Verifier()); err != nil {
		t.Fatal(err)
	}
	one, two := salt(1), salt(2)
	v = packageVectors{
		Key: key.Verifier(), Policies: map[string]string{}, Pins: map[string]string{},
		Seeds: map[string]string{"key": hex.EncodeToString(one[:]), "other": hex.EncodeToString(two[:])},
	}
	v.Cases = erasedCases(t, box.files[pack.TrailFile(0)])
	return box.pack(t, key), v
}

func erasedCases(t *testing.T, lines []byte) []packageCase {
	t.Helper()
	if bytes.Contains(lines, []byte("Name of usr_b")) {
		t.Fatal("the name is in the package")
	}
	file := pack.TrailFile(0)
	said := regexp.MustCompile(`,"erased":"(lf_\w+)"`).FindSubmatch(lines)
	if said == nil {
		t.Fatal("nothing was erased")
	}
	member, leaf := string(said[0]), string(said[1])
	var other string // an entry of which nothing was erased
	for line := range strings.Lines(string(lines)) {
		if !strings.Contains(line, `"erased"`) {
			other = line
		}
	}
	if other == "" {
		t.Fatal("everything was erased")
	}
	edited := strings.Index(other, `,"leaf"`)
	out := []packageCase{{Name: "as it is"}, {Name: "made anew and signed", Sign: "key"}}
	for name, e := range map[string]edit{
		"what is left, edited":                 {Op: "replace", File: file, Old: `"name":""`, New: `"name":"x"`},
		"not said to be erased":                {Op: "replace", File: file, Old: member, New: ""},
		"by another entry":                     {Op: "replace", File: file, Old: leaf, New: leaf + "0"},
		"by nothing":                           {Op: "replace", File: file, Old: member, New: `,"erased":""`},
		"removed, as if that were erased":      {Op: "replace", File: file, Old: other, New: ""},
		"another entry, said to be erased too": {Op: "replace", File: file, Old: other, New: other[:edited] + member + other[edited:]},
	} {
		out = append(out, packageCase{Name: name, Edits: []edit{e}, Sign: "key", Exit: 10})
	}
	return sorted(out)
}
