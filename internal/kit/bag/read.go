package bag

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"
)

// Error is what is wrong with a bag, and with which of its files; an empty file
// is the bag itself.
type Error struct {
	File string
	Text string
}

// Error says where and what.
func (e *Error) Error() string {
	if e.File == "" {
		return e.Text
	}
	return e.File + ": " + e.Text
}

func wrong(file, format string, args ...any) error {
	return &Error{File: file, Text: fmt.Sprintf(format, args...)}
}

// Bag is an opened bag. Its methods may be called by several goroutines.
type Bag struct {
	r       io.ReaderAt
	entries []entry // of the payload, in order
	sums    [][sha256.Size]byte
	index   map[string]int
	seen    []atomic.Bool // read whole, and found as the manifest says
	info    []Field
	tags    [sha256.Size]byte
	sig     []byte
	totals  Totals
}

// File is a payload file; its name is the path below data/.
type File struct {
	Name string
	Size int64
}

const (
	maxDirectory = 1 << 30
	maxTag       = 1 << 30
	tagFiles     = 5
)

// Open reads the structure of a bag and everything but the payload's contents.
// What is wrong with the bag is an *Error; any other error is the reader's.
func Open(r io.ReaderAt, size int64) (*Bag, error) {
	entries, err := readDirectory(r, size)
	if err != nil {
		return nil, err
	}
	if len(entries) < tagFiles {
		return nil, wrong("", "This is not a package: files that every package has are missing.")
	}
	n := len(entries) - tagFiles
	b := &Bag{r: r, entries: entries[:n], index: make(map[string]int, n), seen: make([]atomic.Bool, n)}
	b.totals.Bytes, b.totals.Files = size, n
	for i := range b.entries {
		name, ok := strings.CutPrefix(b.entries[i].name, payload)
		if !ok {
			return nil, wrong(b.entries[i].name, "This file does not belong into a package.")
		}
		b.index[name] = i
		b.totals.Payload += b.entries[i].size
	}
	return b, b.readTags(entries[n:])
}

func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readDirectory reads the members, makes the structures of the zip again and
// compares them with those in the file.
func readDirectory(r io.ReaderAt, size int64) ([]entry, error) {
	offset, count, err := findDirectory(r, size)
	if err != nil {
		return nil, err
	}
	tail := make([]byte, size-offset)
	if err := readFull(r, tail, offset); err != nil {
		return nil, err
	}
	entries := make([]entry, 0, min(count, len(tail)/centralLen))
	seen := names{}
	rest, at := tail, int64(0)
	for range count {
		e, n, err := readCentral(rest)
		if err != nil {
			return nil, err
		}
		if err := seen.add(e.name); err != nil {
			return nil, wrong("", "In the list of files, %v.", err)
		}
		e.offset = at
		at = e.end()
		entries = append(entries, e)
		rest = rest[n:]
	}
	if at != offset {
		return nil, wrong("", "The list of files does not begin where the last file ends.")
	}
	if again := directory(entries); !bytes.Equal(again, tail) {
		i := 0
		for i < min(len(again), len(tail)) && again[i] == tail[i] {
			i++
		}
		return nil, wrong("", "The list of files differs at byte %d from the only form that a package has. Use the file as it was written, not one that was unpacked and packed again.", offset+int64(i))
	}
	return entries, nil
}

// findDirectory reads where the directory begins and how many members it has.
// Everything it reads is compared later.
func findDirectory(r io.ReaderAt, size int64) (offset int64, count int, err error) {
	const all = end64Len + locatorLen + endLen
	tail := make([]byte, min(size, all))
	if err := readFull(r, tail, size-int64(len(tail))); err != nil {
		return 0, 0, err
	}
	if len(tail) < endLen || le.Uint32(tail[len(tail)-endLen:]) != endSig {
		return 0, 0, wrong("", "This is not a package: it does not end as a zip file does, or something follows the end.")
	}
	end := tail[len(tail)-endLen:]
	n, dirSize, off := uint64(le.Uint16(end[10:])), uint64(le.Uint32(end[12:])), uint64(le.Uint32(end[16:]))
	extra := uint64(0)
	if len(tail) == all && le.Uint32(tail) == end64Sig && le.Uint32(tail[end64Len:]) == locatorSig {
		n, dirSize, off = le.Uint64(tail[32:]), le.Uint64(tail[40:]), le.Uint64(tail[48:])
		extra = end64Len + locatorLen
	}
	if off > math.MaxInt64/4 || dirSize > maxDirectory || n > dirSize/centralLen || off+dirSize+extra+endLen != uint64(size) { //nolint:gosec // never negative
		return 0, 0, wrong("", "The end of the file contradicts its length.")
	}
	return int64(off), int(n), nil //nolint:gosec // was bounded
}

