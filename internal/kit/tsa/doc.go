// Package tsa reads, asks for and verifies time stamp tokens (RFC 3161): the
// word of an authority outside that a hash existed at an instant.
//
// Invariants
//   - A token is believed only when everything holds: its imprint and nonce, the
//     digest and the signature over it, the certificate that the signature itself
//     names (ESSCertID), that certificate's only and critical purpose, and its
//     chain to a root that was given from elsewhere, at the token's own time.
//   - Decoding is strict: nothing follows, nothing is there twice, and no
//     algorithm is accepted that is not listed here.
//   - A token's bytes are malleable in places that say nothing; so the log names
//     the hash of the bytes that were kept, and no other bytes pass for them.
//
// Only the standard library is imported: an auditor reads this package in an
// hour. Asking over HTTP is not done here.
package tsa
