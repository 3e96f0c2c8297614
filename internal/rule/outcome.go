package rule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Status is what a check says about a resource or a run.
type Status string

// The statuses. Out is never stored: it says that a resource is not in the
// population.
const (
	Pass         Status = "pass"
	Fail         Status = "fail"
	Unknown      Status = "unknown"
	Excluded     Status = "excluded"
	NoOccurrence Status = "no_occurrence" // of a run: the population is proven empty; neutral, never a pass
	Out          Status = "out"
)

// Reason is why something is unknown.
type Reason string

// The reasons, in the order in which a run names one when its verdicts have
// several.
const (
	NoReason     Reason = ""
	NoCollection Reason = "no_collection" // nothing was ever collected of a kind that is needed
	Stale        Reason = "stale"         // the listing is older than the check's freshness
	Incomplete   Reason = "incomplete"    // the listing may lack resources, or was not proven empty
	Disagree     Reason = "disagree"      // two connections tell different things
	Error        Reason = "error"         // a field could not be read, or the expression failed
)

// Listing is what one collection offers of one kind.
type Listing struct {
	Kind       string
	Connection string    // whose; the latest listing of a connection counts for state kinds
	Complete   bool      // every page and every required call succeeded
	At         time.Time // when the collection finished
	// Event kinds: the half-open span that the listing covers. A zero From is
	// since ever; a zero To covers nothing.
	From, To time.Time
	Items    int      // resources listed
	Problems []string // why it is not complete
}

// Exclusion is an approved reason why a resource does not count. It is in
// force when From <= now < Until; one without end is never in force.
type Exclusion struct {
	ID          string
	Ref         resource.Ref
	From, Until time.Time
}

// Period is a half-open span of time.
type Period struct{ From, To time.Time }

func (p Period) contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// Needs are the kinds that a run needs.
type Needs struct {
	Listings  []string // Input.Listings should hold the listings of these
	Resources []string // Input.Resources should hold the resources of these
	Judged    []string // of Resources, those of the population
	LookedUp  []string // of Resources, those that are looked up
}

// Input is everything that a verdict depends on beside the program.
type Input struct {
	Now        time.Time
	Listings   []Listing                   // of every kind in Needs.Listings that was ever collected
	Resources  map[string][]*resource.View // by kind, for every kind in Needs.Resources
	Exclusions []Exclusion
	Period     Period // event kinds: which events count. Required for them
	Reference  bool   // cel-go evaluates every expression, and the closures none

	// Held is what an earlier run left: what it said is said again, where nothing
	// changed. It is used up. With Hold, the run leaves something to the next.
	Held *Held
	Hold bool
	// Verdict, if it is not nil, takes the verdicts, which are then not in the
	// outcome.
	Verdict func(*Verdict) error
}

// Outcome is what a run of a check says.
type Outcome struct {
	Status   Status // never Out
	Reason   Reason // why it is unknown
	Explain  string // a sentence
	Counts   Counts
	Verdicts []Verdict // of the population, by authority and id
	Root     tlog.Hash // of the verdicts (docs/spec/check.md, root)
	UsesNow  bool      // an expression reads the instant of the run
	// FlipsAt is the earliest instant after that of the run at which an
	// expression could say something else, so that the same listings, resources
	// and exclusions in force have the same verdicts until then. Zero if there is
	// none. Listings that become stale are not in it (Worth), nor is the period.
	FlipsAt time.Time

	Repeats bool           // what Input.Held says holds: Verdicts are only those that were given anew
	Gone    []resource.Ref // with Repeats: what had a verdict and has none any more
	Held    *Held          // for the next run of the same program; nil if it must judge everything
}

// Counts are numbers of resources. Listed = Out + Population, and Population =
// Excluded + Pass + Fail + Unknown. For a check about the population as a
// whole, Pass, Fail and Unknown count that one verdict, and Population counts
// resources.
type Counts struct {
	Listed     int `json:"listed"`
	Out        int `json:"out"`
	Population int `json:"population"`
	Excluded   int `json:"excluded"`
	Pass       int `json:"pass"`
	Fail       int `json:"fail"`
	Unknown    int `json:"unknown"`
}

// Verdict is what a check says about one resource.
type Verdict struct {
	Ref       resource.Ref
	Hash      tlog.Hash // of the record; the smallest where connections hold several
	Label     string
	Message   string // why it fails or is unknown; empty for a pass
	Status    Status // Pass, Fail, Unknown or Excluded
	Reason    Reason
	At        time.Time // of an event
	Exclusion string    // id of the exclusion in force
	FlipsAt   time.Time // until then expressions say the same of it; zero for ever. Of a population, see Outcome
	Known     bool      // in an outcome that repeats another: it had a verdict there
}

