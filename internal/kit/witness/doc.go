// Package witness watches the logs of others: it cosigns a checkpoint when it
// extends the last one that it cosigned, and nothing else (C2SP tlog-witness).
// It is the service and the client of it.
//
// Invariants
//   - What was cosigned is on disk, synced, before the cosignature is given away.
//   - Of one log it never cosigns a smaller tree after a larger one, nor two trees
//     of which neither extends the other. Without its state it does not start
//     again by itself.
//   - A client believes a cosignature only under the witness's key.
package witness
