package app

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// slowest is how many bytes a second a large body must bring to be read to its
// end.
const slowest = 32 << 10

// patient gives a request more time to bring its body the more it has brought,
// and as much as its work takes once the body is there: the server's read
// timeout is a bound for whoever sends nothing, and would otherwise cut off large
// files on slow lines and long work after them.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body == nil || r.Body == http.NoBody {
			_ = control.SetReadDeadline(time.Time{}) // without it the bound of the server holds
		} else {
			r.Body = &slowBody{ReadCloser: r.Body, control: control, begun: time.Now()}
		}
		next.ServeHTTP(w, r)
	})
}

type slowBody struct {
	io.ReadCloser

	control *http.ResponseController
	begun   time.Time
	got     int64
	allowed int64 // bytes for which time was given
}

// Read implements io.Reader.
func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.got += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		_ = b.control.SetReadDeadline(time.Time{})
	case err == nil && b.got-b.allowed >= slowest:
		b.allowed = b.got
		_ = b.control.SetReadDeadline(b.begun.Add(readTime + time.Duration(b.got/slowest)*time.Second))
	}
	return n, err
}
