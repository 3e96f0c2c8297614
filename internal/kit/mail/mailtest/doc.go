// Package mailtest is a mail server for tests.
//
// Invariant: it takes what a real one would, over a real connection, and keeps it in
// memory until the test ends.
package mailtest
