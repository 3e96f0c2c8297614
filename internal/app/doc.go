// Package app puts the house together: it opens a store, hands every use case
// what it needs, does the work that is due, and serves.
//
// Invariants
//   - It decides nothing about SOC 2. What it adds is order: a collection is
//     followed by the checks that it concerns, those by the standing of
//     controls, and every log that grew is signed within a minute.
//   - Serving on an address that others can reach needs TLS, or the operator's
//     word that something in front of it ends TLS.
//   - A stop lets requests and the job in hand end before the store closes.
//
// Only cmd imports it. It writes no tables.
package app
