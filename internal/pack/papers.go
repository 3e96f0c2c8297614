package pack

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
	"assay/internal/sample"
)

// FilePapers lists which of the working papers open a commitment of the log.
const FilePapers = dirPapers + "proofs.json"

// PaperFile is the name of a working paper.
func PaperFile(name string) string { return dirPapers + name }

// The types of the entries that working papers open or tell of.
const (
	leafCaptive   = "population.captured"
	leafFrozen    = "register.frozen"
	leafCommitted = "sample.committed"
	leafDrawn     = "sample.drawn"
)

// Paper is a working paper that opens a commitment of the log.
type Paper struct {
	File string // below the folder of the working papers
	Leaf string // id of the entry
	Path string // of the commitment
	Salt tlog.Salt
}

// EncodePapers returns the content of FilePapers.
func EncodePapers(list []Paper) ([]byte, error) {
	out := make([]any, 0, len(list))
	for i := range list {
		p := &list[i]
		out = append(out, map[string]any{"file": p.File, "leaf": p.Leaf, "path": p.Path, "salt": tlog.B64(p.Salt[:])})
	}
	return document(out)
}

func parsePapers(b []byte) (list []Paper, err error) {
	if b, err = undocument(b); err != nil {
		return nil, err
	}
	return list, canon.Elements(b, func(e []byte) error {
		var p Paper
		err := exact(e, 4, func(key, v []byte) error {
			return part(key, v, map[string]*string{"file": &p.File, "leaf": &p.Leaf, "path": &p.Path}, &p.Salt)
		})
		list = append(list, p)
		return err
	})
}

// examined is what the log tells of an examination.
type examined struct {
	sealed    map[string]map[string]string // commitments by id of the entry
	captures  map[string]captureLeaf
	committed map[string]committedLeaf
	drawn     []drawnLeaf
}

type captureLeaf struct {
	population, root string
	n                int64
}

// committedLeaf fixes a sample before its seed can be known.
type committedLeaf struct {
	index                                               uint64
	sample, population, capture, root, method, nonceSum string
	n, size                                             int64
}

// drawnLeaf tells what a sample selected.
type drawnLeaf struct {
	index                                      uint64
	sample, committed, nonce, checkpoint, seed string
	selected                                   int64
	items                                      []int
}

// take notes an entry.
func (x *examined) take(index uint64, o *tlog.Opened) (err error) {
	if x.sealed == nil {
		x.sealed, x.captures, x.committed = map[string]map[string]string{}, map[string]captureLeaf{}, map[string]committedLeaf{}
	}
	switch o.Type {
	case leafFrozen:
		x.sealed[o.ID] = o.Commitments()
	case leafCaptive:
		x.sealed[o.ID] = o.Commitments()
		var c captureLeaf
		err = open(o.Body, 3, members(map[string]*string{"population": &c.population, "root": &c.root}, map[string]*int64{"n": &c.n}, nil))
		x.captures[o.ID] = c
	case leafCommitted:
		c := committedLeaf{index: index}
		err = open(o.Body, 7, members(map[string]*string{
			"sample": &c.sample, "population": &c.population, "capture": &c.capture, "root": &c.root, "method": &c.method, "nonce": &c.nonceSum,
		}, map[string]*int64{"n": &c.n, "size": &c.size}, nil))
		x.committed[o.ID] = c
	case leafDrawn:
		d := drawnLeaf{index: index}
		err = open(o.Body, 3, members(map[string]*string{
			"sample": &d.sample, "committed": &d.committed, "nonce": &d.nonce, "checkpoint": &d.checkpoint, "seed": &d.seed,
		}, map[string]*int64{"selected": &d.selected}, &d.items))
		x.drawn = append(x.drawn, d)
	}
	return err
}

// members reads texts and numbers by their names, and the places of items.
func members(words map[string]*string, numbers map[string]*int64, items *[]int) func(key, v []byte) error {
	return func(key, v []byte) error {
		if to, ok := words[string(key)]; ok {
			return text(v, to)
		}
		if to, ok := numbers[string(key)]; ok {
			return number(v, to)
		}
		if items == nil || string(key) != "items" {
			return errUnknown
		}
		return elements(v, func(e []byte) error {
			var n int64
			err := number(e, &n)
			*items = append(*items, int(n))
			return err
		})
	}
}

// Sealed reports whether the log has the entry, and it commits to what a working paper
// can open.
func (p *Plan) Sealed(leaf string) bool { return p.examined.sealed[leaf] != nil }

