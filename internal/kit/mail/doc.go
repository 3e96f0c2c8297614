// Package mail hands messages to a mail server.
//
// Invariants
//   - Nothing travels in the clear but to this machine itself, and no password
//     does even there: TLS is begun at once (smtps, port 465) or demanded before
//     anything is said (smtp, port 587).
//   - The server's address is one that kit/outbound permits.
//   - A message is text, to one person. What it is made of cannot add a header or
//     a recipient.
//   - A message that is sent again has the same Message-ID, so that mailboxes can
//     recognize it.
//
// Sources: RFC 5321, RFC 5322, RFC 3207, RFC 8314.
package mail
