package outbound

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// transport spaces out the calls to a host and repeats those that failed for
// a passing reason.
type transport struct {
	o      Options
	limits *limits
}

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	drained      = 64 << 10 // of a refused answer's body, so that its connection can be used again
)

// RoundTrip sends the request, again if need be.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", t.o.UserAgent)
	}
	for attempt := 0; ; attempt++ {
		if err := t.turn(req.Context(), req.URL.Host); err != nil {
			return nil, err
		}
		resp, err := t.o.Base.RoundTrip(req)
		care := careOf(req.Context())
		why := care.passing(resp, err)
		if why == "" || attempt >= t.o.Retries || !repeatable(req) {
			return t.bounded(resp), err
		}
		pause, asked := t.pause(resp, attempt)
		if asked && pause > t.o.MaxWait {
			return t.bounded(resp), nil // the caller sees 429 or 503 and says so
		}
		if resp != nil {
			_, _ = io.CopyN(io.Discard, resp.Body, drained)
			_ = resp.Body.Close()
		}
		t.o.Retried(req, why)
		care.retried(why)
		if err := t.o.Sleep(req.Context(), pause); err != nil {
			return nil, err
		}
		if req.Body != nil && req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

func (t *transport) bounded(resp *http.Response) *http.Response {
	if resp != nil && resp.Body != nil {
		resp.Body = &limited{ReadCloser: resp.Body, left: t.o.MaxBody}
	}
	return resp
}

// passing names a failure that may be over the next time, or is empty.
func passing(resp *http.Response, err error) string {
	switch {
	case err == nil:
		switch resp.StatusCode {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return resp.Status
		case http.StatusForbidden: // GitHub's way to say 429
			if resp.Header.Get("Retry-After") != "" || spent(resp.Header) {
				return resp.Status
			}
		}
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrAddress):
		return ""
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection reset"
	}
	return ""
}

// spent reports that a budget of calls is used up until a time that is told.
func spent(h http.Header) bool {
	_, ok := FullAgain(h)
	return ok
}

// FullAgain is when a budget of calls that is used up is full again, where the
// server says so: as GitHub spells it or as Okta does, in seconds since 1970.
func FullAgain(h http.Header) (time.Time, bool) {
	for _, name := range []string{"X-Ratelimit-", "X-Rate-Limit-"} {
		if h.Get(name+"Remaining") != "0" {
			continue
		}
		if n, err := strconv.ParseInt(h.Get(name+"Reset"), 10, 64); err == nil {
			return time.Unix(n, 0), true
		}
	}
	return time.Time{}, false
}

type reading struct{}

// Reading marks the requests of a context as changing nothing, whatever their
// method, so that they are repeated: a query that is posted, for example.
func Reading(ctx context.Context) context.Context { return context.WithValue(ctx, reading{}, true) }

func repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		if req.Context().Value(reading{}) == nil {
			return false
		}
	}
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// pause is how long to wait before the next attempt, and whether the server
// asked for it.
func (t *transport) pause(resp *http.Response, attempt int) (d time.Duration, asked bool) {
	if resp != nil {
		if d, ok := retryAfter(resp.Header.Get("Retry-After"), t.o.Now()); ok {
			return d, true
		}
		if at, ok := FullAgain(resp.Header); ok {
			return max(firstPause, at.Sub(t.o.Now())), true // its clock may be ahead
		}
	}
	most := min(longestPause, firstPause<<min(attempt, 10))
	return most/2 + time.Duration(fraction()*float64(most/2)), false
}

// retryAfter reads both forms of RFC 9110, 10.2.3: seconds, or a date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		if n > math.MaxInt64/uint64(time.Second) {
			return math.MaxInt64, true
		}
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// fraction is random in [0, 1), so that callers who failed together do not
// come back together.
func fraction() float64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (Go 1.24)
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}

// limits holds one bucket per host.
type limits struct {
	rate  float64
	burst int

	mu    sync.Mutex
	hosts map[string]*rate.Limiter // guarded by mu
}

// turn waits until the host may be called again.
func (t *transport) turn(ctx context.Context, host string) error {
	now := t.o.Now()
	wait := t.limits.bucket(host).ReserveN(now, 1).DelayFrom(now)
	if wait <= 0 {
		return ctx.Err()
	}
	return t.o.Sleep(ctx, wait)
}

func (l *limits) bucket(host string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.hosts[host]
	if !ok {
		if l.hosts == nil {
			l.hosts = map[string]*rate.Limiter{}
		}
		b = rate.NewLimiter(rate.Limit(l.rate), l.burst)
		l.hosts[host] = b
	}
	return b
}
