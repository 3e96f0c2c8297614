package pack_test

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// thePapers are the working papers of an examination, whose drawing nobody outside saw
// yet, and who signs the log.
func thePapers(t *testing.T) ([]byte, *tlog.Signer) {
	t.Helper()
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	o.Days(5)
	e := o.Examine()
	h.Export.Anchor = nil
	b, _ := e.Papers()
	return b, signerOf(t, h)
}

// TestPapersAltered holds that a working paper which the log commits to is what was
// committed to, whoever signs the package.
func TestPapersAltered(t *testing.T) {
	b, signer := thePapers(t)
	for name, c := range map[string]struct {
		edit func(x *box)
		want string
	}{
		"a mark":                 {func(x *box) { x.editIn("workpapers/sheets/TS-01-5", "a day late", "in time") }, "It was altered"},
		"a captured population":  {func(x *box) { x.editIn("workpapers/populations/PO-01-", `"condition":""`, `"condition":"x"`) }, "It was altered"},
		"a sheet removed":        {func(x *box) { x.put(x.first("workpapers/sheets/TS-01-", ".json"), nil) }, "is missing"},
		"no list of proofs":      {func(x *box) { x.put(pack.FilePapers, nil) }, "is missing"},
		"an entry that is not":   {func(x *box) { x.editIn(pack.FilePapers, `"leaf":"`, `"leaf":"x`) }, "the log does not have"},
		"an older format":        {func(x *box) { x.edit(pack.FileHeader, "package/v3", "package/v2") }, "put in"},
		"a format yet to come":   {func(x *box) { x.edit(pack.FileHeader, "package/v3", "package/v4") }, "this program knows"},
		"a list that is no list": {func(x *box) { x.put(pack.FilePapers, []byte("{}\n")) }, "cannot be read"},
	} {
		x := unpack(t, b)
		c.edit(x)
		if got := refused(t, x.pack(signer), pack.Options{}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	x := unpack(t, b)
	x.put("workpapers/note.txt", []byte("For readers."))
	if r := verify(t, x.pack(signer), pack.Options{}); !r.Verified || r.Samples.Same != 1 {
		t.Errorf("%+v", r.Problems)
	}
}

// TestSamplesAreDrawnAgain holds that who writes the log anew cannot have selected
// something else.
func TestSamplesAreDrawnAgain(t *testing.T) {
	b, signer := thePapers(t)
	zeros := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		edit func(drawn *tlog.Envelope)
		want string
	}{
		"items":      {func(d *tlog.Envelope) { i := array(d.Body["items"]); i[0], i[1] = i[1], i[0] }, "selects other items"},
		"fewer":      {func(d *tlog.Envelope) { d.Body["selected"] = json.Number("1") }, "selects other items"},
		"too many":   {func(d *tlog.Envelope) { d.Body["selected"] = json.Number("99") }, "cannot be drawn"},
		"nonce":      {func(d *tlog.Envelope) { d.Body["nonce"] = zeros }, "not the one that was committed to"},
		"checkpoint": {func(d *tlog.Envelope) { d.Body["checkpoint"] = zeros }, "first head that was seen outside"},
		"seed":       {func(d *tlog.Envelope) { d.Body["seed"] = zeros }, "the seed"},
		"commitment": {func(d *tlog.Envelope) { d.Body["committed"] = "lf_none" }, "no commitment of the sample"},
		"sample":     {func(d *tlog.Envelope) { d.Body["sample"] = "SA-02" }, "no commitment of the sample"},
	} {
		x := unpack(t, b)
		x.forge(signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
			c.edit(leaves(list, "sample.drawn", "")[0])
			return list
		})
		if got := refused(t, x.pack(signer), pack.Options{}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
