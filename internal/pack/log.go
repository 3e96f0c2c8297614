package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule"
)

// hashed reads every file of a folder that is named by its hash.
func (v *verifier) hashed(dir string, each func(h tlog.Hash, b []byte) error) error {
	for _, f := range v.bag.Files() {
		name, ok := strings.CutPrefix(f.Name, dir)
		if !ok {
			continue
		}
		b, err := v.bag.Read(f.Name, maxDocument)
		if err != nil {
			return err
		}
		sum := tlog.Hash(sha256.Sum256(b))
		if name != sum.String()+".json" {
			return wrong(data(f.Name), "Its content has the hash %s, which is not its name: it was altered.", sum)
		}
		if err := each(sum, b); err != nil {
			return wrong(data(f.Name), "It cannot be read: %v.", err)
		}
	}
	return nil
}

func (v *verifier) readKinds() error {
	v.kinds, v.families = map[tlog.Hash]*resource.Schema{}, map[string]resource.Family{}
	v.versions = map[kindVersion]*resource.Schema{}
	defer func() { v.names = slices.Sorted(maps.Keys(v.families)) }()
	return v.hashed(dirKinds, func(h tlog.Hash, b []byte) error {
		s := &resource.Schema{}
		if err := strictly(b, s); err != nil {
			return err
		}
		if err := s.Valid(); err != nil {
			return err
		}
		key := kindVersion{s.Kind, s.Version}
		if v.versions[key] != nil {
			return fmt.Errorf("version %d of %s is declared twice", s.Version, s.Kind)
		}
		v.kinds[h], v.versions[key] = s, s
		if v.families[s.Kind] != resource.Event {
			v.families[s.Kind] = s.Family
		}
		return nil
	})
}

func (v *verifier) readChecks() error {
	v.checks = map[tlog.Hash]*rule.Definition{}
	return v.hashed(dirChecks, func(h tlog.Hash, b []byte) error {
		d, err := rule.ParseCanonical(b)
		v.checks[h] = d
		return err
	})
}

// readCheckpoints verifies the signed roots.
func (v *verifier) readCheckpoints() error {
	v.points = map[uint64]tlog.Hash{}
	b, err := v.bag.Read(FileCheckpoint, maxDocument)
	if err != nil {
		return err
	}
	if err := v.checkpoint(FileCheckpoint, b, v.header.Size); err != nil {
		return err
	}
	v.rep.Checkpoint = b
	for _, f := range v.bag.Files() {
		size, ok := numberOf(f.Name, dirCheckpoints, "")
		if !ok {
			continue
		}
		b, err := v.bag.Read(f.Name, maxDocument)
		if err != nil {
			return err
		}
		if err := v.checkpoint(f.Name, b, uint64(size)); err != nil { //nolint:gosec // never negative
			return err
		}
	}
	v.rep.Log.Checkpoints = len(v.points)
	return nil
}

func (v *verifier) checkpoint(file string, b []byte, size uint64) error {
	c, err := tlog.OpenCheckpoint(b, v.vkey)
	switch {
	case err != nil:
		return wrong(data(file), "It is not a checkpoint signed by the key of the log: %v.", err)
	case c.Size != size:
		return wrong(data(file), "It is of size %d, and %d is expected here.", c.Size, size)
	case c.Size > v.header.Size:
		return wrong(data(file), "It is of size %d: the package was cut to %d entries.", c.Size, v.header.Size)
	}
	if root, known := v.points[size]; known && root != c.Root {
		v.rep.Fork = true
		return wrong(data(file), "Two checkpoints of size %d have different roots: the log has two histories.", size)
	}
	v.points[size] = c.Root
	return nil
}

// bundle is an entry bundle, read.
type bundle struct {
	leaves []*tlog.Opened
	hashes []tlog.Hash
	bodies []body
}

func (v *verifier) readBundle(t tlog.Tile) (b bundle, err error) {
	t.Level = -1
	name := TileFile(t)
	raw, err := v.bag.Read(name, maxBundle)
	if err != nil {
		return b, err
	}
	list, err := tlog.ParseBundle(raw, t.Width)
	if err != nil {
		return b, wrong(data(name), "It is not a bundle of %d entries: %v.", t.Width, err)
	}
	b.leaves, b.hashes = make([]*tlog.Opened, t.Width), make([]tlog.Hash, t.Width)
	for i, leaf := range list {
		b.hashes[i] = tlog.LeafHash(leaf)
		if b.leaves[i], err = tlog.Open(leaf); err != nil {
			return b, wrong(entryName(t.Index*tlog.TileWidth+uint64(i)), "The entry is not in the only form that it may have: %v.", err)
		}
	}
	return b, nil
}

