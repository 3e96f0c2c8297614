package web

import (
	"net/netip"
	"sync"
	"time"
)

// How often somebody unknown may ask: so many at once, then one each second.
const (
	maxTurns     = 60
	maxAddresses = 10000 // remembered at once
)

// turns counts what somebody unknown asks for, by address. The zero value is
// ready.
type turns struct {
	mu sync.Mutex
	by map[string]turn
}

type turn struct {
	spent float64
	at    time.Time
}

// take reports whether the address may ask once more at the time.
func (t *turns) take(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]turn{}
	}
	from := site(address)
	c, known := t.by[from]
	if !known && len(t.by) >= maxAddresses {
		t.clear(now)
	}
	c = turn{spent: c.left(now) + 1, at: now}
	if c.spent > maxTurns || !known && len(t.by) >= maxAddresses {
		return false
	}
	t.by[from] = c
	return true
}

// clear forgets addresses that asked long enough ago.
func (t *turns) clear(now time.Time) {
	for from, c := range t.by {
		if c.left(now) == 0 {
			delete(t.by, from)
		}
	}
}

func (c turn) left(now time.Time) float64 {
	return max(c.spent-max(now.Sub(c.at).Seconds(), 0), 0)
}

// site is the address as it is counted: an IPv6 site is one place.
func site(address string) string {
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
