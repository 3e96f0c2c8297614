// Package task is the work that waits for people, whatever asked for it: each
// other noun opens a task when it needs somebody and closes it when what it
// needed is there.
//
// A task waits for one user, or for whoever has a role. It is open, snoozed
// until a day, or done.
//
// Invariants
//   - A task is opened and closed in the transaction of what it is about, so
//     that none asks for what was done and none is forgotten.
//   - For one step of one object there is one open task at most; asking again
//     changes it.
//   - Only a task that a person asked for by hand is finished by hand.
//   - A snooze ends before the task falls due, so that it hides nothing that is
//     late.
//
// Tables written by this package alone: task_task. It serves CC1.5 and CC5.3.
package task
