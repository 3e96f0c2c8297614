package check

import (
	"iter"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule"
)

// Engine is what judged; it is in every result's leaf.
const Engine = "assay closures 1, cel-go 0.33.2"

// State says whether a definition holds.
type State string

// The states of a definition.
const (
	Proposed State = "proposed" // waits for another person
	InForce  State = "in_force" // from its effective time until the next version's
	Rejected State = "rejected"
	Retired  State = "retired" // not run any more
)

// Definition is one version of a check in an organization.
type Definition struct {
	rule.Definition
	Values      map[string]string // parameters that differ from their defaults
	Hash        string            // of the canonical definition, hex
	Origin      string            // "catalog" or "org"
	State       State
	EffectiveAt time.Time
	Author      string // actor id; empty for the catalog's
	Approver    string
	Revision    int // counts versions and parameter changes in the org, from 1
	Leaf        string

	canonical []byte
}

// Run is one execution of a check.
type Run struct {
	ID          string
	Batch       string
	Check       string
	Version     int
	Revision    int
	At          time.Time // the run's now
	Status      rule.Status
	Reason      rule.Reason
	Explain     string
	Counts      rule.Counts
	Inputs      []Input
	From, To    time.Time // event checks: span that every needed listing covers; zero for state checks
	Root        tlog.Hash
	Leaf        string
	Reused      bool // nothing had changed since the run before, so its verdicts hold
	fingerprint string
	flipsAt     time.Time // until then what it says holds for the same inputs; zero where that is not known
}

// Input is one listing that a run was judged on.
type Input struct {
	Kind       string `json:"kind"`
	Connection string `json:"connection"`
	Seq        int64  `json:"seq"`
	Leaf       string `json:"leaf"`
	Use        Use    `json:"use"`
}

// Use says what an input was for.
type Use string

// The uses.
const (
	UsePopulation Use = "population" // resources were judged, or looked up
	UseRequire    Use = "require"    // only its completeness counted
)

// Transition is one stretch of one resource's verdict.
type Transition struct {
	Check   string
	Ref     resource.Ref
	Label   string
	Status  rule.Status
	Reason  rule.Reason
	Message string
	Since   time.Time
	Until   time.Time // zero: still
	Ended   Ended
	RunIn   string
	RunOut  string
	At      time.Time // of an event
	Hash    tlog.Hash

	seen string // the newest run that judged so, while a batch looks for what is gone
}

// Ended says how a stretch ended.
type Ended string

// The ends.
const (
	Changed   Ended = "changed"  // another verdict
	Gone      Ended = "gone"     // the resource is believed deleted, or left the population
	ByExclude Ended = "excluded" // of a failure: an exclusion was approved
)

// Failure is one failing of one resource, from its first failed verdict to the
// pass, exclusion or disappearance that ended it. What could not be judged in
// between does not end it.
type Failure struct {
	Ref     resource.Ref
	Label   string
	Message string
	Since   time.Time
	Until   time.Time // zero: still failing
	Ended   Ended     // how, if it ended
	Event   bool
}

// Tick is a run as a row of little bars shows it.
type Tick struct {
	Status rule.Status
	Fail   int // resources that failed
}

// Exclusion is an approved, expiring reason why a resource does not count.
type Exclusion struct {
	ID           string
	Check        string
	Ref          resource.Ref
	Label        string
	Reason       string
	Compensating string
	AskedBy      string
	AskedAt      time.Time
	ApprovedBy   string
	From, Until  time.Time
	State        ExclusionState
}

// ExclusionState is how far an exclusion has come.
type ExclusionState string

// The states of an exclusion.
const (
	Asked    ExclusionState = "asked"
	Approved ExclusionState = "approved"
	Refused  ExclusionState = "refused"
	Lifted   ExclusionState = "lifted" // before its end
)

// failures joins transitions, in time order for each resource, into failures.
func failures(list []Transition) []Failure {
	var out []Failure
	open := map[resource.Ref]int{} // index+1 in out of the failure that is not ended
	for i := range list {
		t := &list[i]
		at := open[t.Ref]
		switch {
		case t.Status == rule.Fail && at == 0:
			f := Failure{Ref: t.Ref, Label: t.Label, Message: t.Message, Since: t.Since}
			if !t.At.IsZero() { // an event failed when it happened, whenever that was found out
				f.Since, f.Event = t.At, true
			}
			out = append(out, f)
			at = len(out)
			open[t.Ref] = at
		case t.Status == rule.Pass || t.Status == rule.Excluded:
			if at > 0 {
				out[at-1].Until, out[at-1].Ended = t.Since, Changed
				if t.Status == rule.Excluded {
					out[at-1].Ended = ByExclude
				}
			}
			open[t.Ref], at = 0, 0
		}
		if at > 0 && t.Ended == Gone {
			out[at-1].Until, out[at-1].Ended = t.Until, Gone
			open[t.Ref] = 0
		}
	}
	return out
}

// revisions yields the revisions of each check in a list ordered by check.
func revisions(list []Definition) iter.Seq[[]Definition] {
	return func(yield func([]Definition) bool) {
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && list[to].ID == list[from].ID {
				to++
			}
			if !yield(list[from:to]) {
				return
			}
			from = to
		}
	}
}

// inForce picks the revision that holds at an instant.
func inForce(list []Definition, at time.Time) (Definition, bool) {
	var best Definition
	found := false
	for i := range list {
		d := &list[i]
		if d.State != InForce && d.State != Retired || d.EffectiveAt.After(at) {
			continue
		}
		if !found || d.EffectiveAt.After(best.EffectiveAt) || d.EffectiveAt.Equal(best.EffectiveAt) && d.Revision > best.Revision {
			best, found = *d, true
		}
	}
	return best, found && best.State == InForce
}
