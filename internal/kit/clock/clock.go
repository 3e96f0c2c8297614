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

const form = "0000-00-00T00:00:00.000Z"

// Parse reads what Format wrote and nothing else: package time alone would
// also take an hour of one digit and a decimal comma, and takes five times as
// long, which counts where a log of a million entries is read.
func Parse(s string) (time.Time, error) {
	var n [7]int // year, month, day, hour, minute, second, millisecond
	ok, at := len(s) == len(form), 0
	for i := 0; ok && i < len(form); i++ {
		switch {
		case form[i] != '0':
			ok = s[i] == form[i]
			at++
		case s[i] < '0' || s[i] > '9':
			ok = false
		default:
			n[at] = n[at]*10 + int(s[i]-'0')
		}
	}
	if !ok || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return time.Time{}, fmt.Errorf("time %q: want it as 2006-01-02T15:04:05.000Z", s)
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*int(time.Millisecond), time.UTC)
	if t.Day() != n[2] || int(t.Month()) != n[1] {
		return time.Time{}, fmt.Errorf("time %q: there is no such day", s)
	}
	return t, nil
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
