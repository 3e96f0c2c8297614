package scanner

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// finding is one finding in all scans that report it.
type finding struct {
	ids       []string
	rule      bool
	component string
	release   string
	target    string
	title     string
	places    []string
	views     []view
	seen      []sighting
}

// view is how the latest scan of a series that reports it sees a finding.
type view struct {
	in       int32 // series
	at       int64 // milliseconds
	severity severity
	fix      answer
	score    string
	fixedIn  string
	excuse   string
}

// sighting is a scan that reports it.
type sighting struct {
	in int32
	at int64
}

const mostPlaces = 20

// found adds what a scan reports. Findings of several ids are put together when all
// files are read: which ids are the same is known only then.
func (c *collection) found(in int32, s *scan, f *seen) {
	if !f.rule {
		c.relate(f.ids)
	}
	key := f.ids[0] + "\n" + sameName(f.component, f.release) + "\n" + s.target
	if f.rule {
		key += "\n" + s.tool + "\n" + f.place + "\n" + f.mark
	}
	one := c.findings[key]
	if one == nil {
		one = &finding{rule: f.rule, component: f.component, release: f.release, target: s.target}
		c.findings[key] = one
	}
	at := s.at.UnixMilli()
	one.title = cmp.Or(one.title, f.title)
	for _, id := range f.ids {
		one.ids = with(one.ids, id, 50)
	}
	one.places = with(one.places, f.place, mostPlaces)
	one.views = look(one.views, view{in: in, at: at, severity: f.severity, fix: f.fix, score: f.score, fixedIn: f.fixedIn, excuse: f.excuse})
	if n := len(one.seen); n == 0 || one.seen[n-1] != (sighting{in, at}) {
		one.seen = append(one.seen, sighting{in, at})
	}
}

func with(list []string, text string, most int) []string {
	if text == "" || len(list) >= most || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// look keeps the latest view of each series. What one scan says under two ids, or in
// two places, counts together, whichever comes first.
func look(views []view, v view) []view {
	for i := range views {
		have := &views[i]
		if have.in != v.in {
			continue
		}
		switch {
		case v.at > have.at:
			*have = v
		case v.at == have.at:
			have.severity, have.fix = max(have.severity, v.severity), max(have.fix, v.fix)
			have.score, have.fixedIn = higher(have.score, v.score), longer(have.fixedIn, v.fixedIn)
			have.excuse = both(have.excuse, v.excuse)
		}
		return views
	}
	return append(views, v)
}

// both is an excuse for two of which each has one.
func both(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	return longer(a, b)
}

// merged puts together findings whose ids turned out to be of one vulnerability, and
// gives each its id here.
func (c *collection) merged() map[string]*finding {
	for _, s := range c.series {
		slices.SortFunc(s.scans, func(a, b scanned) int { return a.at.Compare(b.at) })
	}
	out := make(map[string]*finding, len(c.findings))
	for key, f := range c.findings {
		own, rest, _ := strings.Cut(key, "\n")
		known := own
		if !f.rule {
			known = c.canonical(own)
		}
		id := strings.TrimSpace(strings.ReplaceAll(known+"\n"+rest, "\n", " "))
		f.ids = append([]string{known}, f.ids...)
		delete(c.findings, key)
		if have := out[id]; have != nil {
			have.join(f)
		} else {
			out[id] = f
		}
	}
	return out
}

func (f *finding) join(o *finding) {
	f.title = longer(f.title, o.title)
	f.component, f.release = min(f.component, o.component), min(f.release, o.release) // differ in case alone
	for _, id := range o.ids {
		f.ids = with(f.ids, id, 50)
	}
	for _, p := range o.places {
		f.places = with(f.places, p, mostPlaces)
	}
	for _, v := range o.views {
		f.views = look(f.views, v)
	}
	f.seen = append(f.seen, o.seen...)
}

// longer is the longer text; of two as long, the one that comes first.
func longer(a, b string) string {
	if len(a) > len(b) || len(a) == len(b) && a < b {
		return a
	}
	return b
}

// life is what became of a finding.
type life struct {
	first, found, last time.Time
	fixed              time.Time // zero while it is open
	open               []view    // of the series that report it still; of a fixed one, all
}

// live works out the life: it is open while a series reports it, and found at the
// beginning of the earliest stretch of reports that goes on until now.
func (c *collection) live(f *finding) (l life) {
	slices.SortFunc(f.seen, func(a, b sighting) int { return cmp.Or(cmp.Compare(a.in, b.in), cmp.Compare(a.at, b.at)) })
	slices.SortFunc(f.views, func(a, b view) int { return cmp.Compare(a.in, b.in) })
	for _, v := range f.views {
		since, fixed := c.series[v.in].stretch(f.seen, v.in)
		if !fixed.IsZero() {
			l.fixed = later(l.fixed, fixed)
			continue
		}
		l.open = append(l.open, v)
		l.found = earlier(l.found, since)
	}
	for _, s := range f.seen {
		at := time.UnixMilli(s.at).UTC()
		l.first, l.last = earlier(l.first, at), later(l.last, at)
	}
	if len(l.open) > 0 {
		l.fixed = time.Time{}
		return l
	}
	l.open = f.views
	l.found = l.first
	return l
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// stretch goes through the scans of a series: since when a finding is reported
// without a whole scan between that does not, and when it was gone.
func (s *series) stretch(seen []sighting, in int32) (since, fixed time.Time) {
	next, _ := slices.BinarySearchFunc(seen, in, func(a sighting, in int32) int { return cmp.Compare(a.in, in) })
	for _, scan := range s.scans {
		for next < len(seen) && seen[next].in == in && seen[next].at < scan.at.UnixMilli() {
			next++
		}
		switch here := next < len(seen) && seen[next].in == in && seen[next].at == scan.at.UnixMilli(); {
		case here && since.IsZero():
			since, fixed = scan.at, time.Time{}
		case !here && !scan.broken && !since.IsZero():
			since, fixed = time.Time{}, scan.at
		}
	}
	return since, fixed
}
