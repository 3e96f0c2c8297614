package clock

import (
	"fmt"
	"sync"
	"time"
)

// Clock returns the present instant, UTC, truncated to milliseconds.
type Clock func() time.Time

// System is the operating system's clock.
func System() time.Time { return Trunc(time.Now()) }

// Trunc is t in the precision and zone in which everything is stored.
func Trunc(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Format writes t as leaves and canonical bytes hold it: RFC 3339, UTC, three
// decimals.
func Format(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Parse reads what Format wrote and nothing else: package time alone would
// also take an hour of one digit and a decimal comma.
func Parse(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05.000Z", s)
	if err == nil && Format(t) != s {
		return time.Time{}, fmt.Errorf("time %q: want it as %s", s, Format(t))
	}
	return t, err
}

// Hand is a clock that stands still until it is moved. Its zero value is not
// useful: start it with Set.
type Hand struct {
	mu sync.Mutex
	t  time.Time // guarded by mu
}

// Now is the Clock.
func (h *Hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.t
}

// Set moves the clock to t.
func (h *Hand) Set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = Trunc(t)
}

// Add moves the clock by d and returns the new time.
func (h *Hand) Add(d time.Duration) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = Trunc(h.t.Add(d))
	return h.t
}
