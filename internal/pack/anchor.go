package pack

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa"
)

// What a package of format v2 has beyond one of v1: what others than the
// operator said about the log.
const (
	dirAnchors = "anchors/"
	// FileCosigned is the newest checkpoint with the signatures of witnesses.
	FileCosigned = dirAnchors + "checkpoint"
	tokenExt     = ".tst"
)

// TokenFile is the name of a time stamp token with the hash.
func TokenFile(hash string) string { return dirAnchors + hash + tokenExt }

// StampHash is what a time stamp of a checkpoint is about.
func StampHash(c tlog.Checkpoint) [sha256.Size]byte { return sha256.Sum256([]byte(c.Text())) }

// The bounds of time unless a policy says others.
const (
	DefaultCadence = 2 * time.Hour
	DefaultSkew    = 5 * time.Minute
)

// Time is what somebody asks for who believes authorities of time.
type Time struct {
	Roots   *tsa.Roots
	Cadence time.Duration // how soon after an entry a time stamp was promised; DefaultCadence if zero
	Skew    time.Duration // between the operator's clock and the authorities'; DefaultSkew if zero
	From    time.Time     // since when time stamps were promised; zero: since the log began
}

// stampLeaf notes a time stamp.
type stampLeaf struct {
	authority string
	size      int64
	token     tlog.Hash
	at        time.Time
}

func (l *stampLeaf) read(b []byte) error {
	return open(b, 4, func(key, v []byte) error {
		switch string(key) {
		case "authority":
			return text(v, &l.authority)
		case "size":
			return number(v, &l.size)
		case "token":
			return hash(v, &l.token)
		case "time":
			return instant(v, &l.at)
		}
		return errUnknown
	})
}

// witnessLeaf notes a cosignature.
type witnessLeaf struct {
	key       string // verifier key
	size      int64
	at        time.Time
	signature string // base64, as in a note
}

func (l *witnessLeaf) read(b []byte) error {
	return open(b, 4, func(key, v []byte) error {
		switch string(key) {
		case "key":
			return text(v, &l.key)
		case "size":
			return number(v, &l.size)
		case "time":
			return instant(v, &l.at)
		case "cosignature":
			return text(v, &l.signature)
		}
		return errUnknown
	})
}

// anchored is what the log says of what others said, in its order.
type anchored struct {
	newest    string // token that the next entry must name
	stamps    []anchoredAt[stampLeaf]
	witnesses []anchoredAt[witnessLeaf]
	times     []int64         // when each entry says that it was recorded, milliseconds
	borne     map[uint64]bool // entries whose time is in what they name
	upper     [][]tlog.Hash
}

type anchoredAt[L any] struct {
	index uint64
	leaf  L
}

// take notes an entry of the log, which must name the newest token before it.
func (a *anchored) take(index uint64, o *tlog.Opened, b *body) error {
	if o.Anchor != a.newest {
		return fmt.Errorf("it names the time stamp %q, and the newest before it is %q", o.Anchor, a.newest)
	}
	a.times = append(a.times, o.At.UnixMilli())
	if b.stamp == nil && b.witness == nil {
		return nil
	}
	if a.borne == nil {
		a.borne = map[uint64]bool{}
	}
	a.borne[index] = true
	var size uint64
	switch {
	case b.stamp != nil:
		size = uint64(max(b.stamp.size, 0))
		a.stamps = append(a.stamps, anchoredAt[stampLeaf]{index, *b.stamp})
		a.newest = b.stamp.token.String()
	case b.witness != nil:
		size = uint64(max(b.witness.size, 0))
		a.witnesses = append(a.witnesses, anchoredAt[witnessLeaf]{index, *b.witness})
	}
	if size < 1 || size > index {
		return fmt.Errorf("it is about the first %d entries, and stands at %d", size, index)
	}
	return nil
}

// head is the checkpoint of the first entries.
func (v *verifier) head(size uint64) (tlog.Checkpoint, error) {
	root, err := tlog.RootAt(size, func(level int, index uint64) (tlog.Hash, error) {
		if level >= tlog.TileLevels {
			return v.anchored.upper[level-tlog.TileLevels][index], nil
		}
		t := tlog.Tile{Index: index << level / tlog.TileWidth}
		t.Width = int(min(v.header.Size-t.Index*tlog.TileWidth, tlog.TileWidth))
		b, err := v.bag.Read(TileFile(t), tlog.TileWidth*sha256.Size) // compared with the entries before
		if err != nil {
			return tlog.Hash{}, err
		}
		hashes := make([]tlog.Hash, 1<<level)
		for i := range hashes {
			copy(hashes[i][:], b[(int(index<<level%tlog.TileWidth)+i)*sha256.Size:])
		}
		return tlog.Root(hashes), nil
	})
	return tlog.Checkpoint{Origin: v.header.Origin, Size: size, Root: root}, err
}

