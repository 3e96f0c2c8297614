package tlog

import (
	"fmt"
	"math/bits"
)

// Subtree returns the hash of the complete subtree at (level, index), where
// level 0 are leaves. It must exist in the tree that is asked about.
type Subtree func(level int, index uint64) (Hash, error)

// rangeRoot is the root of leaves [lo, hi) of a tree, lo aligned as RFC 6962
// splits it.
func rangeRoot(lo, hi uint64, at Subtree) (Hash, error) {
	n := hi - lo
	if n&(n-1) == 0 {
		level := bits.TrailingZeros64(n)
		return at(level, lo>>level)
	}
	mid := lo + split(n)
	l, err := rangeRoot(lo, mid, at)
	if err != nil {
		return Hash{}, err
	}
	r, err := rangeRoot(mid, hi, at)
	if err != nil {
		return Hash{}, err
	}
	return NodeHash(l, r), nil
}

// split is the largest power of two smaller than n.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// RootAt is the root of the first size leaves.
func RootAt(size uint64, at Subtree) (Hash, error) {
	if size == 0 {
		return EmptyRoot(), nil
	}
	return rangeRoot(0, size, at)
}

// ProveInclusion returns the path from leaf index to the root of the first
// size leaves (RFC 6962, 2.1.1).
func ProveInclusion(index, size uint64, at Subtree) ([]Hash, error) {
	if index >= size {
		return nil, fmt.Errorf("inclusion proof: leaf %d in a tree of %d", index, size)
	}
	return inclusion(index, 0, size, at)
}

func inclusion(index, lo, hi uint64, at Subtree) ([]Hash, error) {
	if hi-lo == 1 {
		return nil, nil
	}
	mid := lo + split(hi-lo)
	near, far := [2]uint64{lo, mid}, [2]uint64{mid, hi}
	if index >= mid {
		near, far = far, near
	}
	path, err := inclusion(index, near[0], near[1], at)
	if err != nil {
		return nil, err
	}
	h, err := rangeRoot(far[0], far[1], at)
	return append(path, h), err
}

// VerifyInclusion checks a path made by ProveInclusion.
func VerifyInclusion(index, size uint64, leaf Hash, path []Hash, root Hash) error {
	if index >= size {
		return fmt.Errorf("inclusion proof: leaf %d in a tree of %d", index, size)
	}
	h, rest, err := climb(index, 0, size, leaf, path)
	if err != nil {
		return err
	}
	if len(rest) != 0 || h != root {
		return fmt.Errorf("inclusion proof: leaf %d is not in the tree of %d with root %s", index, size, root)
	}
	return nil
}

func climb(index, lo, hi uint64, leaf Hash, path []Hash) (Hash, []Hash, error) {
	if hi-lo == 1 {
		return leaf, path, nil
	}
	mid := lo + split(hi-lo)
	nlo, nhi := lo, mid
	if index >= mid {
		nlo, nhi = mid, hi
	}
	h, rest, err := climb(index, nlo, nhi, leaf, path)
	if err != nil {
		return h, nil, err
	}
	if len(rest) == 0 {
		return h, nil, fmt.Errorf("inclusion proof: too short")
	}
	if index >= mid {
		return NodeHash(rest[0], h), rest[1:], nil
	}
	return NodeHash(h, rest[0]), rest[1:], nil
}

// ProveConsistency returns the proof that the tree of size old is a prefix of
// the tree of the given size (RFC 6962, 2.1.2).
func ProveConsistency(old, size uint64, at Subtree) ([]Hash, error) {
	if old == 0 || old > size {
		return nil, fmt.Errorf("consistency proof: from %d to %d", old, size)
	}
	return consistency(old, 0, size, true, at)
}

func consistency(old, lo, hi uint64, whole bool, at Subtree) ([]Hash, error) {
	if old == hi {
		if whole {
			return nil, nil
		}
		h, err := rangeRoot(lo, hi, at)
		return []Hash{h}, err
	}
	mid := lo + split(hi-lo)
	if old <= mid {
		path, err := consistency(old, lo, mid, whole, at)
		if err != nil {
			return nil, err
		}
		h, err := rangeRoot(mid, hi, at)
		return append(path, h), err
	}
	path, err := consistency(old, mid, hi, false, at)
	if err != nil {
		return nil, err
	}
	h, err := rangeRoot(lo, mid, at)
	return append(path, h), err
}

// VerifyConsistency checks a proof made by ProveConsistency.
func VerifyConsistency(old, size uint64, oldRoot, root Hash, proof []Hash) error {
	bad := fmt.Errorf("consistency proof: the tree of %d is not a prefix of the tree of %d", old, size)
	if old == 0 || old > size {
		return bad
	}
	a, b, rest, ok := grow(grown{old: old, oldRoot: oldRoot, whole: true}, 0, size, proof)
	if !ok || len(rest) != 0 || a != oldRoot || b != root {
		return bad
	}
	return nil
}

type grown struct {
	old     uint64
	oldRoot Hash
	whole   bool
}

// grow recomputes both roots of the range from the proof.
func grow(g grown, lo, hi uint64, proof []Hash) (before, after Hash, rest []Hash, ok bool) {
	if g.old == hi {
		if g.whole {
			return g.oldRoot, g.oldRoot, proof, true
		}
		if len(proof) == 0 {
			return Hash{}, Hash{}, nil, false
		}
		return proof[0], proof[0], proof[1:], true
	}
	mid := lo + split(hi-lo)
	left := g.old <= mid
	if left {
		before, after, rest, ok = grow(g, lo, mid, proof)
	} else {
		g.whole = false
		before, after, rest, ok = grow(g, mid, hi, proof)
	}
	if !ok || len(rest) == 0 {
		return Hash{}, Hash{}, nil, false
	}
	if left {
		return before, NodeHash(after, rest[0]), rest[1:], true
	}
	return NodeHash(rest[0], before), NodeHash(rest[0], after), rest[1:], true
}
