// Flips flips single bits of an evidence package at random, one after the other,
// and has assay-verify look at the package each time. Every flip must be found,
// with exit code 10: a package that verifies, a crash and every other code are
// failures. A part of the flips falls on the structures of the zip alone, which
// are a small part of the file. It prints the seed, what was flipped, and the
// words by which it was found.
//
// usage: flips -verifier FILE [-n N] [-seed S] PACKAGE
//
// The package is written to, and restored: give it a copy (test/flips.sh does).
package main
