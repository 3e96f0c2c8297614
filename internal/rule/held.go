package rule

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Held is what a run leaves to the next one of the same program, so that only
// what changed is judged anew. The views that it was judged on must never
// change.
type Held struct {
	program  tlog.Hash
	worth    string
	period   Period
	excluded map[resource.Ref]string
	views    map[string][]*resource.View // in order, by kind
	counts   Counts
	unknown  map[Reason]int
	said     map[resource.Ref]opinion // what is neither pass nor of another period
	leaves   []tlog.Hash              // of the verdicts, ascending
	root     tlog.Hash                // of them
	at       time.Time                // of the run
	flips    time.Time                // when time alone may change a verdict; zero if it cannot
}

type opinion struct {
	status Status
	reason Reason
}

func (h *Held) say(ref resource.Ref, s opinion) {
	if h != nil && s.status != Pass {
		h.said[ref] = s
	}
}

// holds tells whether the run can leave something to the next: that a resource
// is as it was decides its verdict.
func (r *Judging) holds() bool {
	return !r.p.def.population() && r.block.reason == NoReason && r.own.reason == NoReason
}

// repeats tells whether what an earlier run said holds but for the resources
// that changed. Otherwise the run judges all, and if it is asked to it begins to
// hold.
func (r *Judging) repeats(h *Held) bool {
	if !r.holds() {
		return false
	}
	worth := r.p.Worth(*r.in)
	if h != nil && h.lasts(r.in.Now) && h.program == r.p.hash && h.worth == worth && (h.period == r.in.Period || !r.p.UsesPeriod()) && maps.Equal(h.excluded, r.excluded) && r.sameLookups(h) {
		r.held = h
		return true
	}
	if r.in.Hold {
		r.held = &Held{
			program: r.p.hash, worth: worth, period: r.in.Period, excluded: r.excluded,
			views: map[string][]*resource.View{}, said: map[resource.Ref]opinion{},
		}
		for i := range r.p.lookups {
			for _, kind := range r.p.lookups[i].names() {
				r.held.views[kind] = r.sorted(kind)
			}
		}
	}
	return false
}

// lasts tells whether time alone changed nothing until an instant.
func (h *Held) lasts(now time.Time) bool {
	return !now.Before(h.at) && (h.flips.IsZero() || now.Before(h.flips))
}

func (r *Judging) sameLookups(h *Held) bool {
	for i := range r.p.lookups {
		for _, kind := range r.p.lookups[i].names() {
			if !slices.Equal(h.views[kind], r.sorted(kind)) {
				return false
			}
		}
	}
	return true
}

// sorted is what the input has of a kind, in order.
func (r *Judging) sorted(kind string) []*resource.View {
	list, known := r.order[kind]
	if !known {
		list = inOrder(r.in.Resources[kind])
		r.order[kind] = list
	}
	return list
}

// again judges what changed since the run that left h.
func (r *Judging) again(ctx context.Context, h *Held) error {
	r.out.Repeats, r.out.Counts, r.unknown = true, h.counts, h.unknown
	var gone []tlog.Hash
	for i := range r.p.own.kinds {
		kind := &r.p.own.kinds[i]
		old, now := h.views[kind.schema.Kind], r.sorted(kind.schema.Kind)
		r.seen += len(now)
		err := differences(old, now, func(was, is []*resource.View) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return r.replace(kind, was, is, &gone)
		})
		if err != nil {
			return err
		}
	}
	h.leaves, r.fewer = less(h.leaves, gone), len(gone) > 0
	return nil
}

// replace judges a resource that is not as it was. Was is empty for a new one,
// is for one that is gone.
func (r *Judging) replace(kind *kindOf, was, is []*resource.View, gone *[]tlog.Hash) error {
	known := false
	if len(was) > 0 {
		old, err := r.p.own.subject(kind, was)
		if err != nil {
			return err
		}
		var leaf tlog.Hash
		if leaf, known = r.retract(&old); known {
			*gone = append(*gone, leaf)
		}
	}
	given := len(r.out.Verdicts)
	if len(is) > 0 {
		if err := r.Take(is); err != nil {
			return err
		}
	}
	if len(r.out.Verdicts) > given {
		r.out.Verdicts[given].Known = known
	} else if known {
		r.out.Gone = append(r.out.Gone, was[0].Ref)
	}
	return nil
}