// PopulationID is the id in the reference of a verdict about a population.
const PopulationID = "population"

// UsesPeriod tells whether the period of the input decides a verdict: the check
// is about events, whether or not a kind of them is there yet, or needs a
// listing of them.
func (p *Program) UsesPeriod() bool {
	return p.Family() == resource.Event || slices.Contains(slices.Collect(maps.Values(p.families)), resource.Event)
}

// Worth says what the listings of an input are worth at its instant: whether
// each that is needed is there, complete and fresh. Two inputs of equal worth,
// with the same resources, exclusions in force and period, have the same
// verdicts, if the program does not read the instant (UsesNow). The text has no
// other meaning than being equal.
func (p *Program) Worth(in Input) string {
	a := &assessor{in: &in, freshness: p.freshness}
	var b strings.Builder
	source := func(s *source) {
		o := a.source(s, p.families)
		fmt.Fprintf(&b, "%s %t;", o.reason, o.items == 0)
	}
	source(&p.own)
	for i := range p.lookups {
		source(&p.lookups[i].source)
	}
	for _, kind := range p.required() {
		o := a.offer([]string{kind}, p.families)
		fmt.Fprintf(&b, "%s", o.reason)
		if kind == p.def.EmptySecond {
			fmt.Fprintf(&b, " %d", o.items)
		}
		b.WriteByte(';')
	}
	return b.String()
}

// conclude says what the verdicts and the listings mean for the run.
func (r *Judging) conclude() {
	o, c := r.out, &r.out.Counts
	lists := r.own.worse(r.helpers)
	switch {
	case c.Fail > 0:
		o.Status = Fail
		o.Explain = tally(c)
		if r.block.reason == NoReason && lists.reason != NoReason {
			o.Explain += " " + lists.why
		}
	case r.block.reason != NoReason:
		o.Status, o.Reason, o.Explain = Unknown, r.block.reason, r.block.why
	case lists.reason != NoReason:
		o.Status, o.Reason, o.Explain = Unknown, lists.reason, lists.why
	case c.Unknown > 0:
		o.Status, o.Reason, o.Explain = Unknown, r.worst(), tally(c)
	case c.Population == 0 && r.provenEmpty():
		o.Status, o.Explain = NoOccurrence, "There is nothing to judge: the listing is complete and the population empty."
	case c.Population == 0:
		o.Status, o.Reason, o.Explain = Unknown, Incomplete, "The population is empty, and that proves nothing for this check."
		if r.second > 0 {
			o.Explain = fmt.Sprintf("The population is empty although there are %d of %s.", r.second, r.p.def.EmptySecond)
		}
	case c.Pass == 0:
		o.Status, o.Explain = Excluded, tally(c)
	default:
		o.Status, o.Explain = Pass, tally(c)
	}
}

// worst is the reason of the unknown verdicts that comes first in the order of
// reasons.
func (r *Judging) worst() Reason {
	for _, reason := range reasonOrder {
		if r.unknown[reason] > 0 {
			return reason
		}
	}
	return NoReason
}

func tally(c *Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Fail, "fail"}, {c.Unknown, "unknown"}, {c.Excluded, "excluded"}, {c.Pass, "pass"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return fmt.Sprintf("Population %d: %s.", c.Population, strings.Join(parts, ", "))
}

// offer is what the listings of a kind, or of all kinds that claim a facet,
// are worth for a run.
type offer struct {
	reason Reason // NoReason: complete and fresh
	why    string // a sentence, for everything but NoReason
	items  int    // resources in the listings that count
}

// maxSkew is how far the clocks of two machines may be apart.
const maxSkew = 5 * time.Minute

// worse is the offer that stands more in the way.
func (o offer) worse(other offer) offer {
	o.items += other.items
	if slices.Index(reasonOrder, other.reason) < slices.Index(reasonOrder, o.reason) {
		o.reason, o.why = other.reason, other.why
	}
	return o
}

var reasonOrder = []Reason{NoCollection, Stale, Incomplete, Disagree, Error, NoReason}

// assessor judges listings at the instant of a run.
type assessor struct {
	in        *Input
	freshness time.Duration
}

// source assesses the listings of a source. It is incomplete while nothing of it was
// collected but what stands aside.
func (a *assessor) source(s *source, families map[string]resource.Family) offer {
	out, names, main := a.offer(s.names(), families), s.names(), s.main()
	collected := func(l Listing) bool { return slices.Contains(main, l.Kind) }
	if len(main) == len(names) || slices.ContainsFunc(a.in.Listings, collected) {
		return out
	}
	return out.worse(offer{reason: Incomplete, why: "Nothing that it speaks of was collected yet but what Assay knows of itself."})
}

