// Package duty is the one list of what waits for somebody, whatever asks for
// it: activities that are due or were missed, checks that fail, exclusions,
// omissions and changes of checks that wait for a decision, evidence that
// becomes too old, records of registers whose day has come, and the tasks that were asked for by hand.
//
// Invariants
//   - All but the tasks by hand is worked out from what is on record, each time
//     it is asked for: nothing is forgotten, and nothing asks for what was done.
//     The page, the API and the command line show this list and no other.
//   - A lead answers for everything, anybody else for the controls that they
//     own and for what their role decides. Nobody is asked to decide on what
//     they asked for themselves.
//   - A snooze hides a duty from one person, no longer than until it is due. What
//     is late shows whatever was snoozed. A failure, an occurrence or a question
//     that is another one is another duty, which nobody snoozed.
//
// It writes no table; snoozes are package task's. It serves CC1.5 and CC5.3.
package duty
