// Package task is the work that people ask each other for by hand, and what
// each person hides of what waits for them.
//
// A task waits for one user, or for whoever has a role. It is open, snoozed
// until a day, or done. What follows from the record, such as an activity that
// is due or an exclusion that waits for a decision, has no task: package duty
// works it out and lists it together with the tasks, so that nothing is asked
// for that was done, and nothing is forgotten.
//
// Invariants
//   - A task about another noun's object is opened and closed in the transaction
//     of what it is about.
//   - For one step of one object there is one open task at most; asking again
//     changes it.
//   - Only a task that a person asked for by hand is finished by hand.
//   - A snooze ends before the task falls due, so that it hides nothing that is
//     late.
//
// Tables written by this package alone: task_task, task_snooze. It serves CC1.5
// and CC5.3.
package task
