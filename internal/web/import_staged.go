package web

import (
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/kit/id"
)

// staged keeps uploaded files between the look and the decision: one for each
// person, sealed on disk without a name, and forgotten with the program.
type staged struct {
	mu   sync.Mutex
	kept map[string]stagedFile // guarded by mu
}

type stagedFile struct {
	who    access.Actor
	at     time.Time
	upload collect.Upload
	found  collect.Imported
}

const mostStaged = 20

// put keeps a file and returns what finds it again.
func (s *staged) put(x stagedFile) string {
	key := id.Token(16)
	s.putBack(key, x)
	return key
}

func (s *staged) putBack(key string, x stagedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]stagedFile{}
	}
	oldest := ""
	for k, other := range s.kept {
		if x.at.Sub(other.at) > draftLife || other.who.ID == x.who.ID {
			s.forget(k)
		} else if oldest == "" || other.at.Before(s.kept[oldest].at) {
			oldest = k
		}
	}
	if len(s.kept) >= mostStaged {
		s.forget(oldest)
	}
	s.kept[key] = x
}

// forget closes a file; mu is held.
func (s *staged) forget(key string) {
	_ = s.kept[key].upload.File.Close() // it has no name: nothing is left
	delete(s.kept, key)
}

// look returns the actor's file; nobody else finds it.
func (s *staged) look(key string, who access.Actor, now time.Time) (stagedFile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.kept[key]
	if !ok || x.who.ID != who.ID || x.who.Org != who.Org || now.Sub(x.at) > draftLife {
		return stagedFile{}, false
	}
	return x, true
}

// take is look, after which nobody finds it any more: the caller closes it.
func (s *staged) take(key string, who access.Actor, now time.Time) (stagedFile, bool) {
	x, ok := s.look(key, who, now)
	if !ok {
		return x, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok = s.kept[key] // unless somebody was faster
	delete(s.kept, key)
	return x, ok
}