func readCentral(b []byte) (e entry, n int, err error) {
	if len(b) < centralLen || le.Uint32(b) != centralSig {
		return e, 0, wrong("", "The list of files is cut off.")
	}
	e.crc, e.size = le.Uint32(b[16:]), int64(le.Uint32(b[24:]))
	nameLen, extra := int(le.Uint16(b[28:])), int(le.Uint16(b[30:]))
	n = centralLen + nameLen + extra
	if len(b) < n {
		return e, 0, wrong("", "The list of files is cut off.")
	}
	e.name = string(b[centralLen : centralLen+nameLen])
	return e, n, nil
}

func (b *Bag) readTags(tags []entry) error {
	var contents [tagFiles][]byte
	for i, name := range []string{Declaration, Information, Manifest, TagManifest, Signature} {
		if tags[i].name != name {
			return wrong(tags[i].name, "Here %s is expected.", name)
		}
		if tags[i].size > maxTag {
			return wrong(name, "It is too long.")
		}
		content, err := b.load(&tags[i])
		if err != nil {
			return err
		}
		contents[i] = content
	}
	if string(contents[0]) != declaration {
		return wrong(Declaration, "It is not the declaration of a BagIt 1.0 bag.")
	}
	if err := b.readInfo(contents[1]); err != nil {
		return err
	}
	if err := b.readManifest(contents[2]); err != nil {
		return err
	}
	var again []byte
	for i, name := range []string{Declaration, Information, Manifest} {
		again = line(again, sha256.Sum256(contents[i]), name)
	}
	if !bytes.Equal(again, contents[3]) {
		return wrong(TagManifest, "It does not list the hashes of %s, %s and %s.", Declaration, Information, Manifest)
	}
	b.tags, b.sig = sha256.Sum256(contents[3]), contents[4]
	return nil
}

func (b *Bag) readInfo(content []byte) error {
	for l := range strings.SplitAfterSeq(string(content), "\n") {
		if l == "" {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(l, "\n"), ": ")
		if !ok || !strings.HasSuffix(l, "\n") {
			return wrong(Information, "The line %q is not a name and a value.", l)
		}
		b.info = append(b.info, Field{name, value})
	}
	want := Field{oxum, fmt.Sprintf("%d.%d", b.totals.Payload, b.totals.Files)}
	if len(b.info) == 0 || b.info[len(b.info)-1] != want {
		return wrong(Information, "It does not say that there are %d bytes in %d files.", b.totals.Payload, b.totals.Files)
	}
	return nil
}

func (b *Bag) readManifest(content []byte) error {
	b.sums = make([][sha256.Size]byte, len(b.entries))
	for i := range b.entries {
		name := b.entries[i].name
		n := 2*sha256.Size + 2 + len(name) + 1
		if len(content) < n {
			return wrong(b.entries[i].name, "The manifest does not list this file.")
		}
		if _, err := hex.Decode(b.sums[i][:], content[:2*sha256.Size]); err != nil {
			return wrong(Manifest, "Line %d does not begin with a hash.", i+1)
		}
		if !bytes.Equal(line(nil, b.sums[i], name), content[:n]) {
			return wrong(Manifest, "Line %d is not that of %s, which stands here in the package.", i+1, name)
		}
		content = content[n:]
	}
	if len(content) > 0 {
		return wrong(Manifest, "It lists more files than there are.")
	}
	return nil
}

