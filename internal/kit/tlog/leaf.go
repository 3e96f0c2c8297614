package tlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

type wire struct {
	V      int               `json:"v"`
	Type   string            `json:"type"`
	Log    string            `json:"log"`
	ID     string            `json:"id"`
	At     string            `json:"at"`
	Actor  string            `json:"actor"`
	Stream string            `json:"stream"`
	Seq    int64             `json:"seq"`
	Prev   string            `json:"prev"`
	Anchor string            `json:"anchor"`
	Body   map[string]any    `json:"body"`
	Commit map[string]string `json:"commit"`
	Blobs  []struct {
		Name  string `json:"name"`
		Size  int64  `json:"size"`
		Media string `json:"media"`
		Plain string `json:"plain"`
	} `json:"blobs"`
}

// Decode reads a leaf strictly: unknown members, trailing bytes and anything
// that does not encode to the same bytes again are refused. Integers in the
// body are json.Number.
func Decode(leaf []byte) (*Envelope, error) {
	rest, ok := bytes.CutPrefix(leaf, []byte(LeafTag))
	if !ok || len(leaf) > MaxLeaf {
		return nil, fmt.Errorf("leaf: no tag, or too long")
	}
	dec := json.NewDecoder(bytes.NewReader(rest))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	var w wire
	if err := dec.Decode(&w); err != nil {
		return nil, fmt.Errorf("leaf: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("leaf: bytes after the end")
	}
	if w.V != 1 {
		return nil, fmt.Errorf("leaf: version %d is not known", w.V)
	}
	at, err := clock.Parse(w.At)
	if err != nil {
		return nil, fmt.Errorf("leaf: at: %w", err)
	}
	e := &Envelope{
		Type: w.Type, Log: w.Log, ID: w.ID, At: at, Actor: w.Actor, Stream: w.Stream, Seq: w.Seq,
		Prev: w.Prev, Anchor: w.Anchor, Body: w.Body, Commit: w.Commit,
	}
	for _, b := range w.Blobs {
		e.Blobs = append(e.Blobs, Blob(b))
	}
	again, err := e.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, leaf) {
		return nil, fmt.Errorf("leaf: not canonical")
	}
	return e, nil
}
