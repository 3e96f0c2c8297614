package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// Spool keeps a stream on disk until it is needed, sealed under a key that is
// in memory only, in a file that has no name: neither a crash nor a copy of the
// folder leaves anything readable behind. Make it with NewSpool and close it.
type Spool struct {
	Size int64  // bytes of the plain content
	Sum  string // its SHA-256, hex

	key    Key
	file   *os.File
	sealed int64
}

// ErrTooLarge is a stream that is longer than it may be.
var ErrTooLarge = errors.New("the stream is longer than it may be")

// NewSpool reads src to its end, at most most bytes, into a file in dir; the
// system's own folder for such files if dir is empty. A longer stream is
// ErrTooLarge.
func NewSpool(dir string, src io.Reader, most int64) (*Spool, error) {
	f, err := nameless(dir)
	if err != nil {
		return nil, err
	}
	s := &Spool{key: NewKey(), file: f}
	sum := sha256.New()
	s.Size, err = s.key.SealStream(f, io.TeeReader(io.LimitReader(src, most+1), sum))
	if err == nil && s.Size > most {
		err = ErrTooLarge
	}
	if err == nil {
		s.sealed, err = f.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.Sum = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// Respool makes a Spool of what another one's Sealed gave, under its key. It
// reads it whole, so that one that was changed or cut off is an error.
func Respool(dir string, key Key, sealed io.Reader) (*Spool, error) {
	f, err := nameless(dir)
	if err != nil {
		return nil, err
	}
	s := &Spool{key: key, file: f}
	sum := sha256.New()
	s.Size, err = io.Copy(sum, key.OpenStream(io.TeeReader(sealed, f)))
	if err == nil {
		s.sealed, err = f.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool: %w", err), f.Close())
	}
	s.Sum = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// nameless makes a file that goes away with whoever has it open.
func nameless(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".spool-*")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("spool: %w", err), f.Close())
	}
	return f, nil
}

// Sealed returns the content as it lies on disk, for Respool elsewhere.
func (s *Spool) Sealed() io.Reader { return io.NewSectionReader(s.file, 0, s.sealed) }

// Key opens Sealed. Keep it sealed itself.
func (s *Spool) Key() Key { return s.key }

// Open returns the plain content from its beginning. Several may read at once.
func (s *Spool) Open() io.Reader { return s.key.OpenStream(io.NewSectionReader(s.file, 0, s.sealed)) }

// Close forgets the content.
func (s *Spool) Close() error { return s.file.Close() }
