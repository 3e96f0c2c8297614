package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// deadlines is a connection that keeps what it is told.
type deadlines struct {
	http.ResponseWriter

	told []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.told = append(d.told, t)
	return nil
}

func serve(t *testing.T, body io.Reader) *deadlines {
	t.Helper()
	w := &deadlines{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	patient(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})).ServeHTTP(w, r)
	return w
}

// A large body gets a second more for each 32 KiB that came, and work after it
// all the time it takes.
func TestABodyThatComesIsNotCutOff(t *testing.T) {
	const size = 10 << 20
	begun := time.Now()
	w := serve(t, io.LimitReader(zeros{}, size))
	took := time.Since(begun)
	if len(w.told) < 2 || !w.told[len(w.told)-1].IsZero() {
		t.Fatalf("told %v", w.told)
	}
	last := w.told[len(w.told)-2]
	want := begun.Add(readTime + (size/slowest-1)*time.Second)
	if last.Before(want) || last.After(want.Add(took+time.Second)) {
		t.Errorf("the last bound is %s, want %s", last, want)
	}
	for i := 1; i < len(w.told)-1; i++ {
		if w.told[i].Before(w.told[i-1]) {
			t.Errorf("bound %d goes back", i)
		}
	}
}

// Who sends little gets no more time than the server's read timeout.
func TestWhoSendsLittleGetsNoTime(t *testing.T) {
	w := serve(t, io.MultiReader(iotest.OneByteReader(strings.NewReader(strings.Repeat("x", slowest-1))), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if len(w.told) != 0 {
		t.Errorf("told %v", w.told)
	}
}

// A request without a body may take its time to be answered.
func TestNoBodyNoBound(t *testing.T) {
	w := serve(t, nil)
	if len(w.told) != 1 || !w.told[0].IsZero() {
		t.Errorf("told %v", w.told)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
