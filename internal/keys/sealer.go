package keys

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"assay/internal/kit/secret"
)

// Sealer seals under the newest key of an organization for a purpose, and opens
// what was sealed under any that is not retired.
type Sealer struct {
	held    *held
	purpose string
}

// held is the opened key of an organization, shared by all of a process who
// opened it: what was opened before a rotation has the new key after it.
type held struct {
	mu sync.RWMutex
	roots
	version int64
}

// roots is what the row of an organization seals.
type roots struct {
	// Two recognize and seal nothing: with others, all content would be new.
	Content    secret.Key
	Pseudonyms secret.Key
	Sealing    []secret.Key // the newest last
}

// stored is the form of roots in the row. A row that was never rotated has
// the 32 bytes of the first key instead.
type stored struct {
	Content    []byte   `json:"content"`
	Pseudonyms []byte   `json:"pseudonyms"`
	Sealing    [][]byte `json:"sealing"`
}

func firstRoots(k secret.Key) roots {
	return roots{Content: k.Derive("content"), Pseudonyms: k.Derive("pseudonyms"), Sealing: []secret.Key{k}}
}

func (r *roots) bytes() ([]byte, error) {
	s := stored{Content: r.Content.Bytes(), Pseudonyms: r.Pseudonyms.Bytes()}
	for _, k := range r.Sealing {
		s.Sealing = append(s.Sealing, k.Bytes())
	}
	return json.Marshal(s)
}

var errRoots = errors.New("the sealed key of the organization has another form than this version writes")

func parseRoots(b []byte) (r roots, err error) {
	if k, err := secret.KeyFrom(b); err == nil {
		return firstRoots(k), nil
	}
	var s stored
	if json.Unmarshal(b, &s) != nil || len(s.Sealing) == 0 { // the cause would quote the keys
		return r, errRoots
	}
	var errs error
	read := func(b []byte) secret.Key {
		k, err := secret.KeyFrom(b)
		errs = errors.Join(errs, err)
		return k
	}
	r.Content, r.Pseudonyms = read(s.Content), read(s.Pseudonyms)
	for _, b := range s.Sealing {
		r.Sealing = append(r.Sealing, read(b))
	}
	return r, errs
}

func (h *held) edition() int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.version
}

// take keeps what a row says, unless a newer one was read meanwhile.
func (h *held) take(read *held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if read.version > h.version {
		h.roots, h.version = read.roots, read.version
	}
}

func (h *held) keeps() roots {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.roots
}

func (h *held) sealing() []secret.Key {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.Sealing
}

// Seal encrypts plain for the context under the newest key.
func (s Sealer) Seal(context string, plain []byte) ([]byte, error) {
	return s.newest().Seal(context, plain)
}

func (s Sealer) newest() secret.Key {
	all := s.held.sealing()
	return all[len(all)-1].Derive(s.purpose)
}

// Open decrypts what Seal made for the same context, or returns secret.ErrOpen.
func (s Sealer) Open(context string, sealed []byte) ([]byte, error) {
	plain, _, err := s.open(context, sealed)
	return plain, err
}

func (s Sealer) open(context string, sealed []byte) (plain []byte, newest bool, err error) {
	all := s.held.sealing()
	for i, k := range slices.Backward(all) {
		if plain, err = k.Derive(s.purpose).Open(context, sealed); err == nil {
			return plain, i == len(all)-1, nil
		}
	}
	return nil, false, err
}

// Again seals under the newest key what was sealed under an older one, and
// reports whether it had to.
func (s Sealer) Again(context string, sealed []byte) (again []byte, changed bool, err error) {
	plain, newest, err := s.open(context, sealed)
	if err != nil || newest {
		return sealed, false, err
	}
	again, err = s.Seal(context, plain)
	return again, err == nil, err
}
