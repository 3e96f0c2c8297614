package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"assay/internal/kit/fault"
)

// Shelf keeps files under names that somebody chose, such as "log/a/checkpoint".
// A file is there whole or not at all, and durable when Write returns; writing a
// name again replaces the file. An absent file is a NotFound fault.
type Shelf interface {
	Write(ctx context.Context, name string, r io.Reader) error
	Read(ctx context.Context, name string) (io.ReadCloser, error)
	// Names lists the files whose name begins with the prefix, sorted.
	Names(ctx context.Context, prefix string) ([]string, error)
	// Remove forgets a file; an absent one is no error.
	Remove(ctx context.Context, name string) error
}

// checkFile reports a name that could lead out of the shelf.
func checkFile(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.HasPrefix(name, "tmp/") || strings.ContainsAny(name, "\\\x00") {
		return fault.New(fault.Invalid, "%q is not the name of a file.", name)
	}
	return nil
}

func noFile(name string) error { return fault.New(fault.NotFound, "The file %s does not exist.", name) }

// FolderShelf is a shelf in a folder of a local file system.
type FolderShelf struct {
	Dir string
}

// Write implements Shelf: a temporary file, synced, then renamed, then the folder
// synced.
func (f FolderShelf) Write(ctx context.Context, name string, r io.Reader) error {
	if err := checkFile(name); err != nil {
		return err
	}
	tmp := filepath.Join(f.Dir, "tmp")
	to := filepath.Join(f.Dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(tmp, 0o700), os.MkdirAll(filepath.Dir(to), 0o700)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w, err := os.CreateTemp(tmp, "put-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = io.Copy(w, withContext(ctx, r))
	if err = errors.Join(err, w.Sync(), w.Close()); err == nil {
		err = os.Rename(w.Name(), to)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(w.Name())))
	}
	for dir := filepath.Dir(to); ; dir = filepath.Dir(dir) { // a folder that was made is an entry of the one above
		if err := syncDir(dir); err != nil || len(dir) <= len(filepath.Clean(f.Dir)) {
			return err
		}
	}
}

// Read implements Shelf.
func (f FolderShelf) Read(_ context.Context, name string) (io.ReadCloser, error) {
	if err := checkFile(name); err != nil {
		return nil, err
	}
	r, err := os.Open(filepath.Join(f.Dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noFile(name)
	}
	return r, err
}

// Names implements Shelf.
func (f FolderShelf) Names(_ context.Context, prefix string) (out []string, err error) {
	err = filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(f.Dir, path)
		if name = filepath.ToSlash(name); err == nil && strings.HasPrefix(name, prefix) && checkFile(name) == nil {
			out = append(out, name)
		}
		return err
	})
	slices.Sort(out)
	return out, err
}

// Remove implements Shelf.
func (f FolderShelf) Remove(_ context.Context, name string) error {
	if err := checkFile(name); err != nil {
		return err
	}
	path := filepath.Join(f.Dir, filepath.FromSlash(name))
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, syncDir(filepath.Dir(path)))
}

// BucketShelf is a shelf in a bucket, behind the bucket's prefix.
type BucketShelf struct {
	Bucket *Bucket
}

// Write implements Shelf.
func (b BucketShelf) Write(ctx context.Context, name string, r io.Reader) error {
	if err := checkFile(name); err != nil {
		return err
	}
	tmp, err := spoolAnywhere(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(tmp.Close(), os.Remove(tmp.Name())) }()
	info, err := tmp.Stat()
	if err != nil {
		return err
	}
	opts := minio.PutObjectOptions{ContentType: "application/octet-stream"}
	if _, err := b.Bucket.client.PutObject(ctx, b.Bucket.bucket, b.Bucket.prefix+name, tmp, info.Size(), opts); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Read implements Shelf.
func (b BucketShelf) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkFile(name); err != nil {
		return nil, err
	}
	o, err := b.Bucket.client.GetObject(ctx, b.Bucket.bucket, b.Bucket.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if _, err := o.Stat(); err != nil {
		if status(err) == http.StatusNotFound {
			err = noFile(name)
		}
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// Names implements Shelf.
func (b BucketShelf) Names(ctx context.Context, prefix string) (out []string, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	opts := minio.ListObjectsOptions{Prefix: b.Bucket.prefix + prefix, Recursive: true}
	for o := range b.Bucket.client.ListObjects(ctx, b.Bucket.bucket, opts) {
		if o.Err != nil {
			return nil, fmt.Errorf("list %s: %w", prefix, o.Err)
		}
		if name := strings.TrimPrefix(o.Key, b.Bucket.prefix); checkFile(name) == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Remove implements Shelf.
func (b BucketShelf) Remove(ctx context.Context, name string) error {
	if err := checkFile(name); err != nil {
		return err
	}
	err := b.Bucket.client.RemoveObject(ctx, b.Bucket.bucket, b.Bucket.prefix+name, minio.RemoveObjectOptions{})
	if status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Within is a shelf of the files below a name.
func (b *Bucket) Within(prefix string) *Bucket {
	return &Bucket{client: b.client, bucket: b.bucket, prefix: b.prefix + prefix}
}
