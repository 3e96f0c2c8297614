package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/signer"
	"assay/internal/kit/tlog"
)

// Ring opens the keys of organizations. Make it with New.
type Ring struct {
	place  *Place         // of the master key, read again when it was rotated; nil in tests
	dir    string         // high-water marks; empty: none are kept
	signer *signer.Client // of logs whose key is not in the store; nil if there is none

	mu      sync.Mutex
	masters []secret.Key   // guarded by mu; the newest first, never written in place
	orgs    map[string]Org // guarded by mu
}

// New returns a ring under the master key. Signing marks are kept in dir, out
// of the database's reach; an empty dir keeps none and is for tests alone.
func New(master secret.Key, dir string) *Ring {
	return &Ring{masters: []secret.Key{master}, dir: dir, orgs: map[string]Org{}}
}

// WithPlace has the ring look where the master key is kept when the one that it
// has opens the store no more.
func (r *Ring) WithPlace(p Place) *Ring {
	r.place = &p
	return r
}

// WithSigner has a process of its own keep the keys of new logs, and sign for
// those logs whose key it has.
func (r *Ring) WithSigner(c *signer.Client) *Ring {
	r.signer = c
	return r
}

// LoadMaster reads the master key from a file of 32 bytes that only its owner
// may read, making it if it does not exist.
func LoadMaster(path string) (secret.Key, error) {
	k, err := readMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k = secret.NewKey()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return k, err
	}
	return k, writeSync(path, k.Bytes())
}

func readMaster(path string) (secret.Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return secret.Key{}, fmt.Errorf("master key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return secret.Key{}, fmt.Errorf("master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return secret.Key{}, fault.New(fault.Forbidden,
			"The master key %s can be read by others (mode %04o). Run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return secret.KeyFrom(b)
}

// writeSync writes a small file so that it survives a crash: a temporary file,
// synced, renamed over the old one, and the folder synced.
func writeSync(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, werr := f.Write(b)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Org is the opened keys of one organization.
type Org struct {
	held   *held
	log    string       // origin of the log
	public string       // verifier key of the log
	signer *tlog.Signer // nil where a process of its own has the key
}

// Content returns the key under which equal content is recognized. Rotations
// leave it, or all content would be new.
func (o Org) Content() secret.Key { return o.held.keeps().Content }

// Personal seals the data keys of personal parts.
func (o Org) Personal() Sealer { return Sealer{o.held, "personal"} }

// Secrets seals credentials.
func (o Org) Secrets() Sealer { return Sealer{o.held, "secrets"} }

// Blobs seals the data key of each object.
func (o Org) Blobs() Sealer { return Sealer{o.held, "blobs"} }

// Pseudonyms returns the key under which connectors replace what identifies a
// person where equality alone matters. Rotations leave it.
func (o Org) Pseudonyms() secret.Key { return o.held.keeps().Pseudonyms }

// Verifier is the verifier key of the organization's log.
func (o Org) Verifier() string { return o.public }

// Signer signs the organization's log; nil where a process of its own has the key.
func (o Org) Signer() *tlog.Signer { return o.signer }

func sealedAs(org, what string) string { return "soc2.keys/v1 " + org + " " + what }

// Create makes the keys of a new organization whose log has the origin.
func (r *Ring) Create(tx *db.Tx, org, origin string) (Org, error) {
	master, err := r.current(tx)
	if err != nil {
		return Org{}, err
	}
	root := secret.NewKey()
	o := Org{held: &held{roots: firstRoots(root), version: 1}, log: origin}
	wrapped, err := master.Seal(sealedAs(org, "root"), root.Bytes())
	if err != nil {
		return Org{}, err
	}
	sealed, err := r.logKey(tx, master, org, &o)
	if err != nil {
		return Org{}, err
	}
	edition, err := editionOf(tx)
	if err != nil {
		return Org{}, err
	}
	tx.Mark(unsettled)
	return o, insert(tx, &row{org: org, wrapped: wrapped, origin: origin, seed: sealed, public: o.public, told: edition})
}

// logKey makes the key of a new log: here, and returns it sealed, or in the
// process that holds such keys.
func (r *Ring) logKey(tx *db.Tx, master secret.Key, org string, o *Org) (sealed []byte, err error) {
	if r.signer != nil {
		o.public, err = r.signer.Create(tx.Context(), o.log)
		return []byte{}, err
	}
	seed := secret.NewKey()
	if o.signer, err = tlog.NewSigner(o.log, seed.Bytes()); err != nil {
		return nil, err
	}
	o.public = o.signer.Verifier()
	return master.Seal(sealedAs(org, "log"), seed.Bytes())
}

// unsettled marks a transaction that has changed keys. What it reads may yet be
// undone, so nobody else is told of it.
const unsettled = "keys.unsettled"

// Open returns the keys of the transaction's organization, as they are now.
func (r *Ring) Open(tx *db.Tx) (Org, error) {
	if tx.Marked(unsettled) {
		o, _, err := r.opened(tx)
		return o, err
	}
	r.mu.Lock()
	o, ok := r.orgs[tx.Org()]
	r.mu.Unlock()
	version, err := versionOf(tx, tx.Org())
	if err != nil {
		return Org{}, fmt.Errorf("keys of %s: %w", tx.Org(), err)
	}
	if ok && o.held.edition() >= version {
		return o, nil
	}
	return r.read(tx)
}

// read opens the row of the transaction's organization, and tells those who have
// opened it before.
func (r *Ring) read(tx *db.Tx) (Org, error) {
	o, w, err := r.opened(tx)
	if err != nil {
		return Org{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if had, ok := r.orgs[w.org]; ok {
		had.held.take(o.held)
		o.held = had.held
	}
	r.orgs[w.org] = o
	return o, nil
}

// opened opens the row of the transaction's organization, for its caller alone.
func (r *Ring) opened(tx *db.Tx) (o Org, w row, err error) {
	if w, err = load(tx, tx.Org()); err != nil {
		return o, w, fmt.Errorf("keys of %s: %w", tx.Org(), err)
	}
	b, err := r.open(tx, sealedAs(w.org, "root"), w.wrapped)
	if err != nil {
		return o, w, err
	}
	all, err := parseRoots(b)
	if err != nil {
		return o, w, err
	}
	o = Org{held: &held{roots: all, version: w.version}, log: w.origin, public: w.public}
	o.signer, err = r.logSigner(tx, &w)
	return o, w, err
}

func (r *Ring) logSigner(tx *db.Tx, w *row) (*tlog.Signer, error) {
	if len(w.seed) == 0 {
		return nil, nil //nolint:nilnil // a process of its own has the key
	}
	b, err := r.open(tx, sealedAs(w.org, "log"), w.seed)
	if err != nil {
		return nil, err
	}
	return tlog.NewSigner(w.origin, b)
}
