// Package readiness rates every criterion in scope from what is known today:
// met, in part, not met or unknown, with the reasons; it finds the gaps, and says
// on which day a period could begin.
//
// Sources: MON-02; the life cycle of a program, "each criterion rated: met,
// partly, not met, not relevant" and "each gap has owner and date".
//
// Invariants:
//   - A rating follows from facts and answers alone. Nothing that is not known
//     makes a criterion met.
//   - What is known is not asked: a question counts only while a control that it
//     names is not seen to operate, or somebody says no. A question without an
//     answer makes a criterion unknown at best.
//   - What fails weighs more than what is unknown: a criterion of which something
//     fails is met in part or not at all, whatever else is unknown.
//   - The ratings, and the day, are about today. How the days of a period stood
//     is the standing's to say, and is not made better here.
//   - Looking changes nothing. Gaps are written down, and an assessment is taken,
//     when somebody says so.
package readiness
