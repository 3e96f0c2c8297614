// Package continuity declares the registers of recovery: what has to come back
// within which time, and each time that it was tried.
//
// A target says of a service, a store of data or a way of working how long it may be
// away and how much of it may be lost. A test is one trial: a restore, a failover,
// an exercise at the table, or a real loss that was mended.
//
// Invariants
//   - Whether a target is met follows from its newest test alone: what came back
//     whole, within its time, with no more lost than it allows. What a test does not
//     say is not known, and not taken for met.
//   - A test counts from the day on which it was held, and lies in the past.
//   - When the next test is due follows from the newest one; a target that was never
//     tested is due its interval after it was written down.
//
// It serves A1.2, A1.3 and CC7.5. It writes no table.
package continuity
