package control

import (
	"maps"
	"slices"
	"sync"

	"assay/internal/db"
)

// Memory remembers what every page reads: the versions of an org's controls and
// the standing of its program, as they were decoded last. It believes itself
// only while the store has as many versions, and as many builds of the standing,
// as then: versions are only ever added, and a build replaces the whole standing.
// It is safe for use by several goroutines; its zero value is ready, and nil
// remembers nothing. What it gives out is the caller's.
type Memory struct {
	mu    sync.Mutex
	known map[string]remembered // guarded by mu; by org
}

type remembered struct {
	versions  map[string][]Version
	count     int
	standings map[string]Standing
	program   string
	build     int64
}

// mostOrgs bounds what is remembered, at some 1 MB each.
const mostOrgs = 20

func (m *Memory) of(org string) remembered {
	if m == nil {
		return remembered{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[org]
}

func (m *Memory) keep(org string, r remembered) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostOrgs {
		m.known = map[string]remembered{}
	}
	m.known[org] = r
}

// look reads the versions of every control and how they stand in a program, or
// remembers them, if the transaction only reads: what one that writes sees may
// never come to be. Live standing is computed.
func (s Service) look(tx *db.Tx, p *Program, live bool) (versions map[string][]Version, stands map[string]Standing, err error) {
	if s.reads && !live {
		return s.Memory.look(tx, p.ID)
	}
	if versions, err = Versions(tx); err != nil {
		return nil, nil, err
	}
	if live {
		stands, err = s.stood(tx, p)
	} else {
		stands, err = standings(tx, p.ID)
	}
	return versions, stands, err
}

func (m *Memory) look(tx *db.Tx, program string) (map[string][]Version, map[string]Standing, error) {
	r := m.of(tx.Org())
	count, err := countVersions(tx)
	if err != nil {
		return nil, nil, err
	}
	build, err := builds(tx, program)
	if err != nil {
		return nil, nil, err
	}
	if r.versions == nil || r.count != count {
		if r.versions, err = Versions(tx); err != nil {
			return nil, nil, err
		}
	}
	if r.standings == nil || r.program != program || r.build != build {
		if r.standings, err = standings(tx, program); err != nil {
			return nil, nil, err
		}
	}
	r.count, r.program, r.build = count, program, build
	m.keep(tx.Org(), r)
	versions := make(map[string][]Version, len(r.versions))
	for id, list := range r.versions {
		for i := range list {
			versions[id] = append(versions[id], list[i].clone())
		}
	}
	stands := maps.Clone(r.standings)
	for id, s := range stands {
		stands[id] = s.clone()
	}
	return versions, stands, nil
}

func (v Version) clone() Version {
	v.Criteria, v.Lanes = slices.Clone(v.Criteria), slices.Clone(v.Lanes)
	return v
}

func (s Standing) clone() Standing {
	s.Spans, s.Lanes = slices.Clone(s.Spans), slices.Clone(s.Lanes)
	for i := range s.Lanes {
		l := &s.Lanes[i]
		l.Spans, l.Deviations, l.Occurrences = slices.Clone(l.Spans), slices.Clone(l.Deviations), slices.Clone(l.Occurrences)
	}
	return s
}
