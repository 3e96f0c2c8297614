package pack_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/bag"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// made is one organization's history, packed once for all tests.
type made struct {
	signer  *tlog.Signer
	other   *tlog.Signer // of somebody else
	early   []byte       // packed after some days
	whole   []byte
	partial []byte       // some days only
	little  []byte       // another organization with hardly any history
	tiny    *tlog.Signer // of its log
}

var once struct {
	sync.Mutex
	made *made
}

// theHistory makes the history on the first call.
func theHistory(t testing.TB) *made {
	t.Helper()
	once.Lock()
	defer once.Unlock()
	if once.made != nil {
		return once.made
	}
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	m := &made{}
	h.Days(8)
	m.early, _ = h.Package(time.Time{}, time.Time{})
	h.Days(12)
	m.whole, _ = h.Package(time.Time{}, time.Time{})
	m.partial, _ = h.Package(h.Begun().AddDate(0, 0, 7), h.Begun().AddDate(0, 0, 15))
	m.signer = signerOf(t, h)
	little, hand := dbtest.SQLite(t)
	h = exporttest.New(t, little, hand, "test.invalid")
	h.Little()
	m.little, _ = h.Package(time.Time{}, time.Time{})
	m.tiny = signerOf(t, h)
	var err error
	if m.other, err = tlog.NewSigner(m.signer.Name(), bytes.Repeat([]byte{3}, 32)); err != nil {
		t.Fatal(err)
	}
	once.made = m
	return m
}

