// Package account is the register of whose account is whose: every account that
// connected systems show, matched to the person who uses it, or declared to be a
// service's with the person who answers for it.
//
// An account is matched by itself where its address is a person's work address,
// or where an identity provider knows its address as that of a matched account
// of its own; anything else a person confirms. An account that can be used and
// has neither match nor declaration is an orphan. Accounts of the system itself,
// such as root, are nobody's.
//
// Invariants
//   - An account has one match in force at most. A match is never changed: it is
//     revoked, with a reason, and stays; another may follow.
//   - What was revoked is not matched again to the same person by itself.
//   - A match made by itself says so, and by which rule; two people whose address
//     fits are no match.
//   - A confirmation outweighs the rules: it is made whatever they say.
//   - Accounts come from sealed facts. Where a listing of accounts is incomplete,
//     the register's own is, too.
//
// Tables written by this package alone: account_match. It offers what it knows as
// facts of kind program.account. It serves CC6.1, CC6.2 and CC6.3.
package account
