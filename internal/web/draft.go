package web

import (
	"sync"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/kit/id"
)

// drafts keep what somebody entered between the dry run of a source and its
// start, so that credentials are not sent back to the browser. They are in
// memory only: a restart forgets them.
type drafts struct {
	mu   sync.Mutex
	kept map[string]draft // guarded by mu
}

// draft is a connection that was tried and not saved.
type draft struct {
	who   access.Actor
	at    time.Time
	took  time.Duration
	in    collect.New
	found []collect.Preview
	calls []connector.Call
}

const (
	draftLife = 30 * time.Minute
	maxDrafts = 200
)

// put keeps a draft and returns what finds it again.
func (d *drafts) put(x draft) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[string]draft{}
	}
	oldest := ""
	for key, other := range d.kept {
		if x.at.Sub(other.at) > draftLife {
			delete(d.kept, key)
		} else if oldest == "" || other.at.Before(d.kept[oldest].at) {
			oldest = key
		}
	}
	if len(d.kept) >= maxDrafts {
		delete(d.kept, oldest)
	}
	key := id.Token(16)
	d.kept[key] = x
	return key
}

// get returns the draft of the actor; nobody else finds it.
func (d *drafts) get(key string, who access.Actor, now time.Time) (draft, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	x, ok := d.kept[key]
	if !ok || x.who.ID != who.ID || x.who.Org != who.Org || now.Sub(x.at) > draftLife {
		return draft{}, false
	}
	return x, true
}

func (d *drafts) drop(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, key)
}
