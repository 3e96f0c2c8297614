// Package workpaper gathers the working papers of an engagement as files: what was
// asked and answered, the populations with their queries, the samples with what it
// takes to draw them again, the test sheets with their signatures, the exceptions
// with management's responses, and the same in OSCAL.
//
// Sources: docs/spec/package.md for where the files stand in a package; OSCAL 1.0.6
// (NIST, public domain) for the assessment plan, the assessment results, and the plan
// of action and milestones.
//
// Invariants
//   - A file is made of one record at a time, so that memory grows with the largest
//     sheet or population and not with their number.
//   - The same store at the same instant gives the same bytes.
//   - What the log commits to is written byte for byte, and comes with what opens the
//     commitment. Everything else is for readers.
//   - Nothing is concluded: OSCAL's findings, which say whether an objective is
//     satisfied, are left to the firm.
//   - A record that was archived or withdrawn is there and says so.
//
// It writes no table, and serves the auditor's documentation of the examination.
package workpaper
