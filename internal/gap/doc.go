// Package gap is what lies between how an organization stands and what an
// examination would ask of it: the gaps with who closes them by when, the
// questions that nothing collected answers, and the assessments that looked at
// both.
//
// Sources: domain questions S0-20, S1-16 and S2-17 to S2-24 of docs/coverage.md;
// control MON-02; CC4.1 and CC4.2.
//
// Invariants:
//   - A gap is closed by saying what was done, accepted only by somebody other
//     than who wrote it down, with a reason. Neither is changed afterwards: what
//     comes up again is a gap of its own.
//   - What a gap is about, in About, is that of a cause and of a control, a
//     criterion or a question; of each there is at most one open gap, so that
//     looking twice does not write it down twice.
//   - A question has an answer or none. None is not "no", and never "yes".
//   - An assessment that is approved froze the gaps as they were.
//
// The registers are declarations, without tables of their own.
package gap
