// Package okta reads an organization in Okta: its people and their factors,
// groups, administrators' roles, applications with who may use them and what
// their policies ask, sessions, passwords and enrolment, devices, tokens, log
// streams, and from the system log sign-ins and what administrators did.
//
// What it reads: the management API (https://<domain>/api/v1), signed in as a
// service app with its private key (OAuth 2.0 client credentials, RFC 7523) or
// with an API token. A service app asks for one scope at a time, so that a
// scope that was not granted costs what it covers and nothing else.
//
// Authority: "okta/" and the organization's id, which every domain of it
// states without a sign-in. Ids are Okta's, which renaming leaves as they are.
//
// Invariants
//
//   - Users are listed with a filter, because without one Okta leaves out those
//     who are deactivated, and leavers are what a period is asked about.
//
//   - A factor counts when it is active. Security questions and e-mail are
//     never a second factor; texts and calls are one and no strong one. A type
//     that is not known here makes the answer unavailable where it decides.
//
//   - What an application asks is what every active rule of its policy asks
//     that lets somebody in: the weakest rule counts, the catch-all included.
//
//   - The system log keeps 90 days. The span that was listed is told, never a
//     longer one; later collections list from two days before the last one's end,
//     because events arrive late, and what arrives twice is one event.
//
//   - Credentials go to the domain in the settings only, also where a next page
//     leads elsewhere.
//
// Pitfalls: factors are told as the enrolment policy that applies to a user
// allows them; one that was enrolled and is no longer allowed is not listed.
// Organizations on the Classic Engine have no policies of applications and no
// authenticators in the API: what would be told of them is unavailable. Roles
// and factors cost a call each per user that is not deactivated.
package okta