// readPapers opens the working papers that the log commits to, reads the others, and
// draws every sample of the log again.
func (v *verifier) readPapers() error {
	if v.header.Format != FormatV3 {
		return nil
	}
	b, err := v.bag.Read(FilePapers, maxLines)
	if err != nil {
		return err
	}
	list, err := parsePapers(b)
	if err != nil {
		return wrong(data(FilePapers), "It cannot be read: %v.", err)
	}
	seen := map[string]bool{}
	for i := range list {
		p := &list[i]
		commits, known := v.plan.examined.sealed[p.Leaf]
		if !known || seen[p.File] {
			return wrong(data(FilePapers), "%s is listed twice, or under an entry that the log does not have: %s.", p.File, p.Leaf)
		}
		seen[p.File] = true
		commit := tlog.NewCommit(p.Salt, p.Path)
		if err := v.bag.Copy(commit, PaperFile(p.File)); err != nil {
			return err
		}
		if tlog.B64(commit.Sum(nil)) != commits[p.Path] {
			return wrong(data(PaperFile(p.File)), "It was altered: it is not what log entry %s commits to.", p.Leaf)
		}
	}
	v.rep.Commitments.Papers = len(list)
	for _, name := range v.bag.Unread() {
		if strings.HasPrefix(name, dirPapers) {
			if err := v.bag.Copy(io.Discard, name); err != nil {
				return err
			}
		}
	}
	return v.drawAgain()
}

// drawAgain draws every sample again that the log tells of.
func (v *verifier) drawAgain() error {
	x := &v.plan.examined
	for i := range x.drawn {
		d := &x.drawn[i]
		c, known := x.committed[d.committed]
		if !known || c.sample != d.sample || c.index >= d.index {
			return at(d.index, errors.New("it names no commitment of the sample before it"))
		}
		if p, ok := x.captures[c.capture]; !ok || p.population != c.population || p.root != c.root || p.n != c.n {
			return at(c.index, errors.New("the population is not the one that was captured"))
		}
		method := sample.Method(c.method)
		if method == sample.Judgemental {
			v.rep.Samples.Chosen++
			continue
		}
		if err := v.draw(method, &c, d); err != nil {
			return at(d.index, err)
		}
		v.rep.Samples.Same++
	}
	return nil
}

// mostDrawn bounds the population of a sample that is drawn again.
const mostDrawn = 1_000_000

func (v *verifier) draw(method sample.Method, c *committedLeaf, d *drawnLeaf) error {
	if c.n > mostDrawn {
		return fmt.Errorf("the population of the sample %s has %d items, and at most %d are drawn from", d.sample, c.n, mostDrawn)
	}
	plan := sample.Plan{Method: method, Count: int(c.n), Size: int(d.selected)}
	var seed sample.Seed
	if method.Seeded() {
		var err error
		if seed, err = v.seed(c, d); err != nil {
			return err
		}
	}
	items, err := plan.Draw(seed)
	if err != nil {
		return fmt.Errorf("the sample %s cannot be drawn: %w", d.sample, err)
	}
	if method == sample.Whole {
		if int64(len(items)) != d.selected {
			return fmt.Errorf("the sample %s is the whole population of %d, and selects %d", d.sample, c.n, d.selected)
		}
		return nil
	}
	if fmt.Sprint(items) != fmt.Sprint(d.items) {
		return fmt.Errorf("drawn again, the sample %s selects other items", d.sample)
	}
	return nil
}

// seed makes the seed of a sample: of what was committed to, and of a head of the log
// that holds the commitment and was seen outside before the drawing.
func (v *verifier) seed(c *committedLeaf, d *drawnLeaf) (s sample.Seed, err error) {
	nonce, err := tlog.ParseHash(d.nonce)
	if err != nil || sample.Nonce(nonce).Hash().String() != c.nonceSum {
		return s, fmt.Errorf("the nonce of the sample %s is not the one that was committed to", d.sample)
	}
	root, err := tlog.ParseHash(c.root)
	if err != nil {
		return s, err
	}
	size, ok := v.anchoredFrom(c.index, d.index)
	if !ok {
		return s, fmt.Errorf("no head of the log with the commitment of the sample %s was seen outside before it was drawn", d.sample)
	}
	head, err := v.head(size)
	if err != nil {
		return s, err
	}
	if head.Root.String() != d.checkpoint {
		return s, fmt.Errorf("the sample %s was not drawn with the first head that was seen outside, of %d entries", d.sample, size)
	}
	s = sample.NewSeed(root, head.Root, sample.Nonce(nonce))
	if hex.EncodeToString(s[:]) != d.seed {
		return s, fmt.Errorf("the seed of the sample %s is another", d.sample)
	}
	return s, nil
}

// anchoredFrom is the size of the smallest head that holds an entry, and that others
// saw before another entry.
func (v *verifier) anchoredFrom(holds, before uint64) (size uint64, ok bool) {
	seen := func(index uint64, n int64) {
		at := uint64(max(n, 0))
		if index < before && at > holds && (!ok || at < size) {
			size, ok = at, true
		}
	}
	for i := range v.anchored.stamps {
		seen(v.anchored.stamps[i].index, v.anchored.stamps[i].leaf.size)
	}
	for i := range v.anchored.witnesses {
		seen(v.anchored.witnesses[i].index, v.anchored.witnesses[i].leaf.size)
	}
	return size, ok
}
