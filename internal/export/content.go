package export

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/rule"
	"assay/internal/trail"
)

// logWriter writes the log in the layout of C2SP tlog-tiles, and makes the plan
// of the package while the leaves go by.
type logWriter struct {
	x      *exporting
	edge   tlog.Frontier
	leaves [][]byte
	hashes []tlog.Hash   // of the bundle at hand
	upper  [][]tlog.Hash // of the tiles at hand above level 0, by level from 1
	starts []uint64      // index of those tiles
}

// log writes entries, tiles and nothing that is not under the signed root.
func (x *exporting) log(tx *db.Tx) error {
	w := &logWriter{x: x}
	if err := ledger.Each(tx, 0, int64(x.header.Size), w.leaf); err != nil { //nolint:gosec // far below 2^63
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	for i := range w.upper {
		if err := w.tile(i); err != nil {
			return err
		}
	}
	if w.edge.Size() != x.header.Size || w.edge.Root() != x.index.root {
		return fault.New(fault.Tampered,
			"The stored log does not give the signed root: an entry was changed. Nothing was exported. Keep a copy of the store and tell your auditor.")
	}
	return nil
}

func (w *logWriter) leaf(l ledger.Leaf) error {
	o, err := tlog.Open(l.Bytes)
	if err != nil {
		return fmt.Errorf("log entry %d: %w", l.Index, err)
	}
	if err := w.x.plan.Leaf(w.edge.Size(), o); err != nil {
		return fmt.Errorf("log entry %d: %w", l.Index, err)
	}
	w.leaves = append(w.leaves, bytes.Clone(l.Bytes))
	h := tlog.LeafHash(l.Bytes)
	w.hashes = append(w.hashes, h)
	var failed error
	w.edge.Append(h, func(level int, _ uint64, h tlog.Hash) {
		if level%tlog.TileLevels == 0 && failed == nil {
			failed = w.node(level/tlog.TileLevels-1, h)
		}
	})
	if failed == nil && len(w.leaves) == tlog.TileWidth {
		failed = w.flush()
	}
	return failed
}

// flush writes the entry bundle and the lowest tile.
func (w *logWriter) flush() error {
	n := len(w.leaves)
	if n == 0 {
		return nil
	}
	t := tlog.Tile{Level: -1, Index: (w.edge.Size() - 1) / tlog.TileWidth, Width: n}
	b, err := tlog.Bundle(w.leaves)
	if err != nil {
		return err
	}
	if err := w.x.bag.Add(pack.TileFile(t), b); err != nil {
		return err
	}
	t.Level = 0
	if err := w.x.bag.Add(pack.TileFile(t), joined(w.hashes)); err != nil {
		return err
	}
	w.leaves, w.hashes = w.leaves[:0], w.hashes[:0]
	return nil
}

func joined(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*len(tlog.Hash{}))
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// node takes a complete subtree of an upper tile level.
func (w *logWriter) node(i int, h tlog.Hash) error {
	if i == len(w.upper) {
		w.upper, w.starts = append(w.upper, nil), append(w.starts, 0)
	}
	if w.upper[i] = append(w.upper[i], h); len(w.upper[i]) < tlog.TileWidth {
		return nil
	}
	return w.tile(i)
}

func (w *logWriter) tile(i int) error {
	if len(w.upper[i]) == 0 {
		return nil
	}
	t := tlog.Tile{Level: i + 1, Index: w.starts[i], Width: len(w.upper[i])}
	err := w.x.bag.Add(pack.TileFile(t), joined(w.upper[i]))
	w.upper[i], w.starts[i] = w.upper[i][:0], w.starts[i]+1
	return err
}

// checks writes the definitions that the log names.
func (x *exporting) checks(tx *db.Tx) error {
	missing := x.plan.Checks()
	x.titles = map[string]string{}
	err := check.EachDefinition(tx, func(hash string, canonical []byte) error {
		i, named := slices.BinarySearch(missing, hash)
		if !named {
			return nil
		}
		missing = slices.Delete(missing, i, i+1)
		d, err := rule.ParseCanonical(canonical)
		if err != nil {
			return err
		}
		x.titles[hash] = d.Title
		return x.bag.Add(pack.CheckFile(hash), canonical)
	})
	if err == nil && len(missing) > 0 {
		return lost("the definition of a check with the hash %s", missing[0])
	}
	return err
}

// manifests writes the manifest of each collection, and the salt of the
// commitment to it.
func (x *exporting) manifests(tx *db.Tx) error {
	for _, s := range x.spans {
		for _, seq := range s.Seqs {
			b, salt, err := fact.ManifestOf(tx, s.Connection, seq)
			if fault.Is(err, fault.NotFound) {
				return lost("the manifest of collection %d of %s", seq, s.Connection)
			}
			if err != nil {
				return err
			}
			if err := x.bag.Add(pack.CollectionFile(s.Connection, seq, pack.ManifestExt), b); err != nil {
				return err
			}
			if err := x.bag.Add(pack.CollectionFile(s.Connection, seq, pack.SaltExt), []byte(tlog.B64(salt[:])+"\n")); err != nil {
				return err
			}
			x.sum.Collections++
		}
	}
	return nil
}

const chunk = 2 << 20

// lines writes numbered files of lines, each of about a chunk.
type lines struct {
	x    *exporting
	name func(n int) string
	n    int
	buf  []byte
}

func (l *lines) more() error {
	if len(l.buf) < chunk {
		return nil
	}
	return l.flush()
}

func (l *lines) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	err := l.x.bag.Add(l.name(l.n), l.buf)
	l.n, l.buf = l.n+1, l.buf[:0]
	return err
}

