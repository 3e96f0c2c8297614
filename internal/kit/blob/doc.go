// Package blob keeps objects by the SHA-256 of their bytes: in a folder, or in
// a bucket of any S3-compatible store.
//
// Invariants: an object's name is the hash of its bytes, verified before it
// becomes visible and again by whoever reads it to the end; an object is never
// changed, and storing it twice is storing it once; it is durable when Put
// returns. What is stored here is ciphertext, so that a scrub needs no keys
// and a name tells nothing about the content.
package blob
