// Package pack is the evidence package: its format, and the verification of one
// by somebody who trusts nobody. It is pure, given the bytes of the package.
// docs/spec/package.md is the format, so that a stranger can write another
// verifier.
//
// Invariants
//   - A verdict starts as failed and is verified only after every step ended
//     without an objection. Nothing in a package makes the verifier panic.
//   - Every file is the signed manifest's; every record, collection, trail
//     entry, exclusion and object is committed to by a leaf of the log; what is
//     committed to and belongs to the period is there. What is missing, added or
//     altered is an objection that says what and where.
//   - Each run of a check that was begun has a result; each result was judged by
//     the definition in force, on the newest listings of every source there was,
//     and comes out the same when it is performed again.
//   - What was not proven is said.
package pack
