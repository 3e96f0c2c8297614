// Package anchor asks others than the operator about the log: authorities of
// time (RFC 3161) and witnesses (C2SP tlog-witness), and keeps what they say.
//
// Invariants
//   - Nothing is kept that was not verified: a token under the roots that the
//     operator named, a cosignature under the witness's key.
//   - Each token and each cosignature is an entry of the log itself, so that it
//     cannot be exchanged or forgotten later; every entry after a token names it.
//   - A witness that saw another log than this one is a Tampered fault, and what
//     follows from it (a package) is not made.
//   - An authority or witness that does not answer stops nothing: when each was
//     asked last, and what went wrong, is kept and shown.
//
// Tables written by this package alone: anchor_stamp, anchor_cosignature,
// anchor_try. It serves CC7.2 and CC2.1.
package anchor
