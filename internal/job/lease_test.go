package job_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/job"
	"assay/internal/kit/clock"
)

// renewed makes the worker renew its leases when it is told to, and returns
// only after it did.
func (w *diary) renewed() func() {
	beat := make(chan time.Time)
	w.Beat = beat
	return func() {
		beat <- time.Time{}
		beat <- time.Time{} // taken once the first is done with
	}
}

// Work that lasts longer than a lease stays with the worker that does it.
func TestALeaseIsRenewedWhileTheWorkLasts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "collect", "c1")
		second := worker(d, nil, "collect")
		var renew func()
		first := worker(d, func(ctx context.Context, _ job.Job) error {
			for range 10 { // half an hour and more
				hand.Add(4 * time.Minute)
				renew()
				second.drain(t)
			}
			return ctx.Err()
		}, "collect")
		renew = first.renewed()
		first.drain(t, "a collect c1")
		if list := recent(t, d, "a"); len(list) != 0 {
			t.Errorf("it is not done: %+v", list)
		}
		hand.Add(time.Hour)
		second.drain(t)
	})
}

// A worker that was away for longer than its lease is told to stop, and what
// another made of the work stands.
func TestALostLeaseStopsTheWork(t *testing.T) {
	for name, say := range map[string]error{"the other is done": nil, "the other failed": errors.New("no answer")} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
				add(t, d, "a", "collect", "c1")
				second := worker(d, func(context.Context, job.Job) error { return say }, "collect")
				var renew chan time.Time
				first := worker(d, func(ctx context.Context, _ job.Job) error {
					hand.Add(5*time.Minute + time.Millisecond)
					second.drain(t, "a collect c1")
					renew <- time.Time{}
					<-ctx.Done()
					return context.Cause(ctx)
				}, "collect")
				renew = make(chan time.Time)
				first.Beat = renew
				first.drain(t, "a collect c1")
				list := recent(t, d, "a")
				if say == nil && len(list) != 0 || say != nil && (len(list) != 1 || list[0].State != job.Queued || list[0].Attempt != 2 || list[0].Error != "no answer") {
					t.Errorf("%+v", list)
				}
			})
		})
	}
}

// A lease that ran out is not taken up again, even if nobody has it: the same
// work, asked for again meanwhile, may be in hand.
func TestALeaseThatRanOutIsNotTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "collect", "c1")
		renew := make(chan time.Time)
		w := worker(d, func(ctx context.Context, _ job.Job) error {
			hand.Add(6 * time.Minute)
			renew <- time.Time{}
			<-ctx.Done()
			add(t, d, "a", "collect", "c1") // gives way to this one
			return ctx.Err()
		}, "collect")
		w.Beat = renew
		ctx, stop := context.WithCancel(t.Context())
		was := w.Handlers["collect"]
		w.Handlers["collect"] = func(ctx context.Context, j job.Job) error { defer stop(); return was(ctx, j) }
		if _, err := w.Flush(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		list := recent(t, d, "a")
		if len(list) != 1 || list[0].State != job.Queued || list[0].Attempt != 0 {
			t.Errorf("%+v", list)
		}
	})
}

// A stop does not use up the tries that a failing job has.
func TestStopsAreNotTries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		add(t, d, "a", "x", "1")
		for range 9 {
			ctx, stop := context.WithCancel(t.Context())
			w := worker(d, func(ctx context.Context, _ job.Job) error {
				stop()
				return ctx.Err()
			}, "x")
			if _, err := w.Flush(ctx); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		worker(d, func(context.Context, job.Job) error { return errors.New("no answer") }, "x").drain(t, "a x 1")
		if list := recent(t, d, "a"); len(list) != 1 || list[0].State != job.Queued || list[0].Attempt != 1 {
			t.Errorf("%+v", list)
		}
	})
}

// A handler that panics has failed: the worker goes on with the next.
func TestAPanicIsAFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "x", "1")
		hand.Add(time.Second)
		add(t, d, "a", "x", "2")
		w := worker(d, func(_ context.Context, j job.Job) error {
			if j.Arg == "1" {
				return errors.New(strings.Fields(j.Arg)[3])
			}
			return nil
		}, "x")
		w.drain(t, "a x 1", "a x 2")
		list := recent(t, d, "a")
		if len(list) != 1 || list[0].State != job.Queued || !strings.Contains(list[0].Error, "index out of range") || strings.Contains(list[0].Error, ".go:") {
			t.Errorf("%+v", list)
		}
	})
}

// Whatever an error says, it is written down.
func TestAnErrorOfOddText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		add(t, d, "a", "x", "1")
		worker(d, func(context.Context, job.Job) error { return errors.New("no\x00 answer \xff") }, "x").drain(t, "a x 1")
		if list := recent(t, d, "a"); len(list) != 1 || list[0].State != job.Queued || list[0].Error != "no\uFFFD answer \uFFFD" {
			t.Errorf("%+v", list)
		}
	})
}

// Work whose workers die of it is not done for ever.
func TestWorkThatKillsItsWorkersIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "x", "1")
		dying := worker(d, func(context.Context, job.Job) error {
			runtime.Goexit() // nothing after it happens, as when the process is killed
			return nil
		}, "x")
		for range 5 {
			var wg sync.WaitGroup
			wg.Go(func() { _, _ = dying.Flush(t.Context()) })
			wg.Wait()
			hand.Add(5*time.Minute + time.Millisecond)
		}
		w := worker(d, nil, "x")
		if n, err := w.Drain(t.Context()); err != nil || n != 1 || len(w.done) != 0 {
			t.Fatalf("did %d, %q: %v", n, w.done, err)
		}
		if list := recent(t, d, "a"); len(list) != 1 || list[0].State != job.Failed {
			t.Fatalf("%+v", list)
		}
		add(t, d, "a", "x", "1")
		w.drain(t, "a x 1")
		if list := recent(t, d, "a"); len(list) != 0 { // done since: nothing to look after
			t.Errorf("%+v", list)
		}
	})
}

// Stopping a recurrence forgets what of it waits.
func TestAStopForgetsWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		for _, org := range []string{"a", "b"} {
			write(t, d, org, func(tx *db.Tx) error { return job.Every(tx, "x", "1", time.Hour) })
			add(t, d, org, "x", "1")
		}
		write(t, d, "a", func(tx *db.Tx) error { return job.Stop(tx, "x", "1") })
		hand.Add(2 * time.Hour)
		worker(d, nil, "x").drain(t, "b x 1")
	})
}

// An interval of no length does not stop the schedules of everybody.
func TestAnIntervalOfNoLength(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		write(t, d, "a", func(tx *db.Tx) error { return job.Every(tx, "x", "1", time.Millisecond) })
		hand.Add(time.Second)
		worker(d, nil, "x").drain(t, "a x 1")
	})
}

// A clock that was wrong for a while does not silence a schedule until its time
// comes.
func TestAClockThatWasWrong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		w := worker(d, nil, "x")
		write(t, d, "a", func(tx *db.Tx) error { return job.Every(tx, "x", "1", time.Hour) })
		hand.Set(dbtest.Start().AddDate(10, 0, 0))
		w.drain(t, "a x 1")
		hand.Set(dbtest.Start().Add(time.Hour))
		w.drain(t, "a x 1")
		w.drain(t)
		hand.Add(time.Hour)
		w.drain(t, "a x 1")
	})
}
