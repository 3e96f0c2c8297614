package app

import (
	"context"
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/ledger"
	"assay/internal/suite"
)

// tend does what is due until the context ends: the queue, and every minute what
// belongs to no organization's queue.
func tend(ctx context.Context, s *suite.Suite) {
	t := &tender{suite: s, seen: map[string]bool{}}
	t.minute(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.Worker.Run(ctx) })
	if s.DB.Engine() == db.PostgreSQL {
		wg.Go(func() { t.loop(ctx, time.Second, t.sequence) })
	}
	wg.Go(func() { t.loop(ctx, time.Minute, t.minute) })
	wg.Go(func() { t.loop(ctx, time.Minute, t.backUp) })
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
func (t *tender) minute(ctx context.Context) {
	s := t.suite
	list, err := s.Orgs.All(ctx)
	t.complain(ctx, "list organizations", "", err)
	for i := range list {
		id := list[i].ID
		if !t.seen[id] && !list[i].Demo { // the demonstration's story has ended
			err := t.adopt(ctx, id)
			t.complain(ctx, "begin work", id, err)
			t.seen[id] = err == nil
		}
		t.complain(ctx, "interrupt what fell silent", id, t.interrupt(ctx, id))
		grew, err := t.grew(ctx, id)
		if err == nil && grew {
			_, err = ledger.Sign(ctx, s.DB, s.Keys, id)
		}
		t.complain(ctx, "sign log", id, err)
		t.complain(ctx, "have the log seen", id, t.urge(ctx, id))
	}
	t.complain(ctx, "file refused attempts", "", s.Auth.Sweep(ctx))
	t.complain(ctx, "look for the records of domains", "", s.SSO.Tend(ctx))
}

// backUp makes a copy of the store when one is due, and mirrors what the logs have
// grown by.
func (t *tender) backUp(ctx context.Context) {
	s := t.suite
	if s.Backups.Config == nil {
		return
	}
	list, err := s.Orgs.All(ctx)
	t.complain(ctx, "list organizations", "", err)
	for i := range list {
		t.complain(ctx, "mirror log", list[i].ID, s.Backups.Mirror(ctx, list[i].ID))
	}
	_, err = s.Backups.Tend(ctx)
	t.complain(ctx, "make a backup", "", err)
}

// adopt sees that an organization's recurring work is on the schedule.
func (t *tender) adopt(ctx context.Context, id string) error {
	grant, err := access.Job(id, "schedule").May(access.CheckRun)
	if err != nil {
		return err
	}
	return t.suite.DB.Write(ctx, grant, func(tx *db.Tx) error { return recur(tx, t.suite) })
}

// interrupt notes collections and runs of checks whose program stopped while they
// ran, here or in another process.
func (t *tender) interrupt(ctx context.Context, id string) error {
	grant, err := access.Job(id, "recover").May(access.CheckRun)
	if err != nil {
		return err
	}
	n, m := 0, 0
	if err := t.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if n, err = fact.Silent(tx); err != nil {
			return err
		}
		m, err = check.Silent(tx)
		return err
	}); err != nil || n+m == 0 {
		return err
	}
	t.suite.Log.WarnContext(ctx, "work fell silent", "org", id, "collections", n, "batches", m)
	return t.suite.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if _, err := fact.Recover(tx); err != nil {
			return err
		}
		_, err := check.Recover(tx)
		return err
	})
}

// urge has others see the log soon after something was decided.
func (t *tender) urge(ctx context.Context, id string) error {
	if !t.suite.Anchors.Config.Any() {
		return nil
	}
	grant, err := access.Job(id, "anchor").May(access.LogRead)
	if err != nil {
		return err
	}
	due := false
	if err := t.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
		due, err = t.suite.Anchors.Due(tx)
		return err
	}); err != nil || !due {
		return err
	}
	return t.suite.DB.Write(ctx, grant, func(tx *db.Tx) error { return job.Add(tx, anchor.JobRound, "", tx.Now()) })
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
