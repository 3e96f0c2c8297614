package app

import (
	"context"
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/ledger"
	"assay/internal/suite"
)

// tend does what is due until the context ends: after noting what a crash cut
// off, the queue, and every minute what belongs to no organization's queue.
func tend(ctx context.Context, s *suite.Suite) {
	t := &tender{suite: s, seen: map[string]bool{}}
	t.minute(ctx, true)
	var wg sync.WaitGroup
	wg.Go(func() { s.Worker.Run(ctx) })
	if s.DB.Engine() == db.PostgreSQL {
		wg.Go(func() { t.loop(ctx, time.Second, t.sequence) })
	}
	wg.Go(func() { t.loop(ctx, time.Minute, func(ctx context.Context) { t.minute(ctx, false) }) })
	wg.Wait()
}

type tender struct {
	suite *suite.Suite
	seen  map[string]bool // organizations whose recurring work is on the schedule; used by minute alone
}

func (t *tender) loop(ctx context.Context, every time.Duration, do func(context.Context)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

// minute sees that every organization's work recurs and its log is signed, and
// files refused attempts to sign in.
func (t *tender) minute(ctx context.Context, first bool) {
	s := t.suite
	list, err := s.Orgs.All(ctx)
	t.complain(ctx, "list organizations", "", err)
	for i := range list {
		id := list[i].ID
		if !t.seen[id] && !list[i].Demo { // the demonstration's story has ended
			err := t.adopt(ctx, id, first)
			t.complain(ctx, "begin work", id, err)
			t.seen[id] = err == nil
		}
		t.complain(ctx, "interrupt collections", id, t.interrupt(ctx, id))
		grew, err := t.grew(ctx, id)
		if err == nil && grew {
			_, err = ledger.Sign(ctx, s.DB, s.Keys, id)
		}
		t.complain(ctx, "sign log", id, err)
	}
	t.complain(ctx, "file refused attempts", "", s.Auth.Sweep(ctx))
}

// adopt takes an organization's work up. What a crash cut off of checks is noted
// at the start alone: later, what runs is running.
func (t *tender) adopt(ctx context.Context, id string, first bool) error {
	if first {
		return recoverOrg(ctx, t.suite, id)
	}
	grant, err := access.Job(id, "schedule").May(access.CheckRun)
	if err != nil {
		return err
	}
	return t.suite.DB.Write(ctx, grant, func(tx *db.Tx) error { return recur(tx, t.suite) })
}

// interrupt notes collections whose program stopped while they ran, here or in
// another process.
func (t *tender) interrupt(ctx context.Context, id string) error {
	grant, err := access.Job(id, "recover").May(access.CheckRun)
	if err != nil {
		return err
	}
	n := 0
	if err := t.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
		n, err = fact.Silent(tx)
		return err
	}); err != nil || n == 0 {
		return err
	}
	t.suite.Log.WarnContext(ctx, "collections fell silent", "org", id, "collections", n)
	return t.suite.DB.Write(ctx, grant, func(tx *db.Tx) error {
		_, err := fact.Recover(tx)
		return err
	})
}

// grew reports whether the log has entries that no signature covers.
func (t *tender) grew(ctx context.Context, id string) (grew bool, err error) {
	grant, err := access.Job(id, "signer").May(access.LogRead)
	if err != nil {
		return false, err
	}
	err = t.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
		size, signed, pending, err := ledger.Sizes(tx)
		grew = size > signed || pending > 0
		return err
	})
	return grew, err
}

// sequence gives entries that wait their place in the log.
func (t *tender) sequence(ctx context.Context) {
	list, err := t.suite.Orgs.All(ctx)
	t.complain(ctx, "list organizations", "", err)
	for i := range list {
		grant, err := access.Job(list[i].ID, "sequencer").May(access.LogRead)
		var pending int64
		if err == nil {
			err = t.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
				_, _, pending, err = ledger.Sizes(tx)
				return err
			})
		}
		if err == nil && pending > 0 {
			err = ledger.Settle(ctx, t.suite.DB, list[i].ID)
		}
		t.complain(ctx, "sequence log", list[i].ID, err)
	}
}

func (t *tender) complain(ctx context.Context, doing, id string, err error) {
	if err != nil && ctx.Err() == nil {
		t.suite.Log.ErrorContext(ctx, "work", "doing", doing, "org", id, "err", err)
	}
}
