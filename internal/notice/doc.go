// Package notice tells people by mail of what waits for them.
//
// Invariants
//   - One message a person a day, at the hour that they chose, of everything that
//     waits; none if there is nothing to say that was not said before. A duty is
//     mentioned anew when it appears, 14 and 3 days before it is due, on the day,
//     when it is late, and when it has been late for three days.
//   - A sign-in from where a user had not signed in before is told to that user at
//     once, whatever their role.
//   - At once: what becomes a deviation within a day if nobody acts, and, to the
//     leads, a connection that is overdue, a role of lead that was given, and a log
//     that does not agree with what is stored.
//   - What a message is for is said once, however often the round is run: its key is
//     unique in the organization. It is stored, with what was told, in one
//     transaction, and sent afterwards: a message may arrive twice, never not at all
//     without somebody seeing why.
//   - A message names what the person may see on their own tasks page, and nothing
//     else; it holds no fact that was collected and no link that does something
//     by itself. That of somebody who asked to sign in by mail is stored nowhere, and
//     its page asks once more.
//
// Tables written by this package alone: notice_message, notice_told, notice_wish.
package notice
