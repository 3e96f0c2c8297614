// Package control is what an organization says it does: controls, versioned
// with effective dates, the lanes that show whether each operates, and how it
// stood on every day of the period.
//
// Invariants
//   - A version says from which day its wording holds; testing uses the wording
//     in force. Versions are appended, never edited; the past keeps its own.
//   - A lane is a check, an activity with a schedule, or uploads. A control
//     without a lane has no evidence.
//   - A fix limit counts only where the version states it.
//   - Standing is a projection of runs, failures, performances and uploads; it
//     is rebuilt at any time and a test holds it equal to recomputation. It is
//     never edited.
//   - States are worst first: deviation, no evidence, failing inside the limit,
//     fixed in time, operated; not due is neutral.
//
// Tables written by this package alone: control_control, control_version,
// control_standing, control_summary. It serves CC4.1, CC4.2 and CC5.1 to CC5.3.
package control
