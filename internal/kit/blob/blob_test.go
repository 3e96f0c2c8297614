package blob_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"assay/internal/kit/blob"
	"assay/internal/kit/blob/blobtest"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	blobtest.Run(t, blob.Folder{Dir: filepath.Join(dir, "objects")})
	left, err := os.ReadDir(filepath.Join(dir, "objects", "tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestFolderFindsAlteredBytes(t *testing.T) {
	s := blob.Folder{Dir: t.TempDir()}
	b := []byte("ciphertext")
	name, _, err := blob.Name(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), name, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir, name[:2], name)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := blob.Check(t.Context(), s, name); !fault.Is(err, fault.Tampered) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if err := s.Put(t.Context(), name, bytes.NewReader(b)); !fault.Is(err, fault.Tampered) {
			t.Fatalf("stored over altered bytes: %v", err)
		}
	}
}

// TestBucket runs against a real S3-compatible server on this machine.
func TestBucket(t *testing.T) {
	if testing.Short() {
		t.Skip("S3 is not tested: -short")
	}
	endpoint := gateway(t)
	client, err := minio.New(strings.TrimPrefix(endpoint, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4("test", "test-secret", ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := blob.BucketConfig{
		Endpoint: endpoint, Bucket: "b" + id.Token(6), Region: "us-east-1", PathStyle: true, Prefix: "objects/",
		Access: "test", Secret: secret.NewText("test-secret"),
	}
	if _, err := blob.OpenBucket(t.Context(), c); !fault.Is(err, fault.NotFound) {
		t.Errorf("no bucket: %v", err)
	}
	if err := client.MakeBucket(t.Context(), c.Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	b, err := blob.OpenBucket(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	blobtest.Run(t, b)
	t.Run("files by name", func(t *testing.T) { shelf(t, blob.BucketShelf{Bucket: b.Within("shelf/")}) })
	t.Run("altered bytes are found", func(t *testing.T) {
		name, _, _ := blob.Name(strings.NewReader("one"))
		if _, err := client.PutObject(t.Context(), c.Bucket, "objects/"+name, strings.NewReader("two"), 3, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := blob.Check(t.Context(), b, name); !fault.Is(err, fault.Tampered) {
			t.Errorf("%v", err)
		}
		if err := b.Put(t.Context(), name, strings.NewReader("one")); !fault.Is(err, fault.Tampered) {
			t.Errorf("stored over altered bytes: %v", err)
		}
	})
}

func TestBucketConfigIsChecked(t *testing.T) {
	for _, endpoint := range []string{"", "s3.example.com", "ftp://x", "https://", "https://x/y"} {
		if _, err := blob.OpenBucket(t.Context(), blob.BucketConfig{Endpoint: endpoint}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

// gateway starts versitygw on a folder, or skips the test.
func gateway(t *testing.T) string {
	t.Helper()
	modfile, err := filepath.Abs("../../../tools/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	built, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(built, "go", "tool", "-modfile="+modfile, "-n", "versitygw").Output()
	if err != nil {
		t.Skipf("S3 is not tested: versitygw cannot be built: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server := exec.CommandContext(t.Context(), strings.TrimSpace(string(out)),
		"--port", address, "--access", "test", "--secret", "test-secret", "--quiet", "posix", t.TempDir())
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Skipf("S3 is not tested: %v", err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 300 {
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = c.Close()
			return "http://" + address
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Skipf("S3 is not tested: versitygw does not answer: %s", &log)
	return ""
}
