package check

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
)

// Silence is how long a batch may give no sign of life before it is taken for
// dead. While it runs it gives one five times within that.
const Silence = 5 * time.Minute

// live gives signs of life until end is called. The context ends when the batch
// was taken for dead elsewhere: nothing that it found is stored any more. End
// notes the batch as broken if it was not stored.
func (b *batch) live(ctx context.Context) (alive context.Context, end func()) {
	alive, stop := context.WithCancelCause(ctx)
	beat, still := b.s.Beat, func() {}
	if beat == nil {
		tick := time.NewTicker(Silence / 5)
		beat, still = tick.C, tick.Stop
	}
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-alive.Done():
				return
			case <-beat:
			}
			err := b.s.DB.Write(alive, b.grant, func(tx *db.Tx) error { return aliveBatch(tx, b.id) })
			if fault.Is(err, fault.Conflict) {
				stop(err)
				return
			}
		}
	})
	return alive, func() {
		still()
		stop(nil)
		beating.Wait()
		if b.saved {
			return
		}
		// Not noted here, it falls silent and is noted later.
		_ = b.s.DB.Write(context.WithoutCancel(ctx), b.grant, func(tx *db.Tx) error {
			list, err := runningBatches(tx)
			if err != nil {
				return err
			}
			list = slices.DeleteFunc(list, func(c cut) bool { return c.id != b.id })
			_, err = noteBroken(tx, list)
			return err
		})
	}
}

// stored ends the batch in the transaction that stores what it found.
func (b *batch) stored(tx *db.Tx) error {
	if err := endBatch(tx, b.id, batchDone); err != nil {
		return err
	}
	tx.After(func() { b.saved = true })
	return nil
}

// dead reports that the batch gave no sign of life for too long. One that lives
// in the future was begun under a clock that was wrong.
func (c *cut) dead(now time.Time) bool {
	silent := now.Sub(c.alive)
	return silent > Silence || silent < -time.Hour
}

// Recover notes every batch that fell silent, because its program crashed: its
// intent stands in the log, and so does that it broke. It returns how many there
// were. Another replica's batch that lives is left alone.
func Recover(tx *db.Tx) (int, error) {
	list, err := silent(tx)
	if err != nil {
		return 0, err
	}
	return noteBroken(tx, list)
}

// Silent is how many batches Recover would note.
func Silent(tx *db.Tx) (int, error) {
	list, err := silent(tx)
	return len(list), err
}

func silent(tx *db.Tx) ([]cut, error) {
	list, err := runningBatches(tx)
	return slices.DeleteFunc(list, func(c cut) bool { return !c.dead(tx.Now()) }), err
}

func noteBroken(tx *db.Tx, list []cut) (n int, err error) {
	for _, c := range list {
		switch err := endBatch(tx, c.id, batchBroken); {
		case fault.Is(err, fault.Conflict):
			continue // it ended meanwhile
		case err != nil:
			return 0, err
		}
		for _, name := range c.checks {
			if _, err := ledger.Append(tx, ledger.Entry{
				Type: "check.broken", Stream: "check/" + name, Body: map[string]any{"batch": c.id, "check": name},
			}); err != nil {
				return 0, fmt.Errorf("note batch %s as broken: %w", c.id, err)
			}
		}
		n++
	}
	return n, nil
}
