// Package job is work that is done later: a queue and a schedule, both tables,
// worked off by any process on the store.
//
// Invariants: a job is added in the transaction that makes it necessary, so
// that neither exists without the other; it is claimed by one worker at a
// time and claimed again when its lease runs out; a schedule records each time
// it was due and not run. A job that fails is tried again with growing pauses
// and then kept as failed, with its error.
//
// Tables written by this package alone: job_queue, job_schedule.
package job
