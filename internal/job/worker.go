package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
)

// Handler does one kind of work.
type Handler func(ctx context.Context, j Job) error

// Worker works the queue off. Several may run, in one process or many.
type Worker struct {
	DB       *db.DB
	Handlers map[string]Handler
	Log      *slog.Logger
	Poll     time.Duration // how often to look; a second if zero
	// Beat says when to renew the lease of the job in hand; five times in a
	// lease if nil.
	Beat <-chan time.Time
}

// Run works until the context ends.
func (w Worker) Run(ctx context.Context) {
	poll := w.Poll
	if poll == 0 {
		poll = time.Second
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if _, err := w.Drain(ctx); err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "queue", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Drain queues what the schedules ask for and does everything that is due. It
// returns how many jobs it did.
func (w Worker) Drain(ctx context.Context) (int, error) {
	if err := w.tick(ctx); err != nil {
		return 0, fmt.Errorf("schedules: %w", err)
	}
	return w.Flush(ctx)
}

// Flush does what is queued and due, and leaves the schedules alone.
func (w Worker) Flush(ctx context.Context) (int, error) { return w.FlushWithin(ctx, 0) }

// FlushWithin is Flush that also does what falls due within a time from now,
// for a command that ends and leaves no worker behind.
func (w Worker) FlushWithin(ctx context.Context, within time.Duration) (int, error) {
	for n := 0; ; n++ {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		did, err := w.one(ctx, within)
		if err != nil || !did {
			return n, err
		}
	}
}

// tick queues due schedules. Times that passed while nothing ran are counted,
// not caught up: the gap stays visible.
func (w Worker) tick(ctx context.Context) error {
	due := false
	err := w.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		n, err := countDueSchedules(tx)
		due = n > 0
		return err
	})
	if err != nil || !due {
		return err
	}
	return w.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		list, err := dueSchedules(tx)
		if err != nil {
			return err
		}
		for i := range list {
			s := &list[i]
			if s.NextAt.After(tx.Now()) { // set by a clock that was wrong
				s.NextAt = tx.Now()
			}
			skipped := int(tx.Now().Sub(s.NextAt) / s.Every)
			j := &Job{ID: id.New("job", tx.Now()), Org: s.Org, Name: s.Name, Arg: s.Arg, DueAt: tx.Now()}
			if err := queueDue(tx, j); err != nil {
				return err
			}
			s.Missed += skipped
			s.LastAt = tx.Now()
			s.NextAt = s.NextAt.Add(time.Duration(skipped+1) * s.Every)
			if err := advance(tx, s); err != nil {
				return err
			}
		}
		return sweep(tx)
	})
}

func (w Worker) one(ctx context.Context, within time.Duration) (bool, error) {
	waiting := false
	err := w.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		n, err := countDue(tx, tx.Now().Add(within))
		waiting = n > 0
		return err
	})
	if err != nil || !waiting {
		return false, err
	}
	var j Job
	var found bool
	err = w.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		j, found, err = claim(tx, tx.Now().Add(within))
		return err
	})
	if err != nil || !found {
		return false, err
	}
	w.finish(ctx, &j, w.hold(ctx, j))
	return true, w.settle(context.WithoutCancel(ctx), &j)
}

// settle writes how a job ended. One that would be tried again gives way to the
// same work that was asked for meanwhile.
func (w Worker) settle(ctx context.Context, j *Job) error {
	err := w.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return settle(tx, j) })
	if j.State != Queued || !fault.Is(err, fault.Conflict) {
		return err
	}
	j.State = Done
	return w.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return settle(tx, j) })
}

// hold does the job and renews its lease meanwhile. When the lease is lost the
// job is stopped: another worker may be doing it.
func (w Worker) hold(ctx context.Context, j Job) error {
	if j.Attempt > attempts {
		return fmt.Errorf("whoever did it stopped without a word, %d times: %w", attempts, ErrGiveUp)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ended := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() { w.keep(ctx, &j, ended, stop) })
	err := w.do(ctx, j)
	close(ended)
	beating.Wait()
	if err != nil && errors.Is(context.Cause(ctx), errLost) {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}

// keep renews the lease until the job ended, and stops the job if it cannot be
// kept: it went to another worker, or the store was away for as long as it.
func (w Worker) keep(ctx context.Context, j *Job, ended <-chan struct{}, stop context.CancelCauseFunc) {
	beat := w.Beat
	if beat == nil {
		tick := time.NewTicker(lease / 5)
		defer tick.Stop()
		beat = tick.C
	}
	until := w.DB.Now()().Add(lease)
	for {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			return
		case <-beat:
		}
		held, now := false, w.DB.Now()()
		err := w.DB.WriteInstallation(ctx, func(tx *db.Tx) (err error) {
			held, err = renew(tx, j)
			return err
		})
		switch {
		case err == nil && held:
			until = now.Add(lease)
		case err == nil || now.After(until):
			stop(errLost)
			return
		default:
			w.Log.WarnContext(ctx, "lease not renewed", "job", j.Name, "arg", j.Arg, "err", err)
		}
	}
}

// do calls the handler. One that panics has failed; the others go on.
func (w Worker) do(ctx context.Context, j Job) (err error) {
	h, ok := w.Handlers[j.Name]
	if !ok {
		return fmt.Errorf("no handler for %s: %w", j.Name, ErrGiveUp)
	}
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "job panicked", "job", j.Name, "arg", j.Arg, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return h(ctx, j)
}

func (w Worker) finish(ctx context.Context, j *Job, err error) {
	j.State, j.Error = Done, ""
	if err == nil {
		return
	}
	j.Error = db.Plain(err.Error())
	if ctx.Err() != nil || errors.Is(err, errLost) { // stopped or cut off, which is no failure of the job
		j.State, j.DueAt, j.Attempt = Queued, w.DB.Now()(), j.Attempt-1
		return
	}
	if errors.Is(err, ErrGiveUp) || j.Attempt >= attempts {
		j.State = Failed
	} else {
		j.State = Queued
		j.DueAt = w.DB.Now()().Add(pause(j.Attempt))
	}
	w.Log.WarnContext(ctx, "job failed", "job", j.Name, "arg", j.Arg, "attempt", j.Attempt, "state", string(j.State), "err", err)
}

// Depth counts the jobs of the installation that are not done, by state.
func Depth(ctx context.Context, d *db.DB) (out map[State]int, err error) {
	err = d.ReadInstallation(ctx, func(tx *db.Tx) error {
		out, err = depth(tx)
		return err
	})
	return out, err
}
