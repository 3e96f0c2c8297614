package connector

import (
	"context"
	"io"
	"io/fs"

	"assay/internal/kit/host"
)

// Host is the machine that a connector reads: files and read-only commands.
// A recording stands in for it in tests.
type Host interface {
	// ReadFile returns a file of at most 16 MiB. Errors satisfy errors.Is with
	// fs.ErrNotExist and fs.ErrPermission.
	ReadFile(name string) ([]byte, error)
	// ReadDir lists a folder, sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Stat describes a file, following links.
	Stat(name string) (fs.FileInfo, error)
	// Readlink returns where a link points, as it is written there.
	Readlink(name string) (string, error)
	// Run runs a program with arguments, no shell, a minimal environment with
	// LC_ALL=C, a time limit, and returns what it printed, also when it fails.
	// A program that is not installed gives fs.ErrNotExist; a non-zero exit
	// gives an *ExitError.
	Run(ctx context.Context, name string, args ...string) (stdout []byte, err error)
}

// Opener is a Host that also opens files that are too large to be held at once. A
// host that is none has small files alone.
type Opener interface {
	// Open opens a plain file of any size. Errors are as those of ReadFile.
	Open(name string) (io.ReadCloser, error)
}

// ExitError is a program's non-zero exit.
type ExitError = host.ExitError

var (
	_ Host   = host.Machine{}
	_ Opener = host.Machine{}
)
