// Package field has the words in which connectors declare their kinds, so that
// a declaration reads as a table: Must("name", s, "its name").
//
// Invariant: it adds nothing to internal/resource, which says what is allowed.
package field