// readAnchors verifies what others said.
func (v *verifier) readAnchors() error {
	if err := v.readWitnesses(); err != nil {
		return err
	}
	if err := v.readCosigned(); err != nil {
		return err
	}
	list, err := v.readStamps()
	if err != nil || v.opts.Time == nil {
		return err
	}
	return v.bounds(list)
}

// readWitnesses verifies the cosignatures that the log notes, each under the key
// that it names; which keys are believed, the policy says.
func (v *verifier) readWitnesses() error {
	for i := range v.anchored.witnesses {
		w := &v.anchored.witnesses[i]
		if err := v.cosignature(&w.leaf); err != nil {
			return at(w.index, err)
		}
	}
	v.rep.Anchors.Cosignatures = len(v.anchored.witnesses)
	return nil
}

func (v *verifier) cosignature(l *witnessLeaf) error {
	key, err := tlog.ParseCosigner(l.key)
	if err != nil {
		return err
	}
	raw, err := tlog.ParseB64(l.signature)
	if err != nil {
		return err
	}
	if len(raw) < 4 {
		return errors.New("the cosignature is cut off")
	}
	head, err := v.head(uint64(l.size)) //nolint:gosec // checked when it was taken
	if err != nil {
		return err
	}
	seen, err := key.Verify(head.Text(), tlog.Signature{Name: key.Name, Raw: raw})
	if err != nil {
		return err
	}
	if !seen.Equal(l.at) {
		return fmt.Errorf("the witness says %s", stamp3339(seen))
	}
	return nil
}

func stamp3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// readCosigned verifies the cosigned checkpoint, and that the witnesses whom the
// policy asks for have cosigned the whole log of the package.
func (v *verifier) readCosigned() error {
	policy := v.opts.Policy
	if policy == nil {
		policy = &Policy{}
	}
	by := map[string]int64{}
	if v.bag.Has(FileCosigned) {
		b, err := v.bag.Read(FileCosigned, maxDocument)
		if err != nil {
			return err
		}
		c, sigs, err := tlog.OpenCosigned(b, v.vkey)
		if err != nil {
			return wrong(data(FileCosigned), "It is not a checkpoint signed by the key of the log: %v.", err)
		}
		if c.Size != v.header.Size || c.Root != v.points[c.Size] {
			return wrong(data(FileCosigned), "It is not the checkpoint of the %d entries of the package.", v.header.Size)
		}
		if by, err = policy.Check(c.Text(), sigs); err != nil {
			return wrong(data(FileCosigned), "A signature on it is wrong: %v.", err)
		}
	}
	for _, w := range policy.Witnesses {
		if _, ok := by[w.Name]; ok {
			v.rep.Anchors.Witnesses = append(v.rep.Anchors.Witnesses, w.Name)
		}
	}
	if v.opts.Policy == nil || policy.Witnessed(func(w tlog.Witness) bool { _, ok := by[w.Name]; return ok }) {
		return nil
	}
	got := "none"
	if len(v.rep.Anchors.Witnesses) > 0 {
		got = strings.Join(v.rep.Anchors.Witnesses, ", ")
	}
	return wrong(data(FileCosigned), "The policy asks for witnesses of these %d entries, and the quorum is not met. Cosigned by: %s.", v.header.Size, got)
}

// moment is a time stamp that verified: the first size entries were there then.
type moment struct {
	size uint64
	at   time.Time
}

// readStamps verifies the tokens, which the log names one by one.
func (v *verifier) readStamps() (list []moment, err error) {
	names := map[string]bool{}
	for i := range v.anchored.stamps {
		s := &v.anchored.stamps[i]
		t, err := v.token(&s.leaf)
		if err != nil {
			return nil, at(s.index, err)
		}
		list = append(list, moment{uint64(s.leaf.size), t.Time}) //nolint:gosec // checked when it was taken
		names[s.leaf.authority] = true
	}
	a := &v.rep.Anchors
	a.Stamps = len(list)
	for n := range names {
		a.Authorities = append(a.Authorities, n)
	}
	slices.Sort(a.Authorities)
	for i, m := range list {
		if i == 0 || m.at.Before(a.First) {
			a.First = m.at
		}
		if m.at.After(a.Last) {
			a.Last = m.at
		}
	}
	return list, nil
}

