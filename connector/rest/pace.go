package rest

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Pace is how fast a vendor lets itself be asked, as its answers say: a budget of
// calls for a window of time, what is left of it, and when it is full again. The
// zero value knows nothing.
type Pace struct {
	// Window is for how long a budget is: an hour at GitHub, a minute at Okta.
	Window time.Duration

	mu        sync.Mutex
	limit     int       // guarded by mu
	left      int       // guarded by mu
	full      time.Time // guarded by mu; when the budget is full again
	first     time.Time // guarded by mu; when the first answer came
	last      time.Time // guarded by mu
	calls     int       // guarded by mu; after the first
	spent     int       // guarded by mu; of the budget, by those calls
	remaining bool      // guarded by mu; the vendor says what is left
}

// Note reads the headers of an answer.
func (p *Pace) Note(h http.Header, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first.IsZero() {
		p.first = now
	} else {
		p.calls++
	}
	p.last = now
	for _, prefix := range []string{"X-Ratelimit-", "X-Rate-Limit-"} {
		limit, err := strconv.Atoi(h.Get(prefix + "Limit"))
		left, bad := strconv.Atoi(h.Get(prefix + "Remaining"))
		reset, wrong := strconv.ParseInt(h.Get(prefix+"Reset"), 10, 64)
		if err != nil || bad != nil || wrong != nil || limit <= 0 {
			continue
		}
		if p.remaining && left < p.left {
			p.spent += p.left - left
		} else if p.remaining {
			p.spent++ // a new window began
		}
		p.limit, p.left, p.full, p.remaining = limit, left, time.Unix(reset, 0), true
		return
	}
}

// Least is how long so many calls will take at least: the time that calls took so
// far, and the windows that must pass until the vendor's budgets allow them. Waits
// says that what is left of this window's budget does not suffice. It is not known
// before the second answer.
func (p *Pace) Least(calls int) (d time.Duration, waits, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls == 0 {
		return 0, false, false
	}
	d = time.Duration(float64(p.last.Sub(p.first)) / float64(p.calls) * float64(calls))
	if !p.remaining || p.Window <= 0 {
		return d, false, true
	}
	need := max(calls, (calls*p.spent+p.calls-1)/p.calls)
	if need <= p.left {
		return d, false, true
	}
	wait := max(p.full.Sub(p.last), 0) + time.Duration((need-p.left-1)/p.limit)*p.Window
	return max(d, wait), true, true
}

// Words says it for people, as the end of a sentence of progress. It is empty
// while nothing is known, or where nothing is left to do.
func (p *Pace) Words(calls int) string {
	d, waits, known := p.Least(calls)
	switch {
	case !known || calls <= 0:
		return ""
	case waits:
		p.mu.Lock()
		limit := p.limit
		p.mu.Unlock()
		return fmt.Sprintf("; about %d calls more, of which the vendor allows %d in %s: at least %s", calls, limit, about(p.Window), about(d))
	}
	if d < time.Minute {
		return fmt.Sprintf("; about %d calls more, less than a minute", calls)
	}
	return fmt.Sprintf("; about %d calls more, %s at this pace, within the vendor's limit", calls, about(d))
}

// about is a duration as people say it.
func about(d time.Duration) string {
	one := func(n int, word string) string {
		if n == 1 {
			return "1 " + word
		}
		return fmt.Sprintf("%d %ss", n, word)
	}
	switch {
	case d <= time.Minute:
		return "a minute"
	case d == time.Hour:
		return "an hour"
	case d < 2*time.Hour:
		return one(int((d+time.Minute-1)/time.Minute), "minute")
	default:
		return one(int((d+time.Hour-1)/time.Hour), "hour")
	}
}
