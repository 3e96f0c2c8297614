package fact

import (
	"context"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// Silence is how long a running collection may give no sign of life before it
// is taken for dead. Whoever runs one calls Beat several times within it.
const Silence = 5 * time.Minute

// succeed sees that no other collection of the connection runs.
func succeed(tx *db.Tx, connection string) error {
	list, err := running(tx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Connection != connection {
			continue
		}
		if !c.dead(tx.Now()) {
			return fault.New(fault.Busy, "It is being collected since %s. Wait until that has ended.", c.StartedAt.Format("15:04 MST"))
		}
		if err := interrupt(tx, c.Connection, c.Seq, fellSilent); err != nil {
			return err
		}
	}
	return nil
}

// Seq is the collection's number within its connection.
func (s *Session) Seq() int64 { return s.seq }

// From says whose ids the resources have that come next, once the source has
// told: it is asked nothing before the intent is in the log.
func (s *Session) From(authority string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.origin.Scope = authority
}

// Beat says that the collection is alive. An error that is a Conflict fault says
// that it is not: it was taken for dead, and nothing it brings is kept.
func (s *Session) Beat(ctx context.Context) error {
	return s.db.Write(ctx, s.grant, func(tx *db.Tx) error { return alive(tx, s) })
}

// fellSilent is what a collection says whose program did not end it.
const fellSilent = "The program stopped while it ran."

// Recover does what Abort does for every collection that fell silent, and
// returns how many there were.
func Recover(tx *db.Tx) (int, error) {
	list, err := running(tx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range list {
		if !c.dead(tx.Now()) {
			continue
		}
		if err := interrupt(tx, c.Connection, c.Seq, fellSilent); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Silent is how many collections Recover would interrupt.
func Silent(tx *db.Tx) (n int, err error) {
	list, err := running(tx)
	for _, c := range list {
		if c.dead(tx.Now()) {
			n++
		}
	}
	return n, err
}
