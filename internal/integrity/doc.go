// Package integrity is the registers of whether processing is right: the errors that
// happened, with how long it took to see and to mend them, and the reconciliations of
// what went in against what came out (criteria PI1.2 to PI1.5).
//
// Invariants
//   - Times to detect and to fix are worked out from when an error began, was seen and
//     was mended; nobody enters them.
//   - Whether two sides agree is worked out from both figures and the tolerance; nobody
//     says so. A difference stays open until somebody has said what it was.
//   - A reconciliation that was not held by its day is late, whatever the last one said.
package integrity
