// Package blobtest is what every object store must pass.
//
// Invariants: the suite knows nothing of a store but its interface; it leaves
// nothing behind that the store does not own.
package blobtest
