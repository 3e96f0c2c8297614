// Package report drafts the reports about an organization out of its records: a
// SOC 2 report of Type 1 or Type 2, a SOC 3 report, a readiness report, a summary
// for those who oversee, and the letter that bridges from the last report to today.
//
// Invariants
//   - Facts are drafted, never conclusions. The service auditor's section is the
//     firm's: nothing of it is drafted, and the opinion is there only as the firm
//     entered it. The words compliant and certified are not used.
//   - What management says and what the auditor says stand apart, and what is
//     drafted says so until management's final text was received.
//   - DRAFT stands on every page until the firm has issued the report.
//   - A claim carries the number of the evidence that it rests on, and the last
//     appendix names each with its entry in the log. A figure is counted from the
//     store when the report is built, and is among Figures.
//   - What nobody recorded is said to be unrecorded: a control without a test of
//     the auditor has none here, and a day without evidence is one.
//   - A SOC 3 report is for anyone: it names no control, no test and no deviation.
//   - A bridge letter says that nothing changed only if the registers hold nothing.
//   - Times are those of the build; the same store at the same instant gives the
//     same document.
//
// It writes no table: that a report was built is an entry of the trail. It serves
// CC2.1 and CC2.3 and the description criteria DC1 to DC9.
package report
