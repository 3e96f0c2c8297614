// Package projection holds what is stored in tables against the log's entries
// that describe it. The log cannot be edited without a trace; a row can. So a row
// that does not say what its entry says, an entry whose row is gone, and a row
// that says it has an entry and has none, are found here.
//
// Invariants: it reads and changes nothing; it makes each row into what its entry
// must say, and compares value by value, commitments too; every table of which an
// entry tells is among its projections, and a test holds every other table to a
// reason.
//
// It writes no table. It serves CC7.2 and CC2.1.
package projection
