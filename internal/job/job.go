package job

import (
	"errors"
	"time"

	"assay/internal/db"
)

// Job is one piece of work.
type Job struct {
	ID      string
	Org     string
	Name    string // names the handler: "collect.run", "check.run"
	Arg     string
	DueAt   time.Time
	State   State
	Attempt int // this try's number; a try that was stopped or cut off does not count
	Error   string

	claim int // the attempt that was claimed: who holds the lease
}

// State is how far a job has come.
type State string

// The states.
const (
	Queued State = "queued"
	Leased State = "leased"
	Done   State = "done"
	Failed State = "failed"
)

// Schedule is work that recurs.
type Schedule struct {
	Org    string
	Name   string
	Arg    string
	Every  time.Duration
	NextAt time.Time
	LastAt time.Time
	Missed int // times it was due while nothing ran
}

// ErrGiveUp makes a job fail without being tried again.
var ErrGiveUp = errors.New("not worth trying again")

// errLost is why a job is stopped whose lease ran out while it was done.
var errLost = errors.New("the lease ran out")

const (
	lease    = 5 * time.Minute
	attempts = 5
	keepDone = 7 * 24 * time.Hour
)

// pause grows with each attempt: 10 s, 1 min, 5 min, 15 min.
func pause(attempt int) time.Duration {
	return []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}[min(max(attempt, 1), 4)-1]
}

// Clear forgets everything that waits or recurs for the organization.
func Clear(tx *db.Tx) error { return clearOrg(tx) }