func (v *verifier) token(l *stampLeaf) (*tsa.Token, error) {
	name := TokenFile(l.token.String())
	b, err := v.bag.Read(name, tsa.MaxToken)
	if err != nil {
		return nil, err
	}
	if tlog.Hash(sha256.Sum256(b)) != l.token {
		return nil, wrong(data(name), "Its content is not what its name says: it was altered.")
	}
	t, err := tsa.Parse(b)
	if err != nil {
		return nil, wrong(data(name), "It is no time stamp: %v.", err)
	}
	head, err := v.head(uint64(l.size)) //nolint:gosec // checked when it was taken
	if err != nil {
		return nil, err
	}
	sum := StampHash(head)
	if v.opts.Time == nil {
		err = t.Consistent(sum)
	} else {
		err = t.Verify(sum, nil, v.opts.Time.Roots)
	}
	if err != nil {
		return nil, wrong(data(name), "The time stamp over the first %d entries does not hold: %v.", l.size, err)
	}
	if !t.Time.Truncate(time.Millisecond).Equal(l.at) {
		return nil, wrong(data(name), "It says %s, and the log says that it says %s.", stamp3339(t.Time), stamp(l.at))
	}
	return t, nil
}

// bounds holds the time of every entry against the stamps around it: it was not
// in the log at one, and was at the next. So it cannot claim a time before the
// one, after the next, or so long before the next that a stamp was due between.
// An entry that names a stamp or a cosignature asks for none: its time is theirs.
func (v *verifier) bounds(list []moment) error {
	asked := v.opts.Time
	cadence, skew := cmp.Or(asked.Cadence, DefaultCadence).Milliseconds(), cmp.Or(asked.Skew, DefaultSkew).Milliseconds()
	if len(list) == 0 {
		return wrong(data(dirAnchors), "Time stamps are asked for, and the log has none: when anything happened is the operator's word alone.")
	}
	slices.SortStableFunc(list, func(a, b moment) int { return cmp.Compare(a.size, b.size) })
	// by[i] is the earliest of the stamps from i on.
	by := make([]int64, len(list))
	for i, m := range slices.Backward(list) {
		by[i] = m.at.UnixMilli()
		if i+1 < len(list) {
			by[i] = min(by[i], by[i+1])
		}
	}
	after, next := int64(0), 0
	last := v.anchored.times[len(v.anchored.times)-1]
	for i, claimed := range v.anchored.times {
		for next < len(list) && list[next].size <= uint64(i) {
			after = max(after, list[next].at.UnixMilli())
			next++
		}
		says := func(format string, args ...any) error {
			return wrong(entryName(uint64(i)), "It says that it was recorded at %s: "+format, append([]any{stamp(time.UnixMilli(claimed).UTC())}, args...)...) //nolint:gosec // an index
		}
		promised := !v.anchored.borne[uint64(i)] && (asked.From.IsZero() || claimed >= asked.From.UnixMilli())
		switch {
		case claimed < after-skew:
			return says("it was not in the log at %s, when an authority stamped the entries before it. It was back-dated.", stamp(time.UnixMilli(after).UTC()))
		case next == len(list):
			v.rep.Anchors.Tail++
			if promised && last-claimed > cadence {
				return says("no time stamp came after it, and one was due within %s.", time.Duration(cadence)*time.Millisecond)
			}
		case claimed > by[next]+skew:
			return says("an authority stamped it at %s already. It was post-dated, or the clock was wrong.", stamp(time.UnixMilli(by[next]).UTC()))
		case by[next]-claimed > cadence && promised:
			return says("the first time stamp with it is of %s, and one was due within %s. It was back-dated, or stamps failed.",
				stamp(time.UnixMilli(by[next]).UTC()), time.Duration(cadence)*time.Millisecond)
		case by[next]-claimed > cadence && !v.anchored.borne[uint64(i)]:
			v.rep.Anchors.Before++
		}
	}
	return nil
}

// Anchors are what others than the operator said about the log.
type Anchors struct {
	Cosignatures int       `json:"cosignatures"`        // noted in the log, each verified under the key that it names
	Witnesses    []string  `json:"witnesses,omitempty"` // of the policy, that cosigned the whole log of the package
	Stamps       int       `json:"stamps"`
	Authorities  []string  `json:"authorities,omitempty"`
	First        time.Time `json:"first,omitzero"` // stamp
	Last         time.Time `json:"last,omitzero"`
	Trusted      bool      `json:"trusted"` // the stamps chain to roots that were given
	Before       int       `json:"before"`  // entries from before stamps were promised, which none bounds from above
	Tail         int       `json:"tail"`    // entries after the last stamp
}
