// Package criteria is what an examination measures against: the trust services
// criteria with their points of focus, the categories and series that group
// them, and the description criteria for the system description.
//
// Invariants:
//   - Identifiers and structure follow the publication; every word is our own.
//     The published text never stands in a Library. An org that holds a licence
//     imports the text for itself, as LicensedText, which is a value apart.
//   - A Library is complete and consistent or it is not made: every id is known
//     and unique, a criterion belongs to one series, a series to every category
//     (the common criteria) or to the one that it adds.
//   - Order is the publication's: CC1.1 before CC1.2 before CC2.1, then A1, C1,
//     PI1, P1 to P8; numbers compare as numbers.
//   - A category in scope always brings the common criteria with it.
//   - A Library does not change once made; what it returns may be read by any
//     number of goroutines and must not be written to.
//
// The package is pure: no context, no input or output, no clock, no tables.
package criteria
