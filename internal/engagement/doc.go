// Package engagement declares the register of engagements: the examinations of
// the organization by a firm of service auditors, each with its type, its
// categories, the day or the period that it is about, and where it stands.
//
// The states and who takes which step are those of the field: the organization
// drafts and proposes; the firm accepts or declines, plans, examines, evaluates
// and reports; somebody of the firm who took no other step issues the report or
// sends it back.
//
// Invariants
//
//   - What is examined (type, categories, day or period, firm, service) is fixed
//     once the firm accepted. It changes only by a change of scope, which the
//     organization asks for with a reason and the firm agrees to or refuses.
//
//   - The day and the period are frozen at fieldwork: no change of scope reaches
//     them.
//
//   - Fieldwork begins after the period has ended, or after the day of a Type 1.
//     What the firm does before is interim testing, in the running period.
//
//   - A report is issued by somebody who took no step of the engagement but
//     sending it back, and with a representation letter of the report's own date.
//
//   - What cannot be worked out here, such as independence or the conclusion of
//     tests, is a statement of whoever took the step, kept with its version.
//
//   - What the firm says of a deviation does not change once management responded to
//     it, and what it settles is sealed. What may point to a modified opinion is
//     listed, with what is not known; nothing is concluded.
//
// It writes no table.
package engagement
