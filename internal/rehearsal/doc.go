// Package rehearsal says what a service auditor would write about each control of
// the current program today, and what can still be prevented before its period
// ends.
//
// Sources: domain part c.6 for the wording of results, d.2 for sizes.
//
// Invariants:
//   - It tests everything that is on record, and draws nothing: a sample could
//     miss what is wrong. It says how many the customary table would select, and
//     how likely these are to hold one that deviates.
//   - Unknown is never a pass: with a day or a performance that nothing shows, the
//     result is not "no exception".
//   - What nothing called for is neither a pass nor an exception.
//   - A day counts as one without evidence where the control has nothing worse on
//     it: days of a deviation are told as such alone.
//   - It is the organization's own: it writes nothing, enters no record of an
//     engagement, and no auditor may read it.
//
// It serves CC4.1.
package rehearsal
