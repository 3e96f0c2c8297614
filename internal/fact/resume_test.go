package fact_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

func merge(n int) connector.Resource {
	return connector.Resource{Kind: "test.merge", ID: fmt.Sprintf("%04d", n), Fields: map[string]any{
		"at": time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC), "reviewed": true,
	}}
}

// long is a source of merges, 500 on a page, that breaks off or is stopped.
type long struct {
	h    *house
	hand *clock.Hand

	total   int
	version string
	asked   []string // cursors
	changed map[int]bool
	repeats bool // the first page after a cursor tells of the last of the page before
}

const perPage = 500

func (l *long) begin() *fact.Session {
	l.h.t.Helper()
	s, err := fact.Begin(l.h.t.Context(), l.h.db, l.h.ring, l.h.grant(access.ConnectorSync),
		fact.Origin{Connection: "con_1", Connector: "test", Version: l.version, Scope: "acme", Resumes: true}, kinds)
	if err != nil {
		l.h.t.Fatal(err)
	}
	return s
}

// collect tells pages until there are no more, or so many were told.
func (l *long) collect(s *fact.Session, most int) *connector.Run {
	l.h.t.Helper()
	ctx := l.h.t.Context()
	run := connector.NewRun(l.hand.Now, []string{"test.account", "test.merge"}, s.Put, nil)
	run.SetPositions(s.Left(), s.Reached)
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), l.hand.Now()
	l.asked = nil
	for _, one := range run.Stretches("merges", "test.merge", from, to, 0) {
		first := true
		for page := 0; ; page++ {
			if first && one.Resumed {
				_, _ = fmt.Sscan(one.Cursor, &page)
			}
			if most--; most < 0 {
				run.Incomplete("test.merge", "It broke off.")
				return run
			}
			l.asked = append(l.asked, strconv.Itoa(page))
			begin, end := page*perPage, min((page+1)*perPage, l.total)
			if l.repeats && first && one.Resumed {
				begin--
			}
			first = false
			for n := begin; n < end; n++ {
				r := merge(n)
				if at, _ := r.Fields["at"].(time.Time); at.Before(one.Asked) {
					continue
				}
				r.Fields["reviewed"] = !l.changed[n]
				if err := run.Emit(ctx, r); err != nil {
					l.h.t.Fatal(err)
				}
			}
			next := ""
			if end < l.total {
				next = strconv.Itoa(page + 1)
			}
			if err := one.Reached(ctx, next); err != nil {
				l.h.t.Fatal(err)
			}
			if next == "" {
				break
			}
		}
		run.Covers("test.merge", one.From, one.To)
	}
	run.Complete("test.merge")
	run.Complete("test.account")
	return run
}

func (l *long) finish(s *fact.Session, run *connector.Run) (fact.Collection, connector.Report) {
	l.h.t.Helper()
	c, err := s.Finish(l.h.t.Context(), fact.Result{Reports: run.Reports()})
	if err != nil {
		l.h.t.Fatal(err)
	}
	m, err := fact.Service{DB: l.h.db, Keys: l.h.ring}.Manifest(l.h.t.Context(), access.Console("a"), "con_1", c.Seq)
	if err != nil {
		l.h.t.Fatal(err)
	}
	return c, m.Kinds[1]
}

// members are those that the collection listed, by the hashes of their records.
func (l *long) listed(c fact.Collection) (n int, root tlog.Hash) {
	l.h.t.Helper()
	var hashes []tlog.Hash
	if err := l.h.db.Read(l.h.t.Context(), l.h.grant(access.FactRead), func(tx *db.Tx) error {
		return tx.Each(func(scan db.Scan) error {
			var b []byte
			if err := scan(&b); err != nil {
				return err
			}
			h, err := tlog.HashFrom(b)
			hashes = append(hashes, h)
			return err
		}, `SELECT v.hash FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
			WHERE s.org_id = $1 AND s.connection = $2 AND s.from_seq <= $3 AND s.to_seq >= $3`, tx.Org(), c.Connection, c.Seq)
	}); err != nil {
		l.h.t.Fatal(err)
	}
	return len(hashes), resource.Root(hashes)
}

func (l *long) places() (n int) {
	l.h.t.Helper()
	if err := l.h.db.Read(l.h.t.Context(), l.h.grant(access.FactRead), func(tx *db.Tx) (err error) {
		n, err = db.One(tx, db.Value[int], `SELECT count(*) FROM fact_position WHERE org_id = $1`, tx.Org())
		return err
	}); err != nil {
		l.h.t.Fatal(err)
	}
	return n
}

