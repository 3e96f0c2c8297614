package rule

import (
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
}

// Input is everything that a verdict depends on beside the program.
type Input struct {
	Now        time.Time
	Listings   []Listing                   // of every kind in Needs.Listings that was ever collected
	Resources  map[string][]*resource.View // by kind, for every kind in Needs.Resources
	Exclusions []Exclusion
	Period     Period // event kinds: which events count. Required for them
	Memo       *Memo  // of earlier runs over the same views; nil to remember nothing
	Reference  bool   // cel-go evaluates every expression, and the closures none
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

	leaf tlog.Hash // of the root's tree, if it is known already; until the root is made
}

// PopulationID is the id in the reference of a verdict about a population.
const PopulationID = "population"

// verdictRoot is the root of a run's verdicts: the hashes of record and status
// in ascending order.
func verdictRoot(verdicts []Verdict) tlog.Hash {
	hashes := make([]tlog.Hash, len(verdicts))
	for i := range verdicts {
		v := &verdicts[i]
		if hashes[i] = v.leaf; v.leaf == (tlog.Hash{}) {
			hashes[i] = tlog.VerdictHash(v.Hash, string(v.Status))
		}
		v.leaf = tlog.Hash{}
	}
	return resource.Root(hashes)
}

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
		o := a.offer(s.names(), p.families)
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
