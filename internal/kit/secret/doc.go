// Package secret holds credentials and keys: a Text that cannot be printed,
// and sealing with AES-256-GCM.
//
// Invariants: formatting, logging or marshalling a Text yields "[secret]";
// the plain value leaves only through Reveal; every sealed value carries its
// own nonce, and is bound to the context string it was sealed for, so that a
// ciphertext moved to another row or organization does not open.
package secret
