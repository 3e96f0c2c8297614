package pack

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// manifestFile is a manifest as collections write it.
type manifestFile struct {
	Connection string            `json:"connection"`
	Connector  string            `json:"connector"`
	Version    string            `json:"version"`
	Scope      string            `json:"scope"`
	Parameters map[string]string `json:"parameters"`
	Seq        int64             `json:"seq"`
	StartedAt  time.Time         `json:"started_at"`
	FinishedAt time.Time         `json:"finished_at"`
	Calls      []struct {
		Name       string    `json:"name"`
		Parameters string    `json:"parameters"`
		Pages      int       `json:"pages"`
		Items      int       `json:"items"`
		Upstream   int       `json:"upstream"`
		Retries    int       `json:"retries"`
		Refused    int       `json:"refused"`
		Truncated  bool      `json:"truncated"`
		FirstAt    time.Time `json:"first_at"`
		LastAt     time.Time `json:"last_at"`
		Problem    string    `json:"problem"`
	} `json:"calls"`
	Kinds []struct {
		Kind     string    `json:"kind"`
		Items    int64     `json:"items"`
		Complete bool      `json:"complete"`
		Problems []string  `json:"problems"`
		From     time.Time `json:"from"`
		To       time.Time `json:"to"`
	} `json:"kinds"`
	Items   int64  `json:"items"`
	Added   int64  `json:"added"`
	Removed int64  `json:"removed"`
	Root    string `json:"root"`
	Problem string `json:"problem"`
}

// ManifestPath is the path under which a manifest is committed to.
const ManifestPath = "manifest"

// readCollections verifies the manifests, applies the deltas and recomputes the
// root of every collection in the package.
func (v *verifier) readCollections() error {
	spans := v.plan.Collections(v.families)
	err := inOrder(v.ctx, len(spans), func(i int) (int, error) {
		r := &connectionReader{v: v, span: &spans[i]}
		for at := range r.span.Seqs {
			if err := r.collection(at); err != nil {
				return at, err
			}
		}
		return len(r.span.Seqs), nil
	}, func(_, n int) error {
		v.rep.Collections += n
		v.rep.Commitments.Manifests += n
		return nil
	})
	if err != nil {
		return err
	}
	for i := range v.records.used {
		if !v.records.used[i].Load() {
			l := &v.records.list[i]
			return wrong(data(v.records.files[l.file]), "Record %s is no member of any collection in the package: it was put in.", l.hash)
		}
	}
	return nil
}

// connectionReader follows the members of a connection.
type connectionReader struct {
	v       *verifier
	span    *Span
	members []int32   // places of records, ascending
	root    tlog.Hash // of them, as the log says
	tree    tree
}

func (r *connectionReader) collection(i int) error {
	s, v := r.span, r.v
	m := v.manifests[place{s.Connection, s.Seqs[i]}]
	m.here = true
	if err := v.checkManifest(m); err != nil {
		return err
	}
	d, err := v.readDelta(s.Connection, m.seq)
	if err != nil {
		return err
	}
	where := data(CollectionFile(s.Connection, m.seq, DeltaExt))
	if (i > 0 || s.Whole) && (int64(len(d.added)) != m.added || int64(len(d.removed)) != m.removed) {
		return wrong(where, "It has %d added and %d removed records, and the log says %d and %d.", len(d.added), len(d.removed), m.added, m.removed)
	}
	if r.members, err = d.apply(r.members); err != nil {
		return wrong(where, "%v.", err)
	}
	if int64(len(r.members)) != m.n {
		return wrong(where, "The collection has %d members, and the log says %d.", len(r.members), m.n)
	}
	if i == 0 || len(d.added)+len(d.removed) > 0 {
		hashes := make([]tlog.Hash, len(r.members))
		for j, at := range r.members {
			hashes[j] = v.records.list[at].hash
		}
		r.root = r.tree.grow(hashes)
	}
	if r.root != m.root {
		return wrong(where, "The members of the collection have the root %s, and the log says %s: a record was added, removed or swapped.", r.root, m.root)
	}
	return nil
}

// tree is a Merkle tree that is recomputed again and again over leaves of which
// many stay where they were: what is above those is not hashed again.
type tree struct{ levels [][]tlog.Hash }

// grow returns the root over the leaves, which it keeps.
func (t *tree) grow(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 0 {
		t.levels = nil
		return tlog.EmptyRoot()
	}
	old := t.levels
	t.levels = [][]tlog.Hash{leaves}
	for level := 0; len(t.levels[level]) > 1; level++ {
		below := t.levels[level]
		above := make([]tlog.Hash, (len(below)+1)/2)
		var was, result []tlog.Hash
		if level+1 < len(old) {
			was, result = old[level], old[level+1]
		}
		for i := range above {
			switch {
			case 2*i+1 == len(below): // without a sibling it goes up as it is
				above[i] = below[2*i]
			case 2*i+1 < len(was) && was[2*i] == below[2*i] && was[2*i+1] == below[2*i+1]:
				above[i] = result[i]
			default:
				above[i] = tlog.NodeHash(below[2*i], below[2*i+1])
			}
		}
		t.levels = append(t.levels, above)
	}
	return t.levels[len(t.levels)-1][0]
}

