package sample

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Nonce is what the auditor adds to the seed.
type Nonce [32]byte

// The tags of what is hashed here, each with its own first line.
const (
	tagSeed  = "soc2.sample/v1\n"
	tagNonce = "soc2.nonce/v1\n"
	tagStart = "soc2.start/v1\n"
)

// Hash is what is made known of a nonce before the checkpoint.
func (n Nonce) Hash() tlog.Hash { return sha256.Sum256(append([]byte(tagNonce), n[:]...)) }

// Seed decides which items are selected.
type Seed [sha256.Size]byte

// NewSeed makes the seed of a population with a root, out of the root of the
// first anchored checkpoint that covers what was fixed before, and the nonce.
func NewSeed(population, checkpoint tlog.Hash, nonce Nonce) Seed {
	h := sha256.New()
	h.Write([]byte(tagSeed))
	h.Write(population[:])
	h.Write(checkpoint[:])
	h.Write(nonce[:])
	return Seed(h.Sum(nil))
}

// rank is where an item stands in line: the lowest are selected first.
func (s Seed) rank(item int) tlog.Hash {
	var b [sha256.Size + 8]byte
	copy(b[:], s[:])
	binary.BigEndian.PutUint64(b[sha256.Size:], uint64(item)) //nolint:gosec // an item's place is not negative
	return sha256.Sum256(b[:])
}

// start is where a systematic selection begins: a place among n.
func (s Seed) start(n int) int {
	h := sha256.Sum256(append([]byte(tagStart), s[:]...))
	at := new(big.Int).SetBytes(h[:]) // 256 bits over a count: no place is more likely by any figure that matters
	return int(at.Mod(at, big.NewInt(int64(n))).Int64())
}

// Method is how items are selected.
type Method string

// The methods.
const (
	Random      Method = "random"      // every item has the same chance
	Systematic  Method = "systematic"  // evenly spread, from a random start
	Stratified  Method = "stratified"  // random within parts, each with a size of its own
	Whole       Method = "whole"       // every item
	Judgemental Method = "judgemental" // chosen by a person, with a reason
)

// Methods lists the methods.
func Methods() []Method { return []Method{Random, Systematic, Stratified, Whole, Judgemental} }

// Seeded reports whether the method draws by a seed.
func (m Method) Seeded() bool { return m == Random || m == Systematic || m == Stratified }

// Projects reports whether what is found says something about the items that
// were not selected.
func (m Method) Projects() bool { return m.Seeded() }

// Stratum is a part of a population that is drawn from by itself.
type Stratum struct {
	Name  string
	Items []int // places, each in one stratum only
	Size  int   // how many of them are selected
}

// Plan is how a population is to be drawn from.
type Plan struct {
	Method Method
	Count  int // items of the population
	Size   int // items to select; for strata and for the whole it follows
	Strata []Stratum
	Chosen []int  // Judgemental: the places
	Reason string // Judgemental: why these
}

// Draw returns the places of what is selected, in the order in which it is: the
// first ones of a larger sample of the same seed are the smaller sample, except
// that a systematic one is spread anew and stands in the population's order.
// What cannot be drawn is Invalid.
func (p *Plan) Draw(seed Seed) ([]int, error) {
	if err := p.valid(); err != nil {
		return nil, err
	}
	switch p.Method {
	case Random:
		return seed.line(upTo(p.Count))[:p.Size], nil
	case Systematic:
		return seed.spread(p.Count, p.Size), nil
	case Stratified:
		var out []int
		for i := range p.Strata {
			out = append(out, seed.line(p.Strata[i].Items)[:p.Strata[i].Size]...)
		}
		return out, nil
	case Whole:
		return upTo(p.Count), nil
	case Judgemental:
		return slices.Clone(p.Chosen), nil
	}
	return nil, fault.New(fault.Invalid, "There is no method %q.", p.Method)
}

// line puts items in the order in which they are selected.
func (s Seed) line(items []int) []int {
	type ranked struct {
		item int
		rank tlog.Hash
	}
	all := make([]ranked, len(items))
	for i, item := range items {
		all[i] = ranked{item, s.rank(item)}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(slices.Compare(a.rank[:], b.rank[:]), a.item-b.item)
	})
	out := make([]int, len(all))
	for i := range all {
		out[i] = all[i].item
	}
	return out
}

// spread selects size of count at even distances. Each item has the chance
// size in count.
func (s Seed) spread(count, size int) []int {
	out := make([]int, 0, size)
	if size == 0 {
		return out
	}
	start := s.start(count)
	for i := range size {
		out = append(out, (start+i*count)/size)
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// MostItems bounds a population that is drawn from.
const MostItems = 50_000_000

// valid reports a plan that cannot be drawn.
func (p *Plan) valid() error {
	if p.Count < 0 || p.Count > MostItems {
		return fault.New(fault.Invalid, "A population has 0 to %d items.", MostItems)
	}
	switch p.Method {
	case Random, Systematic:
		if p.Size < 0 || p.Size > p.Count {
			return fault.New(fault.Invalid, "%d of %d items cannot be selected.", p.Size, p.Count)
		}
	case Stratified:
		return p.validStrata()
	case Judgemental:
		if p.Reason == "" {
			return fault.New(fault.Invalid, "Say why these items were chosen.")
		}
		return distinct(p.Chosen, p.Count)
	case Whole:
	}
	return nil
}

func (p *Plan) validStrata() error {
	if len(p.Strata) == 0 {
		return fault.New(fault.Invalid, "Name the strata: which items each has, and how many of them are selected.")
	}
	var all []int
	for i := range p.Strata {
		s := &p.Strata[i]
		if s.Size < 0 || s.Size > len(s.Items) {
			return fault.New(fault.Invalid, "%d of the %d items of stratum %q cannot be selected.", s.Size, len(s.Items), s.Name)
		}
		all = append(all, s.Items...)
	}
	if len(all) != p.Count {
		return fault.New(fault.Invalid, "The strata have %d items, and the population %d: each item is in one stratum.", len(all), p.Count)
	}
	return distinct(all, p.Count)
}

// distinct sees that places are within the population, and each is named once.
func distinct(items []int, count int) error {
	seen := make([]bool, count)
	for _, item := range items {
		if item < 0 || item >= count {
			return fault.New(fault.Invalid, "There is no item %d: the population's are 0 to %d.", item, count-1)
		}
		if seen[item] {
			return fault.New(fault.Invalid, "Item %d is named twice.", item)
		}
		seen[item] = true
	}
	return nil
}

// Share divides a sample among strata of these sizes, in proportion, at least one
// of each that has any, and no more than it has. The sum is size, or what the
// floors and the ceilings leave.
func Share(size int, strata []int) []int {
	out, left := make([]int, len(strata)), size
	for i, n := range strata {
		out[i] = min(n, 1)
		left -= out[i]
	}
	for ; left > 0; left-- { // each goes where the share is furthest below its part
		best := -1
		for i, n := range strata {
			if out[i] < n && (best < 0 || n*(2*out[best]+1) > strata[best]*(2*out[i]+1)) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		out[best]++
	}
	return out
}
