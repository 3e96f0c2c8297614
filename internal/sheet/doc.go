// Package sheet performs the firm's tests of controls: the items of each test, what
// each attribute of each item showed, what checks said of the very items, and the
// signatures of whoever prepared and whoever reviewed.
//
// A sheet is a record of the register that internal/engagement declares; this package
// keeps its items and marks, and does what its steps do besides.
//
// Invariants
//   - Items come from a sample as it was drawn, from a whole frozen population, or
//     were named by hand with a reason. A sample or population whose root is not the
//     frozen one is refused.
//   - A mark of a check is its sealed verdict on that resource in the days of the test,
//     with the run that said so. A failure at any time is a deviation, but one that
//     ended inside the fix limit that the control's wording states; a later pass hides
//     none. What was unknown, excluded or never judged stays open for people: it is
//     never a pass.
//   - Whoever marks otherwise than the check, and whoever finds a deviation, says what
//     they saw. Every mark stays in the history.
//   - A population that is proven empty is its own outcome, neither good nor bad. One
//     that is empty and not proven so is no ground for a test.
//   - A sheet is signed as reviewed by somebody who did nothing else on it, and when
//     each of its deviations is in an exception. Both signatures seal the whole sheet.
//   - Rates and limits are exact, and nothing of what was chosen by hand is projected.
//   - What is here can be read by the organization: the firm's private papers belong on
//     its own installation.
//
// Tables written by this package alone: sheet_row, sheet_cell, sheet_mark.
// It serves every criterion whose controls are tested.
package sheet
