package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"assay/internal/kit/fault"
)

// Store keeps objects. Every error about an absent object is NotFound, about
// bytes that are not what their name says Tampered.
type Store interface {
	// Put stores the bytes under their name. It is Invalid if they have
	// another hash. If the object exists, it is compared and kept.
	Put(ctx context.Context, name string, r io.Reader) error
	// Get returns the bytes. The last Read fails with Tampered if they do not
	// have the name's hash, so that only what was read to io.EOF is proven.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// Has reports whether there is such an object, without reading it.
	Has(ctx context.Context, name string) (bool, error)
	// Delete removes the object; an absent one is no error.
	Delete(ctx context.Context, name string) error
}

// Name returns the name of the bytes that r yields, and their number.
func Name(r io.Reader) (string, int64, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// ValidName reports whether s can be an object's name: 64 lower-case
// hexadecimal digits.
func ValidName(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func checkName(name string) error {
	if !ValidName(name) {
		return fault.New(fault.Invalid, "%q is not the name of a stored object.", name)
	}
	return nil
}

func notFound(name string) error {
	return fault.New(fault.NotFound, "The stored object %s does not exist.", name)
}

func wrongBytes(name string) error {
	return fault.New(fault.Tampered, "The stored object %s does not have the bytes that were stored.", name)
}

// verified reads an object and compares its hash at the end.
type verified struct {
	name string
	hash hash.Hash
	rc   io.ReadCloser
}

func verify(name string, rc io.ReadCloser) io.ReadCloser {
	return &verified{name: name, hash: sha256.New(), rc: rc}
}

// Read implements io.Reader.
func (v *verified) Read(p []byte) (int, error) {
	n, err := v.rc.Read(p)
	v.hash.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(v.hash.Sum(nil)) != v.name {
		return n, wrongBytes(v.name)
	}
	return n, err
}

// Close implements io.Closer.
func (v *verified) Close() error { return v.rc.Close() }

// Check reads the object to its end, for scrubbing.
func Check(ctx context.Context, s Store, name string) (err error) {
	rc, err := s.Get(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	_, err = io.Copy(io.Discard, withContext(ctx, rc))
	return err
}

type contextReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	r   io.Reader
}

func withContext(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

// Read implements io.Reader.
func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
