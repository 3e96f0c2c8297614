package account

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"assay/internal/fact"
	"assay/internal/resource"
)

// Memory remembers the accounts that the connected systems show, as they were
// read last. It believes itself only while every connection's newest listing
// shows what it showed then: the numbers of collections tell. It is safe for use
// by several goroutines; its zero value is ready, and nil remembers nothing. What
// it gives out is the caller's, but for what pointers in it lead to.
type Memory struct {
	Most int // accounts that it remembers at most; 50,000 if zero, some 400 bytes each

	mu   sync.Mutex
	of   map[string]shown // guarded by mu; by org
	size int              // guarded by mu; accounts in of
}

type shown struct {
	of       string // what they were read from
	accounts []Account
}

func (m *Memory) most() int {
	if m.Most == 0 {
		return 50_000
	}
	return m.Most
}

func (m *Memory) get(org, of string) ([]Account, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.of[org]
	if !ok || s.of != of {
		return nil, false
	}
	return slices.Clone(s.accounts), true
}

// put remembers the accounts, and lets go of every other org's when they become
// too many.
func (m *Memory) put(org, of string, accounts []Account) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size -= len(m.of[org].accounts)
	delete(m.of, org)
	if len(accounts) > m.most() {
		return
	}
	if m.of == nil || m.size+len(accounts) > m.most() {
		m.of, m.size = map[string]shown{}, 0
	}
	m.of[org] = shown{of: of, accounts: slices.Clone(accounts)}
	m.size += len(accounts)
}

// listed is the newest listings of one kind.
type listed struct {
	schema   *resource.Schema
	listings []fact.Listing
}

// name tells apart what the listings show: a complete one shows what it showed at
// its last change, under one declaration of its kind.
func name(sources []listed) string {
	var b strings.Builder
	for i := range sources {
		for j := range sources[i].listings {
			l := &sources[i].listings[j]
			seq := l.Changed
			if !l.Complete {
				seq = l.Seq
			}
			fmt.Fprintf(&b, "%s v%d %s %d %t\n", l.Kind, sources[i].schema.Version, l.Connection, seq, l.Complete)
		}
	}
	return b.String()
}