// retract takes back what was said of a resource. It returns the leaf of its
// verdict, if it had one.
func (r *Judging) retract(s *subject) (leaf tlog.Hash, had bool) {
	if !r.counts(s.instant()) {
		return leaf, false
	}
	was, ok := r.held.said[s.Ref]
	if !ok {
		was.status = Pass
	}
	delete(r.held.said, s.Ref)
	r.out.Counts.Listed--
	if was.status == Out {
		r.out.Counts.Out--
		return leaf, false
	}
	r.out.Counts.Population--
	r.count(was.status, was.reason, -1)
	return tlog.VerdictHash(s.Hash, string(was.status)), true
}

// leave makes the root, and what the run leaves to the next.
func (r *Judging) leave() {
	slices.SortFunc(r.leaves, compareHashes)
	r.out.FlipsAt = earlier(r.e.flips, r.e.flipsAt())
	h := r.held
	same := r.out.Repeats && len(r.leaves) == 0 && !r.fewer
	if r.out.Repeats {
		r.leaves = merged(h.leaves, r.leaves)
		r.out.FlipsAt = earlier(h.flips, r.out.FlipsAt)
	}
	if same {
		r.out.Root = h.root
	} else {
		r.out.Root = tlog.Root(distinct(r.leaves))
	}
	if h == nil || !r.in.Hold {
		return
	}
	h.leaves, h.root, h.counts, h.unknown = r.leaves, r.out.Root, r.out.Counts, r.unknown
	h.at, h.flips = r.in.Now, r.out.FlipsAt
	for i := range r.p.own.kinds {
		kind := r.p.own.kinds[i].schema.Kind
		h.views[kind] = r.sorted(kind)
	}
	r.out.Held = h
}

// differences calls fn for each reference of which two lists in order do not
// have the very same views.
func differences(old, now []*resource.View, fn func(was, is []*resource.View) error) error {
	for len(old) > 0 || len(now) > 0 {
		n, m := together(old), together(now)
		switch {
		case n > 0 && m > 0 && old[0].Ref == now[0].Ref:
		case m == 0 || n > 0 && compareRef(old[0].Ref, now[0].Ref) < 0:
			m = 0
		default:
			n = 0
		}
		if !slices.Equal(old[:n], now[:m]) {
			if err := fn(old[:n], now[:m]); err != nil {
				return err
			}
		}
		old, now = old[n:], now[m:]
	}
	return nil
}

func compareHashes(a, b tlog.Hash) int { return bytes.Compare(a[:], b[:]) }

// less is an ascending list without the hashes that are gone, each taken once.
// It changes the list.
func less(list, gone []tlog.Hash) []tlog.Hash {
	if len(gone) == 0 {
		return list
	}
	slices.SortFunc(gone, compareHashes)
	kept := list[:0]
	for _, h := range list {
		for len(gone) > 0 && compareHashes(gone[0], h) < 0 {
			gone = gone[1:]
		}
		if len(gone) > 0 && gone[0] == h {
			gone = gone[1:]
			continue
		}
		kept = append(kept, h)
	}
	return kept
}

// merged is an ascending list of the hashes of two. It may use the first up.
func merged(list, more []tlog.Hash) []tlog.Hash {
	n := len(list)
	list = append(list, more...)
	for i, j := n-1, len(more)-1; j >= 0; { // from behind, so that nothing is overwritten before it is moved
		if i >= 0 && compareHashes(list[i], more[j]) > 0 {
			list[i+j+1] = list[i]
			i--
			continue
		}
		list[i+j+1] = more[j]
		j--
	}
	return list
}

// distinct is an ascending list with each hash once.
func distinct(list []tlog.Hash) []tlog.Hash {
	for i := 1; i < len(list); i++ {
		if list[i] == list[i-1] {
			return slices.Compact(slices.Clone(list))
		}
	}
	return list
}
