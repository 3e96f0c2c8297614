package signer

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"assay/internal/kit/tlog"
	"assay/internal/kit/witness"
)

// Signer is the keys, and what they signed last.
type Signer struct {
	file string

	mu   sync.Mutex
	logs []string                // guarded by mu; origins, in the order of the file
	keys map[string]*tlog.Signer // guarded by mu
	seed map[string]string       // guarded by mu; lines of the file
	mark *witness.State          // guarded by mu
}

// Create makes the two files of a new signer; neither may be there.
func Create(key, mark string) error {
	if err := witness.CreateState(mark); err != nil {
		return err
	}
	if err := witness.CreateState(key); err != nil {
		return errors.Join(err, os.Remove(mark))
	}
	return nil
}

// Open reads the keys, a line "<origin> <seed>" for each log, and the marks. A
// file of keys that others may read is refused, and so is one without marks: a
// signer that forgot what it signed would sign an old copy.
func Open(key, mark string) (*Signer, error) {
	info, err := os.Stat(key)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others can read %s; run: chmod 600 %s", key, filepath.Clean(key))
	}
	b, err := os.ReadFile(key)
	if err != nil {
		return nil, err
	}
	s := &Signer{file: key, keys: map[string]*tlog.Signer{}, seed: map[string]string{}}
	n := 0
	var public []string
	for line := range strings.Lines(string(b)) {
		n++
		origin, code, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		seed, err := tlog.ParseB64(code)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: want a log's name and a seed", key, n)
		}
		if _, twice := s.keys[origin]; twice {
			return nil, fmt.Errorf("%s, line %d: the log is there twice", key, n)
		}
		if s.keys[origin], err = tlog.NewSigner(origin, seed); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", key, n, err)
		}
		s.logs, s.seed[origin] = append(s.logs, origin), line
		public = append(public, s.keys[origin].Verifier())
	}
	s.mark, err = witness.LoadState(mark, public)
	return s, err
}

// Logs is how many keys there are.
func (s *Signer) Logs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.logs)
}

var errNone = errors.New("there is no key of this log here")

// refusedError is what is not signed because the log is not what was signed before.
type refusedError struct{ text string }

// Error says why.
func (r *refusedError) Error() string { return r.text }

// key makes or takes over the key of a log and returns its public half. One that
// is here already must be the same.
func (s *Signer) key(origin string, seed, last []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := len(seed) == 0
	if made {
		seed = make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(seed) // never fails (Go 1.24)
	}
	k, err := tlog.NewSigner(origin, seed)
	if err != nil {
		return "", err
	}
	if have := s.keys[origin]; have != nil {
		if made || have.Verifier() != k.Verifier() {
			return "", errors.New("there is another key of this log here")
		}
		return have.Verifier(), nil
	}
	line := origin + " " + tlog.B64(seed) + "\n"
	var b bytes.Buffer
	for _, o := range s.logs {
		b.WriteString(s.seed[o])
	}
	b.WriteString(line)
	if err := witness.Replace(s.file, b.Bytes()); err != nil {
		return "", err
	}
	s.logs, s.keys[origin], s.seed[origin] = append(s.logs, origin), k, line
	if len(last) == 0 {
		return k.Verifier(), nil
	}
	head, err := tlog.OpenCheckpoint(last, k.Verifier())
	if err != nil {
		return "", err
	}
	return k.Verifier(), s.mark.Keep(string(last), head)
}

// head signs a checkpoint that extends the last one.
func (s *Signer) head(origin, text string, proof []tlog.Hash) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[origin]
	if k == nil {
		return nil, errNone
	}
	head, err := tlog.ParseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	if head.Origin != origin {
		return nil, errors.New("the checkpoint is of another log")
	}
	if err := extends(s.mark.Head(origin), head, proof); err != nil {
		return nil, err
	}
	note, err := k.SignText(text)
	if err != nil {
		return nil, err
	}
	return note, s.mark.Keep(string(note), head)
}

// extends holds a head against the last that was signed.
func extends(last, head tlog.Checkpoint, proof []tlog.Hash) error {
	switch {
	case last.Size == 0, last.Size == head.Size && last.Root == head.Root:
		return nil
	case last.Size > head.Size:
		return &refusedError{fmt.Sprintf("The log has %d entries and %d were signed before: an old copy was restored, or entries are missing. Nothing was signed.", head.Size, last.Size)}
	}
	if err := tlog.VerifyConsistency(last.Size, head.Size, last.Root, head.Root, proof); err != nil {
		return &refusedError{fmt.Sprintf("The log no longer extends what was signed at entry %d: a stored entry was changed. Nothing was signed.", last.Size)}
	}
	return nil
}

// manifest signs the manifest of a package of the log.
func (s *Signer) manifest(origin, text string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[origin]
	if k == nil {
		return nil, errNone
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "soc2.package/v") || lines[1] != origin || len(lines[2]) != 64 || lines[3] != "" {
		return nil, errors.New("this is no manifest of a package of the log")
	}
	return k.SignText(text)
}

// size is how many entries were signed last.
func (s *Signer) size(origin string) (key string, size uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[origin] == nil {
		return "", 0, errNone
	}
	return s.keys[origin].Verifier(), s.mark.Head(origin).Size, nil
}
