// Package scim lets the directory of an organization say who its people are:
// SCIM 2.0, users and groups (RFC 7643, RFC 7644).
//
// A user of the directory is a member of the organization while it is active. A
// group can stand for a role, which its members have, the most powerful of
// several.
//
// Invariants
//   - Only a token whose scope names scim.provision is heard.
//   - A directory speaks for addresses of verified domains alone.
//   - Whoever is deactivated or deleted loses membership, sessions and tokens in
//     the same transaction, be it the last lead; and does not come back through
//     single sign-on while the directory says so.
//   - A role that the directory did not give is not taken by it, and the last lead
//     is not demoted by a group.
//   - Of what a directory sends, only what is used is kept.
//
// Tables written by this package alone: scim_user, scim_group, scim_member.
//
// It serves CC6.2 and CC6.3 for the product itself.
package scim
