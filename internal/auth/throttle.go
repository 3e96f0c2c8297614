package auth

import (
	"net/netip"
	"time"
)

// limit says how long to wait after failures: none for the first few, then
// twice as long each time, up to a bound.
type limit struct {
	free  int
	first time.Duration
	most  time.Duration
}

const forgotten = 24 * time.Hour // after which failures count no more

// The limits. An account seen from an unknown place waits at most 30 seconds
// for the failures of others; from a place where it signed in before, only for
// its own.
func limitPair() limit    { return limit{free: 4, first: time.Second, most: 5 * time.Minute} }
func limitAddress() limit { return limit{free: 30, first: time.Second, most: time.Minute} }
func limitAccount() limit { return limit{free: 10, first: time.Second, most: 30 * time.Second} }

func (l limit) wait(failures int) time.Duration {
	over := failures - l.free
	if over < 0 {
		return 0
	}
	w := l.first
	for range over {
		if w *= 2; w >= l.most {
			return l.most
		}
	}
	return w
}

type counter struct {
	failures int
	lastAt   time.Time
	goodAt   time.Time // pairs only: last success
}

// left is how long to wait still before the next attempt.
func (c counter) left(l limit, now time.Time) time.Duration {
	if now.Sub(c.lastAt) >= forgotten {
		return 0
	}
	return max(c.lastAt.Add(l.wait(c.failures)).Sub(now), 0)
}

// charged counts an attempt, which is taken for a failure until it succeeds.
func (c counter) charged(now time.Time) counter {
	if now.Sub(c.lastAt) >= forgotten {
		c.failures = 0
	}
	c.failures++
	c.lastAt = now
	return c
}

const knownFor = 90 * 24 * time.Hour // how long a place stays known

func (c counter) known(now time.Time) bool {
	return !c.goodAt.IsZero() && now.Sub(c.goodAt) < knownFor
}

// network is the address as it is counted: an IPv6 site is one place.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
