// Package control is what an organization says it does: controls, versioned
// with effective dates, the lanes that show whether each operates, and how it
// stood on every day of the period.
//
// Invariants
//   - A version says from which day its wording holds; testing uses the wording
//     in force. Versions are appended, never edited; the past keeps its own.
//   - Only while no wording has held yet can a version hold from a past day on;
//     later ones hold from today on at the earliest. No change words, judges or
//     hides a day that is past: a retired control keeps its place in the period.
//   - A lane is a check, an activity with a schedule, or uploads, and is called
//     so. It keeps its id; each day is judged by the terms in force on it. A
//     control without a lane has no evidence.
//   - Nobody overwrites a version that they did not see.
//   - A fix limit counts only where the version states it.
//   - Standing is a projection of runs, failures, performances and uploads; it
//     is rebuilt at any time. It is never edited. A test holds it, on random
//     histories, equal to what an oracle says that shares no function with it.
//   - States are worst first: deviation, no evidence, failing inside the limit,
//     fixed in time, operated; not due is neutral.
//
// Tables written by this package alone: control_control, control_version,
// control_standing, control_summary, control_build. It serves CC4.1, CC4.2 and CC5.1 to CC5.3.
package control
