// Package signer holds the keys of logs in a process of their own, and signs for
// whoever reaches its socket: only tree heads that extend the last one that it
// signed of the log, and manifests of packages.
//
// Invariants
//   - What was signed last is on disk, synced, before the signature is given away;
//     it lies outside the database. So an edited entry, or an old copy of the
//     database, is never signed again, whoever asks.
//   - A key never leaves the process.
//   - What it signs can be nothing else than a checkpoint of the key's own log, or
//     a manifest of a package of it.
package signer
