package population

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/register"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
)

// Most bounds a population; larger ones are taken part by part.
const Most = 50_000

// Service captures populations and reads them.
type Service struct {
	DB    *db.DB
	Keys  *keys.Ring
	Books *register.Book
}

// Source is one connection that a capture read.
type Source struct {
	Connection string `json:"connection"`
	Seq        int64  `json:"seq"`  // of the newest collection that was read
	From       int64  `json:"from"` // of the earliest
	Leaf       string `json:"leaf"` // of the newest one's manifest
	Listed     int    `json:"listed"`
	Complete   bool   `json:"complete"` // every elapsed day is covered
	Gaps       []Gap  `json:"gaps"`
}

// Gap is days that no complete collection covers: First to Last, both included.
type Gap struct {
	First standing.Date `json:"first"`
	Last  standing.Date `json:"last"`
}

// Item is one resource of a population. Its place is where it stands in the list.
type Item struct {
	Authority string `json:"authority"`
	ID        string `json:"id"`
	Hash      string `json:"hash"` // of its record
	Doubtful  bool   `json:"doubtful,omitempty"`
}

// Capture is a population as it was taken. Its JSON is what the log commits to.
type Capture struct {
	V         int           `json:"v"`
	ID        string        `json:"id"` // of the record
	Number    int           `json:"number"`
	Kind      string        `json:"kind"`
	Condition string        `json:"condition"`
	From      standing.Date `json:"from"`
	To        standing.Date `json:"to"` // the last day
	Zone      string        `json:"zone"`
	At        time.Time     `json:"at"`
	Sources   []Source      `json:"sources"`
	Items     []Item        `json:"items"`
	Ended     bool          `json:"ended"` // the period had passed
	Days      int           `json:"days"`  // of the period that had

	Root tlog.Hash `json:"-"`
	Leaf string    `json:"-"`
	salt tlog.Salt
}

// taking is one capture while it is made.
type taking struct {
	s      *Service
	tx     *db.Tx
	c      *Capture
	zone   *time.Location
	start  time.Time
	end    time.Time // after the last day, or now
	schema *resource.Schema
	views  []*resource.View
}

// Take captures the population that a record asks for, seals it, and says in the
// record what was found.
func (s *Service) Take(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := s.corrects(tx, r); err != nil {
		return err
	}
	c := &Capture{V: 1, ID: r.ID, Kind: r.Get("facts"), Condition: r.Get("condition"), From: r.Date("from"), To: r.Date("to"), Zone: w.Zone.String(), At: tx.Now(), Items: []Item{}, Sources: []Source{}}
	t := &taking{s: s, tx: tx, c: c, zone: w.Zone, start: c.From.Start(w.Zone), end: (c.To + 1).Start(w.Zone)}
	c.Ended = !tx.Now().Before(t.end)
	if tx.Now().Before(t.start) {
		return fault.Fields("Nothing was captured.", fault.Field{Name: "from", Text: "The period has not begun."})
	}
	if !c.Ended {
		t.end = tx.Now()
	}
	c.Days = int(standing.DayOf(t.end.Add(-time.Millisecond), w.Zone)-c.From) + 1
	collect := t.facts
	if strings.HasPrefix(c.Kind, dates) {
		collect = t.dates
	}
	if err := collect(); err != nil {
		return err
	}
	var err error
	if c.Number, err = next(tx, r.ID); err != nil {
		return err
	}
	c.Root = rootOf(c.Items)
	if err := seal(tx, r, c); err != nil {
		return err
	}
	c.tell(r)
	return nil
}

// rootOf is the root of the tree of the records, in their order.
func rootOf(items []Item) tlog.Hash {
	hashes := make([]tlog.Hash, len(items))
	for i := range items {
		hashes[i], _ = tlog.ParseHash(items[i].Hash)
	}
	return tlog.Root(hashes)
}

// facts takes what was collected.
func (t *taking) facts() (err error) {
	if t.schema, err = fact.Schema(t.tx, t.c.Kind, 0); err != nil {
		return fault.Fields("Nothing was captured.", fault.Field{Name: "facts", Text: "No connection ever told of the kind " + t.c.Kind + "."})
	}
	connections, err := fact.Listers(t.tx, t.c.Kind)
	if err != nil {
		return err
	}
	reader := &fact.Reader{}
	for _, id := range connections {
		if err := t.source(reader, id); err != nil {
			return err
		}
	}
	slices.SortFunc(t.views, func(a, b *resource.View) int { return a.Compare(b.Ref) })
	t.views = slices.CompactFunc(t.views, func(a, b *resource.View) bool { return a.Ref == b.Ref })
	return t.choose()
}

