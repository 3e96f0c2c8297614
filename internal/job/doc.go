// Package job is work that is done later: a queue and a schedule, both tables,
// worked off by any process on the store.
//
// Invariants: a job is added in the transaction that makes it necessary, so
// that neither exists without the other; it is claimed by one worker at a
// time, which renews its lease while it works and is stopped when it loses it;
// it is claimed again when its lease runs out, and what the loser of a lease
// says of it is not heard; a schedule records each time it was due and not
// run. A job that fails or panics is tried again with growing pauses and then
// kept as failed, with its error, until the same work is done.
//
// Tables written by this package alone: job_queue, job_schedule.
package job
