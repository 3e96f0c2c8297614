// Package tlog is the arithmetic of a Merkle log: RFC 6962 hashes, leaves and
// their commitments, C2SP checkpoints, cosignatures, policies, proofs and tiles. It does no I/O.
//
// Invariants: a leaf is its tag line and canonical JSON, shorter than 65,536
// bytes; nothing personal is in a leaf, only salted commitments; leaves, nodes,
// commitments, records and verdicts are hashed under different prefixes, so
// that none can be taken for another; decoding is strict, so that every byte
// of a proof matters. The formats are in docs/spec.
//
// Only the standard library, golang.org/x/mod/sumdb and kit are imported: an
// auditor reads this package in an afternoon.
package tlog
