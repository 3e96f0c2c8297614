// Package population captures what auditors select from: every resource of a kind
// that existed or happened in a period, out of the collections that are sealed.
//
// Invariants
//   - A population is taken whole. Nobody leaves anything out: what belongs is the
//     kind, the period and one condition, which are in the capture that the log
//     commits to. A resource of which the condition cannot say belongs, and is
//     counted as doubtful.
//   - Of a state it holds what existed at any time in the period, of an event what
//     happened in it. Every connection that ever listed the kind is read, so that a
//     change of tools leaves no gap.
//   - It is complete only if every day of the period has passed, each was covered by
//     a complete collection of each connection, and nothing is doubtful. Anything
//     else says so, with the days. An empty population that is complete is proven
//     empty; one that is not, is unknown.
//   - Root and places follow from the records in the order of their references
//     (docs/spec/population.md): a capture, read again, is the same one.
//   - A capture is never changed. Capturing again is a further one.
//
// Tables written by this package alone: population_capture.
//
// It serves every criterion whose controls are tested by sample (SOC2, part d.1).
package population
