package recordings

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"assay/connector"
	"assay/internal/kit/fault"
)

// Bounds of what is read.
const (
	mostFiles = 50_000
	mostBytes = 64 << 20 // of one file, unpacked
	mostDepth = 12
)

// Folder is a folder of recordings. It keeps the names; files are read when
// they are asked for.
type Folder struct {
	Names []string // paths below the folder, with slashes, sorted
	Full  bool     // there are more files than are taken

	host connector.Host
	dir  string
}

// File is one recording, read.
type File struct {
	Name   string // path below the folder, with slashes
	SHA256 string // of the bytes as they are kept, in hexadecimal
	Docs   []json.RawMessage
	Body   []byte // unpacked, without an answer's head
	Status int    // of an answer with its head; 0 without one
	Link   string // address that an answer's head calls next
}

// Valid is what is wrong with a folder's name, for a connector's Open, or nil.
func Valid(folder string, env connector.Env) error {
	field := func(text string) error {
		return fault.Fields("The recordings cannot be read.", fault.Field{Name: "from", Text: text})
	}
	switch {
	case !path.IsAbs(folder) || path.Clean(folder) != folder:
		return field("Give a whole path, such as /var/lib/recordings.")
	case env.Host == nil:
		return fault.New(fault.Invalid, "Recordings cannot be read here: no host was given.")
	case !env.AllowLocal:
		return field("Folders of this machine may not be read; the operator can allow it.")
	}
	return nil
}

// Open lists a folder with everything below it. Names that begin with a dot, and
// what people leave beside recordings (README, LICENSE), are passed over.
func Open(ctx context.Context, host connector.Host, dir string) (*Folder, error) {
	f := &Folder{host: host, dir: dir}
	if err := f.walk(ctx, "", 0); err != nil {
		return nil, err
	}
	slices.Sort(f.Names)
	return f, nil
}

func (f *Folder) walk(ctx context.Context, below string, depth int) error {
	entries, err := f.host.ReadDir(path.Join(f.dir, below))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && below == "" && errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "There is no folder %s.", f.dir)
	case err != nil:
		return fmt.Errorf("list the recordings in %s: %w", path.Join(f.dir, below), err)
	case depth > mostDepth:
		return fmt.Errorf("list the recordings: %s lies too deep", below)
	}
	for _, e := range entries {
		name := path.Join(below, e.Name())
		switch {
		case beside(e.Name()):
		case e.IsDir():
			if err := f.walk(ctx, name, depth+1); err != nil {
				return err
			}
		case len(f.Names) == mostFiles:
			f.Full = true
		default:
			f.Names = append(f.Names, name)
		}
	}
	return nil
}

// beside reports names of what people leave beside recordings.
func beside(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	return strings.HasPrefix(name, ".") || stem == "readme" || stem == "license" || stem == "notice"
}

// Read reads one file. An error says, for people, why it is not taken; the file
// is returned with it, as far as it is known.
func (f *Folder) Read(name string) (File, error) {
	out := File{Name: name}
	body, err := f.host.ReadFile(path.Join(f.dir, name))
	if err != nil {
		return out, fmt.Errorf("it cannot be read: %w", err)
	}
	sum := sha256.Sum256(body)
	out.SHA256 = hex.EncodeToString(sum[:])
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		if body, err = unpack(body); err != nil {
			return out, err
		}
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	out.Body = body
	if bytes.HasPrefix(body, []byte("HTTP/")) {
		if err := out.head(); err != nil {
			return out, err
		}
	}
	return out, nil
}

func unpack(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	case len(plain) > mostBytes:
		return nil, fmt.Errorf("unpacked it is larger than %d MiB", mostBytes>>20)
	}
	return plain, nil
}

// Parse splits the file's body into JSON documents. What is left over, cut off
// or something else is an error: nothing of the file is to be used then.
func (f *File) Parse() error {
	if len(bytes.TrimSpace(f.Body)) == 0 {
		return errors.New("it is empty")
	}
	dec := json.NewDecoder(bytes.NewReader(f.Body))
	var docs []json.RawMessage
	for {
		var doc json.RawMessage
		err := dec.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			f.Docs = docs
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return errors.New("it is cut off in the middle")
		case err != nil:
			return fmt.Errorf("it is not JSON at byte %d: %w", dec.InputOffset(), err)
		}
		docs = append(docs, doc)
	}
}
