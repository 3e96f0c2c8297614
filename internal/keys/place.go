package keys

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/kit/keyservice"
	"assay/internal/kit/secret"
)

// Place is where the master key of a store is kept: in the environment, in the
// file master.key, or in the file master.wrapped, which a key service opens.
type Place struct {
	Dir    string            // of the two files
	Text   secret.Text       // the key in base64, from the environment; empty: a file has it
	Then   secret.Text       // the key that a rotation puts in place of one in the environment
	Access keyservice.Access // to key services
}

// The kinds of places.
const (
	InEnvironment = "environment"
	InFile        = "file"
	InService     = "service"
)

// Where says where the master key is now.
type Where struct {
	Kind    string `json:"kind"`              // InEnvironment, InFile or InService; empty: nowhere yet
	Service string `json:"service,omitempty"` // address of the key that wraps it
	File    string `json:"file,omitempty"`
	// Plain is a file with the key that lies beside the wrapped one: a move was
	// broken off before it was removed.
	Plain string `json:"plain,omitempty"`
}

// wrapped is the file master.wrapped. The service authenticates its purpose.
type wrapped struct {
	Form    string `json:"form"`
	Service string `json:"service"`
	Key     []byte `json:"key"`
}

const (
	wrappedForm = "soc2.master/v1"
	maxWrapped  = 64 << 10 // bytes; KMS's longest is 6 KiB
)

func (p Place) file() string    { return filepath.Join(p.Dir, "master.key") }
func (p Place) wrapped() string { return filepath.Join(p.Dir, "master.wrapped") }

// Find says where the key is, without opening it. A key in the environment and
// another in a file is a Conflict: which one belongs to the store is not guessed.
func (p Place) Find() (w Where, err error) {
	plain, err := there(p.file())
	if err != nil {
		return w, err
	}
	sealed, err := there(p.wrapped())
	switch {
	case err != nil:
		return w, err
	case !p.Text.Empty() && sealed:
		return w, fault.New(fault.Conflict, "The master key is in ASSAY_MASTER_KEY and, wrapped, in %s. Take away the one that does not belong to this store.", p.wrapped())
	case !p.Text.Empty() && plain:
		return w, fault.New(fault.Conflict, "The master key is in ASSAY_MASTER_KEY and in %s. Take away the one that does not belong to this store.", p.file())
	case !p.Text.Empty():
		return Where{Kind: InEnvironment}, nil
	case sealed:
		box, err := p.read()
		w = Where{Kind: InService, Service: box.Service, File: p.wrapped()}
		if plain {
			w.Plain = p.file()
		}
		return w, err
	case plain:
		return Where{Kind: InFile, File: p.file()}, nil
	}
	if next := p.next(); filepath.Base(p.Dir) != filepath.Base(next.Dir) { // a rotation was broken off while it put the new one in place
		return next.Find()
	}
	return Where{}, nil
}

func there(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	return true, nil
}

// Open returns the master key, making it in its file when it is nowhere. What a
// service does not open is never replaced by a new key.
func (p Place) Open(ctx context.Context) (k secret.Key, err error) {
	// A rotation may put another key in its place between two looks: where one file
	// is gone the other is there.
	for range 10 {
		var found bool
		k, found, err = p.look(ctx)
		if found || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return k, err
		}
	}
	if err != nil {
		return k, err
	}
	return LoadMaster(p.file())
}

// look opens the key where it is now, if it is anywhere.
func (p Place) look(ctx context.Context) (k secret.Key, found bool, err error) {
	w, err := p.Find()
	if err != nil {
		return k, false, err
	}
	switch w.Kind {
	case InEnvironment:
		k, err = fromText(p.Text)
	case InService:
		k, err = Place{Dir: filepath.Dir(w.File), Access: p.Access}.unwrap(ctx)
	case InFile:
		k, err = readMaster(w.File)
	default:
		return k, false, nil
	}
	return k, err == nil, err
}

