package fact

import (
	"cmp"
	"sync"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Memory remembers between collections what each connection's newest one left
// open, so that a connection of which little changes is not read back each time.
// It believes itself only while no other collection came between, here or on
// another replica: the numbers of collections tell. It is safe for use by
// several goroutines; its zero value is ready, and nil remembers nothing.
type Memory struct {
	Most int // records that it remembers at most; 100,000 if zero, some 150 bytes each. Of one connection a fifth

	mu   sync.Mutex
	left map[string]left              // guarded by mu; by org and connection
	size int                          // guarded by mu; spans in left
	kept map[string][]resource.Schema // guarded by mu; by org and connection: declarations that are stored
}

// mostKept bounds of how many connections declarations are remembered.
const mostKept = 10_000

func (m *Memory) declared(key string, kinds []resource.Schema) bool {
	if m == nil || len(kinds) == 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.kept[key]
	return len(kept) == len(kinds) && &kept[0] == &kinds[0] // the very same
}

func (m *Memory) remember(key string, kinds []resource.Schema) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= mostKept {
		m.kept = map[string][]resource.Schema{}
	}
	m.kept[key] = kinds
}

type left struct {
	seq  int64
	root tlog.Hash // of what it listed
	open map[tlog.Hash]*member
}

func (m *Memory) most() int { return cmp.Or(m.Most, 100_000) }

// mostOpen bounds what is remembered of one connection.
func (m *Memory) mostOpen() int { return m.most() / 5 }

// Forget lets go of everything.
func (m *Memory) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.size, m.kept = nil, 0, nil
}

// recall gives the session what the collection before it left open, and tells
// whether it could.
func (m *Memory) recall(s *Session) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := s.grant.Org() + " " + s.origin.Connection
	l, known := m.left[key]
	if !known {
		return false
	}
	delete(m.left, key)
	m.size -= len(l.open)
	if l.seq != s.seq-1 {
		return false
	}
	s.open, s.before = l.open, l.root
	return true
}

// keep takes what a finished session leaves open.
func (m *Memory) keep(s *Session, gone []tlog.Hash, root tlog.Hash) {
	if m == nil || len(s.open) > m.mostOpen() {
		return
	}
	for _, c := range gone {
		delete(s.open, c)
	}
	for _, o := range s.open {
		o.seen = false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == nil || m.size+len(s.open) > m.most() {
		m.left, m.size = map[string]left{}, 0
	}
	m.left[s.grant.Org()+" "+s.origin.Connection] = left{seq: s.seq, root: root, open: s.open}
	m.size += len(s.open)
}