func signerOf(t testing.TB, h *exporttest.House) (s *tlog.Signer) {
	t.Helper()
	g, err := access.Console(h.Org.ID).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Read(t.Context(), g, func(tx *db.Tx) error {
		o, err := h.Ring.Open(tx)
		s = o.Signer()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func verify(t testing.TB, b []byte, o pack.Options) *pack.Report {
	t.Helper()
	r, err := pack.Verify(t.Context(), bytes.NewReader(b), int64(len(b)), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verified != (len(r.Problems) == 0) {
		t.Fatalf("verified %t with %d problems", r.Verified, len(r.Problems))
	}
	return r
}

// refused reports the first objection; there must be one.
func refused(t testing.TB, b []byte, o pack.Options) string {
	t.Helper()
	r := verify(t, b, o)
	if r.Verified {
		t.Error("verified")
		return ""
	}
	return r.Problems[0].Where + ": " + r.Problems[0].What
}

// box is a package unpacked.
type box struct {
	t     testing.TB
	names []string
	files map[string][]byte
	info  []bag.Field
	sig   []byte
}

func unpack(t testing.TB, b []byte) *box {
	t.Helper()
	g, err := bag.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	x := &box{t: t, files: map[string][]byte{}, info: g.Info()}
	x.info = x.info[:len(x.info)-1] // Payload-Oxum is written anew
	x.sig, _ = g.Signed()
	for _, f := range g.Files() {
		x.names = append(x.names, f.Name)
		if x.files[f.Name], err = g.Read(f.Name, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// put replaces or adds a file; nil removes it.
func (x *box) put(name string, b []byte) {
	_, known := x.files[name]
	switch {
	case b == nil:
		delete(x.files, name)
		x.names = slices.DeleteFunc(x.names, func(n string) bool { return n == name })
	case !known:
		x.names = append(x.names, name)
		fallthrough
	default:
		x.files[name] = b
	}
}

// edit replaces a text in a file; it must be there.
func (x *box) edit(name, old, by string) {
	x.t.Helper()
	b := x.files[name]
	if !bytes.Contains(b, []byte(old)) {
		x.t.Fatalf("%s does not hold %q", name, old)
	}
	x.put(name, bytes.Replace(bytes.Clone(b), []byte(old), []byte(by), 1))
}

// first returns the first file with the prefix and the suffix.
func (x *box) first(prefix, suffix string) string {
	x.t.Helper()
	for _, n := range x.names {
		if strings.HasPrefix(n, prefix) && strings.HasSuffix(n, suffix) {
			return n
		}
	}
	x.t.Fatalf("no file %s…%s", prefix, suffix)
	return ""
}

// pack makes the package again. With a signer the manifests are signed anew,
// else the old signature stays.
func (x *box) pack(s *tlog.Signer) []byte {
	x.t.Helper()
	var b bytes.Buffer
	w := bag.NewWriter(&b)
	for _, n := range x.names {
		if err := w.Add(n, x.files[n]); err != nil {
			x.t.Fatal(err)
		}
	}
	_, err := w.Close(x.info, func(sum [sha256.Size]byte) ([]byte, error) {
		if s == nil {
			return x.sig, nil
		}
		return s.SignText(pack.SignedText(x.format(), s.Name(), sum))
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return b.Bytes()
}

// format is that of the header, whatever else it says.
func (x *box) format() string {
	for _, f := range []string{pack.FormatV2, pack.FormatV3} {
		if bytes.Contains(x.files[pack.FileHeader], []byte(f)) {
			return f
		}
	}
	return pack.FormatV1
}

// forge lets whoever holds the key write the log anew: edit gets the entries and
// returns others, which are numbered, linked, hashed and signed.
func (x *box) forge(s *tlog.Signer, relink bool, edit func([]*tlog.Envelope) []*tlog.Envelope) {
	x.t.Helper()
	list := edit(x.entries())
	for _, n := range slices.Clone(x.names) {
		if strings.HasPrefix(n, "log/tile/") || strings.HasPrefix(n, "log/checkpoints/") {
			x.put(n, nil)
		}
	}
	ends := map[string]tlog.Hash{}
	seqs := map[string]int64{}
	var leaves [][]byte
	var hashes []tlog.Hash
	for _, e := range list {
		if relink {
			if e.Seq, e.Prev = seqs[e.Stream], ""; e.Seq > 0 {
				e.Prev = ends[e.Stream].String()
			}
		}
		leaf, err := e.Encode()
		if err != nil {
			x.t.Fatal(err)
		}
		h := tlog.LeafHash(leaf)
		leaves, hashes = append(leaves, leaf), append(hashes, h)
		ends[e.Stream], seqs[e.Stream] = h, seqs[e.Stream]+1
	}
	x.tiles(leaves, hashes)
	c := tlog.Checkpoint{Origin: s.Name(), Size: uint64(len(leaves)), Root: tlog.Root(hashes)}
	note, err := s.SignText(c.Text())
	if err != nil {
		x.t.Fatal(err)
	}
	x.put(pack.FileCheckpoint, note)
	size := regexp.MustCompile(`"size":[0-9]+`)
	x.put(pack.FileHeader, size.ReplaceAll(x.files[pack.FileHeader], fmt.Appendf(nil, `"size":%d`, c.Size)))
}

func (x *box) tiles(leaves [][]byte, hashes []tlog.Hash) {
	x.t.Helper()
	for _, t := range tlog.Tiles(uint64(len(leaves))) {
		from := int(t.Index) * tlog.TileWidth
		var b []byte
		switch t.Level {
		case -1:
			var err error
			if b, err = tlog.Bundle(leaves[from : from+t.Width]); err != nil {
				x.t.Fatal(err)
			}
		default:
			step := 1
			for range t.Level {
				step *= tlog.TileWidth
			}
			for i := from; i < from+t.Width; i++ {
				h := tlog.Root(hashes[i*step : (i+1)*step])
				b = append(b, h[:]...)
			}
		}
		x.put(pack.TileFile(t), b)
	}
}

// entries decodes the entries of the log.
func (x *box) entries() []*tlog.Envelope {
	x.t.Helper()
	var out []*tlog.Envelope
	for _, n := range slices.Sorted(maps.Keys(x.files)) {
		if !strings.HasPrefix(n, "log/tile/entries/") {
			continue
		}
		width := tlog.TileWidth
		if _, part, ok := strings.Cut(n, ".p/"); ok {
			width = 0
			for _, c := range part {
				width = width*10 + int(c-'0')
			}
		}
		list, err := tlog.ParseBundle(x.files[n], width)
		if err != nil {
			x.t.Fatal(err)
		}
		for _, leaf := range list {
			e, err := tlog.Decode(leaf)
			if err != nil {
				x.t.Fatal(err)
			}
			out = append(out, e)
		}
	}
	return out
}
