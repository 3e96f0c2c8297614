// Package sealed encrypts a file to the keys of those who may read it, and reads
// such a file at random places. The format is age (age-encryption.org/v1), so that
// the recipient needs nothing of ours to open it.
//
// Invariants
//   - A recipient is a public key: an age1… or age1pq1… text. Nothing is encrypted
//     to a password, and no plug-in is run.
//   - What was read was not altered: every piece is authenticated before it is
//     handed out. Ciphertext that was altered, cut or made longer is an *Error.
//   - No decrypted byte is written anywhere.
package sealed
