package draft

import (
	"time"

	"assay/internal/kit/secret"
)

// Life is how long a draft is kept.
const Life = 30 * time.Minute

// Kind is what a draft is for.
type Kind string

// The kinds.
const (
	Connection Kind = "connection" // settings that were tried and not saved
	Import     Kind = "import"     // a file that was looked at and not brought in
	Shown      Kind = "shown"      // a secret that the next page shows, once
)

// most is how many drafts of the kind a person has at once; the oldest give way.
func (k Kind) most() int {
	if k == Import {
		return 1 // they are large
	}
	return 10
}

// Draft is what somebody entered.
type Draft struct {
	Key  string // finds it again; made by Keep if empty
	Kind Kind
	At   time.Time // when it was kept
	Body []byte    // JSON of whoever keeps it

	// File is its file, if it has one. Only Take brings it, and the taker closes
	// it; Keep leaves it open.
	File *secret.Spool
}