// source reads one connection.
func (t *taking) source(reader *fact.Reader, id string) error {
	all, err := fact.History(t.tx, t.c.Kind, id)
	if err != nil || len(all) == 0 {
		return err
	}
	newest := all[len(all)-1]
	src := Source{Connection: id, Seq: newest.Seq, From: firstOf(all, t.start), Leaf: newest.Leaf}
	views, err := t.s.shown(t.tx, reader, &newest, src.From)
	if err != nil {
		return err
	}
	for _, v := range views {
		if at := v.At(); t.schema.Family == resource.Event && (at.Before(t.start) || !at.Before(t.end)) {
			continue
		}
		src.Listed++
		t.views = append(t.views, v)
	}
	src.Gaps = t.gaps(all)
	src.Complete = len(src.Gaps) == 0 && newest.Complete
	t.c.Sources = append(t.c.Sources, src)
	return nil
}

// firstOf is the collection from which on a period is read: the last complete one
// before it, so that what was there when it began is in it; else the first.
func firstOf(all []fact.Listing, start time.Time) int64 {
	first := all[0].Seq
	for i := range all {
		if all[i].Complete && !all[i].At.After(start) {
			first = all[i].Seq
		}
	}
	return first
}

func (s *Service) shown(tx *db.Tx, reader *fact.Reader, l *fact.Listing, from int64) ([]*resource.View, error) {
	views, err := reader.Shown(tx, s.Keys, l, from)
	if err == nil && len(views) > Most {
		err = fault.Fields("Nothing was captured.", fault.Field{Name: "condition", Text: fmt.Sprintf("%s has more than %d resources of the kind. Take a shorter period.", l.Connection, Most)})
	}
	return views, err
}

// gaps are the elapsed days that no complete collection covers. A state is seen by
// one on the day; an event by what the listings cover together.
func (t *taking) gaps(all []fact.Listing) []Gap {
	out := []Gap{}
	seen := map[standing.Date]bool{}
	newest := &all[len(all)-1]
	for i := range all {
		if l := &all[i]; l.Complete {
			seen[standing.DayOf(l.At, t.zone)] = true
		}
	}
	for d := t.c.From; d <= t.c.To && d.Start(t.zone).Before(t.end); d++ {
		ok := seen[d]
		if t.schema.Family == resource.Event {
			until := (d + 1).Start(t.zone)
			if until.After(t.end) {
				until = newest.To // of today, as far as it was collected
			}
			ok = !newest.To.IsZero() && !newest.From.After(d.Start(t.zone)) && !newest.To.Before(until)
		} else if (d + 1).Start(t.zone).After(t.end) && !t.c.Ended {
			ok = true // today is not over
		}
		switch {
		case ok:
		case len(out) > 0 && out[len(out)-1].Last == d-1:
			out[len(out)-1].Last = d
		default:
			out = append(out, Gap{d, d})
		}
	}
	return out
}

// choose keeps what the condition says of, and what it cannot say of.
func (t *taking) choose() error {
	status := map[resource.Ref]rule.Status{}
	if t.c.Condition != "" {
		var err error
		if status, err = t.judge(); err != nil {
			return err
		}
	}
	for _, v := range t.views {
		st := status[v.Ref]
		if st == rule.Fail {
			continue
		}
		t.c.Items = append(t.c.Items, Item{v.Authority, v.ID, v.Hash.String(), st == rule.Unknown})
	}
	return nil
}

// judge asks the condition of every resource, as a check would.
func (t *taking) judge() (map[resource.Ref]rule.Status, error) {
	kinds, err := fact.Kinds(t.tx)
	if err != nil {
		return nil, err
	}
	p, err := rule.Compile(&rule.Definition{
		ID: "population.condition", Version: 1, Title: "It belongs to the population", Kind: t.c.Kind, Assert: t.c.Condition, Freshness: "365d", Severity: rule.Low, Empty: rule.EmptyProven,
	}, kinds, nil)
	if err != nil {
		return nil, fault.Fields("Nothing was captured.", fault.Field{Name: "condition", Text: fault.Text(err)})
	}
	if n := p.Needs(); len(n.LookedUp) > 0 {
		return nil, fault.Fields("Nothing was captured.", fault.Field{Name: "condition", Text: "A condition is about one resource by itself."})
	}
	views := make([]*resource.View, len(t.views))
	for i, v := range t.views { // what is gone is asked as it was
		there := *v
		there.Possible = false
		views[i] = &there
	}
	now := t.tx.Now()
	out := map[resource.Ref]rule.Status{}
	_, err = p.Judge(t.tx.Context(), rule.Input{
		Now: now, Period: rule.Period{From: t.start, To: t.end},
		Listings:  []rule.Listing{{Kind: t.c.Kind, Connection: "capture", Complete: true, At: now, To: now, Items: len(t.views)}},
		Resources: map[string][]*resource.View{t.c.Kind: views},
		Verdict: func(v *rule.Verdict) error {
			out[v.Ref] = v.Status
			return nil
		},
	})
	return out, err
}

