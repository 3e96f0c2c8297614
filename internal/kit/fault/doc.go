// Package fault says what kind of failure an error is, so that one place per
// front door can turn it into a status code, an exit code and a sentence for
// the person who caused it.
//
// Invariants: an error without a kind is Internal, is logged in full and is
// shown only as an apology; the text of a fault is a whole sentence for a
// person and never carries a secret or another organization's data; wrapping
// keeps the kind.
package fault