func fromText(t secret.Text) (secret.Key, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(t.Reveal()))
	if err != nil || len(b) != 32 { // the cause would quote the key
		return secret.Key{}, fault.New(fault.Invalid, "ASSAY_MASTER_KEY is not a key: it must be 32 bytes in base64, 44 characters. Make one with: openssl rand -base64 32")
	}
	return secret.KeyFrom(b)
}

func (p Place) read() (box wrapped, err error) {
	info, err := os.Stat(p.wrapped())
	if err != nil {
		return box, fmt.Errorf("master key: %w", err)
	}
	var b []byte
	if info.Size() <= maxWrapped {
		if b, err = os.ReadFile(p.wrapped()); err != nil {
			return box, fmt.Errorf("master key: %w", err)
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&box); err != nil || d.More() || box.Form != wrappedForm || box.Service == "" || len(box.Key) == 0 {
		return box, fault.New(fault.Invalid, "The file %s is not a wrapped master key of this version. It was left as it is: put it back from a copy.", p.wrapped())
	}
	return box, nil
}

func (p Place) unwrap(ctx context.Context) (secret.Key, error) {
	box, err := p.read()
	if err != nil {
		return secret.Key{}, err
	}
	s, err := keyservice.Open(box.Service, p.Access)
	if err != nil {
		return secret.Key{}, err
	}
	return s.Unwrap(ctx, wrappedForm, box.Key)
}

// Move keeps the master key elsewhere from now on: wrapped by the service with
// the address, or, for the address InFile, in its file. To the service that has
// it already, it is wrapped again, under the newest version of the service's key.
// The key itself stays, so whoever serves the store goes on. What is written is
// opened again before the old place is given up; a move that broke off is
// finished by another.
func (p Place) Move(ctx context.Context, to string) (Where, error) {
	from, err := p.Find()
	if err != nil {
		return from, err
	}
	if from.Kind == "" {
		return from, fault.New(fault.NotFound, "There is no master key in %s. Make an organization first.", p.Dir)
	}
	if waits, err := p.next().Find(); err != nil || waits.Kind != "" {
		return from, errors.Join(err, fault.New(fault.Conflict, "A rotation of the master key was broken off. Nothing was moved. Say first: assay key rotate master"))
	}
	key, err := p.Open(ctx)
	if err != nil {
		return from, err
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return from, err
	}
	if to == InFile {
		err = p.toFile(from, key)
	} else {
		err = p.toService(ctx, to, key)
	}
	if err != nil {
		return from, err
	}
	return Place{Dir: p.Dir, Access: p.Access}.Find()
}

func (p Place) toFile(from Where, key secret.Key) error {
	if from.Kind == InFile {
		return nil
	}
	if err := writeSync(p.file(), key.Bytes()); err != nil {
		return err
	}
	if again, err := LoadMaster(p.file()); err != nil || !bytes.Equal(again.Bytes(), key.Bytes()) {
		return errors.Join(err, fault.New(fault.Internal, "The master key could not be read back from %s. It stays where it was.", p.file()))
	}
	return gone(p.wrapped())
}

func (p Place) toService(ctx context.Context, to string, key secret.Key) error {
	s, err := keyservice.Open(to, p.Access)
	if err != nil {
		return err
	}
	box := wrapped{Form: wrappedForm, Service: to}
	if box.Key, err = s.Wrap(ctx, wrappedForm, key); err != nil {
		return err
	}
	again, err := s.Unwrap(ctx, wrappedForm, box.Key)
	if err != nil {
		return err
	}
	if !bytes.Equal(again.Bytes(), key.Bytes()) {
		return fault.New(fault.Internal, "%s opens what it wrapped as another key. The master key stays where it was.", to)
	}
	b, err := json.Marshal(box)
	if err != nil {
		return err
	}
	if err := writeSync(p.wrapped(), append(b, '\n')); err != nil {
		return err
	}
	return gone(p.file())
}

// gone removes a file, if it is there, so that it stays removed after a crash.
func gone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
