package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// BucketConfig says where the objects are kept.
type BucketConfig struct {
	Endpoint  string // URL of the service, "https://s3.eu-north-1.amazonaws.com"
	Bucket    string // must exist
	Prefix    string // before every name; "" or "assay/"
	Region    string // empty: asked for
	PathStyle bool   // the bucket in the path, as most services other than AWS want
	Access    string // key id; empty takes the machine's own role
	Secret    secret.Text
}

// Bucket is a store in a bucket of an S3-compatible service. Make it with
// OpenBucket.
type Bucket struct {
	client *minio.Client
	bucket string
	prefix string
}

// IsBucket tells an address of a bucket from the path of a folder.
func IsBucket(where string) bool {
	return strings.HasPrefix(where, "https://") || strings.HasPrefix(where, "http://")
}

// OpenBucketAt is OpenBucket for an address of the form
// https://endpoint/bucket/prefix?region=R&style=host. Only a service that has
// buckets in its host's name needs the style.
func OpenBucketAt(ctx context.Context, address, access string, key secret.Text) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The object store's address cannot be read. It is of the form https://endpoint/bucket/prefix.")
	}
	bucket, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if prefix != "" {
		prefix += "/"
	}
	return OpenBucket(ctx, BucketConfig{
		Endpoint: u.Scheme + "://" + u.Host, Bucket: bucket, Prefix: prefix, Region: u.Query().Get("region"),
		PathStyle: u.Query().Get("style") != "host", Access: access, Secret: key,
	})
}

// OpenBucket connects and checks that the bucket exists.
func OpenBucket(ctx context.Context, c BucketConfig) (*Bucket, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return nil, fault.New(fault.Invalid, "The object store's endpoint %q is not a URL such as https://s3.example.com.", c.Endpoint)
	}
	opts := &minio.Options{Secure: u.Scheme == "https", Region: c.Region, Creds: credentials.NewIAM("")}
	if c.Access != "" {
		opts.Creds = credentials.NewStaticV4(c.Access, c.Secret.Reveal(), "")
	}
	if c.PathStyle {
		opts.BucketLookup = minio.BucketLookupPath
	}
	client, err := minio.New(u.Host, opts)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The object store cannot be used as configured.")
	}
	ok, err := client.BucketExists(ctx, c.Bucket)
	if err != nil {
		return nil, fmt.Errorf("find bucket %s: %w", c.Bucket, err)
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "The bucket %q does not exist at %s. Create it first.", c.Bucket, c.Endpoint)
	}
	return &Bucket{client: client, bucket: c.Bucket, prefix: c.Prefix}, nil
}

// Put implements Store. The bytes are hashed before they are sent, and sent
// only if there is no such object.
func (b *Bucket) Put(ctx context.Context, name string, r io.Reader) error {
	if err := checkName(name); err != nil {
		return err
	}
	seeker, ok := r.(io.ReadSeeker)
	if !ok {
		tmp, err := spoolAnywhere(ctx, r)
		if err != nil {
			return err
		}
		defer func() { _ = errors.Join(tmp.Close(), os.Remove(tmp.Name())) }()
		seeker = tmp
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	h := sha256.New()
	size, err := io.Copy(h, withContext(ctx, seeker))
	if err != nil {
		return fmt.Errorf("read object: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != name {
		return fault.New(fault.Invalid, "The object %s has the hash %s. Nothing was stored.", name, got)
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return err
	}
	opts := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true}
	opts.SetMatchETagExcept("*")
	_, err = b.client.PutObject(ctx, b.bucket, b.prefix+name, seeker, size, opts)
	if status(err) == http.StatusPreconditionFailed {
		return Check(ctx, b, name)
	}
	if err != nil {
		return fmt.Errorf("put object: %w", err)
	}
	return nil
}

func spoolAnywhere(ctx context.Context, r io.Reader) (*os.File, error) {
	tmp, err := os.CreateTemp("", "assay-object-*")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(tmp, withContext(ctx, r))
	if err == nil {
		_, err = tmp.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
	}
	return tmp, nil
}

func status(err error) int {
	if err == nil {
		return 0
	}
	return minio.ToErrorResponse(err).StatusCode
}

// Get implements Store.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	o, err := b.client.GetObject(ctx, b.bucket, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("get object: %w", err)
	}
	if _, err := o.Stat(); err != nil {
		if status(err) == http.StatusNotFound {
			err = notFound(name)
		}
		return nil, errors.Join(fmt.Errorf("get object: %w", err), o.Close())
	}
	return verify(name, o), nil
}

// Has implements Store.
func (b *Bucket) Has(ctx context.Context, name string) (bool, error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	_, err := b.client.StatObject(ctx, b.bucket, b.prefix+name, minio.StatObjectOptions{})
	if status(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// Delete implements Store.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := b.client.RemoveObject(ctx, b.bucket, b.prefix+name, minio.RemoveObjectOptions{})
	if status(err) == http.StatusNotFound {
		return nil
	}
	return err
}
