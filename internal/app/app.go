package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"assay/catalog"
	"assay/internal/anchor"
	"assay/internal/backup"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/signer"
	"assay/internal/notice"
	"assay/internal/rule"
	"assay/internal/suite"
)

// Config says which store to open.
type Config = suite.Config

// Open opens the store, making it if the folder is empty, and returns every
// use case over it. The caller closes it.
func Open(ctx context.Context, c Config) (*suite.Suite, error) {
	if c.Data == "" {
		return nil, errors.New("open store: no folder named")
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = clock.System
	}
	if c.DB == "" {
		c.DB = filepath.Join(c.Data, "assay.db")
	}
	var p parts
	var g errgroup.Group // library and checks are read while the store opens
	g.Go(p.loadLibrary)
	g.Go(p.loadChecks)
	g.Go(func() error { return p.openStore(ctx, c) })
	if err := g.Wait(); err != nil {
		if p.db != nil {
			err = errors.Join(err, p.db.Close())
		}
		return nil, err
	}
	return wire(c, p), nil
}

// parts is what the use cases stand on.
type parts struct {
	library *catalog.Library
	checks  []*rule.Definition
	db      *db.DB
	ring    *keys.Ring
	users   secret.Key // seals what belongs to users
	blobs   blob.Store
	outside anchor.Config
	backups *backup.Config
	mail    *notice.Config // nil: no mail is sent
}

func (p *parts) loadLibrary() (err error) {
	if p.library, err = catalog.Load(catalog.Files()); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return nil
}

func (p *parts) loadChecks() (err error) {
	p.checks, err = parseChecks(catalog.Checks())
	return err
}

// parseChecks reads every check of the catalog, in the order of their files.
func parseChecks(area fs.FS) (out []*rule.Definition, err error) {
	err = fs.WalkDir(area, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(area, name)
		if err != nil {
			return err
		}
		def, err := parseCheck(name, text)
		if err != nil {
			return fmt.Errorf("catalog: %s: %w", name, err)
		}
		out = append(out, def)
		return nil
	})
	return out, err
}

// parseCheck reads a check without its tests, as it was compiled if it was.
func parseCheck(name string, text []byte) (*rule.Definition, error) {
	if canonical, ok := catalog.Compiled("checks/"+name, text); ok {
		return rule.ParseCanonical([]byte(canonical))
	}
	return rule.Parse(text)
}

func (p *parts) openStore(ctx context.Context, c Config) error {
	master, err := c.Place().Open(ctx)
	if err != nil {
		return err
	}
	if p.outside, err = anchor.Load(filepath.Join(c.Data, "anchor")); err != nil {
		return fault.Wrap(fault.Invalid, err, "Who is to see the log cannot be read: %v.", err)
	}
	if p.backups, err = backup.LoadConfig(filepath.Join(c.Data, "backup.yaml")); err != nil {
		return err
	}
	if p.mail, err = notice.LoadConfig(filepath.Join(c.Data, "mail.yaml")); err != nil {
		return err
	}
	p.ring = keys.New(master, filepath.Join(c.Data, "keys", "marks")).WithPlace(c.Place())
	if c.Signer != "" {
		p.ring.WithSigner(&signer.Client{Socket: c.Signer})
	}
	if p.db, err = db.Open(ctx, db.Config{URL: c.DB, Now: c.Now, Rehearsal: c.Rehearsal}); err != nil {
		return err
	}
	if p.users, err = p.ring.Users(ctx, p.db); err != nil {
		return err
	}
	if err := backup.Hold(ctx, p.db); err != nil {
		return err
	}
	p.blobs, err = openBlobs(ctx, c)
	return err
}

func openBlobs(ctx context.Context, c Config) (blob.Store, error) {
	if c.Blobs == "" {
		return blob.Folder{Dir: filepath.Join(c.Data, "blobs")}, nil
	}
	if !blob.IsBucket(c.Blobs) {
		return blob.Folder{Dir: c.Blobs}, nil
	}
	return blob.OpenBucketAt(ctx, c.Blobs, c.Access, c.Secret)
}
