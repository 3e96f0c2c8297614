// Package member offers who may enter an organization in Assay itself as facts: its
// own members, its auditors, and the staff of a provider that it let in. So they are
// matched to people, and looked at in access reviews, as the accounts of every other
// system are.
//
// Invariants
//   - Every membership that lasts is a resource, whoever gave it; one that has ended is
//     not.
//   - A second factor is enforced for a member who has one, and for everybody where the
//     organization asks for it at each sign-in. Of a member whom only an identity
//     provider vouches for, it is not known here.
//   - A member can sign in who has a password or passkey that the organization accepts,
//     or for whose address its identity provider vouches.
//
// It has no table: it reads what auth keeps. It serves CC6.1, CC6.2 and CC6.3 for the
// product itself.
package member