// A listing of events that was cut off, in whatever way, is gone on with from the
// last place that was kept: nothing is lost, nothing listed twice, the listing says
// so, and until it is whole it is not said to be complete.
func TestAListingThatWasCutOffIsResumed(t *testing.T) {
	for name, cut := range map[string]func(l *long, s *fact.Session, run *connector.Run){
		"the program was killed": func(l *long, _ *fact.Session, _ *connector.Run) { l.hand.Add(fact.Silence + time.Second) },
		"the program was stopped": func(l *long, s *fact.Session, _ *connector.Run) {
			if err := s.Abort(context.Background(), "It was interrupted."); err != nil {
				l.h.t.Fatal(err)
			}
		},
		"the connection broke": func(l *long, s *fact.Session, run *connector.Run) {
			if c, r := l.finish(s, run); r.Complete || c.Items != 1500 {
				l.h.t.Errorf("%+v %+v", c, r)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
				hand.Set(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
				l := &long{h: newHouse(t, d, "a"), hand: hand, total: 2200, version: "1", changed: map[int]bool{}}
				s := l.begin()
				cut(l, s, l.collect(s, 3)) // 1500 told, of which 1000 were surely written, and the place after 500
				hand.Add(time.Hour)
				l.total, l.repeats = 2300, true
				l.changed[3] = true // too late: it was told of before
				again := l.begin()
				c, r := l.finish(again, l.collect(again, 1000))
				if first := l.asked[0]; first != "1" && first != "3" {
					t.Errorf("it went on with page %s", first)
				}
				if !r.Complete || r.Items != 2300 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "Resumed after page "+l.asked[0]+" of merges") {
					t.Errorf("%d items, complete %v, %v", r.Items, r.Complete, r.Problems)
				}
				if n, root := l.listed(c); n != 2300 || c.Items != n || root != c.Root {
					t.Errorf("%d listed, %+v", n, c)
				}
				if got := l.h.members("test.merge"); len(got) != 2300 || len(slices.Compact(got)) != 2300 {
					t.Errorf("%d members", len(got))
				}
				if n := l.places(); n != 0 {
					t.Errorf("%d places are kept of what was listed whole", n)
				}
				if next := l.begin(); len(next.Left()) != 0 {
					t.Errorf("it would be resumed again: %+v", next.Left())
				}
			})
		})
	}
}

// It may be cut off again and again, and what changed meanwhile is what it is now.
func TestAListingIsCutOffAgainAndAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		hand.Set(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
		l := &long{h: newHouse(t, d, "a"), hand: hand, total: 3500, version: "1", changed: map[int]bool{}}
		for range 3 { // the page that is told again each time has another content
			l.collect(l.begin(), 3)
			l.changed[len(l.changed)] = true
			hand.Add(fact.Silence + time.Second)
			for n := range 3500 {
				l.changed[n] = !l.changed[n]
			}
		}
		s := l.begin()
		c, r := l.finish(s, l.collect(s, 1000))
		if n, root := l.listed(c); !r.Complete || n != 3500 || r.Items != 3500 || root != c.Root || c.Added != 3500 {
			t.Errorf("%d listed, %+v %+v", n, c, r)
		}
		if got := l.h.members("test.merge"); len(got) != 3500 {
			t.Errorf("%d members", len(got))
		}
	})
}

// Another version of the connector may mean other things by the same cursor, and
// after a week it is asked anew: nothing is gone on with, and nothing is left of
// what the collection before told of.
func TestWhatIsNotResumed(t *testing.T) {
	for name, change := range map[string]func(*long){
		"another version": func(l *long) { l.version = "2" },
		"a place that somebody moved": func(l *long) {
			l.h.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE fact_position SET cursor = '4' WHERE org_id = $1`, tx.Org())
				return err
			})
		},
		"after a week": func(l *long) { l.hand.Add(7*24*time.Hour + time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
				hand.Set(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
				l := &long{h: newHouse(t, d, "a"), hand: hand, total: 2200, version: "1"}
				l.collect(l.begin(), 3)
				hand.Add(fact.Silence + time.Second)
				change(l)
				l.total = 0
				s := l.begin()
				c, r := l.finish(s, l.collect(s, 1000))
				if n, root := l.listed(c); n != 0 || c.Items != 0 || root != c.Root || len(r.Problems) != 0 || !r.Complete || l.asked[0] != "0" {
					t.Errorf("%d listed, %+v %+v", n, c, r)
				}
			})
		})
	}
}
