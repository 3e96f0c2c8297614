// Package sso lets the identity provider of an organization vouch for its people.
//
// A domain is first claimed, then verified by a record that only its owner can
// publish. An issuer is an identity provider: it speaks for addresses within
// verified domains and for no others, whatever it says. Whom its subject means
// is decided once, by the address, and remembered by the subject.
//
// Invariants
//   - No address is believed that the issuer does not call verified, and none
//     outside a domain that the organization has verified. A domain may be
//     verified by several organizations; each is vouched for apart.
//   - What an issuer says opens the organization it belongs to and nothing else:
//     the session cannot move, and cannot change what the person signs in with.
//   - A subject means one user for ever; a user has one subject at an issuer. An
//     address that was given to somebody else does not inherit the account.
//   - Whoever was a member once and is none any more comes back by an invitation,
//     not by the role that everybody is given.
//   - Whoever says what an issuer is could have it say that they are anybody: until
//     somebody else approved it, it vouches for its author alone, and what it is
//     changed to waits.
//   - An issuer that does not say when it was shown who somebody is did not show it
//     anew: such a session decides nothing until its person shows more.
//   - A sign-in comes back to the browser that began it, within ten minutes, at
//     the address of the issuer it went to.
//
// Tables written by this package alone: sso_domain, sso_issuer, sso_subject,
// sso_used. Domains and issuers are looked up before the organization is known.
//
// Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the
// answer), RFC 9700 (best current practice). It serves CC6.1 and CC6.2 for the
// product itself.
package sso
