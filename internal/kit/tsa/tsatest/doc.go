// Package tsatest is an authority of time for tests: one that stamps any time
// that it is told, and one that openssl plays.
package tsatest
