package pack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/tlog"
)

// What can be missing.
const (
	GapSlot     = "slot"     // a connection was not collected when it was due
	GapOff      = "off"      // a connection was switched off
	GapBroken   = "broken"   // a collection was begun and has no manifest
	GapNumber   = "number"   // a collection of whose number the log does not speak
	GapUntested = "untested" // a check did not run for longer than its listings are good for
	GapCount    = "count"    // a source says that there is more than came
	GapUnsaid   = "unsaid"   // the log does not say how often a connection is collected
)

// Gap is something that a log shows to be missing. It is no objection: a machine
// may have been off. But whoever relies on the log must know it.
type Gap struct {
	Kind string    `json:"kind"`
	Of   string    `json:"of"` // the connection, or the check
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero: it lasts
	What string    `json:"what"`        // a sentence
}

// daily is how often registers are collected at least, and whatever promises no
// interval of its own.
const daily = 24 * time.Hour

// Gaps finds what is missing from the leaves of a log, which it takes in order.
// Its zero value has seen none.
type Gaps struct {
	// Fresh is how long a check's listings are good for, by the hash of its
	// definition and the org's parameters; 0 if that is not known. Without it
	// untested times are not found.
	Fresh func(definition tlog.Hash, params map[string]string) time.Duration

	connections map[string]*watched
	begun       map[place]time.Time // collections without a manifest
	checks      map[string]*tested
	last        time.Time
	list        []Gap
}

// watched is a connection as the log tells of it.
type watched struct {
	every time.Duration // promised; 0 while nothing is
	first time.Time     // when the log first told of it
	since time.Time     // when it was last begun, switched on or given a shorter interval
	off   time.Time     // since when it is switched off; zero: it is not
	seq   int64
}

// tested is a check as the log tells of it.
type tested struct {
	since  time.Time // the instant of the last run, or when it came into force
	hash   tlog.Hash
	params map[string]string
}

// Leaf takes the next leaf of the log.
func (g *Gaps) Leaf(o *tlog.Opened) error {
	switch o.Type {
	case leafBegun, leafManifest, leafDefined, leafResult:
		b, err := readBody(o, nil)
		if err != nil {
			return err
		}
		return g.take(o, &b)
	}
	return g.take(o, &body{})
}

func (g *Gaps) take(o *tlog.Opened, b *body) error {
	if g.connections == nil {
		g.connections, g.begun, g.checks = map[string]*watched{}, map[place]time.Time{}, map[string]*tested{}
	}
	g.last = o.At
	switch {
	case o.Type == leafEnabled, o.Type == leafDisabled:
		return g.switched(o)
	case o.Type == leafScheduled:
		return g.scheduled(o)
	case b.begun != nil:
		g.started(o.At, b.begun)
	case b.manifest != nil:
		delete(g.begun, place{b.manifest.connection, b.manifest.seq})
	case b.defined != nil:
		if t := g.checks[b.defined.check]; t == nil {
			g.checks[b.defined.check] = &tested{since: b.defined.effectiveAt, hash: b.defined.hash, params: b.defined.params}
		}
	case b.result != nil:
		r := b.result
		g.untested(r.check, r.now)
		g.checks[r.check] = &tested{since: r.now, hash: r.hash, params: r.params}
	}
	return nil
}

func (g *Gaps) of(connection string) *watched {
	c := g.connections[connection]
	if c == nil {
		c = &watched{first: g.last}
		if strings.HasPrefix(connection, "register/") {
			c.every = daily
		}
		g.connections[connection] = c
	}
	return c
}

func (g *Gaps) switched(o *tlog.Opened) error {
	name, err := one(o.Body, "connection")
	if err != nil {
		return err
	}
	c := g.of(name)
	if o.Type == leafDisabled {
		g.missed(name, c, o.At)
		c.off = o.At
		return nil
	}
	if !c.off.IsZero() {
		g.add(GapOff, name, c.off, o.At, "It was switched off.")
	}
	c.off, c.since = time.Time{}, o.At
	return nil
}

func (g *Gaps) scheduled(o *tlog.Opened) error {
	name, seconds := "", int64(0)
	err := open(o.Body, 2, func(key, v []byte) error {
		switch string(key) {
		case "connection":
			return text(v, &name)
		case "every":
			return number(v, &seconds)
		}
		return errUnknown
	})
	const most = 10 * 366 * 24 * 60 * 60
	if err != nil || seconds < 1 || seconds > most {
		return cmp.Or(err, fmt.Errorf("an interval of %d seconds", seconds))
	}
	if err := inStream(o, "connection/"+name); err != nil {
		return err
	}
	c, every := g.of(name), time.Duration(seconds)*time.Second
	g.missed(name, c, o.At)
	if every < c.every || c.every == 0 {
		c.since = o.At
	}
	c.every = every
	return nil
}