// records writes every record that is a member of a collection in the package,
// once, by hash.
func (x *exporting) records(tx *db.Tx) error {
	slices.SortFunc(x.wanted, func(a, b tlog.Hash) int { return bytes.Compare(a[:], b[:]) })
	x.wanted = slices.Compact(x.wanted)
	rest := x.wanted
	out := &lines{x: x, name: pack.RecordsFile}
	err := (fact.Service{DB: x.s.DB, Keys: x.s.Keys}).Records(tx, func(r fact.Stored) error {
		if len(rest) == 0 || rest[0] != r.Hash {
			return nil
		}
		rest = rest[1:]
		line := pack.Record{Hash: r.Hash, Salt: r.Salt, Bytes: r.Bytes, PersonalSalt: r.PersonalSalt}
		if len(r.Personal) > 0 {
			line.Personal = r.Personal
		}
		out.buf = line.Append(out.buf)
		x.sum.Records++
		return out.more()
	})
	if err == nil && len(rest) > 0 {
		return lost("the record %s", rest[0])
	}
	if err != nil {
		return err
	}
	return out.flush()
}

// results writes, for readers, what failed, was unknown or excluded.
func (x *exporting) results(tx *db.Tx) error {
	x.sum.Results = x.plan.Results()
	out := &lines{x: x, name: pack.ResultsFile}
	err := check.EachTransition(tx, x.in.From, x.in.To, func(t check.Transition) error {
		if !x.plan.HasRun(t.RunIn) {
			return nil // of a run after the signed root
		}
		s := pack.Stretch{
			Check: t.Check, Ref: t.Ref, Label: t.Label, Status: string(t.Status), Reason: string(t.Reason), Message: t.Message,
			Since: t.Since, Until: t.Until, RunIn: t.RunIn, RunOut: t.RunOut,
		}
		if !x.plan.HasRun(t.RunOut) {
			s.Until, s.RunOut = time.Time{}, ""
		}
		var err error
		if out.buf, err = s.Append(out.buf); err != nil {
			return err
		}
		return out.more()
	})
	if err != nil {
		return err
	}
	return out.flush()
}

// exclusions writes every exclusion that was ever approved.
func (x *exporting) exclusions(tx *db.Tx) error {
	list, err := check.SealedExclusions(tx)
	if err != nil {
		return err
	}
	var out []pack.Exclusion
	for _, e := range list {
		if x.plan.HasExclusion(e.ID) {
			out = append(out, pack.Exclusion{ID: e.ID, Ref: e.Ref, Reason: e.Reason, Salt: e.Salt})
			x.index.exclusions = append(x.index.exclusions, e.Exclusion)
		}
	}
	b, err := pack.EncodeExclusions(out)
	if err != nil {
		return err
	}
	return x.bag.Add(pack.FileExclusions, b)
}

