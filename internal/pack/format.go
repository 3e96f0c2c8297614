package pack

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// The versions of the package, as its header names them. The second has besides
// what others said of the log (dirAnchors), the third the working papers of an
// engagement as well (dirPapers).
const (
	FormatV1 = "soc2.package/v1"
	FormatV2 = "soc2.package/v2"
	FormatV3 = "soc2.package/v3"
)

// The payload files with fixed names, and the folders of the others.
const (
	FileHeader     = "package.json"
	FileIndex      = "index.html"
	FileKeys       = "log/keys.json"
	FileCheckpoint = "log/checkpoint"
	FileExclusions = "exclusions.json"
	FileStanding   = "standing.json"

	dirLog         = "log/"
	dirCheckpoints = "log/checkpoints/"
	dirTiles       = "log/tile/"
	dirKinds       = "kinds/"
	dirChecks      = "checks/"
	dirRecords     = "records/"
	dirCollections = "collections/"
	dirResults     = "results/"
	dirObjects     = "objects/"
	dirTrail       = "trail/"
	dirPapers      = "workpapers/"
)

// TileFile is the name of a tile or entry bundle.
func TileFile(t tlog.Tile) string { return dirLog + t.Path() }

// CheckpointFile is the name of the signed checkpoint of a size.
func CheckpointFile(size uint64) string { return fmt.Sprintf("%s%d", dirCheckpoints, size) }

// KindFile is the name of the declaration of a kind with the hash.
func KindFile(hash string) string { return dirKinds + hash + ".json" }

// CheckFile is the name of the definition of a check with the hash.
func CheckFile(hash string) string { return dirChecks + hash + ".json" }

// The numbered files of lines, from 0.
func numbered(dir string, n int) string { return fmt.Sprintf("%s%04d.ndjson", dir, n) }

// RecordsFile is the name of the n-th file of records.
func RecordsFile(n int) string { return numbered(dirRecords, n) }

// ResultsFile is the name of the n-th file of results.
func ResultsFile(n int) string { return numbered(dirResults, n) }

// TrailFile is the name of the n-th file of trail entries.
func TrailFile(n int) string { return numbered(dirTrail, n) }

// The extensions of the files of a collection.
const (
	ManifestExt = ".json"  // the manifest, as committed to
	SaltExt     = ".salt"  // of the commitment to it
	DeltaExt    = ".delta" // records that came and went; absent when none did
)

// CollectionFile is the name of a file of a collection.
func CollectionFile(connection string, seq int64, ext string) string {
	return fmt.Sprintf("%s%s/%d%s", dirCollections, connection, seq, ext)
}

// ObjectFile is the name of a file of an evidence item.
func ObjectFile(evidence, file string) string { return dirObjects + evidence + "/" + file }

// ObjectSalts is the file of an evidence item that says what the others are.
const ObjectSalts = "salts.json"

// Header says what the package is.
type Header struct {
	Format  string    // FormatV1 unless it says another
	Origin  string    // of the log
	Size    uint64    // of the log in the package
	Org     string    // name
	Name    string    // of the package, for people
	From    time.Time // the period, half-open; both zero for everything there is
	To      time.Time
	MadeAt  time.Time
	MadeBy  string // program and version
	Objects bool   // the evidence files of the period are in the package
}

// Whole tells whether the package is not confined to a period.
func (h *Header) Whole() bool { return h.From.IsZero() && h.To.IsZero() }

// In tells whether an instant belongs to the period.
func (h *Header) In(t time.Time) bool {
	return h.Whole() || !t.Before(h.From) && t.Before(h.To)
}

// Encode returns the content of package.json.
func (h *Header) Encode() ([]byte, error) {
	return document(map[string]any{
		"format": cmp.Or(h.Format, FormatV1), "origin": h.Origin, "size": int64(h.Size), "org": h.Org, "name": h.Name, //nolint:gosec // far below 2^53
		"from": stamp(h.From), "to": stamp(h.To), "made_at": stamp(h.MadeAt), "made_by": h.MadeBy, "objects": h.Objects,
	})
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return clock.Format(t)
}

// document is canonical JSON and a line feed.
func document(v any) ([]byte, error) {
	b, err := canon.Marshal(v)
	return append(b, '\n'), err
}

// undocument returns the canonical JSON of a document.
func undocument(b []byte) ([]byte, error) {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		return nil, errors.New("it does not end in a line feed")
	}
	return b[:len(b)-1], nil
}

func parseHeader(b []byte) (*Header, error) {
	b, err := undocument(b)
	if err != nil {
		return nil, err
	}
	h := &Header{}
	var size int64
	err = exact(b, 10, func(key, v []byte) error {
		switch string(key) {
		case "format":
			return text(v, &h.Format)
		case "origin":
			return text(v, &h.Origin)
		case "size":
			return number(v, &size)
		case "org":
			return text(v, &h.Org)
		case "name":
			return text(v, &h.Name)
		case "from":
			return instant(v, &h.From)
		case "to":
			return instant(v, &h.To)
		case "made_at":
			return instant(v, &h.MadeAt)
		case "made_by":
			return text(v, &h.MadeBy)
		case "objects":
			return flag(v, &h.Objects)
		}
		return errUnknown
	})
	switch {
	case err != nil:
		return nil, err
	case h.Format != FormatV1 && h.Format != FormatV2 && h.Format != FormatV3:
		return nil, fmt.Errorf("its format is %q; this program knows %q, %q and %q", h.Format, FormatV1, FormatV2, FormatV3)
	case size < 1:
		return nil, fmt.Errorf("size %d", size)
	case !h.Whole() && !h.From.Before(h.To):
		return nil, errors.New("the period does not end after it begins")
	}
	h.Size = uint64(size)
	return h, nil
}

