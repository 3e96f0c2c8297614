// Package exporttest makes small organizations with a history, for tests of
// packages: by the real pipeline, from collections to verdicts.
//
// Invariants: everything that a package can hold occurs: two connections that
// list the same kind, incomplete and interrupted collections, events, personal
// and volatile fields, lookups, a check that reads the instant, exclusions
// approved, refused and lifted, a changed parameter, a connection switched off,
// a batch that a crash cut off. Days pass under a clock moved by hand.
package exporttest