// objects writes the evidence files of the period.
func (x *exporting) objects(tx *db.Tx) error {
	missing := x.plan.Evidence()
	if x.s.Evidence == nil || len(missing) == 0 {
		return nil
	}
	list, err := x.s.Evidence.All(tx)
	if err != nil {
		return err
	}
	for i := range list {
		at, named := slices.BinarySearch(missing, list[i].ID)
		if !named {
			continue
		}
		missing = slices.Delete(missing, at, at+1)
		if err := x.object(tx, &list[i]); err != nil {
			return fmt.Errorf("evidence %s: %w", list[i].ID, err)
		}
	}
	if len(missing) > 0 {
		return lost("the evidence %s", missing[0])
	}
	return nil
}

func (x *exporting) object(tx *db.Tx, e *evidence.Sealed) error {
	words, err := e.Words()
	if err != nil {
		return err
	}
	o := pack.Object{
		Evidence: e.ID, Leaf: e.Leaf, Texts: []pack.ObjectText{{Path: evidence.DetailsPath, Text: string(words), Salt: e.DetailsSalt}},
	}
	row := evidenceRow{id: e.ID, title: e.Title, covers: e.From.String() + " – " + (e.To - 1).String(), controls: e.Controls}
	if e.Blob != "" {
		file := "0" + extension(e.Media)
		name := pack.ObjectFile(e.ID, file)
		open := func() (io.ReadCloser, error) { return x.s.Evidence.Content(tx.Context(), e) }
		if err := x.bag.Stream(name, open); err != nil {
			return err
		}
		o.Files = []pack.ObjectPart{{File: file, Salt: e.BlobSalt}}
		row.files = append(row.files, fileLink{name, e.File})
	}
	b, err := o.Encode()
	if err != nil {
		return err
	}
	x.sum.Objects++
	x.index.evidence = append(x.index.evidence, row)
	return x.bag.Add(pack.ObjectFile(e.ID, pack.ObjectSalts), b)
}

// extension is that of the few media types that a browser may open from a
// folder without running anything.
func extension(media string) string {
	media, _, _ = strings.Cut(media, ";")
	switch media {
	case "application/pdf":
		return ".pdf"
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	case "image/webp":
		return ".webp"
	case "text/plain":
		return ".txt"
	case "text/csv":
		return ".csv"
	}
	return ".bin"
}

// trail writes what the trail entries of the period commit to.
func (x *exporting) trail(tx *db.Tx) error {
	out := &lines{x: x, name: pack.TrailFile}
	err := trail.EachSealed(tx, x.in.From, x.in.To, func(e trail.Sealed) error {
		if !x.plan.HasTrail(e.Leaf) {
			return nil // after the signed root
		}
		if e.Erased != "" && !x.plan.HasErasure(e.Leaf, e.Erased) {
			return fault.New(fault.Busy, "Personal data was erased while the package was made. Make it again.")
		}
		line := pack.TrailEntry{Leaf: e.Leaf, Salt: e.Salt, Detail: e.Detail, Erased: e.Erased}
		var err error
		if out.buf, err = line.Append(out.buf); err != nil {
			return err
		}
		x.sum.Trail++
		return out.more()
	})
	if err != nil {
		return err
	}
	return out.flush()
}

// readers writes what is not proof.
func (x *exporting) readers(tx *db.Tx) (err error) {
	if x.s.Controls != nil {
		if x.index.controls, err = x.s.Controls(tx, x.in.From, x.in.To); err != nil {
			return err
		}
	}
	if x.s.Standing == nil {
		return nil
	}
	b, err := x.s.Standing(tx, x.in.From, x.in.To)
	if err != nil {
		return err
	}
	return x.bag.Add(pack.FileStanding, b)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
