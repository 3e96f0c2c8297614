package collect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/fault"
)

// What is about to be asked is in the log before the source is asked anything,
// who it is included.
func TestTheIntentComesFirst(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		asked := []string{}
		begun := func(what string) {
			asked = append(asked, what)
			if l := h.leaves(h.lead); !slices.Contains(l, "collection.intent") || slices.Contains(l, "collection.manifest") {
				h.Errorf("%s is asked when the log holds %v", what, l)
			}
			if last := h.get(c.ID).Last; last == nil || last.State != fact.Running || last.IntentLeaf == "" {
				h.Errorf("%s is asked when the collection is %+v", what, last)
			}
		}
		authority, read := h.shelf.authority, h.shelf.collect
		h.shelf.authority = func(ctx context.Context) (string, error) { begun("authority"); return authority(ctx) }
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error { begun("collect"); return read(ctx, run) }
		done := h.run(c.ID)
		if done.State != fact.Done || done.Items != 2 || !slices.Equal(asked, []string{"authority", "collect"}) {
			h.Fatalf("%+v, asked %v", done, asked)
		}
		if m := h.manifest(done); m.Scope != "shop-1" || m.Connector != "shelf" || m.Version != "3" || m.Parameters["place"] != "cellar" || m.Parameters["key"] != "" {
			h.Errorf("%+v", m)
		}
		if got := h.get(c.ID); got.Authority != "shop-1" || !got.Success.Equal(done.FinishedAt) {
			h.Errorf("%+v", got)
		}
		if got := h.boxes(c.ID); got != "a b" {
			h.Error(got)
		}
		if got := h.queued(); !slices.Contains(got, "after "+c.ID) {
			h.Errorf("nothing follows: %v", got)
		}
	})
}

// Whatever goes wrong at the source is a collection that says so; none of it is
// a complete listing, so nothing is taken for gone.
func TestWhatGoesWrongAtTheSource(t *testing.T) {
	ok := func(context.Context) (string, error) { return "shop-1", nil }
	for name, c := range map[string]struct {
		authority func(context.Context) (string, error)
		collect   func(context.Context, *connector.Run) error
		state     fact.State
		says      string
		boxes     string // after a, b were seen
	}{
		"it does not answer": {
			func(context.Context) (string, error) { return "", errors.New("connection refused") }, nil,
			fact.Broken, "connection refused", "a? b?",
		},
		"it panics before it answers": {
			func(context.Context) (string, error) { return strings.Fields("")[0], nil }, nil,
			fact.Broken, "index out of range", "a? b?",
		},
		"it panics midway": {
			ok, func(ctx context.Context, run *connector.Run) error {
				if err := lay(ctx, run, "a"); err != nil {
					return err
				}
				return errors.New(strings.Fields("")[0])
			}, fact.Broken, "index out of range", "a b?",
		},
		"it breaks off midway": {
			ok, func(ctx context.Context, run *connector.Run) error {
				return errors.Join(lay(ctx, run, "a"), errors.New("502 Bad Gateway"))
			}, fact.Broken, "502 Bad Gateway", "a b?",
		},
		"it throttles for ever": {
			ok, func(ctx context.Context, run *connector.Run) error {
				run.Retry("ListBoxes")
				run.Retry("ListBoxes")
				run.Refuse("ListBoxes", "429 Too Many Requests")
				run.Incomplete("shelf.box", "The shop asked to be left alone.")
				return lay(ctx, run, "a")
			}, fact.Done, "The shop asked to be left alone.", "a b?",
		},
		"its list is cut off": {
			ok, func(ctx context.Context, run *connector.Run) error {
				run.Truncate("ListBoxes", "shelf.box", "Only the first page could be read.")
				return lay(ctx, run, "a")
			}, fact.Done, "Only the first page could be read.", "a b?",
		},
		"it never says that it was complete": {
			ok, func(ctx context.Context, run *connector.Run) error { return run.Emit(ctx, box("a")) },
			fact.Done, "", "a b?",
		},
		"it gives what does not fit": {
			ok, func(ctx context.Context, run *connector.Run) error {
				odd := box("c")
				odd.Fields["sealed"] = "yes"
				return errors.Join(run.Emit(ctx, odd), lay(ctx, run, "a"))
			}, fact.Done, "c was not kept", "a b?",
		},
		"it gives one twice": {
			ok, func(ctx context.Context, run *connector.Run) error { return lay(ctx, run, "a", "a") },
			fact.Done, "a was not kept", "a b?",
		},
		"it gives what it does not declare": {
			ok, func(ctx context.Context, run *connector.Run) error {
				return errors.Join(run.Emit(ctx, connector.Resource{Kind: "shelf.mouse", ID: "1"}), lay(ctx, run, "a"))
			}, fact.Broken, "does not declare this kind", "a b?",
		},
		"it swallows our error and claims to be whole": {
			ok, func(ctx context.Context, run *connector.Run) error {
				over, cancel := context.WithCancel(ctx)
				cancel()
				for i := range 1001 {
					_ = run.Emit(over, box(fmt.Sprint("a", i)))
				}
				run.Complete("shelf.box")
				run.Complete("shelf.fall")
				return nil
			}, fact.Done, "", "", // not lost: everything is there
		},
		"it is another shop": {
			func(context.Context) (string, error) { return "shop-2", nil }, nil,
			fact.Broken, "It reads shop-2 now, and read shop-1 before.", "a? b?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				id := h.add().ID
				before := h.run(id)
				if before.State != fact.Done || h.boxes(id) != "a b" {
					h.Fatalf("%+v %s", before, h.boxes(id))
				}
				h.shelf.authority = c.authority
				if c.collect != nil {
					h.shelf.collect = c.collect
				}
				got := h.run(id)
				m := h.manifest(got)
				complete, problems := h.complete(m, "shelf.box")
				if got.State != c.state || !strings.Contains(m.Problem+problems, c.says) || complete != (c.boxes == "") {
					h.Errorf("%+v: complete %v, %s %s", got, complete, m.Problem, problems)
				}
				if boxes := h.boxes(id); c.boxes != "" && boxes != c.boxes || c.boxes == "" && len(strings.Fields(boxes)) != 1001 {
					h.Errorf("boxes %s", boxes)
				}
				now := h.get(id)
				if now.Authority != "shop-1" || now.Troubled(h.hand.Now()) != (c.state == fact.Broken) {
					h.Errorf("%+v", now)
				}
				if c.state == fact.Broken && !now.Success.Equal(before.FinishedAt) {
					h.Errorf("success %v, want %v", now.Success, before.FinishedAt)
				}
				fresh := newShelf("shelf") // the next one is whole again
				h.shelf.authority, h.shelf.collect = fresh.authority, fresh.collect
				if again := h.run(id); again.State != fact.Done || h.boxes(id) != "a b" {
					h.Errorf("%+v %s", again, h.boxes(id))
				}
			})
		})
	}
}