// read reads the bodies of the leaves; the first has the index.
func (b *bundle) read(index uint64) (err error) {
	w := words{}
	b.bodies = make([]body, len(b.leaves))
	for i, o := range b.leaves {
		if b.bodies[i], err = readBody(o, w); err != nil {
			return wrong(entryName(index+uint64(i)), "Its body cannot be read: %v.", err)
		}
	}
	return nil
}

func entryName(index uint64) string { return fmt.Sprintf("log entry %d", index) }

// bundles lists the entry bundles of the log.
func (v *verifier) bundles() []tlog.Tile {
	var out []tlog.Tile
	for i := uint64(0); i*tlog.TileWidth < v.header.Size; i++ {
		width := min(v.header.Size-i*tlog.TileWidth, tlog.TileWidth)
		out = append(out, tlog.Tile{Level: -1, Index: i, Width: int(width)})
	}
	return out
}

// logReader recomputes the log.
type logReader struct {
	v       *verifier
	size    uint64        // so far
	current []tlog.Hash   // leaf hashes of the bundle at hand
	upper   [][]tlog.Hash // complete subtrees of level 8 and above, by level
	streams map[string]streamEnd
}

type streamEnd struct {
	next int64
	hash tlog.Hash
}

// readLog recomputes every root from the entries, and compares the tiles.
func (v *verifier) readLog() error {
	if err := v.readCheckpoints(); err != nil {
		return err
	}
	if n := v.header.Size / tlog.TileWidth; n > uint64(v.rep.Files) { //nolint:gosec // never negative
		return wrong(data(FileHeader), "It says that the log has %d entries, and the package has only %d files.", v.header.Size, v.rep.Files)
	}
	for _, size := range slices.Sorted(maps.Keys(v.pins)) {
		if size > v.header.Size {
			return wrong("pin", "The pin is of size %d and the package has %d entries: it was cut, or is older than the pin.", size, v.header.Size)
		}
	}
	v.manifests, v.begun = map[place]*logged{}, map[place]bool{}
	v.runs = runs{open: map[string]*batch{}, seen: map[[16]byte]bool{}}
	v.rep.Log.Types = map[string]int{}
	r := &logReader{v: v, streams: map[string]streamEnd{}}
	tiles := v.bundles()
	err := inOrder(v.ctx, len(tiles), func(i int) (bundle, error) {
		b, err := v.readBundle(tiles[i])
		if err != nil {
			return b, err
		}
		if err := b.read(tiles[i].Index * tlog.TileWidth); err != nil {
			return b, err
		}
		tile := tlog.Tile{Level: 0, Index: tiles[i].Index, Width: tiles[i].Width}
		return b, v.compareTile(tile, b.hashes)
	}, r.bundle)
	if err != nil {
		return err
	}
	for level := tlog.TileLevels; level <= r.top(); level += tlog.TileLevels {
		hashes := r.upper[level-tlog.TileLevels]
		for from := 0; from < len(hashes); from += tlog.TileWidth {
			part := hashes[from:min(from+tlog.TileWidth, len(hashes))]
			tile := tlog.Tile{Level: level / tlog.TileLevels, Index: uint64(from / tlog.TileWidth), Width: len(part)}
			if err := v.compareTile(tile, part); err != nil {
				return err
			}
		}
	}
	v.anchored.upper = r.upper
	v.rep.Log.Leaves, v.rep.Log.Streams = r.size, len(r.streams)
	v.rep.Log.Root = v.points[v.header.Size].String()
	v.rep.Interrupted = len(v.begun)
	return v.runs.end(v)
}

func (v *verifier) compareTile(t tlog.Tile, hashes []tlog.Hash) error {
	name := TileFile(t)
	b, err := v.bag.Read(name, tlog.TileWidth*sha256.Size)
	if err != nil {
		return err
	}
	if len(b) != len(hashes)*sha256.Size {
		return wrong(data(name), "It has %d bytes, and %d are expected.", len(b), len(hashes)*sha256.Size)
	}
	for i := range hashes {
		if !bytes.Equal(b[i*sha256.Size:(i+1)*sha256.Size], hashes[i][:]) {
			return wrong(data(name), "Hash %d of it is not that of the entries: the tile or an entry was altered.", i)
		}
	}
	return nil
}

// top is the highest level of which there is a complete subtree.
func (r *logReader) top() int { return tlog.TileLevels + len(r.upper) - 1 }

// bundle takes the next bundle.
func (r *logReader) bundle(_ int, b bundle) error {
	r.current = b.hashes
	base := r.size
	if base == 0 {
		if err := r.roots(0, 0); err != nil {
			return err
		}
	}
	for i, o := range b.leaves {
		if err := r.leaf(base+uint64(i), o, b.hashes[i], &b.bodies[i]); err != nil {
			return err
		}
	}
	r.size += uint64(len(b.hashes))
	if len(b.hashes) == tlog.TileWidth {
		r.complete(tlog.Root(b.hashes), 0)
	}
	return r.roots(base+1, r.size)
}

