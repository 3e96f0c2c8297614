package pack

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// records is where each record of the package stands, by hash.
type records struct {
	files []string
	list  []located // ascending by hash
	used  []atomic.Bool
}

type located struct {
	hash      tlog.Hash
	file, len int32
	kind      int32 // place in the sorted names of kinds
	off       int64
}

// find returns the place of a record in the list.
func (r *records) find(h tlog.Hash, from int) (int, bool) {
	i, ok := slices.BinarySearchFunc(r.list[from:], h, func(l located, h tlog.Hash) int { return bytes.Compare(l.hash[:], h[:]) })
	return from + i, ok
}

// lines lists the numbered files of a folder: there must be no gap.
func (v *verifier) lines(dir string) ([]string, error) {
	var out []string
	for _, f := range v.bag.Files() {
		if strings.HasPrefix(f.Name, dir) {
			if f.Name != numbered(dir, len(out)) {
				return nil, wrong(data(f.Name), "%s is expected here.", data(numbered(dir, len(out))))
			}
			out = append(out, f.Name)
		}
	}
	return out, nil
}

// eachLine calls fn for the lines of a file, without their ends.
func eachLine(name string, b []byte, fn func(off int64, line []byte) error) error {
	n := 0
	for off := 0; off < len(b); {
		n++
		end := bytes.IndexByte(b[off:], '\n')
		if end < 0 {
			return wrong(data(name), "Line %d is cut off.", n)
		}
		if err := fn(int64(off), b[off:off+end]); err != nil {
			return wrong(data(name), "Line %d: %v.", n, err)
		}
		off += end + 1
	}
	return nil
}

// readRecords verifies every record on its own: its form, its hash, and what it
// commits to.
func (v *verifier) readRecords() (err error) {
	if v.records.files, err = v.lines(dirRecords); err != nil {
		return err
	}
	type part struct {
		list     []located
		personal int
	}
	err = inOrder(v.ctx, len(v.records.files), func(i int) (p part, err error) {
		b, err := v.bag.Read(v.records.files[i], maxLines)
		if err != nil {
			return p, err
		}
		return p, eachLine(v.records.files[i], b, func(off int64, line []byte) error {
			r, err := parseRecord(line)
			if err != nil {
				return err
			}
			kind, err := v.checkRecord(&r)
			if err != nil {
				return fmt.Errorf("record %s: %w", r.Hash, err)
			}
			if r.Personal != nil {
				p.personal++
			}
			p.list = append(p.list, located{r.Hash, int32(i), int32(len(line)), int32(kind), off}) //nolint:gosec // bounded by maxLines
			return nil
		})
	}, func(i int, p part) error {
		for _, l := range p.list {
			if n := len(v.records.list); n > 0 && bytes.Compare(v.records.list[n-1].hash[:], l.hash[:]) >= 0 {
				return wrong(data(v.records.files[i]), "Record %s is not in its place, or is there twice.", l.hash)
			}
			v.records.list = append(v.records.list, l)
		}
		v.rep.Commitments.Personal += p.personal
		return nil
	})
	v.records.used = make([]atomic.Bool, len(v.records.list))
	v.rep.Records = len(v.records.list)
	return err
}

// checkRecord verifies a record and returns the place of its kind.
func (v *verifier) checkRecord(r *Record) (kind int, err error) {
	if tlog.RecordHash(r.Salt, r.Bytes) != r.Hash {
		return 0, errors.New("the record was altered: it and its salt have another hash")
	}
	rec, _, err := resource.ScanRecord(r.Bytes)
	if err != nil {
		return 0, err
	}
	kind, known := slices.BinarySearch(v.names, rec.Kind)
	switch {
	case rec.Part != resource.PartState && rec.Part != resource.PartSeen:
		return 0, fmt.Errorf("part %q is not known", rec.Part)
	case !known || v.versions[kindVersion{rec.Kind, rec.Schema}] == nil:
		return 0, fmt.Errorf("version %d of the kind %s is not declared", rec.Schema, rec.Kind)
	case r.Personal == nil && rec.Personal != "":
		return 0, errors.New("its personal part is missing, and no erasure is recorded")
	case r.Personal == nil:
		return kind, nil
	}
	if err := canon.Members(r.Personal, nil); err != nil {
		return 0, fmt.Errorf("personal part: %w", err)
	}
	commit := tlog.Commit(r.PersonalSalt, resource.PersonalPath, r.Personal)
	if rec.Personal != tlog.B64(commit[:]) {
		return 0, errors.New("the personal part was altered: it is not what the record commits to")
	}
	return kind, nil
}

// load reads one record again, and compares it again.
func (v *verifier) load(at int) (*resource.Sighting, error) {
	l := &v.records.list[at]
	b, err := v.bag.Piece(v.records.files[l.file], l.off, int(l.len))
	if err != nil {
		return nil, err
	}
	r, err := parseRecord(b)
	if err != nil || tlog.RecordHash(r.Salt, r.Bytes) != l.hash {
		return nil, wrong(data(v.records.files[l.file]), "The file changed while it was verified.")
	}
	s := &resource.Sighting{Hash: l.hash}
	if s.Record, err = resource.ParseRecord(r.Bytes); err != nil {
		return nil, err
	}
	if r.Personal == nil {
		return s, nil
	}
	commit := tlog.Commit(r.PersonalSalt, resource.PersonalPath, r.Personal)
	if s.Record.Personal != tlog.B64(commit[:]) {
		return nil, wrong(data(v.records.files[l.file]), "The file changed while it was verified.")
	}
	s.Personal, err = resource.ParseFields(r.Personal)
	return s, err
}
