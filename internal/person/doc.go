// Package person is the register of the people of an organization: employees
// and contractors, from their first day of work to their last.
//
// A person's state follows from two dates and today in the organization's
// zone: joining before the first day, active from it, leaving once a last day
// is known, left after it. Nothing else sets it.
//
// Invariants
//   - A mail address and an external id belong to one person at most.
//   - A person starts before ending, and is not, through any number of
//     managers, their own manager.
//   - People are never deleted here: who worked when is what the period's
//     populations are made of.
//   - An import keeps every usable row and names each unusable one with its
//     line and the reason; a dry run says beforehand what it would do.
//
// Tables written by this package alone: person_person. It offers its records
// as facts of kind program.person. It serves CC1.3, CC1.4, CC6.2 and CC6.3.
package person