// A collection that does not end is ended, and says why.
func TestACollectionHasALimit(t *testing.T) {
	each(t, func(h *house) {
		h.s.Limit = time.Millisecond
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			if err := lay(context.WithoutCancel(ctx), run, "a"); err != nil {
				return err
			}
			<-ctx.Done()
			return fmt.Errorf("page 2: %w", ctx.Err())
		}
		c := h.run(h.add().ID)
		complete, _ := h.complete(h.manifest(c), "shelf.box")
		if c.State != fact.Broken || c.Problem != "it did not end within 1ms and was stopped" || complete {
			h.Errorf("%+v %v", c, complete)
		}
	})
}

// A connector that does not listen is left behind: whoever waits for it goes on,
// and what it still brings is not taken.
func TestAConnectorThatDoesNotListenIsLeftBehind(t *testing.T) {
	each(t, func(h *house) {
		h.s.Limit, h.s.Grace = time.Millisecond, time.Millisecond
		let, late := make(chan struct{}), make(chan error, 1)
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			if err := lay(context.WithoutCancel(ctx), run, "a"); err != nil {
				return err
			}
			<-let
			late <- run.Emit(context.WithoutCancel(ctx), box("late"))
			return nil
		}
		h.shelf.shut = func() error {
			<-let
			return nil
		}
		id := h.add().ID
		c := h.run(id)
		complete, _ := h.complete(h.manifest(c), "shelf.box")
		if c.State != fact.Broken || c.Problem != "it did not end within 1ms and was stopped" || complete {
			h.Errorf("%+v %v", c, complete)
		}
		close(let)
		if err := <-late; err == nil {
			h.Error("what it brought afterwards was taken")
		}
		if got := h.boxes(id); got != "a" {
			h.Error(got)
		}
	})
}

// A stop in the middle leaves the intent without an answer and nothing else.
func TestAStopInTheMiddle(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.run(c.ID)
		whole := h.shelf.collect
		ctx, stop := context.WithCancel(h.Context())
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			err := lay(ctx, run, "x", "y")
			stop()
			return err
		}
		if _, err := h.s.Run(ctx, h.lead, c.ID, nil); !errors.Is(err, context.Canceled) {
			h.Fatal(err)
		}
		now := h.get(c.ID)
		if now.Last.State != fact.Interrupted || now.Last.Seq != 2 || now.Last.Leaf != "" || now.Last.IntentLeaf == "" || !now.Troubled(h.hand.Now()) {
			h.Errorf("%+v", now.Last)
		}
		if got := h.boxes(c.ID); got != "a b" {
			h.Error(got)
		}
		if l := h.leaves(h.lead); count(l, "collection.intent") != 2 || count(l, "collection.manifest") != 1 {
			h.Error(l)
		}
		h.shelf.collect = whole
		if next := h.run(c.ID); next.Seq != 3 || next.State != fact.Done || next.Added != 0 || h.troubled(c.ID) {
			h.Errorf("%+v", next)
		}
	})
}