// complete adds a complete subtree, and those that it completes.
func (r *logReader) complete(h tlog.Hash, level int) {
	if level == len(r.upper) {
		r.upper = append(r.upper, nil)
	}
	r.upper[level] = append(r.upper[level], h)
	if n := len(r.upper[level]); n%2 == 0 {
		r.complete(tlog.NodeHash(r.upper[level][n-2], h), level+1)
	}
}

// subtree is the complete subtree at a place; below level 8 it must be of the
// bundle at hand.
func (r *logReader) subtree(level int, index uint64) (tlog.Hash, error) {
	if level >= tlog.TileLevels {
		if level > r.top() || index >= uint64(len(r.upper[level-tlog.TileLevels])) {
			return tlog.Hash{}, errors.New("no such subtree")
		}
		return r.upper[level-tlog.TileLevels][index], nil
	}
	from := index << level % tlog.TileWidth
	if from+1<<level > uint64(len(r.current)) {
		return tlog.Hash{}, errors.New("no such subtree")
	}
	return tlog.Root(r.current[from : from+1<<level]), nil
}

// roots compares the roots that are known of sizes from first to last.
func (r *logReader) roots(first, last uint64) error {
	for size := first; size <= last; size++ {
		want, signed := r.v.points[size]
		pin, pinned := r.v.pins[size]
		if !signed && !pinned {
			continue
		}
		root, err := tlog.RootAt(size, r.subtree)
		if err != nil {
			return err
		}
		if pinned {
			if root != pin {
				r.v.rep.Fork = true
				return wrong("pin", "The first %d entries are not those that the pin was made of: the log has been replaced by another (a fork).", size)
			}
			r.v.rep.Log.PinnedAt = size
		}
		if signed && root != want {
			return wrong(data(CheckpointFile(size)), "The root of the first %d entries is %s, and the signed checkpoint says %s: an entry was altered, added or removed.", size, root, want)
		}
	}
	return nil
}

func (r *logReader) leaf(index uint64, o *tlog.Opened, h tlog.Hash, b *body) error {
	v := r.v
	if o.Log != v.header.Origin {
		return wrong(entryName(index), "It belongs to the log %s.", o.Log)
	}
	end := r.streams[o.Stream]
	var buf [2 * len(tlog.Hash{})]byte
	prev := buf[:0]
	if end.next > 0 {
		prev = hex.AppendEncode(prev, end.hash[:])
	}
	if o.Seq != end.next || o.Prev != string(prev) {
		return wrong(entryName(index), "It does not continue its stream %s: it is number %d after %q, and number %d after %q is expected. An entry is missing or was put in.",
			o.Stream, o.Seq, o.Prev, end.next, prev)
	}
	r.streams[o.Stream] = streamEnd{o.Seq + 1, h}
	if index == 0 {
		if o.Type != leafOpened {
			return wrong(entryName(index), "A log begins with %s, not %s.", leafOpened, o.Type)
		}
		v.rep.Log.First = o.At
	}
	v.rep.Log.Last = o.At
	v.rep.Log.Types[o.Type]++
	if err := v.anchored.take(index, o, b); err != nil {
		return wrong(entryName(index), "It is not in its place: %v.", err)
	}
	if err := v.plan.take(index, o, b); err != nil {
		return wrong(entryName(index), "It is not in its place: %v.", err)
	}
	if err := v.gaps.take(o, b); err != nil {
		return wrong(entryName(index), "Its body is not right: %v.", err)
	}
	if err := v.meaning(index, o, b); err != nil {
		return wrong(entryName(index), "Its body is not right: %v.", err)
	}
	return nil
}

// meaning notes what later steps need to know of an entry.
func (v *verifier) meaning(index uint64, o *tlog.Opened, b *body) error {
	if err := inStream(o, b.stream(o)); err != nil {
		return err
	}
	switch {
	case b.manifest != nil:
		m := b.manifest
		if !v.begun[place{m.connection, m.seq}] {
			return fmt.Errorf("collection %d of %s was not begun: a manifest needs an intent before it", m.seq, m.connection)
		}
		delete(v.begun, place{m.connection, m.seq})
		v.manifests[place{m.connection, m.seq}] = &logged{manifestLeaf: *m, index: index, commit: o.Commitments()[ManifestPath]}
	case b.begun != nil:
		if v.begun[*b.begun] {
			return fmt.Errorf("it begins collection %d of %s again", b.begun.seq, b.begun.connection)
		}
		v.begun[*b.begun] = true
	case b.intent != nil:
		return v.runs.intent(v, index, o, b.intent)
	case b.result != nil:
		return v.runs.result(v, o, b.result)
	case b.broken != nil:
		return v.runs.broken(v, b.broken)
	}
	return nil
}
