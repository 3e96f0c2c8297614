// Package coverage holds docs/coverage.md to the truth.
//
// Invariant: every row of the list names a test that exists, or says that there is
// nothing yet; every check and every page that a row names exists, too. Every test that
// docs/security.md names exists.
package coverage