func (v *verifier) checkManifest(m *logged) error {
	name := CollectionFile(m.connection, m.seq, ManifestExt)
	b, err := v.bag.Read(name, maxManifest)
	if err != nil {
		return err
	}
	saltName := CollectionFile(m.connection, m.seq, SaltExt)
	s, err := v.readSalt(saltName)
	if err != nil {
		return err
	}
	commit := tlog.Commit(s, ManifestPath, b)
	if tlog.B64(commit[:]) != m.commit {
		return wrong(data(name), "The manifest or its salt was altered: it is not what log entry %d commits to.", m.index)
	}
	var f manifestFile
	if err := strictly(b, &f); err != nil {
		return wrong(data(name), "The manifest cannot be read: %v.", err)
	}
	if err := f.agrees(&m.manifestLeaf); err != nil {
		return wrong(data(name), "The manifest and log entry %d disagree: %v.", m.index, err)
	}
	v.mu.Lock()
	v.gaps.counted(&f)
	v.mu.Unlock()
	m.problems = map[string][]string{}
	for i := range f.Kinds {
		m.problems[f.Kinds[i].Kind] = f.Kinds[i].Problems
	}
	return nil
}

func (v *verifier) readSalt(name string) (s tlog.Salt, err error) {
	b, err := v.bag.Read(name, maxDocument)
	if err != nil {
		return s, err
	}
	line, ok := strings.CutSuffix(string(b), "\n")
	raw, err := tlog.ParseB64(line)
	if err == nil && ok {
		s, err = tlog.SaltFrom(raw)
	}
	if err != nil || !ok {
		return s, wrong(data(name), "It is not a salt.")
	}
	return s, nil
}

// agrees compares what the manifest tells people with what the log says.
func (f *manifestFile) agrees(m *manifestLeaf) error {
	same := func(a, b time.Time) bool { return clock.Trunc(a).Equal(b) }
	switch {
	case f.Connection != m.connection, f.Connector != m.connector, f.Version != m.version, f.Seq != m.seq:
		return errors.New("which collection it is")
	case !same(f.StartedAt, m.startedAt), !same(f.FinishedAt, m.finishedAt):
		return errors.New("when it was made")
	case f.Items != m.n, f.Added != m.added, f.Removed != m.removed, f.Root != m.root.String():
		return errors.New("its members")
	case len(f.Kinds) != len(m.kinds):
		return errors.New("its kinds")
	}
	for i := range f.Kinds {
		k, r := &f.Kinds[i], &m.kinds[i]
		if k.Kind != r.kind || k.Items != r.items || k.Complete != r.complete || !same(k.To, r.to) || !k.To.IsZero() && !same(k.From, r.from) {
			return fmt.Errorf("what it says of %s", k.Kind)
		}
	}
	return nil
}

// delta is the records that came into a collection and went out of it, as places
// in the list of records, ascending.
type delta struct{ added, removed []int32 }

func (v *verifier) readDelta(connection string, seq int64) (d delta, err error) {
	name := CollectionFile(connection, seq, DeltaExt)
	if !v.bag.Has(name) {
		return d, nil
	}
	b, err := v.bag.Read(name, maxDelta)
	if err != nil {
		return d, err
	}
	if len(b) == 0 {
		return d, wrong(data(name), "It is empty; a collection without changes has no such file.")
	}
	from := 0
	var last tlog.Hash
	return d, eachLine(name, b, func(off int64, line []byte) error {
		if len(line) == 0 || line[0] != '+' && line[0] != '-' {
			return errors.New("it begins with neither + nor -")
		}
		h, err := tlog.ParseHash(string(line[1:]))
		if err != nil {
			return err
		}
		if off > 0 && bytes.Compare(last[:], h[:]) >= 0 {
			return fmt.Errorf("%s is not in its place", h)
		}
		last = h
		at, ok := v.records.find(h, from)
		if !ok {
			return fmt.Errorf("record %s is missing", h)
		}
		from = at + 1
		if line[0] == '+' {
			v.records.used[at].Store(true)
			d.added = append(d.added, int32(at)) //nolint:gosec // a package holds fewer records
		} else {
			d.removed = append(d.removed, int32(at)) //nolint:gosec // a package holds fewer records
		}
		return nil
	})
}

// apply returns the members after the delta; the old ones stay as they are.
func (d *delta) apply(members []int32) ([]int32, error) {
	if len(d.added)+len(d.removed) == 0 {
		return members, nil
	}
	out := make([]int32, 0, len(members)+len(d.added))
	added, removed := d.added, d.removed
	for _, m := range members {
		for len(added) > 0 && added[0] < m {
			out, added = append(out, added[0]), added[1:]
		}
		switch {
		case len(added) > 0 && added[0] == m:
			return nil, errors.New("a record is added that is a member already")
		case len(removed) > 0 && removed[0] == m:
			removed = removed[1:]
		default:
			out = append(out, m)
		}
	}
	if len(removed) > 0 {
		return nil, errors.New("a record is removed that is no member")
	}
	return slices.Concat(out, added), nil
}