func (g *Gaps) started(at time.Time, p *place) {
	c := g.of(p.connection)
	g.missed(p.connection, c, at)
	if c.seq > 0 && p.seq > c.seq+1 {
		g.add(GapNumber, p.connection, c.since, at, "The log does not speak of collections %d to %d.", c.seq+1, p.seq-1)
	}
	c.seq, c.since = p.seq, at
	g.begun[*p] = at
}

// missed notes the times at which a connection was due and not collected, up to an
// instant: whole intervals went by.
func (g *Gaps) missed(name string, c *watched, until time.Time) {
	if c.every == 0 || c.since.IsZero() || !c.off.IsZero() {
		return
	}
	if n := until.Sub(c.since)/c.every - 1; n > 0 {
		g.add(GapSlot, name, c.since.Add(c.every), until, "It is due every %s. Times that it was not collected: %d.", span(c.every), n)
		c.since = until
	}
}

// untested notes that a check did not run for longer than its listings are good
// for, up to an instant.
func (g *Gaps) untested(check string, until time.Time) {
	t := g.checks[check]
	if t == nil || g.Fresh == nil {
		return
	}
	if fresh := g.Fresh(t.hash, t.params); fresh > 0 && until.Sub(t.since) > fresh {
		g.add(GapUntested, check, t.since.Add(fresh), until, "It did not run, and what it had found before was good for %s.", span(fresh))
	}
}

// span is an interval in words.
func span(d time.Duration) string {
	if d%daily == 0 && d > daily {
		return fmt.Sprintf("%d days", d/daily)
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// Counted notes what a manifest says that its source counted, where that is more
// than what came and the listing says that it is complete.
func (g *Gaps) Counted(manifest []byte) error {
	var m manifestFile
	if err := strictly(manifest, &m); err != nil {
		return err
	}
	g.counted(&m)
	return nil
}

func (g *Gaps) counted(m *manifestFile) {
	for i := range m.Kinds {
		if !m.Kinds[i].Complete {
			return // the manifest says itself that something is missing
		}
	}
	for i := range m.Calls {
		if c := &m.Calls[i]; c.Upstream > c.Items {
			g.add(GapCount, m.Connection, m.FinishedAt, m.FinishedAt, "The source counts %d, and %d came: %s, collection %d.", c.Upstream, c.Items, c.Name, m.Seq)
		}
	}
}

// Unsaid are the connections of which the log does not say how often they are
// collected, so that nobody sees what is missing of them. They are no part of
// List. Files come when people bring them.
func (g *Gaps) Unsaid() (out []Gap) {
	for _, name := range slices.Sorted(maps.Keys(g.connections)) {
		if c := g.connections[name]; c.every == 0 && !strings.HasPrefix(name, "import/") {
			out = append(out, Gap{
				Kind: GapUnsaid, Of: name, From: c.first,
				What: "The log does not say how often it is collected, so that a missing collection cannot be seen.",
			})
		}
	}
	return out
}

// List returns what is missing, in the order of time: what overlaps the period from
// from up to to, or everything if both are zero.
func (g *Gaps) List(from, to time.Time) []Gap {
	h := &Gaps{Fresh: g.Fresh, connections: g.connections, checks: g.checks, list: slices.Clone(g.list)}
	for _, name := range slices.Sorted(maps.Keys(g.connections)) {
		c := *g.connections[name]
		h.missed(name, &c, g.last)
		if !c.off.IsZero() {
			h.add(GapOff, name, c.off, time.Time{}, "It is switched off.")
		}
	}
	for p, at := range g.begun {
		if at.Before(g.last.Add(-patience)) {
			h.add(GapBroken, p.connection, at, at, "Collection %d broke off: what it saw is not in the log.", p.seq)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.checks)) {
		h.untested(name, g.last)
	}
	out := slices.DeleteFunc(h.list, func(x Gap) bool {
		return !to.IsZero() && (!x.From.Before(to) || !x.To.IsZero() && x.To.Before(from))
	})
	slices.SortStableFunc(out, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Of, b.Of), cmp.Compare(a.What, b.What))
	})
	return out
}

func (g *Gaps) add(kind, of string, from, to time.Time, format string, args ...any) {
	g.list = append(g.list, Gap{kind, of, from, to, fmt.Sprintf(format, args...)})
}
