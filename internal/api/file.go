package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
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

// fileTypes are the media types in which a file of rows is sent. A program that
// does not know better sends application/octet-stream.
func fileTypes() []string {
	return []string{"application/json", "application/octet-stream", "application/x-ndjson", "text/csv"}
}

// sentFile is a file that a request carries. It is read once.
type sentFile struct {
	request *http.Request
	file    *secret.Spool // once it was read
}

// forget closes the file, if there is one that nobody closed.
func (f *sentFile) forget() {
	if f != nil && f.file != nil {
		_ = f.file.Close()
	}
}

// received reads the file, if that was not done yet. The caller closes it.
func (s *Server) received(ctx context.Context, sent *sentFile) (*secret.Spool, error) {
	if sent == nil {
		return nil, errors.New("an operation without its file")
	}
	if sent.file != nil {
		return sent.file, nil
	}
	r := sent.request
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") != "" && (err != nil || !slices.Contains(fileTypes(), kind)) {
		return nil, fault.New(fault.Invalid, "Send the file itself as the body, with one of the types %s. Nothing was saved.", strings.Join(fileTypes(), ", "))
	}
	if how := r.Header.Get("Content-Encoding"); how != "" && how != "identity" {
		return nil, fault.New(fault.Invalid, "Send the file as it is: a body that is compressed (%.20q) is not taken. Nothing was saved.", how)
	}
	file, err := s.Suite.Connectors.Spool(ctx, r.Body)
	if err != nil && fault.Of(err) == fault.Internal {
		err = fault.Wrap(fault.Invalid, err, "The file did not arrive whole. Nothing was saved: send it again.")
	}
	return file, err
}
