package rule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/resource"
)

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
