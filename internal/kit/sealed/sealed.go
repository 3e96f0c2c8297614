package sealed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// magic is how every such file begins.
const magic = "age-encryption.org/"

// ErrOther is a file that was encrypted to other keys.
var ErrOther = errors.New("it was encrypted to other keys")

// Error is ciphertext that is not what was written.
type Error struct{ err error }

// Error says so.
func (e *Error) Error() string { return "the encrypted file was altered: " + e.err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// Recipients are keys that a file is encrypted to.
type Recipients struct{ keys []age.Recipient }

// ParseRecipients reads public keys: age1… and age1pq1… texts, at least one. Keys
// that withstand a quantum computer and keys that do not cannot be mixed.
func ParseRecipients(keys []string) (*Recipients, error) {
	r := &Recipients{}
	for _, text := range keys {
		k, err := age.ParseRecipients(strings.NewReader(strings.TrimSpace(text) + "\n"))
		if err != nil || len(k) != 1 {
			return nil, fmt.Errorf("%q is no age key: it begins with age1", clip(text))
		}
		r.keys = append(r.keys, k[0])
	}
	if len(r.keys) == 0 {
		return nil, errors.New("no key to encrypt to")
	}
	_, err := age.Encrypt(io.Discard, r.keys...)
	return r, err
}

// clip shows the beginning of a text that may be a secret that was entered in
// error.
func clip(text string) string {
	const most = 12
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// Write encrypts what is written to it into dst. Close ends it, and does not close
// dst.
func (r *Recipients) Write(dst io.Writer) (io.WriteCloser, error) { return age.Encrypt(dst, r.keys...) }

// Once adds a key that is made for the occasion, so that whoever writes a file can
// read it back and see that it opens. The key is in memory only: forget it then.
func (r *Recipients) Once() (also *Recipients, identity []byte, err error) {
	plain, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, err
	}
	also = &Recipients{keys: append(slices.Clone(r.keys), plain.Recipient())}
	if _, err := age.Encrypt(io.Discard, also.keys...); err == nil {
		return also, []byte(plain.String()), nil
	}
	hybrid, err := age.GenerateHybridIdentity() // the others withstand a quantum computer, and so must this one
	if err != nil {
		return nil, nil, err
	}
	also = &Recipients{keys: append(slices.Clone(r.keys), hybrid.Recipient())}
	_, err = age.Encrypt(io.Discard, also.keys...)
	return also, []byte(hybrid.String()), err
}

// Read decrypts a file from its beginning to its end. Only what was read to io.EOF
// is proven to be whole.
func Read(src io.Reader, identities []byte) (io.Reader, error) {
	keys, err := age.ParseIdentities(bytes.NewReader(identities))
	if err != nil {
		return nil, fmt.Errorf("the identity file holds no age key: %w", err)
	}
	plain, err := age.Decrypt(src, keys...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, ErrOther
	}
	if err != nil {
		return nil, &Error{err}
	}
	return stream{plain}, nil
}

// stream says of every error that the file was altered.
type stream struct{ r io.Reader }

// Read reads plain content.
func (s stream) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Error{err}
	}
	return n, err
}

// Is tells whether a file is encrypted.
func Is(r io.ReaderAt) bool {
	b := make([]byte, len(magic))
	n, _ := r.ReadAt(b, 0)
	return string(b[:n]) == magic
}

// Open reads an encrypted file of a size with the identities of a key file (as
// age-keygen writes it). It returns the plain content and its size. Several may
// read at once.
func Open(r io.ReaderAt, size int64, identities []byte) (io.ReaderAt, int64, error) {
	keys, err := age.ParseIdentities(bytes.NewReader(identities))
	if err != nil {
		return nil, 0, fmt.Errorf("the identity file holds no age key: %w", err)
	}
	plain, n, err := age.DecryptReaderAt(r, size, keys...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, 0, ErrOther
	}
	if err != nil {
		return nil, 0, &Error{err}
	}
	return reader{plain}, n, nil
}

// reader says of every error that the file was altered.
type reader struct{ r io.ReaderAt }

// ReadAt reads plain content.
func (r reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Error{err}
	}
	return n, err
}
