package job_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/job"
	"assay/internal/kit/clock"
)

func write(t *testing.T, d *db.DB, org string, fn func(tx *db.Tx) error) {
	t.Helper()
	g, err := access.Console(org).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), g, fn); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, d *db.DB, org, name, arg string) {
	t.Helper()
	write(t, d, org, func(tx *db.Tx) error { return job.Add(tx, name, arg, tx.Now()) })
}

func recent(t *testing.T, d *db.DB, org string) (list []job.Job) {
	t.Helper()
	write(t, d, org, func(tx *db.Tx) (err error) {
		list, err = job.Recent(tx, 100)
		return err
	})
	return list
}

func schedules(t *testing.T, d *db.DB, org string) (list []job.Schedule) {
	t.Helper()
	write(t, d, org, func(tx *db.Tx) (err error) {
		list, err = job.Schedules(tx)
		return err
	})
	return list
}

// diary is a worker that notes what it does.
type diary struct {
	job.Worker

	mu   sync.Mutex
	done []string // guarded by mu
}

// worker does any job of the names by noting it, then calling do if it is not
// nil.
func worker(d *db.DB, do func(ctx context.Context, j job.Job) error, names ...string) *diary {
	w := &diary{Worker: job.Worker{DB: d, Handlers: map[string]job.Handler{}, Log: slog.New(slog.DiscardHandler)}}
	for _, name := range names {
		w.Handlers[name] = func(ctx context.Context, j job.Job) error {
			w.mu.Lock()
			w.done = append(w.done, strings.TrimSpace(j.Org+" "+j.Name+" "+j.Arg))
			w.mu.Unlock()
			if do == nil {
				return nil
			}
			return do(ctx, j)
		}
	}
	return w
}

func (w *diary) drain(t *testing.T, want ...string) {
	t.Helper()
	n, err := w.Drain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n != len(w.done) || !slices.Equal(w.done, want) {
		t.Fatalf("did %d: %q, want %q", n, w.done, want)
	}
	w.done = nil
}

func TestWhileOneWaitsASecondIsNotAdded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		w := worker(d, nil, "x", "y")
		add(t, d, "a", "x", "1")
		hand.Add(time.Second)
		add(t, d, "a", "x", "1")
		add(t, d, "a", "x", "2")
		hand.Add(time.Second)
		add(t, d, "a", "y", "1")
		hand.Add(time.Second)
		add(t, d, "b", "x", "1")
		w.drain(t, "a x 1", "a x 2", "a y 1", "b x 1")
		add(t, d, "a", "x", "1") // the first is done
		w.drain(t, "a x 1")
		w.drain(t)
	})
}

// What is asked for while the same work is being done is done again after it:
// the work had already read what it was to look at.
func TestWorkAskedForDuringTheSameWorkIsDoneAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		first := true
		w := worker(d, func(context.Context, job.Job) error {
			if first {
				first = false
				add(t, d, "a", "rebuild", "")
			}
			return nil
		}, "rebuild")
		add(t, d, "a", "rebuild", "")
		w.drain(t, "a rebuild", "a rebuild")
		w.drain(t)
	})
}

// The same work is not done by two workers at once, even if it was asked for
// again meanwhile.
func TestTheSameWorkWaitsForItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		second := worker(d, nil, "collect")
		n := 0
		w := worker(d, func(context.Context, job.Job) error {
			if n++; n > 1 {
				return nil
			}
			add(t, d, "a", "collect", "c1")
			add(t, d, "a", "collect", "c2")
			second.drain(t, "a collect c2")
			return nil
		}, "collect")
		add(t, d, "a", "collect", "c1")
		if n, err := w.Drain(t.Context()); err != nil || n != 2 { // again after itself
			t.Fatalf("did %d: %v", n, err)
		}
	})
}

func TestALeaseRunsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "x", "1")
		second := worker(d, nil, "x")
		slow := worker(d, func(context.Context, job.Job) error {
			hand.Add(5 * time.Minute)
			second.drain(t) // the lease holds to its last moment
			hand.Add(time.Millisecond)
			second.drain(t, "a x 1")
			return errors.New("too late")
		}, "x")
		slow.drain(t, "a x 1")
		if list := recent(t, d, "a"); len(list) != 0 {
			t.Errorf("a worker whose lease had run out changed what another had done: %+v", list)
		}
		hand.Add(time.Hour)
		second.drain(t)
	})
}

func TestFailuresAreTriedAgainThenKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		w := worker(d, func(context.Context, job.Job) error { return errors.New("no answer") }, "x")
		add(t, d, "a", "x", "1")
		for i, pause := range []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute} {
			w.drain(t, "a x 1")
			j := recent(t, d, "a")[0]
			if j.State != job.Queued || j.Attempt != i+1 || j.Error != "no answer" || j.DueAt.Sub(hand.Now()) != pause {
				t.Fatalf("after attempt %d: %+v, due in %v", i+1, j, j.DueAt.Sub(hand.Now()))
			}
			add(t, d, "a", "x", "1") // it waits still: not a second one
			hand.Add(pause - time.Millisecond)
			w.drain(t)
			hand.Add(time.Millisecond)
		}
		w.drain(t, "a x 1")
		list := recent(t, d, "a")
		if len(list) != 1 || list[0].State != job.Failed || list[0].Attempt != 5 || list[0].Error != "no answer" {
			t.Fatalf("%+v", list)
		}
		hand.Add(24 * time.Hour)
		w.drain(t)
		if depth, err := job.Depth(t.Context(), d); err != nil || depth[job.Failed] != 1 || depth[job.Queued] != 0 || depth[job.Leased] != 0 {
			t.Errorf("%v %v", depth, err)
		}
		add(t, d, "a", "x", "1") // the same work may be asked for anew
		w.drain(t, "a x 1")
	})
}

// A retry and the same work asked for again are one job, not two.
func TestARetryGivesWayToTheSameWorkAskedForAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		n := 0
		w := worker(d, func(context.Context, job.Job) error {
			if n++; n == 1 {
				add(t, d, "a", "x", "1")
				return errors.New("no answer")
			}
			return nil
		}, "x")
		add(t, d, "a", "x", "1")
		w.drain(t, "a x 1", "a x 1")
		hand.Add(time.Hour)
		w.drain(t)
	})
}

func TestGivingUpIsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		w := worker(d, func(context.Context, job.Job) error { return fmt.Errorf("gone: %w", job.ErrGiveUp) }, "x")
		add(t, d, "a", "x", "1")
		add(t, d, "a", "unknown", "")
		n, err := w.Drain(t.Context())
		if err != nil || n != 2 {
			t.Fatalf("did %d: %v", n, err)
		}
		list := recent(t, d, "a")
		if len(list) != 2 || list[0].State != job.Failed || list[1].State != job.Failed {
			t.Fatalf("%+v", list)
		}
		hand.Add(24 * time.Hour)
		if n, err := w.Drain(t.Context()); err != nil || n != 0 {
			t.Fatalf("did %d: %v", n, err)
		}
	})
}

// A stop is nobody's failure: what it cut off is queued again, however often.
func TestAStopQueuesAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		add(t, d, "a", "x", "1")
		for range 7 {
			ctx, stop := context.WithCancel(t.Context())
			w := worker(d, func(ctx context.Context, _ job.Job) error {
				stop()
				return ctx.Err()
			}, "x")
			if _, err := w.Flush(ctx); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		list := recent(t, d, "a")
		if len(list) != 1 || list[0].State != job.Queued {
			t.Fatalf("%+v", list)
		}
		worker(d, nil, "x").drain(t, "a x 1")
	})
}

func TestMissedTimesAreCountedNotCaughtUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		w := worker(d, nil, "x")
		every := func(e time.Duration) {
			write(t, d, "a", func(tx *db.Tx) error { return job.Every(tx, "x", "1", e) })
		}
		every(time.Hour)
		w.drain(t) // first due in an hour
		for range 3 {
			hand.Add(time.Hour)
			w.drain(t, "a x 1")
			w.drain(t)
		}
		if s := schedules(t, d, "a"); len(s) != 1 || s[0].Missed != 0 || !s[0].LastAt.Equal(hand.Now()) || !s[0].NextAt.Equal(hand.Now().Add(time.Hour)) {
			t.Fatalf("%+v", s)
		}
		due := hand.Now().Add(time.Hour)
		hand.Add(4*time.Hour + 30*time.Minute) // due at 1, 2, 3 and 4 hours: one is run, three were missed
		w.drain(t, "a x 1")
		if s := schedules(t, d, "a"); s[0].Missed != 3 || !s[0].NextAt.Equal(due.Add(4*time.Hour)) {
			t.Fatalf("%+v", s)
		}
		next := schedules(t, d, "a")[0].NextAt
		every(time.Hour) // unchanged: keeps its time
		if s := schedules(t, d, "a"); !s[0].NextAt.Equal(next) {
			t.Error("the same interval moved the next time")
		}
		every(2 * time.Hour)
		if s := schedules(t, d, "a"); !s[0].NextAt.Equal(hand.Now().Add(2*time.Hour)) || s[0].Missed != 3 {
			t.Fatalf("%+v", s)
		}
		write(t, d, "a", func(tx *db.Tx) error { return job.Stop(tx, "x", "1") })
		hand.Add(24 * time.Hour)
		w.drain(t)
	})
}

func TestAJobExistsOnlyWithItsCause(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		g, err := access.Console("a").May(access.OrgEdit)
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		if err := d.Write(t.Context(), g, func(tx *db.Tx) error {
			return errors.Join(job.Add(tx, "x", "1", tx.Now()), stop)
		}); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		worker(d, nil, "x").drain(t)
	})
}

func TestClearForgetsOneOrganization(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		for _, org := range []string{"a", "b"} {
			add(t, d, org, "x", "1")
			write(t, d, org, func(tx *db.Tx) error { return job.Every(tx, "x", "2", time.Hour) })
		}
		write(t, d, "a", job.Clear)
		if n := len(schedules(t, d, "a")) + len(recent(t, d, "a")); n != 0 {
			t.Errorf("%d are left", n)
		}
		hand.Add(time.Hour)
		w := worker(d, nil, "x")
		w.drain(t, "b x 1", "b x 2")
	})
}

func TestTenants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		add(t, d, "a", "x", "1")
		write(t, d, "a", func(tx *db.Tx) error { return job.Every(tx, "x", "2", time.Hour) })
		if n := len(schedules(t, d, "evil")) + len(recent(t, d, "evil")); n != 0 {
			t.Errorf("another organization sees %d", n)
		}
		write(t, d, "evil", func(tx *db.Tx) error { return job.Stop(tx, "x", "2") })
		hand.Add(time.Hour)
		worker(d, nil, "x").drain(t, "a x 1", "a x 2")
	})
}

// Several workers at once do each job exactly once.
func TestWorkersShareTheQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		const jobs, workers = 60, 4
		write(t, d, "a", func(tx *db.Tx) error {
			for i := range jobs {
				if err := job.Add(tx, "x", strconv.Itoa(i), tx.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		times := map[string]int{}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				w := worker(d, func(_ context.Context, j job.Job) error {
					mu.Lock()
					times[j.Arg]++
					mu.Unlock()
					return nil
				}, "x")
				for {
					n, err := w.Drain(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					if depth, err := job.Depth(t.Context(), d); err != nil || n == 0 && depth[job.Queued] == 0 {
						return
					}
				}
			})
		}
		wg.Wait()
		for i := range jobs {
			if n := times[strconv.Itoa(i)]; n != 1 {
				t.Errorf("job %d was done %d times", i, n)
			}
		}
	})
}