func count(list []string, s string) (n int) {
	for _, l := range list {
		if l == s {
			n++
		}
	}
	return n
}

// A process that is killed says nothing more; the next takes over once it was
// silent for long enough, and what the first then brings is not kept.
func TestAKillInTheMiddle(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.run(c.ID)
		whole := h.shelf.collect
		second := h.s
		beat := make(chan time.Time)
		h.s.Beat = beat
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			h.hand.Add(fact.Silence)
			if _, err := second.Run(h.Context(), h.lead, c.ID, nil); !fault.Is(err, fault.Busy) {
				h.Errorf("it is collected twice at a time: %v", err)
			}
			beat <- time.Time{}
			beat <- time.Time{} // the first is written
			h.hand.Add(fact.Silence)
			if _, err := second.Run(h.Context(), h.lead, c.ID, nil); !fault.Is(err, fault.Busy) {
				h.Errorf("it is collected twice at a time: %v", err)
			}
			h.shelf.collect = func(ctx context.Context, run *connector.Run) error { return lay(ctx, run, "b", "new") }
			next, err := fact.Collection{}, fault.New(fault.Busy, "")
			for fault.Is(err, fault.Busy) { // the second sign of life may still be under way
				h.hand.Add(2 * fact.Silence)
				next, err = second.Run(h.Context(), h.lead, c.ID, nil)
			}
			if err != nil || next.Seq != 3 || next.State != fact.Done {
				h.Errorf("%+v %v", next, err)
			}
			select {
			case beat <- time.Time{}:
			case <-ctx.Done(): // told by the second sign of life
			}
			<-ctx.Done() // told to stop
			return whole(ctx, run)
		}
		if _, err := h.s.Run(h.Context(), h.lead, c.ID, nil); !fault.Is(err, fault.Conflict) || errors.Is(err, collect.ErrIdle) {
			h.Errorf("the first ended: %v", err)
		}
		_, runs, err := h.s.Get(h.Context(), h.lead, c.ID)
		h.must(err)
		if len(runs) != 3 || runs[0].State != fact.Done || runs[1].State != fact.Interrupted || runs[2].State != fact.Done {
			h.Errorf("%+v", runs)
		}
		if got := h.boxes(c.ID); got != "b new" {
			h.Error(got)
		}
	})
}

// What a demonstration made up is told while it is made, and asked of nobody
// afterwards, whatever product it is of.
func TestWhatIsMadeUpIsAskedOfNobody(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.shelf.authority = func(context.Context) (string, error) { return collect.MadeUp, nil }
		h.s.Rehearsal = true
		if done := h.run(c.ID); done.State != fact.Done || done.Items != 2 {
			h.Errorf("%+v", done)
		}
		h.s.Rehearsal = false
		h.shelf.collect = func(context.Context, *connector.Run) error { h.Error("it was asked"); return nil }
		_, err := h.s.Run(h.Context(), h.lead, c.ID, nil)
		h.want(fault.Conflict, err)
		h.want(fault.Conflict, h.s.Sync(h.Context(), h.lead, c.ID))
		if _, runs, err := h.s.Get(h.Context(), h.lead, c.ID); err != nil || len(runs) != 1 {
			h.Errorf("%d collections, %v", len(runs), err)
		}
	})
}

// What people change while it is collected stays changed.
func TestACollectionDoesNotUndoWhatPeopleDo(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		whole := h.shelf.collect
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			h.must(h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Name: "Attic", Settings: settings("place", "cellar", "row", "upper"), Every: time.Hour}))
			h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Paused))
			return whole(ctx, run)
		}
		h.run(c.ID)
		if now := h.get(c.ID); now.State != collect.Paused || now.Name != "Attic" || now.Settings["row"] != "upper" || now.Every != time.Hour || now.Authority != "shop-1" {
			h.Errorf("%+v", now)
		}
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Removed))
			return whole(ctx, run)
		}
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Enabled))
		h.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE collect_connection SET authority = '' WHERE org_id = $1`, tx.Org())
			return err
		})
		h.run(c.ID)
		h.read(h.lead, func(tx *db.Tx) error {
			n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM collect_connection WHERE org_id = $1 AND state = 'removed' AND secrets IS NULL`, tx.Org())
			if n != 1 {
				h.Error("a removed connection came back, or its secrets did")
			}
			return err
		})
	})
}

