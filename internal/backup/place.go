package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Place is where copies lie: a folder or a bucket. It holds
//
//	backups/ID.json       what the copy is; written last
//	backups/ID.rows.age   its rows, encrypted
//	backups/ID.objects    names of the objects that the rows name
//	objects/…             objects of all copies, each once
//	log/ORG/…             the log as it grew, in the layout of C2SP tlog-tiles
type Place struct {
	shelf   blob.Shelf
	objects blob.Store
}

// Door is what opens a place.
type Door struct {
	At     string // a folder, or a bucket: https://endpoint/bucket/prefix
	Access string // of the bucket
	Secret secret.Text
}

// Open opens the place.
func (d Door) Open(ctx context.Context) (*Place, error) {
	if d.At == "" {
		return nil, fault.New(fault.Invalid, "Say where the copies lie: a folder, or the address of a bucket.")
	}
	if !blob.IsBucket(d.At) {
		return &Place{blob.FolderShelf{Dir: d.At}, blob.Folder{Dir: filepath.Join(d.At, "objects")}}, nil
	}
	b, err := blob.OpenBucketAt(ctx, d.At, d.Access, d.Secret)
	if err != nil {
		return nil, err
	}
	return &Place{blob.BucketShelf{Bucket: b}, b.Within("objects/")}, nil
}

// List is the copies, newest first.
func (p *Place) List(ctx context.Context) ([]Copy, error) {
	names, err := p.shelf.Names(ctx, "backups/")
	if err != nil {
		return nil, err
	}
	var out []Copy
	for _, name := range names {
		id, ok := strings.CutSuffix(strings.TrimPrefix(name, "backups/"), ".json")
		if !ok || !validID(id) {
			continue
		}
		c, err := p.copy(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Copy) int { return strings.Compare(b.ID, a.ID) })
	return out, nil
}

// most bounds what is read of a small file, and of a list of objects.
const most = 256 << 20

func (p *Place) read(ctx context.Context, name string) ([]byte, error) {
	rc, err := p.shelf.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(rc, most))
	return b, errors.Join(err, rc.Close())
}

func (p *Place) copy(ctx context.Context, id string) (*Copy, error) {
	b, err := p.read(ctx, fileOf(id))
	if err != nil {
		return nil, err
	}
	c := &Copy{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil || c.ID != id || c.File != rowsOf(id) {
		return nil, fault.Wrap(fault.Tampered, err, "What the backup %s says of itself cannot be read.", id)
	}
	return c, nil
}

// find is the copy with the id, or the newest.
func (p *Place) find(ctx context.Context, id string) (*Copy, error) {
	if id != "" {
		if !validID(id) {
			return nil, fault.New(fault.Invalid, "%q is no backup's name: they look like 20260302T101500Z.", id)
		}
		return p.copy(ctx, id)
	}
	list, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "There is no backup there.")
	}
	return &list[0], nil
}

// forget removes a copy; its objects go when no other copy has them.
func (p *Place) forget(ctx context.Context, id string) error {
	for _, name := range []string{fileOf(id), rowsOf(id), objectsOf(id)} {
		if err := p.shelf.Remove(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Prune forgets what the rules do not name, what a broken copy left, and objects
// that no copy has any more. It returns the names of the copies that are gone.
func (p *Place) Prune(ctx context.Context, keep Keep) (gone []string, err error) {
	list, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	kept := keep.Kept(list)
	for i := range list {
		if kept[list[i].ID] {
			continue
		}
		if err := p.forget(ctx, list[i].ID); err != nil {
			return gone, err
		}
		gone = append(gone, list[i].ID)
	}
	used, err := p.used(ctx, kept)
	if err != nil {
		return gone, err
	}
	return gone, p.sweep(ctx, used)
}

// used are the objects of the copies that are kept. Files of what is no copy go.
func (p *Place) used(ctx context.Context, kept map[string]bool) (map[string]bool, error) {
	names, err := p.shelf.Names(ctx, "backups/")
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, name := range names {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, "backups/"), ".")
		if !kept[id] {
			err = p.shelf.Remove(ctx, name)
		} else if name == objectsOf(id) {
			err = p.usedBy(ctx, id, used)
		}
		if err != nil {
			return nil, err
		}
	}
	return used, nil
}

func (p *Place) usedBy(ctx context.Context, id string, used map[string]bool) error {
	b, err := p.read(ctx, objectsOf(id))
	if err != nil {
		return err
	}
	objects := objectList(string(b))
	if c, err := p.copy(ctx, id); err != nil || c.Objects != len(objects) {
		return fault.Wrap(fault.Tampered, err, "The list of objects of the backup %s was altered. No object was removed.", id)
	}
	for _, object := range objects {
		used[object] = true
	}
	return nil
}

// sweep removes objects that are not used.
func (p *Place) sweep(ctx context.Context, used map[string]bool) error {
	names, err := p.shelf.Names(ctx, "objects/")
	if err != nil {
		return err
	}
	for _, name := range names {
		object := name[strings.LastIndexByte(name, '/')+1:]
		if !blob.ValidName(object) || used[object] {
			continue
		}
		if err := p.objects.Delete(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// List is the copies at the place that the settings name, newest first.
func (s *Service) List(ctx context.Context) ([]Copy, error) {
	if err := s.wanted(); err != nil {
		return nil, err
	}
	place, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	return place.List(ctx)
}