// offer assesses the listings of the kinds. One of them must have been
// collected; of each that was, every connection that offers it counts.
func (a *assessor) offer(kinds []string, families map[string]resource.Family) offer {
	groups := map[[2]string][]Listing{}
	for _, l := range a.in.Listings {
		if slices.Contains(kinds, l.Kind) {
			key := [2]string{l.Kind, l.Connection}
			groups[key] = append(groups[key], l)
		}
	}
	if len(groups) == 0 {
		if len(kinds) == 0 {
			return offer{reason: NoCollection, why: "Nothing that it speaks of was collected yet."}
		}
		return offer{reason: NoCollection, why: "Nothing was collected yet of " + strings.Join(kinds, ", ") + "."}
	}
	var out offer
	keys := slices.SortedFunc(maps.Keys(groups), func(x, y [2]string) int { return slices.Compare(x[:], y[:]) })
	for _, key := range keys {
		list := groups[key]
		slices.SortStableFunc(list, func(x, y Listing) int { return x.At.Compare(y.At) })
		if families[key[0]] == resource.Event {
			out = out.worse(a.events(list))
		} else {
			out = out.worse(a.state(list))
		}
	}
	return out
}

// state assesses the listings of one connection of a state kind: the latest
// counts. Two of the same instant must both do.
func (a *assessor) state(list []Listing) offer {
	last := list[len(list)-1]
	out := offer{items: last.Items}
	for _, l := range list {
		if !l.At.Equal(last.At) {
			continue
		}
		if !l.Complete {
			out = out.worse(incomplete(l))
		}
	}
	if age := a.in.Now.Sub(last.At); age > a.freshness {
		out = out.worse(offer{reason: Stale, why: fmt.Sprintf("The listing of %s is %s old; it may be at most %s.",
			last.Kind, lasting(age), lasting(a.freshness))})
	} else if age < -maxSkew {
		out = out.worse(offer{reason: Stale, why: fmt.Sprintf("The listing of %s is dated after the run.", last.Kind)})
	}
	return out
}

func incomplete(l Listing) offer {
	why := fmt.Sprintf("The listing of %s is incomplete", l.Kind)
	if len(l.Problems) > 0 {
		why += ": " + strings.TrimSuffix(l.Problems[0], ".")
	}
	return offer{reason: Incomplete, why: why + "."}
}

// events assesses the listings of one connection of an event kind: together,
// those that are complete must cover the period so far. Until the period is
// over the last stretch may be missing, no longer than the freshness.
func (a *assessor) events(list []Listing) offer {
	last := list[len(list)-1]
	from, end, over := a.in.Period.From, a.in.Now, false
	if to := a.in.Period.To; !to.IsZero() && !to.After(end) {
		end, over = to, true
	}
	spans := slices.Clone(list)
	slices.SortStableFunc(spans, func(x, y Listing) int { return cmp.Or(x.From.Compare(y.From), x.To.Compare(y.To)) })
	covered, gap := from, false
	for _, l := range spans {
		if !l.Complete || l.To.IsZero() || !l.To.After(covered) {
			continue
		}
		if l.From.After(covered) && !covered.IsZero() { // a period since ever begins with what there is
			gap = true
			break
		}
		covered = l.To
	}
	need := end
	if !over {
		need = end.Add(-a.freshness)
	}
	out := offer{items: last.Items}
	switch {
	case !covered.Before(need) && covered.After(from):
		return out
	case !covered.Before(need) && !end.After(from): // the period has not begun
		return out
	case gap || covered.Equal(from) || over:
		if i := slices.IndexFunc(list, func(l Listing) bool { return !l.Complete }); i >= 0 {
			return out.worse(incomplete(list[i]))
		}
		return out.worse(offer{reason: Incomplete, why: fmt.Sprintf(
			"The listing of %s covers the period only until %s.", last.Kind, covered.UTC().Format("2006-01-02 15:04"))})
	}
	return out.worse(offer{reason: Stale, why: fmt.Sprintf("The listing of %s ends %s before the run; it may be at most %s.",
		last.Kind, lasting(end.Sub(covered)), lasting(a.freshness))})
}

// lasting writes a length of time for people.
func lasting(d time.Duration) string {
	unit := func(n int64, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	switch {
	case d >= 48*time.Hour:
		return unit(int64(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return unit(int64(d/time.Hour), "hour")
	}
	return unit(int64(d/time.Minute), "minute")
}