// Secrets are in no text that a collection leaves, in whatever form a product
// repeats them.
func TestSecretsAreInNoText(t *testing.T) {
	each(t, func(h *house) {
		deed := "-----BEGIN DEED-----\nline-one-of-the-deed\nline-two-of-the-deed\n-----END DEED-----\n"
		c, err := h.s.Add(h.Context(), h.lead, collect.New{Product: "shelf", Settings: settings("place", "cellar", "key", theKey, "deed", deed)})
		h.must(err)
		leak := "GET https://shop/?key=" + "s3cr3t-key%2Fof+the+shelf" + " " + theKey + " czNjcjN0LWtleS9vZiB0aGUgc2hlbGY= line-two-of-the-deed"
		said := ""
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			run.Page("ListBoxes "+leak, leak, 1)
			run.Refuse("ListBoxes", leak)
			run.Incomplete("shelf.box", leak)
			run.Note("shelf.fall", leak)
			run.Say(leak)
			odd := box(leak)
			odd.Fields["sealed"] = 1
			if err := run.Emit(ctx, odd); err != nil {
				return err
			}
			return errors.New(leak)
		}
		h.hand.Add(time.Minute)
		got, err := h.s.Run(h.Context(), h.lead, c.ID, func(p connector.Progress) { said += p.Text })
		h.must(err)
		text := fmt.Sprintf("%+v %+v %+v %s", got, h.manifest(got), h.trail(), said)
		_, calls, err := h.s.Try(h.Context(), h.lead, collect.New{Product: "shelf", Settings: settings("place", "cellar", "key", theKey, "deed", deed)})
		h.want(fault.Invalid, err)
		text += fmt.Sprintf("%v %+v", err, calls)
		_, err = h.s.Add(h.Context(), h.lead, collect.New{Product: "shelf", Settings: settings("place", "nowhere", "key", theKey)})
		h.want(fault.Invalid, err)
		text += err.Error()
		for _, s := range []string{"s3cr3t", "czNjcjN0", "line-two", "line-one"} {
			if strings.Contains(text, s) {
				h.Errorf("%s is told:\n%s", s, text)
			}
		}
		if !strings.Contains(text, "GET https://shop/?key=[secret] [secret] [secret] [secret]") {
			h.Error(text)
		}
		h.leaves(h.lead)
	})
}

// Text that came from outside is cut between characters, and every store takes
// it.
func TestLongAndOddText(t *testing.T) {
	each(t, func(h *house) {
		for _, text := range []string{
			strings.Repeat("ä", 400), "x" + strings.Repeat("ä", 400), strings.Repeat("漢", 300), "xx" + strings.Repeat("𝄞", 300), "a\x00b\xff", strings.Repeat("\xff", 600),
		} {
			h.shelf.collect = func(_ context.Context, run *connector.Run) error {
				run.Incomplete("shelf.box", text)
				return errors.New(text)
			}
			var id string
			if list, err := h.s.List(h.Context(), h.lead); err == nil && len(list) > 0 {
				id = list[0].ID
			} else {
				id = h.add().ID
			}
			c := h.run(id)
			_, problems := h.complete(h.manifest(c), "shelf.box")
			for _, got := range []string{c.Problem, problems} {
				if got != strings.ToValidUTF8(got, "") || len(got) > 510 || got == "" || strings.Contains(got, "\x00") {
					h.Errorf("%q", got)
				}
				if cut, was := strings.CutSuffix(got, " …"); was && !strings.HasPrefix(text, cut) && !strings.Contains(text, "\xff") {
					h.Errorf("cut inside a character: %q", got)
				}
			}
		}
	})
}

// A connector may ask in parallel.
func TestAConnectorMayAskInParallel(t *testing.T) {
	each(t, func(h *house) {
		h.shelf.collect = func(ctx context.Context, run *connector.Run) error {
			var wg sync.WaitGroup
			for g := range 6 {
				wg.Go(func() {
					for i := range 250 {
						id := fmt.Sprintf("%d-%d", g, i%200) // some twice
						run.Page("ListBoxes", "", 1)
						if err := run.Emit(ctx, box(id)); err != nil {
							h.Error(err)
						}
						run.Say(id)
					}
				})
			}
			wg.Wait()
			run.Complete("shelf.box")
			return nil
		}
		c := h.run(h.add().ID)
		if complete, _ := h.complete(h.manifest(c), "shelf.box"); c.State != fact.Done || c.Items != 1200 || complete {
			h.Errorf("%+v complete %v", c, complete)
		}
	})
}

// A source that cannot be let go of does not undo what was collected.
func TestClosing(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.shelf.shut = func() error { return errors.New(strings.Fields("")[0]) }
		if got := h.run(c.ID); got.State != fact.Done {
			h.Errorf("%+v", got)
		}
		if got := h.boxes(c.ID); got != "a b" {
			h.Error(got)
		}
	})
}
