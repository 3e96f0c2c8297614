// Package googleworkspace reads an organization in Google Workspace: its people
// and their 2-Step Verification, groups, administrators' roles, what people let
// other applications do, devices, settings and alerts, and from the reports
// sign-ins, what administrators did and which applications were let in.
//
// What it reads: the Directory and Reports APIs of the Admin SDK
// (admin.googleapis.com) and the Policy API of Cloud Identity
// (cloudidentity.googleapis.com), signed in as a service account with
// domain-wide delegation that acts as an administrator (RFC 7523). It asks for
// one scope at a time, so that a scope that was not delegated costs what it
// covers and nothing else.
//
// Authority: "google/" and the customer's id. Ids are Google's, which renaming
// leaves as they are; a setting's is its name with the unit or group that it is
// for.
//
// Invariants
//
//   - Only named fields are asked for: recovery addresses, telephone numbers and
//     the like never leave Google.
//
//   - An answer is a list when it says of which kind it is; an empty object is
//     none.
//
//   - A setting is told as it holds for a unit or a group: of several policies
//     the one with the highest order, and for what it leaves open the next.
//
//   - The reports keep 180 days. The span that was listed is told, never a
//     longer one; later collections list from three days before the last one's
//     end, because Google reports late, and what comes twice is one event.
//
//   - Credentials go to Google's three hosts only.
//
// Pitfalls: what applications people let in is readable with a scope that could
// also take it back; without it the reports tell when one was let in. A
// suspended account keeps its grants and groups. Settings that nobody changed
// and that Google lists no default for are not told.
package googleworkspace
