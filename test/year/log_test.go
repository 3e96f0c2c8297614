package year_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/rule"
	"assay/internal/standing"
)

func TestTheLogVerifies(t *testing.T) {
	l := larkspur(t)
	v, err := l.VerifyLog(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	head, err := l.SignedHead(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	if v.Leaves != l.year.Leaves || int64(head.Size) != v.Leaves || head.Root != v.Root {
		t.Errorf("%d leaves verify to %s; signed are %d, to %s; made were %d", v.Leaves, v.Root, head.Size, head.Root, l.year.Leaves)
	}
}

// leaves calls fn with every entry of the log, in order.
func (l *lived) leaves(t *testing.T, fn func(e *tlog.Envelope)) {
	t.Helper()
	l.read(t, func(tx *db.Tx) error {
		return ledger.Each(tx, 0, math.MaxInt32, func(leaf ledger.Leaf) error {
			e, err := tlog.Decode(leaf.Bytes)
			if err == nil {
				fn(e)
			}
			return err
		})
	})
}

func list(t *testing.T, v any) []map[string]any {
	t.Helper()
	all, ok := v.([]any)
	if !ok {
		t.Fatalf("%T is no list", v)
	}
	var out []map[string]any
	for _, one := range all {
		m, ok := one.(map[string]any)
		if !ok {
			t.Fatalf("%T is no map", one)
		}
		out = append(out, m)
	}
	return out
}

// Nothing that was begun was left out of the log, and nothing appears in it
// that was not announced.
func TestEveryIntentHasItsResult(t *testing.T) {
	l := larkspur(t)
	open, done := map[string]bool{}, 0
	end := func(key string) {
		if !open[key] {
			t.Errorf("%s has no intent before it", key)
		}
		delete(open, key)
		done++
	}
	l.leaves(t, func(e *tlog.Envelope) {
		switch e.Type {
		case "collection.intent":
			open[fmt.Sprint("collection ", e.Body["connection"], " ", e.Body["seq"])] = true
		case "collection.manifest":
			end(fmt.Sprint("collection ", e.Body["connection"], " ", e.Body["seq"]))
		case "check.intent":
			for _, r := range list(t, e.Body["runs"]) {
				open[fmt.Sprint("check ", e.Body["batch"], " ", r["check"], " ", r["hash"])] = true
			}
		case "check.result":
			end(fmt.Sprint("check ", e.Body["batch"], " ", e.Body["check"], " ", e.Body["hash"]))
		}
	})
	for key := range open {
		t.Errorf("%s was begun and has no result", key)
	}
	const fromTheStart = 35 // checks; others judge registers that Larkspur has at the end
	if least := l.year.Days * (fromTheStart + 5); done < least {
		t.Errorf("%d results, want at least %d", done, least)
	}
}

func (l *lived) checks(t *testing.T) (ids []string) {
	t.Helper()
	all, err := l.Checks.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return ids
}

// fresh is how long what a check says holds.
func fresh(h *check.History) time.Duration { return h.Definition.FreshFor(h.Definition.Values) }

func TestNoCheckIsSilentForLongerThanItHolds(t *testing.T) {
	l := larkspur(t)
	ids := l.checks(t)
	if len(ids) != l.year.Checks || len(ids) < 15 {
		t.Errorf("%d checks, %d were put in force", len(ids), l.year.Checks)
	}
	l.read(t, func(tx *db.Tx) error {
		histories, err := check.Histories(tx, ids)
		for id, h := range histories {
			from := h.Revisions[0].EffectiveAt
			for i := range h.Runs {
				if gap := h.Runs[i].At.Sub(from); gap > fresh(h) {
					t.Errorf("%s: did not run for %s before %s", id, gap, h.Runs[i].At)
				}
				from = h.Runs[i].At
			}
			if l.hand.Now().Sub(from) > fresh(h) {
				t.Errorf("%s: did not run after %s", id, from)
			}
		}
		return err
	})
}

// projection is what is stored of how controls stand.
func (l *lived) projection(t *testing.T) (out []string) {
	t.Helper()
	l.read(t, func(tx *db.Tx) (err error) {
		out, err = db.All(tx, func(scan db.Scan) (string, error) {
			var control, lane, state, note string
			var from, to int
			var observed bool
			err := scan(&control, &lane, &from, &to, &state, &observed, &note)
			return fmt.Sprint(control, " ", lane, " ", from, " ", to, " ", state, " ", observed, " ", note), err
		}, `SELECT control, lane, from_day, to_day, state, observed, note FROM control_standing WHERE org_id = $1 ORDER BY control, lane, from_day`, tx.Org())
		return err
	})
	return out
}

func TestTheProjectionIsTheRecomputation(t *testing.T) {
	l := larkspur(t)
	before := l.projection(t)
	if len(before) < l.year.Controls {
		t.Fatalf("%d rows", len(before))
	}
	if err := l.Controls.Rebuild(t.Context(), l.lead); err != nil {
		t.Fatal(err)
	}
	after := l.projection(t)
	if len(after) != len(before) {
		t.Fatalf("%d rows before, %d after", len(before), len(after))
	}
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("%q, recomputed %q", before[i], after[i])
		}
	}
}

// The log alone, read without the tables, contradicts no day of any lane: on a
// day that a check's leaf calls failing or unknown, no lane of it operated.
func TestTheLogSupportsEveryDay(t *testing.T) {
	l := larkspur(t)
	said := map[string]map[standing.Date]string{}
	l.leaves(t, func(e *tlog.Envelope) {
		if e.Type != "check.result" {
			return
		}
		id := fmt.Sprint(e.Body["check"])
		if said[id] == nil {
			said[id] = map[standing.Date]string{}
		}
		said[id][standing.DayOf(e.At, l.year.Org.Location())] = fmt.Sprint(e.Body["status"])
	})
	o, err := l.Controls.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	supported := 0
	for i := range o.Controls {
		supported += supports(t, l.detail(t, o.Controls[i].Control), said)
	}
	if supported < 15*300 {
		t.Errorf("only %d days of lanes rest on a leaf", supported)
	}
}

// eventful checks judge what happened: the day that counts is the event's, and
// a later day may still report it.
func eventful(check string) bool {
	return strings.HasPrefix(check, "any.change.") || strings.HasPrefix(check, "github.pull_request.")
}

// lastSaid is what a check's leaf says of a day: on a day that was not observed,
// the newest of those before it that still hold.
func lastSaid(said map[standing.Date]string, day standing.Date, observed bool) rule.Status {
	for d := day; d > day-8; d-- {
		if status := said[d]; status != "" || observed {
			return rule.Status(status)
		}
	}
	return ""
}

func supports(t *testing.T, d control.Detail, said map[string]map[standing.Date]string) (n int) {
	t.Helper()
	for _, lane := range d.Standing.Lanes {
		if lane.Kind != standing.ByCheck {
			continue
		}
		id := lane.Key[len("check/"):]
		for _, s := range lane.Spans {
			for day := s.From; day < s.To; day++ {
				n++
				status := lastSaid(said[id], day, s.Observed)
				switch {
				case s.State == standing.Operated && status != rule.Pass && status != rule.NoOccurrence && !eventful(id):
					t.Errorf("%s %s operated on %s, and the log says %q", d.Current.Control, lane.Key, day, status)
				case s.State == standing.NoEvidence && status == rule.Pass:
					t.Errorf("%s %s has no evidence on %s, and the log says %q", d.Current.Control, lane.Key, day, status)
				}
			}
		}
	}
	return n
}
