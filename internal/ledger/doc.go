// Package ledger is the evidence log of each organization: an RFC 6962 Merkle
// log kept in the same database as the rows it bears witness to, appended in
// the same transaction.
//
// Invariants
//   - Only this package writes leaves. A leaf is never changed or removed.
//   - On SQLite the leaf itself is written in the transaction. On PostgreSQL
//     the transaction writes the pending body, and one elected sequencer gives
//     it its place, its sequence number and its predecessor; until then pages
//     say pending and nothing judges it.
//   - Each stream's entries are numbered from 0 without gaps, and each names
//     the hash of the one before.
//   - A head is signed only if it extends the last one that was signed.
//
// Tables written by this package alone: ledger_head, ledger_leaf,
// ledger_stream, ledger_node, ledger_pending, ledger_checkpoint.
//
// It serves CC7.2 and CC2.1 (information that can be relied on).
package ledger
