package vectors

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// makeAnchored makes a little package whose log others saw, under a key that
// everybody has: what others sign does not depend on the log's key.
func makeAnchored(t *testing.T) (b []byte, v packageVectors) {
	t.Helper()
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "vectors.demo.invalid")
	h.Little()
	o := h.Outside()
	o.Round()
	h.Hand.Add(24 * time.Hour)
	h.Run()
	b, sum := h.Package(time.Time{}, time.Time{})
	key, box := signer(t, sum.Origin, 1), unpack(t, b)
	vkey := key.Verifier()
	for _, n := range box.names {
		if strings.HasPrefix(n, "log/checkpoint") || n == pack.FileCosigned {
			text, sigs, err := tlog.SplitNote(box.files[n])
			if err != nil {
				t.Fatal(err)
			}
			note := sign(t, key, text)
			var noteSb37 strings.Builder
			for _, s := range sigs[1:] {
				noteSb37.WriteString(s.Line())
			}
			note += noteSb37.String()
			box.files[n] = []byte(note)
		}
	}
	var err error
	if box.files[pack.FileKeys], err = pack.Keys(sum.Origin, vkey); err != nil {
		t.Fatal(err)
	}
	policy := "log " + vkey + o.Policy[strings.Index(o.Policy, "\n"):]
	one, other := salt(1), salt(2)
	none, err := tlog.NewCosigner("witness.invalid/other", bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	witness := o.Witness.Key().String()
	two := "log " + vkey + "\nwitness w " + witness + "\nwitness other " + none.Key().String() + "\n"
	v = packageVectors{
		Key: vkey, Roots: string(o.Roots), Cadence: "25h", Pins: map[string]string{},
		Seeds: map[string]string{"key": hex.EncodeToString(one[:]), "other": hex.EncodeToString(other[:])},
		Policies: map[string]string{
			"asks for the witness": policy, "asks for nobody": "log " + vkey + "\nquorum none\n",
			"asks for another witness": two + "quorum other\n", "asks for one of two": two + "group any any w other\nquorum any\n",
			"asks for both": two + "group both all w other\nquorum both\n",
		},
	}
	var token string
	for _, n := range box.names {
		if strings.HasSuffix(n, ".tst") {
			token = n
		}
	}
	v.Cases = []packageCase{
		{Name: "as it is"},
		{Name: "with roots", Time: true},
		{Name: "with roots and the witness", Time: true, Policy: "asks for the witness"},
		{Name: "nobody is asked for", Policy: "asks for nobody"},
		{Name: "one of two witnesses", Policy: "asks for one of two"},
		{Name: "another witness", Policy: "asks for another witness", Exit: 10},
		{Name: "both witnesses", Policy: "asks for both", Exit: 10},
		{Name: "made anew and signed", Sign: "key"},
		{Name: "no token", Edits: []edit{{Op: "remove", File: token}}, Sign: "key", Exit: 10},
		{Name: "an edited token", Edits: []edit{{Op: "replace", File: token, Old: "Test root", New: "Best root"}}, Sign: "key", Exit: 10},
		{Name: "a token renamed", Edits: []edit{{Op: "rename", File: token, To: pack.TokenFile(strings.Repeat("0", 64))}}, Sign: "key", Exit: 10},
		{Name: "a token too much", Edits: []edit{{Op: "add", File: pack.TokenFile(strings.Repeat("0", 64)), Text: "x"}}, Sign: "key", Exit: 10},
		{Name: "another file", Edits: []edit{{Op: "add", File: "anchors/note", Text: "x"}}, Sign: "key", Exit: 10},
		{Name: "no cosigned checkpoint, and nobody asks", Edits: []edit{{Op: "remove", File: pack.FileCosigned}, {Op: "add", File: "anchors/checkpoint", Text: string(box.files[pack.FileCosigned])}}, Sign: "key"},
		{Name: "cosignature's line twice", Edits: []edit{{Op: "replace", File: pack.FileCosigned, Old: "— witness", New: lastLine(box.files[pack.FileCosigned]) + "— witness"}}, Sign: "key", Exit: 10},
		{Name: "an edited cosignature", Edits: []edit{{Op: "replace", File: pack.FileCosigned, Old: tail(box.files[pack.FileCosigned]), New: "AAAA" + tail(box.files[pack.FileCosigned])[4:]}}, Sign: "key", Policy: "asks for the witness", Exit: 10},
		{Name: "the log alone signed it", Edits: []edit{{Op: "replace", File: pack.FileCosigned, Old: lastLine(box.files[pack.FileCosigned]), New: ""}}, Sign: "key", Policy: "asks for the witness", Exit: 10},
		{Name: "the first format", Edits: []edit{{Op: "replace", File: pack.FileHeader, Old: pack.FormatV2, New: pack.FormatV1}}, Sign: "key", Exit: 10},
	}
	return box.pack(t, key), v
}

// lastLine is the last line of a note.
func lastLine(note []byte) string {
	lines := strings.SplitAfter(string(note), "\n")
	return lines[len(lines)-2]
}

// tail is the end of the last signature.
func tail(note []byte) string {
	s := strings.TrimRight(string(note), "=\n")
	return s[len(s)-24:]
}
