// Package incident declares the registers of incidents: what happened, of each
// the timeline, and the actions that follow from its review; and what people report,
// which becomes an incident or is answered.
//
// An incident is open, contained, resolved, or closed with a review. Its severity
// follows from how many customers it reaches and which data it touches: the worse
// of both counts.
//
// Invariants
//   - An incident is closed only with who led it, a cause and what was learned,
//     after it was resolved.
//   - Clocks run from when the incident was detected, not from when somebody wrote
//     it down; how long they may run is a setting.
//   - Whether the report discloses it (DC 4) is said of each before it is closed.
//
// It serves CC7.3, CC7.4, CC7.5 and CC2.2. It writes no table.
package incident
