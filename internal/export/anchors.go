package export

import (
	"strings"

	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/pack"
)

// anchors writes what others said of the log: every token that it names, and the
// checkpoint with the witnesses' signatures. Without any, the package is of the
// format that has no place for them.
func (x *exporting) anchors(tx *db.Tx) error {
	for _, hash := range x.plan.Stamps() {
		b, found, err := anchor.Token(tx, hash)
		if err != nil {
			return err
		}
		if !found {
			return lost("the time stamp token %s", hash)
		}
		x.seen()
		if err := x.bag.Add(pack.TokenFile(hash), b); err != nil {
			return err
		}
		x.index.stamps++
	}
	lines, err := anchor.Cosignatures(tx, x.size)
	if err != nil || len(lines) == 0 {
		return err
	}
	x.seen()
	x.index.witnesses = len(lines)
	return x.bag.Add(pack.FileCosigned, []byte(string(x.note)+strings.Join(lines, "")))
}

// seen makes the package one that has what others said.
func (x *exporting) seen() {
	if x.header.Format == pack.FormatV1 {
		x.header.Format = pack.FormatV2
	}
}