// Keys is the content of keys.json: an untrusted copy of the log's key.
func Keys(origin, vkey string) ([]byte, error) {
	return document(map[string]any{"origin": origin, "keys": []string{vkey}})
}

func parseKeys(b []byte) (origin, vkey string, err error) {
	if b, err = undocument(b); err != nil {
		return "", "", err
	}
	n := 0
	err = exact(b, 2, func(key, v []byte) error {
		switch string(key) {
		case "origin":
			return text(v, &origin)
		case "keys":
			return canon.Elements(v, func(e []byte) error {
				n++
				return text(e, &vkey)
			})
		}
		return errUnknown
	})
	if err == nil && n != 1 {
		err = fmt.Errorf("it holds %d keys; this program knows logs of one key", n)
	}
	return origin, vkey, err
}

// SignedText is what the log's key signs for a package of a format: it can never
// be taken for a checkpoint.
func SignedText(format, origin string, tagManifest tlog.Hash) string {
	return format + "\n" + origin + "\n" + tagManifest.String() + "\n"
}

// Record is a line of a file of records.
type Record struct {
	Hash         tlog.Hash
	Salt         tlog.Salt
	Bytes        []byte // of the record, canonical
	Personal     []byte // of the personal part, canonical; nil if there is none
	PersonalSalt tlog.Salt
}

// Append adds the line to b.
func (r *Record) Append(b []byte) []byte {
	b = append(b, `{"hash":"`...)
	b = append(b, r.Hash.String()...)
	if r.Personal != nil {
		b = append(b, `","personal":`...)
		b = append(b, r.Personal...)
		b = append(b, `,"personal_salt":"`...)
		b = append(b, tlog.B64(r.PersonalSalt[:])...)
	}
	b = append(b, `","record":`...)
	b = append(b, r.Bytes...)
	b = append(b, `,"salt":"`...)
	b = append(b, tlog.B64(r.Salt[:])...)
	return append(b, "\"}\n"...)
}

func parseRecord(line []byte) (r Record, err error) {
	n, salted := 0, false
	err = canon.Members(line, func(key, v []byte) error {
		n++
		switch string(key) {
		case "hash":
			return hash(v, &r.Hash)
		case "personal":
			r.Personal = v
			return nil
		case "personal_salt":
			salted = true
			return salt(v, &r.PersonalSalt)
		case "record":
			r.Bytes = v
			return nil
		case "salt":
			return salt(v, &r.Salt)
		}
		return errUnknown
	})
	want := 3
	if r.Personal != nil {
		want = 5
	}
	if err == nil && (n != want || salted != (r.Personal != nil)) {
		err = fmt.Errorf("%d members, want %d", n, want)
	}
	return r, err
}

// TrailEntry is a line of a file of trail entries: what its leaf commits to; or what
// is left of that, to which the leaf of an erasure commits under the entry's id.
type TrailEntry struct {
	Leaf   string
	Salt   tlog.Salt
	Detail []byte // canonical
	Erased string // id of the leaf of the erasure; empty: nothing was
}

// commit is what the leaf of the entry, or of its erasure, must say.
func (e *TrailEntry) commit() tlog.Hash {
	if e.Erased != "" {
		return tlog.Commit(e.Salt, e.Leaf, e.Detail)
	}
	return tlog.Commit(e.Salt, TrailPath, e.Detail)
}

// TrailPath is the path under which a trail entry's details are committed to.
const TrailPath = "detail"

// Append adds the line to b.
func (e *TrailEntry) Append(b []byte) ([]byte, error) {
	leaf, err := canon.Marshal(e.Leaf)
	if err != nil {
		return b, err
	}
	b = append(append(b, `{"detail":`...), e.Detail...)
	if e.Erased != "" {
		erased, err := canon.Marshal(e.Erased)
		if err != nil {
			return b, err
		}
		b = append(append(b, `,"erased":`...), erased...)
	}
	b = append(append(b, `,"leaf":`...), leaf...)
	b = append(append(b, `,"salt":"`...), tlog.B64(e.Salt[:])...)
	return append(b, "\"}\n"...), nil
}

func parseTrail(line []byte) (e TrailEntry, err error) {
	n := 0
	err = canon.Members(line, func(key, v []byte) error {
		n++
		switch string(key) {
		case "detail":
			e.Detail = v
			return nil
		case "erased":
			n--
			if err := text(v, &e.Erased); err != nil || e.Erased != "" {
				return err
			}
			return errors.New("erased: it names no leaf")
		case "leaf":
			return text(v, &e.Leaf)
		case "salt":
			return salt(v, &e.Salt)
		}
		return errUnknown
	})
	if err == nil && n != 3 {
		err = errors.New("members are missing")
	}
	return e, err
}

// RefBytes are the canonical bytes of a reference, as exclusions commit to it.
func RefBytes(r resource.Ref) ([]byte, error) {
	return canon.Marshal(map[string]any{"authority": r.Authority, "id": r.ID, "kind": r.Kind})
}

// numberOf reads the number in the name of a file with a prefix and a suffix.
func numberOf(name, prefix, suffix string) (int64, bool) {
	s, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	if s, ok = strings.CutSuffix(s, suffix); !ok {
		return 0, false
	}
	n, err := canon.Int([]byte(s))
	return n, err == nil && n >= 0
}
