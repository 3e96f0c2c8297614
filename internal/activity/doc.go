// Package activity is the controls that a person performs on a schedule: each
// performance for the occurrence it was due for, with its evidence.
//
// Invariants: a performance is recorded by whoever did it, with the time it was
// done and the time it was recorded as two fields; it is never changed or
// removed, a second one for the same occurrence stands beside it; the time done
// is not in the future, not before the window of the occurrence opens and, if long
// past, the page shows both times; its evidence is the organization's own.
//
// Tables written by this package alone: activity_performance. It serves CC5.3
// and CC4.1.
package activity
