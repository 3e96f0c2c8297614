// Package training is what people learn: courses that are asked of them, the
// lessons of those that are taken here, what was completed here or elsewhere, and
// exercises in which people are sent a false message.
//
// A course asks people of its groups, titles or by name, from a day on. Each has
// some days for it from then on or from their first day, whichever is later, and
// takes it again when the months of its refreshing are over.
//
// Invariants
//   - What somebody owes is worked out from courses, the register of people and
//     completions; it is not stored.
//   - A completion is withdrawn with a reason, never removed. What was completed here
//     is written by this package alone, when every lesson was passed.
//   - Every attempt at a lesson's questions stays, failed ones too, with the version
//     of the lesson and how many answers were right; what was answered is not kept.
//   - People answer for themselves, by their own account. A lead who completes a
//     course does so as everybody does.
//   - Which answer is right leaves the program only after the questions were
//     answered.
//
// Tables written by this package alone: training_attempt. It serves CC1.4, CC2.2 and
// P8.1.
package training
