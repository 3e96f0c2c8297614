package api

import (
	"errors"
	"io"
	"mime"
	"os"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// spooledFile is a file that is complete and has no name on the disk any more.
type spooledFile struct {
	about *File
	body  *os.File
	size  int64
}

func spool(f *File) (*spooledFile, error) {
	body, err := os.CreateTemp("", "assay-*")
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.Remove(body.Name()), f.Write(body))
	var size int64
	if err == nil {
		size, err = body.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	return &spooledFile{f, body, size}, nil
}

func (f *spooledFile) send(ctx huma.Context) {
	defer func() { _ = f.body.Close() }()
	ctx.SetHeader("Content-Type", f.about.Type)
	ctx.SetHeader("Content-Length", strconv.FormatInt(f.size, 10))
	ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.about.Name}))
	_, _ = io.Copy(ctx.BodyWriter(), f.body) // whoever went away gets a shorter body than the length says
}