// Doubtful counts the items of which the condition could not say.
func (c *Capture) Doubtful() (n int) {
	for i := range c.Items {
		if c.Items[i].Doubtful {
			n++
		}
	}
	return n
}

// Complete reports whether nothing can be missing.
func (c *Capture) Complete() bool {
	return c.Ended && c.Doubtful() == 0 && len(c.Sources) > 0 && !slices.ContainsFunc(c.Sources, func(s Source) bool { return !s.Complete })
}

// Missing says what keeps it from being complete, a sentence a line; empty if
// nothing does.
func (c *Capture) Missing() string {
	var out []string
	if !c.Ended {
		out = append(out, "The period has not ended: it was captured as far as it had gone.")
	}
	if len(c.Sources) == 0 {
		out = append(out, "No connection ever listed the kind.")
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		switch {
		case s.Complete:
		case len(s.Gaps) == 0:
			out = append(out, s.Connection+": its newest collection is not complete.")
		default:
			var days []string
			for _, g := range s.Gaps[:min(len(s.Gaps), 12)] {
				days = append(days, g.String())
			}
			if more := len(s.Gaps) - 12; more > 0 {
				days = append(days, fmt.Sprintf("and %d more", more))
			}
			out = append(out, s.Connection+": no complete collection on "+strings.Join(days, ", ")+".")
		}
	}
	if n := c.Doubtful(); n > 0 {
		out = append(out, fmt.Sprintf("Of %d items the condition cannot say whether they belong. They are in it.", n))
	}
	return strings.Join(out, "\n")
}

// String is the days of a gap: "2026-01-05" or "2026-01-05 to 2026-01-09".
func (g Gap) String() string {
	if g.First == g.Last {
		return g.First.String()
	}
	return g.First.String() + " to " + g.Last.String()
}

// gapDays counts the days on which some source is not covered.
func (c *Capture) gapDays() int {
	days := map[standing.Date]bool{}
	for i := range c.Sources {
		for _, g := range c.Sources[i].Gaps {
			for d := g.First; d <= g.Last; d++ {
				days[d] = true
			}
		}
	}
	return len(days)
}

// tell writes what was found into the record.
func (c *Capture) tell(r *register.Record) {
	yes := map[bool]string{true: register.Yes, false: register.No}
	for name, text := range map[string]string{
		"count": strconv.Itoa(len(c.Items)), "complete": yes[c.Complete()], "gaps": c.Missing(), "gap_days": strconv.Itoa(c.gapDays()), "days": strconv.Itoa(c.Days),
		"doubtful": strconv.Itoa(c.Doubtful()), "captured_at": clock.Format(c.At), "root": c.Root.String(), "leaf": c.Leaf,
	} {
		r.Values.Set(name, text)
	}
}

// dates is how the kinds of populations of dates begin.
const dates = "date."

// dates takes the dates of the period, by their unit.
func (t *taking) dates() error {
	unit := strings.TrimPrefix(t.c.Kind, dates)
	if !slices.Contains([]string{"day", "weekday", "week", "month"}, unit) || t.c.Condition != "" {
		return fault.Fields("Nothing was captured.", fault.Field{Name: "facts", Text: "Dates are date.day, date.weekday, date.week or date.month, without a condition."})
	}
	for d := t.c.From; d <= t.c.To && d.Start(t.zone).Before(t.end); d++ {
		_, _, of := d.Civil()
		weekday := d.Weekday()
		if unit == "weekday" && (weekday == time.Saturday || weekday == time.Sunday) || unit == "week" && weekday != time.Monday && d != t.c.From || unit == "month" && of != 1 && d != t.c.From {
			continue
		}
		t.c.Items = append(t.c.Items, Item{Authority: "calendar", ID: d.String(), Hash: tlog.RecordHash(tlog.Salt{}, []byte(`{"date":"`+d.String()+`"}`)).String()})
	}
	t.c.Sources = []Source{{Connection: "calendar", Complete: true, Listed: len(t.c.Items), Gaps: []Gap{}}}
	return nil
}

// encode is what the log commits to.
func (c *Capture) encode() ([]byte, error) { return json.Marshal(c) }
