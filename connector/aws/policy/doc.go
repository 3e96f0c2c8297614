// Package policy reads the policies of AWS and says what they come to, as AWS
// evaluates them: an explicit deny beats every allow; without an allow nothing
// is allowed; a permissions boundary only takes away, and so do the service
// control policies of an organization, at each level of it; NotAction, NotResource and
// NotPrincipal mean everything else.
// (Source: "Policy evaluation logic" in the user guide of IAM.)
//
// Invariants
//   - An answer is Yes, No or Depends. Depends means that a condition decides,
//     which only the request itself could tell. It is never rounded here.
//   - "Every resource" is a resource of its own: an allow reaches it only by a
//     pattern that leaves nothing out, and a deny takes it away only by one.
//   - A document that does not have the documented shape is an error, not an
//     empty policy.
package policy
