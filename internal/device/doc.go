// Package device lets a command line act for somebody who never types a password
// into it: the program shows a short code, its person enters that code where they are
// signed in, sees what asks, and approves or refuses.
//
// States of an ask: pending, then approved or refused by a person; an approved one is
// taken by the program, once. Whatever is older than ten minutes is expired.
//
// Invariants
//   - Whoever approves sees what asks: the name that the machine gives itself, the
//     address it asked from, when, and which role, scope and life the token will have.
//   - The token is the approver's own, in the organization they stand in, and can do no
//     more than they can; it is listed among their tokens and revoked there.
//   - Nothing at rest opens anything: the device code, the code that people type and the
//     token's secret are kept as hashes. The secret is made of the device code, which
//     the program alone holds.
//   - A code that people type is guessed at under a count: by the person, by the place
//     and of everybody together. It is used once.
//   - An unknown device code, an expired one and one that was used are told apart by
//     nothing.
//
// Table written by this package alone: device_ask. It is of the installation: nobody is
// known while somebody asks.
//
// Source: RFC 8628, OAuth 2.0 Device Authorization Grant; the alphabet of codes is that
// of its section 6.1. It serves CC6.1 for the product itself.
package device
