// Package standing says how a control stands on each day of a period, from
// what is on record about its lanes: checks, activities and uploads. It is
// pure: no context, no storage, no clock. The present is a parameter, and
// nothing that lies after it counts, so the same call answers "how does it
// stand" and "how did it stand then".
//
// The states, worst first: Deviation, NoEvidence, Failing (inside the fix
// limit), Fixed (in time), Operated. NotDue is neutral. The rules, each with
// the test that holds it, are in docs/spec/standing.md.
//
// Invariants
//   - Days are local days of the period's one zone, 23 to 25 hours long. They
//     partition time: an instant belongs to exactly one day, also where a clock
//     is set back over midnight. A date that the zone skipped is no day.
//   - Spans are half-open, sorted, do not overlap, are as long as they can be,
//     and cover exactly the days of the period up to today. There is no span
//     for a day to come.
//   - The order of the input does not matter.
//   - Unknown is never a pass: a lane in force without a conclusive run, fresh
//     enough, has no evidence, and so has a control in force without a lane.
//   - Nothing is carried backward.
//   - A failure never improves a day, and a later pass never hides one: a day
//     once a deviation stays one.
//   - A fix limit counts only where the version of the control in force when
//     the failure began states it.
package standing
