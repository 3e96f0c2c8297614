package rest

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	full := begun.Add(30 * time.Minute)
	answer := func(prefix string, limit, left int) http.Header {
		h := http.Header{}
		h.Set(prefix+"Limit", strconv.Itoa(limit))
		h.Set(prefix+"Remaining", strconv.Itoa(left))
		h.Set(prefix+"Reset", strconv.FormatInt(full.Unix(), 10))
		return h
	}
	for name, c := range map[string]struct {
		prefix      string
		limit, left int
		cost, calls int
		window      time.Duration
		want        time.Duration
		words       string
	}{
		"within the budget":           {"X-Ratelimit-", 5000, 4000, 1, 3000, time.Hour, 50 * time.Minute, "; about 3000 calls more, 50 minutes at this pace, within the vendor's limit"},
		"not within it":               {"X-Ratelimit-", 5000, 1010, 1, 1001, time.Hour, 30*time.Minute - 10*time.Second, "; about 1001 calls more, of which the vendor allows 5000 in an hour: at least 30 minutes"},
		"several windows":             {"X-Ratelimit-", 5000, 1010, 1, 11001, time.Hour, 183*time.Minute + 21*time.Second, "; about 11001 calls more, of which the vendor allows 5000 in an hour: at least 4 hours"},
		"calls that cost three":       {"X-Ratelimit-", 5000, 3030, 3, 1001, time.Hour, 30*time.Minute - 10*time.Second, "; about 1001 calls more, of which the vendor allows 5000 in an hour: at least 30 minutes"},
		"a budget for a minute":       {"X-Rate-Limit-", 600, 600, 1, 400000, time.Minute, 400000 * time.Second, "; about 400000 calls more, of which the vendor allows 600 in a minute: at least 112 hours"},
		"a vendor who says no limits": {"X-Other-", 1, 1, 1, 60, time.Hour, time.Minute, "; about 60 calls more, a minute at this pace, within the vendor's limit"},
		"nothing that is left to do":  {"X-Ratelimit-", 5000, 4000, 1, 0, time.Hour, 0, ""},
	} {
		p := &Pace{Window: c.window}
		if _, _, known := p.Least(5); known {
			t.Error("known before an answer came")
		}
		for i := range 11 { // a call a second
			p.Note(answer(c.prefix, c.limit, c.left-i*c.cost), begun.Add(time.Duration(i)*time.Second))
		}
		got, _, known := p.Least(c.calls)
		if got != c.want || !known {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if words := p.Words(c.calls); words != c.words {
			t.Errorf("%s: %q", name, words)
		}
	}
}

// A call whose answer was not seen, among a hundred, does not make every call cost
// two: what is said to be the least would not be.
func TestPaceOfACallNotSeen(t *testing.T) {
	begun := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	p := &Pace{Window: time.Hour}
	for i, left := range []int{1000, 998, 997, 996, 995} {
		h := http.Header{}
		h.Set("X-Ratelimit-Limit", "1000")
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(left))
		h.Set("X-Ratelimit-Reset", strconv.FormatInt(begun.Add(30*time.Minute).Unix(), 10))
		p.Note(h, begun.Add(time.Duration(i)*time.Second))
	}
	for calls, want := range map[int]time.Duration{
		796: 796 * time.Second, 797: 30*time.Minute - 4*time.Second, 1596: 30*time.Minute - 4*time.Second, 1597: 90*time.Minute - 4*time.Second,
	} {
		if got, _, known := p.Least(calls); got != want || !known {
			t.Errorf("%d calls: %s, want %s", calls, got, want)
		}
	}
}
