// Package policy is the org's policies: what it says of itself in writing, who
// approved it, from which day it is in force, and who has accepted it.
//
// A policy has versions. A version is a draft, in review, scheduled (approved,
// its day is to come), in force, superseded, or withdrawn. Whoever writes on a
// version in review makes it a draft again; an approved text never changes.
//
// Invariants
//   - Whoever wrote a version does not approve it.
//   - At most one version of a policy is a draft or in review.
//   - Versions come into force in the order of their numbers; a day has at most
//     one version in force.
//   - An approved text is sealed with its version: the leaf commits to it.
//   - Who accepts is a person of the register, by their own account, and accepts
//     the version that is in force. What was accepted stays on the record.
//   - What somebody owes is worked out from versions, the register of people and
//     acceptances; it is not stored.
//
// Tables written by this package alone: policy_policy, policy_version,
// policy_review, policy_acceptance, policy_setting. It serves CC5.3, CC2.2 and CC1.5.
package policy
