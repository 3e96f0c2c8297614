package bag

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// The files that are not payload, in their order at the end of the bag.
const (
	Declaration = "bagit.txt"
	Information = "bag-info.txt"
	Manifest    = "manifest-sha256.txt"
	TagManifest = "tagmanifest-sha256.txt"
	Signature   = "manifest.sig"

	payload = "data/"

	declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
	oxum        = "Payload-Oxum"
)

// Field is a line of bag-info.txt.
type Field struct{ Name, Value string }

// Totals are the measures of a bag.
type Totals struct {
	Files   int   // of the payload
	Payload int64 // bytes of the payload
	Bytes   int64 // of the whole bag
}

// Writer writes a bag to a stream, a file at a time. It is used by one
// goroutine. Make it with NewWriter.
type Writer struct {
	w        io.Writer
	at       int64
	entries  []entry
	names    names
	manifest []byte
	totals   Totals
	err      error // the first; everything after it fails too
}

// NewWriter returns a writer of a bag to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w, names: names{}} }

// Add writes a payload file; name is its path below data/.
func (w *Writer) Add(name string, content []byte) error {
	return w.note(name, content)
}

func (w *Writer) note(name string, content []byte) error {
	if err := w.header(payload+name, int64(len(content)), crc32.ChecksumIEEE(content)); err != nil {
		return err
	}
	w.write(content)
	w.list(name, sha256.Sum256(content), int64(len(content)))
	return w.err
}

func (w *Writer) list(name string, sum [sha256.Size]byte, size int64) {
	w.manifest = line(w.manifest, sum, payload+name)
	w.totals.Files++
	w.totals.Payload += size
}

func line(b []byte, sum [sha256.Size]byte, name string) []byte {
	b = hex.AppendEncode(b, sum[:])
	b = append(append(b, "  "...), name...)
	return append(b, '\n')
}

// Stream is Add for a file that is too large to hold: open is called twice and
// must give the same content.
func (w *Writer) Stream(name string, open func() (io.ReadCloser, error)) error {
	if w.err != nil {
		return w.err
	}
	before := measure{}
	if err := before.read(open, io.Discard); err != nil {
		return w.fail(err)
	}
	if err := w.header(payload+name, before.size, before.crc); err != nil {
		return err
	}
	again := measure{}
	if err := again.read(open, w.w); err != nil {
		return w.fail(err)
	}
	if again != before {
		return w.fail(fmt.Errorf("bag: %s changed while it was written", name))
	}
	w.at += again.size
	w.list(name, again.sum, again.size)
	return nil
}

type measure struct {
	size int64
	crc  uint32
	sum  [sha256.Size]byte
}

func (m *measure) read(open func() (io.ReadCloser, error), to io.Writer) (err error) {
	r, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sum, crc := sha256.New(), crc32.NewIEEE()
	m.size, err = io.Copy(io.MultiWriter(to, sum, crc), r)
	m.crc, m.sum = crc.Sum32(), [sha256.Size]byte(sum.Sum(nil))
	return err
}

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	if _, err := w.w.Write(b); err != nil {
		w.err = err
	}
	w.at += int64(len(b))
}

func (w *Writer) header(name string, size int64, crc uint32) error {
	if w.err != nil {
		return w.err
	}
	if err := w.names.add(name); err != nil {
		return w.fail(fmt.Errorf("bag: %w", err))
	}
	if size >= MaxFile {
		return w.fail(fmt.Errorf("bag: %s has %d bytes, and less than %d are possible", name, size, int64(MaxFile)))
	}
	e := entry{name: name, crc: crc, size: size, offset: w.at}
	w.entries = append(w.entries, e)
	w.write(e.local(nil))
	return w.err
}

func (w *Writer) tag(name string, content []byte) {
	if w.header(name, int64(len(content)), crc32.ChecksumIEEE(content)) == nil {
		w.write(content)
	}
}

// Close writes what makes the payload a bag. The signature is what sign makes
// of the tag manifest's hash. It does not close the stream.
func (w *Writer) Close(info []Field, sign func(tagManifest [sha256.Size]byte) ([]byte, error)) (Totals, error) {
	var b bytes.Buffer
	for _, f := range append(info, Field{oxum, fmt.Sprintf("%d.%d", w.totals.Payload, w.totals.Files)}) {
		if f.Name == "" || strings.ContainsAny(f.Name, ": \r\n") || strings.ContainsAny(f.Value, "\r\n") {
			return Totals{}, w.fail(fmt.Errorf("bag: information %q: %q is not one line", f.Name, f.Value))
		}
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	var tags []byte
	for _, t := range []struct {
		name    string
		content []byte
	}{{Declaration, []byte(declaration)}, {Information, b.Bytes()}, {Manifest, w.manifest}} {
		w.tag(t.name, t.content)
		tags = line(tags, sha256.Sum256(t.content), t.name)
	}
	w.tag(TagManifest, tags)
	signature, err := sign(sha256.Sum256(tags))
	if err != nil {
		return Totals{}, w.fail(err)
	}
	w.tag(Signature, signature)
	w.write(directory(w.entries))
	w.totals.Bytes = w.at
	return w.totals, w.err
}
