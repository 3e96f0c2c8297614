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
	master secret.Key
	dir    string         // high-water marks; empty: none are kept
	signer *signer.Client // of logs whose key is not in the store; nil if there is none

	mu   sync.Mutex
	orgs map[string]Org // guarded by mu
}

// New returns a ring under the master key. Signing marks are kept in dir, out
// of the database's reach; an empty dir keeps none and is for tests alone.
func New(master secret.Key, dir string) *Ring {
	return &Ring{master: master, dir: dir, orgs: map[string]Org{}}
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
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k := secret.NewKey()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return k, err
		}
		return k, writeSync(path, k.Bytes())
	}
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

// Users returns the key that seals what belongs to users, who may be members of
// several organizations or of none.
func (r *Ring) Users() secret.Key { return r.master.Derive("users") }

// Org is the opened keys of one organization.
type Org struct {
	root   secret.Key
	log    string       // origin of the log
	public string       // verifier key of the log
	signer *tlog.Signer // nil where a process of its own has the key
}

// Content returns the key under which equal content is recognized.
func (o Org) Content() secret.Key { return o.root.Derive("content") }

// Personal returns the key that wraps personal parts.
func (o Org) Personal() secret.Key { return o.root.Derive("personal") }

// Secrets returns the key that seals credentials.
func (o Org) Secrets() secret.Key { return o.root.Derive("secrets") }

// Blobs returns the key that wraps the data key of each object.
func (o Org) Blobs() secret.Key { return o.root.Derive("blobs") }

// Pseudonyms returns the key under which connectors replace what identifies a
// person where equality alone matters.
func (o Org) Pseudonyms() secret.Key { return o.root.Derive("pseudonyms") }

// Verifier is the verifier key of the organization's log.
func (o Org) Verifier() string { return o.public }

// Signer signs the organization's log; nil where a process of its own has the key.
func (o Org) Signer() *tlog.Signer { return o.signer }

func sealedAs(org, what string) string { return "soc2.keys/v1 " + org + " " + what }

// Create makes the keys of a new organization whose log has the origin.
func (r *Ring) Create(tx *db.Tx, org, origin string) (Org, error) {
	root := secret.NewKey()
	o := Org{root: root, log: origin}
	wrapped, err := r.master.Seal(sealedAs(org, "root"), root.Bytes())
	if err != nil {
		return Org{}, err
	}
	sealed, err := r.logKey(tx, org, &o)
	if err != nil {
		return Org{}, err
	}
	return o, insert(tx, row{org, wrapped, origin, sealed, o.public})
}

// logKey makes the key of a new log: here, and returns it sealed, or in the
// process that holds such keys.
func (r *Ring) logKey(tx *db.Tx, org string, o *Org) (sealed []byte, err error) {
	if r.signer != nil {
		o.public, err = r.signer.Create(tx.Context(), o.log)
		return []byte{}, err
	}
	seed := secret.NewKey()
	if o.signer, err = tlog.NewSigner(o.log, seed.Bytes()); err != nil {
		return nil, err
	}
	o.public = o.signer.Verifier()
	return r.master.Seal(sealedAs(org, "log"), seed.Bytes())
}

// Open returns the keys of the transaction's organization.
func (r *Ring) Open(tx *db.Tx) (Org, error) {
	r.mu.Lock()
	o, ok := r.orgs[tx.Org()]
	r.mu.Unlock()
	if ok {
		return o, nil
	}
	w, err := load(tx, tx.Org())
	if err != nil {
		return Org{}, fmt.Errorf("keys of %s: %w", tx.Org(), err)
	}
	root, err := r.open(sealedAs(w.org, "root"), w.wrapped)
	if err != nil {
		return Org{}, err
	}
	o = Org{root: root, log: w.origin, public: w.public}
	if len(w.seed) > 0 {
		seed, err := r.open(sealedAs(w.org, "log"), w.seed)
		if err != nil {
			return Org{}, err
		}
		if o.signer, err = tlog.NewSigner(w.origin, seed.Bytes()); err != nil {
			return Org{}, err
		}
	}
	r.mu.Lock()
	r.orgs[w.org] = o
	r.mu.Unlock()
	return o, nil
}

func (r *Ring) open(what string, sealed []byte) (secret.Key, error) {
	b, err := r.master.Open(what, sealed)
	if err != nil {
		return secret.Key{}, fault.Wrap(fault.Forbidden, err,
			"The master key does not open this store. Start with the key file that belongs to it.")
	}
	return secret.KeyFrom(b)
}
