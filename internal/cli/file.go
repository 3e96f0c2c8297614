package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes beside the path and renames, so that a file that broke off
// is never taken for whole.
func writeWhole(path string, body io.Reader) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	n, err = io.Copy(f, body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return n, errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return n, os.Rename(f.Name(), path)
}