// load reads a whole member and compares its local header and checksum.
func (b *Bag) load(e *entry) ([]byte, error) {
	head := localLen + len(e.name)
	buf := make([]byte, int64(head)+e.size)
	if err := readFull(b.r, buf, e.offset); err != nil {
		return nil, err
	}
	if !bytes.Equal(buf[:head], e.local(make([]byte, 0, head))) {
		return nil, wrong(e.name, "What stands before the file differs from the list of files.")
	}
	content := buf[head:]
	if crc32.ChecksumIEEE(content) != e.crc {
		return nil, wrong(e.name, "The content was altered: it does not have the checksum of the list of files.")
	}
	return content, nil
}

// Totals are the measures of the bag.
func (b *Bag) Totals() Totals { return b.totals }

// Info returns the lines of bag-info.txt.
func (b *Bag) Info() []Field { return slices.Clone(b.info) }

// Signed returns the signature and the hash of the tag manifest, which it is
// over.
func (b *Bag) Signed() (signature []byte, tagManifest [sha256.Size]byte) { return b.sig, b.tags }

// Files lists the payload, in order.
func (b *Bag) Files() []File {
	out := make([]File, len(b.entries))
	for i := range b.entries {
		out[i] = File{b.entries[i].name[len(payload):], b.entries[i].size}
	}
	return out
}

// Has tells whether there is a payload file of the name.
func (b *Bag) Has(name string) bool {
	_, ok := b.index[name]
	return ok
}

func (b *Bag) find(name string) (int, error) {
	i, ok := b.index[name]
	if !ok {
		return 0, wrong(payload+name, "The file is missing.")
	}
	return i, nil
}

// Read returns a payload file of at most limit bytes.
func (b *Bag) Read(name string, limit int64) ([]byte, error) {
	i, err := b.find(name)
	if err != nil {
		return nil, err
	}
	e := &b.entries[i]
	if e.size > limit {
		return nil, wrong(e.name, "It has %d bytes; at most %d are possible here.", e.size, limit)
	}
	content, err := b.load(e)
	if err != nil {
		return nil, err
	}
	return content, b.settle(i, sha256.Sum256(content))
}

func (b *Bag) settle(i int, sum [sha256.Size]byte) error {
	if sum != b.sums[i] {
		return wrong(b.entries[i].name, "The content was altered: it does not have the hash of the manifest.")
	}
	b.seen[i].Store(true)
	return nil
}

// Piece returns n bytes of a payload file from an offset on. Nothing is
// compared: the caller must know what the bytes should hash to.
func (b *Bag) Piece(name string, off int64, n int) ([]byte, error) {
	i, err := b.find(name)
	if err != nil {
		return nil, err
	}
	e := &b.entries[i]
	if off < 0 || n < 0 || off+int64(n) > e.size {
		return nil, wrong(e.name, "There are no %d bytes at %d.", n, off)
	}
	buf := make([]byte, n)
	return buf, readFull(b.r, buf, e.offset+localLen+int64(len(e.name))+off)
}

// Copy writes a payload file to w. Only when it returns nil is what was written
// the file.
func (b *Bag) Copy(w io.Writer, name string) error {
	i, err := b.find(name)
	if err != nil {
		return err
	}
	e := &b.entries[i]
	head := make([]byte, localLen+len(e.name))
	if err := readFull(b.r, head, e.offset); err != nil {
		return err
	}
	if !bytes.Equal(head, e.local(nil)) {
		return wrong(e.name, "What stands before the file differs from the list of files.")
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(w, sum, crc), io.NewSectionReader(b.r, e.offset+int64(len(head)), e.size))
	if err != nil {
		return err
	}
	if n != e.size || crc.Sum32() != e.crc {
		return wrong(e.name, "The content was altered: it does not have the checksum of the list of files.")
	}
	return b.settle(i, [sha256.Size]byte(sum.Sum(nil)))
}

// Unread lists the payload files that nobody has read whole yet.
func (b *Bag) Unread() []string {
	var out []string
	for i := range b.entries {
		if !b.seen[i].Load() {
			out = append(out, b.entries[i].name[len(payload):])
		}
	}
	return out
}
