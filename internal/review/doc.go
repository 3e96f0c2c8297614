// Package review is the register of access reviews: who looked at which accounts,
// what was decided of each, and whether what was decided was done.
//
// A review begins with every account that connected systems show at that moment,
// as account tells of them, and keeps each as it was seen. An account needs thought
// if something about it changed since a review that was signed: it is new, nobody's,
// of somebody who left, has become an administrator's, or was to be removed. The
// others can be kept together, with a reason.
//
// Invariants
//   - What a review began with never changes: whoever decided, decided on what they
//     saw.
//   - Nobody decides on an account of their own.
//   - Every decision stays, also one that was changed; the newest is in force until
//     the review is signed, and then for ever.
//   - A review is signed when every account of it is decided, and not before. What
//     was decided is committed to in the log with the signature.
//   - A removal is done when a complete collection does not list the account any
//     more, or lists it as switched off; a change, when the account is not as it was
//     seen. What no collection can show, somebody confirms by name, and it is kept
//     apart from what was collected.
//   - An account that may be missing from a listing is in the review as possible,
//     and a review that began with incomplete listings says so.
//
// Tables written by this package alone: review_item, review_decision.
// It serves CC6.2 and CC6.3.
package review
