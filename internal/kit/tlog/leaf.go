package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
)

// LeafTag begins every leaf, so that a leaf is never taken for another hash
// input (docs/spec/leaf.md).
const LeafTag = "soc2.leaf/v1\n"

// MaxLeaf bounds a leaf: C2SP tlog-tiles counts entries with 16 bits.
const MaxLeaf = 1<<16 - 1

// Envelope is the content of a leaf. Everything personal or guessable is a
// salted commitment; free text never enters it.
type Envelope struct {
	Type   string            // what happened: "collection.manifest", "check.result" …
	Log    string            // origin of the log
	ID     string            // of this leaf; rows refer to it
	At     time.Time         // when it was recorded, UTC milliseconds
	Actor  string            // pseudonym of who did it
	Stream string            // what it continues: "connection/…", "trail" …
	Seq    int64             // place in the stream, from 0
	Prev   string            // hex leaf hash of the stream's previous entry; empty for the first
	Anchor string            // hex hash of the newest outside token known; empty while there is none
	Body   map[string]any    // the facts: ids, counts, hashes, times
	Commit map[string]string // path -> base64 salted commitment
	Blobs  []Blob            // objects that belong to it
}

// Blob names an encrypted object and commits to its plain content.
type Blob struct {
	Name  string // SHA-256 of the ciphertext, hex
	Size  int64  // of the plain content, bytes
	Media string // media type as declared by whoever gave it
	Plain string // base64 salted commitment to the plain content, path "blob"
}

// BlobPath is the path under which an object's plain content is committed to.
const BlobPath = "blob"

// Encode returns the leaf's bytes.
func (e *Envelope) Encode() ([]byte, error) {
	m := map[string]any{
		"v": 1, "type": e.Type, "log": e.Log, "id": e.ID, "at": clock.Format(e.At),
		"actor": e.Actor, "stream": e.Stream, "seq": e.Seq, "prev": e.Prev, "anchor": e.Anchor,
		"body": e.Body,
	}
	if e.Body == nil {
		m["body"] = map[string]any{}
	}
	if len(e.Commit) > 0 {
		m["commit"] = e.Commit
	}
	if len(e.Blobs) > 0 {
		list := make([]any, 0, len(e.Blobs))
		for _, b := range e.Blobs {
			list = append(list, map[string]any{"name": b.Name, "size": b.Size, "media": b.Media, "plain": b.Plain})
		}
		m["blobs"] = list
	}
	out, err := canon.Append([]byte(LeafTag), m)
	if err != nil {
		return nil, fmt.Errorf("leaf %s: %w", e.Type, err)
	}
	if len(out) > MaxLeaf {
		return nil, fmt.Errorf("leaf %s: %d bytes, at most %d", e.Type, len(out), MaxLeaf)
	}
	return out, nil
}

// Opened is a leaf that was read strictly and not unpacked further: its body,
// commitments and blobs are canonical JSON, nil where the leaf has none.
type Opened struct {
	Type   string
	Log    string
	ID     string
	At     time.Time
	Actor  string
	Stream string
	Seq    int64
	Prev   string
	Anchor string
	Body   []byte // object
	Commit []byte // object of strings
	Blobs  []byte // array
}

