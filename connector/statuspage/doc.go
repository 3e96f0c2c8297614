// Package statuspage reads a public status page that speaks Statuspage's API, as
// Atlassian's own do and many others: its components and how they are, and the
// incidents that it told of, with when each was told, how often, and when it ended.
//
// What it reads: /api/v2/summary.json and /api/v2/incidents.json. Both are public:
// no grant is needed, and nobody signs in. Texts of updates are not read.
//
// Authority: "status_page/" and the page's id. Ids are those that Statuspage gives.
//
// Invariants
//   - Of incidents the page tells the fifty newest. Where it tells fifty, nothing
//     is said of the time before the oldest of them.
//   - A component that is a group of others is none itself.
//
// Pitfalls: an incident may be filled in afterwards, and its time is what whoever
// wrote it says; the first update's own time is told beside it. A page tells what
// its owner writes there, which is the point: checks ask whether they did.
package statuspage
