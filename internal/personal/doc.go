// Package personal is what Assay keeps of its own users as persons: given to them
// on request, and erased when it is not needed any more.
//
// Invariants
//   - Nobody is erased who is a member, and nobody erases themselves: whoever did
//     something cannot hide that it was they.
//   - What somebody did stays: entry, time, action, pseudonym, and its proof. Names and
//     addresses go, from the trail of the one organization that erases; the account goes
//     when no organization has it as a member.
//   - Every column that names users is erased, or in a list of those that are not, with
//     the reason (a test holds it). Names in evidence stay as long as the evidence: who
//     performed a control is what the evidence is about.
//   - The console, jobs and leads erase alike, and each erasure is in the trail and the
//     log, with its basis.
//
// Tables written by this package alone: personal_rule.
//
// Sources: GDPR articles 15, 17 and 5(1)(e). It serves P4.2, P4.3 and P5.1 for the
// product itself.
package personal