// Open reads a leaf strictly: unknown or missing members, trailing bytes and
// anything that Encode would not have written are refused. The slices are parts
// of the leaf.
func Open(leaf []byte) (*Opened, error) {
	rest, ok := bytes.CutPrefix(leaf, []byte(LeafTag))
	if !ok || len(leaf) > MaxLeaf {
		return nil, errors.New("leaf: no tag, or too long")
	}
	o := &Opened{}
	n := 0
	whole := string(rest) // of which the texts are parts
	err := canon.Spans(rest, func(key []byte, from, to int) error {
		n++
		if err := o.member(key, rest[from:to:to], whole[from:to]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("leaf: %w", err)
	}
	if o.Commit != nil {
		n--
	}
	if o.Blobs != nil {
		n--
	}
	if n != members {
		return nil, fmt.Errorf("leaf: %d members, want %d", n, members)
	}
	return o, nil
}

// members is how many members every leaf has.
const members = 11

func (o *Opened) member(key, value []byte, text string) (err error) {
	switch string(key) {
	case "type":
		o.Type, err = part(value, text)
	case "log":
		o.Log, err = part(value, text)
	case "id":
		o.ID, err = part(value, text)
	case "actor":
		o.Actor, err = part(value, text)
	case "stream":
		o.Stream, err = part(value, text)
	case "prev":
		o.Prev, err = part(value, text)
	case "anchor":
		o.Anchor, err = part(value, text)
	case "seq":
		o.Seq, err = canon.Int(value)
	case "at":
		o.At, err = instant(value, text)
	case "body":
		o.Body, err = value, bracket(value, '{')
	case "commit":
		o.Commit, err = value, eachCommit(value, nil)
	case "blobs":
		o.Blobs, err = value, eachBlob(value, nil)
	case "v":
		if text != "1" {
			err = fmt.Errorf("version %s is not known", value)
		}
	default:
		err = errors.New("no leaf has it")
	}
	return err
}

// part is canon.Text of a value that stands in a text too: without escapes it is
// a part of it.
func part(value []byte, text string) (string, error) {
	if bracket(value, '"') != nil || strings.IndexByte(text, '\\') >= 0 {
		return canon.Text(value)
	}
	return text[1 : len(text)-1], nil
}

// bracket checks how a value begins that is known to be canonical.
func bracket(value []byte, first byte) error {
	if value[0] != first {
		return fmt.Errorf("it does not begin with %c", first)
	}
	return nil
}

func instant(value []byte, text string) (time.Time, error) {
	s, err := part(value, text)
	if err != nil {
		return time.Time{}, err
	}
	return clock.Parse(s)
}

func eachCommit(value []byte, fn func(path, commitment string)) error {
	if len(value) == len("{}") {
		return errors.New("empty")
	}
	return canon.Members(value, func(key, value []byte) error {
		s, err := canon.Text(value)
		if err == nil && fn != nil {
			fn(string(key), s)
		}
		return err
	})
}

func eachBlob(value []byte, fn func(Blob)) error {
	if len(value) == len("[]") {
		return errors.New("empty")
	}
	return canon.Elements(value, func(value []byte) error {
		var b Blob
		n := 0
		err := canon.Members(value, func(key, value []byte) (err error) {
			n++
			switch string(key) {
			case "name":
				b.Name, err = canon.Text(value)
			case "size":
				b.Size, err = canon.Int(value)
			case "media":
				b.Media, err = canon.Text(value)
			case "plain":
				b.Plain, err = canon.Text(value)
			default:
				err = fmt.Errorf("%s: no blob has it", key)
			}
			return err
		})
		if err == nil && n != 4 {
			err = fmt.Errorf("%d members, want 4", n)
		}
		if err == nil && fn != nil {
			fn(b)
		}
		return err
	})
}

// Commitments returns path -> base64 commitment; nil if there are none.
func (o *Opened) Commitments() map[string]string {
	if o.Commit == nil {
		return nil
	}
	m := map[string]string{}
	_ = eachCommit(o.Commit, func(path, commitment string) { m[path] = commitment }) // was checked when it was opened
	return m
}

// Objects returns the blobs that belong to the leaf.
func (o *Opened) Objects() []Blob {
	if o.Blobs == nil {
		return nil
	}
	var list []Blob
	_ = eachBlob(o.Blobs, func(b Blob) { list = append(list, b) }) // was checked when it was opened
	return list
}

// Decode is Open that also unpacks. Integers in the body are json.Number.
func Decode(leaf []byte) (*Envelope, error) {
	o, err := Open(leaf)
	if err != nil {
		return nil, err
	}
	body, err := canon.Parse(o.Body)
	if err != nil {
		return nil, fmt.Errorf("leaf: body: %w", err)
	}
	m, ok := body.(map[string]any)
	if !ok {
		return nil, errors.New("leaf: body: not an object")
	}
	return &Envelope{
		Type: o.Type, Log: o.Log, ID: o.ID, At: o.At, Actor: o.Actor, Stream: o.Stream, Seq: o.Seq,
		Prev: o.Prev, Anchor: o.Anchor, Body: m, Commit: o.Commitments(), Blobs: o.Objects(),
	}, nil
}
