// Package auth says who is at the door: it turns a password, a session, an
// invitation or an API token into the one access.Actor of a request.
//
// A user belongs to the installation and may be a member of several
// organizations, with one role in each. A session stands in one organization
// at a time.
//
// Invariants
//   - Passwords are kept as argon2id hashes; sessions, links and tokens as
//     SHA-256 hashes of 256 random bits. What is stored cannot be presented.
//   - A wrong address and a wrong password are told apart by neither words nor
//     work: both pay for one hash and write the same rows.
//   - Every attempt is counted before it is tried, so that many at once are
//     no way around the count. Attempts are slowed, never locked out: a place
//     from which the account has signed in before feels only its own failures.
//   - The role is read on every request: a change, a removal or a revocation
//     takes effect at the next one.
//   - Nobody changes their own role, and an organization that has a lead keeps
//     one. A token never has more power than whoever made it has now.
//   - A password of a user who has a second factor opens nothing by itself: it
//     leads to the question for the other, whatever way it was shown or changed.
//   - A session ends 12 hours after its last use, 7 days after its start, and
//     with every change of the password or of a factor. Its token is replaced
//     every hour and when its person shows again who they are; the one before
//     works for another minute.
//   - What an organization asks of a sign-in holds at each request: a session
//     that shows less opens one's own account.
//   - An address in an invitation is what the inviter wrote; there is no mail
//     server that would prove it. Only whoever holds the link can use it.
//
// Tables written by this package alone: auth_user, auth_member, auth_session,
// auth_throttle, auth_refusal, auth_invitation, auth_link, auth_token,
// auth_device, auth_policy. They are read before the organization is known, so
// row-level security does not cover them: every statement names the
// organization or the user itself.
//
// It serves CC6.1, CC6.2 and CC6.3 for the product itself.
package auth
