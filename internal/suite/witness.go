package suite

import (
	"context"
	"errors"
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Witness remembers for a minute what it told the trail, so that a page that is
// loaded again and again is told of once. Its zero value is ready.
type Witness struct {
	mu   sync.Mutex
	told map[string]time.Time
}

const (
	onceIn   = time.Minute
	mostTold = 5000
)

func (w *Witness) first(key string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.told[key]; ok && now.Sub(at) < onceIn {
		return false
	}
	if w.told == nil || len(w.told) >= mostTold {
		w.told = map[string]time.Time{}
	}
	w.told[key] = now
	return true
}

// Saw tells the trail what a guest of the audit firm or of a provider, or whoever
// holds the store, read. What the organization's own people read is not told.
func (s *Suite) Saw(ctx context.Context, g access.Grant, a trail.Act) error {
	who := g.Actor()
	if !who.Role.Guest() && who.Door != access.DoorConsole {
		return nil
	}
	if who.Door != access.DoorConsole && !s.Witness.first("saw\x00"+who.Session+"\x00"+a.Noun+"\x00"+a.Object+"\x00"+a.Label, s.Now()) {
		return nil
	}
	return s.DB.Look(ctx, g, func(tx *db.Tx) error { return trail.Add(tx, a) })
}

// Refused tells the trail that somebody was refused what their role, or their token,
// does not include. Being asked to show more of who one is, is no refusal.
func (s *Suite) Refused(ctx context.Context, who access.Actor, a trail.Act, why error) error {
	if fault.Of(why) != fault.Forbidden || errors.Is(why, access.ErrProve) || errors.Is(why, access.ErrLacks) {
		return nil
	}
	g, err := who.May(access.OrgRead)
	if err != nil {
		return nil //nolint:nilerr // whoever is nobody here has no trail
	}
	if !s.Witness.first("refused\x00"+who.ID+"\x00"+who.Session+"\x00"+a.Noun+"\x00"+a.Label, s.Now()) {
		return nil
	}
	a.Action = "access.refuse"
	if a.Detail == nil {
		a.Detail = map[string]string{}
	}
	a.Detail["why"] = fault.Text(why)
	return s.DB.Look(ctx, g, func(tx *db.Tx) error { return trail.Add(tx, a) })
}
