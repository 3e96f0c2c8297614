// Package export writes evidence packages: everything that somebody who trusts
// nobody needs to verify a period, in one file.
//
// Invariants
//   - Everything in a package is under a signed checkpoint: the log is signed
//     first, and what came after is left out.
//   - A package is read in one transaction, so that its parts agree, and written
//     as a stream: memory does not grow with the number of leaves or files.
//   - What a package of a period holds is worked out by internal/pack from the
//     log alone, and the verifier works it out again.
//   - A stored log that does not give the signed root is not exported.
//
// It writes no table. It serves CC2.1, CC4.1 and the auditor's information
// produced by the entity.
package export
