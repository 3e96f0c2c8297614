package ledger

import (
	"fmt"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Replay puts entries that the store lost behind its last one, as they were: with
// them the log must be the one whose signed head is given, or nothing is changed
// and it is a Tampered fault. Bodies that wait for a place and have theirs among
// the entries wait no more.
func Replay(tx *db.Tx, leaves [][]byte, signed tlog.Checkpoint, note []byte) error {
	h, err := loadHead(tx)
	if err != nil {
		return err
	}
	entries := make([]*tlog.Envelope, 0, len(leaves))
	for i := range leaves {
		e, err := tlog.Decode(leaves[i])
		if err != nil {
			return fault.Wrap(fault.Tampered, err, "An entry that was to be put back cannot be read.")
		}
		entries = append(entries, e)
	}
	if err := h.know(tx, entries); err != nil {
		return err
	}
	list := make([]leaf, 0, len(entries))
	for i, e := range entries {
		list = append(list, leaf{entry: e, bytes: leaves[i], hash: tlog.LeafHash(leaves[i])})
	}
	if err := h.place(tx, list); err != nil {
		return err
	}
	for i, e := range entries {
		hash := list[i].hash
		h.streams[e.Stream], h.anchor = streamEnd{seq: e.Seq, hash: hash}, newest(e, h.anchor)
		if err := removePending(tx, e.ID); err != nil {
			return err
		}
	}
	if h.edge.Size() != signed.Size || h.edge.Root() != signed.Root || h.origin != signed.Origin {
		return fault.Wrap(fault.Tampered, fmt.Errorf("size %d, root %s", h.edge.Size(), h.edge.Root()),
			"The entries that were to be put back do not make the log that was signed at %d entries.", signed.Size)
	}
	if err := saveStreams(tx, h.streams); err != nil {
		return err
	}
	if err := saveHead(tx, h); err != nil {
		return err
	}
	return saveCheckpoint(tx, signed.Size, note)
}
