// Package aws reads accounts of Amazon Web Services: who may do what, what is
// open or shared, what is encrypted, kept and watched, and what was changed.
//
// What it reads, and by which calls, is listed in actions.go; the rights for it
// in grant.go are made of that list. It takes on a role in each account, with an
// external id, from a user of its own; or it uses that user's account. Instead
// of the network it also reads recordings: answers as the command line of AWS
// prints them, credential reports, and log files of CloudTrail.
//
// Authority: the partition, "aws". Ids are ARNs, and the ids of IAM's users,
// groups, roles and policies, which a new one of the same name does not share.
//
// Invariants
//
//   - The unit of reading is an account, a region and a listing. One that fails
//     makes its kind incomplete, and the others go on.
//   - An absence is only what AWS words as one (NoSuchBucketPolicy); everything
//     else that is no data leaves fields unavailable.
//   - Rights are resolved as AWS evaluates them: groups, boundaries, NotAction
//     and explicit denies. Where one policy could not be read, what somebody may
//     do is unavailable, not small.
//   - A recording that is broken, cut off or not what its name says makes what it
//     would have told incomplete, and is named, as is every file that is of no use.
//   - An event is known by its id, so what is delivered late or twice changes
//     nothing.
//   - The same collectors read the network and recordings.
//
// Pitfalls: the credential report is up to four hours old. A bucket's public
// access is decided by four blocks at two levels, the policy and the ACL
// together. The history of events that can be asked for is ninety days.
package aws
