package check

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/rule"
	"assay/internal/trail"
)

// Service is the use cases of checks. Make it once: it remembers compiled
// programs.
type Service struct {
	DB      *db.DB
	Keys    *keys.Ring
	Catalog []*rule.Definition // the built-in checks
	// Connections returns what counts as a source of the transaction's org.
	Connections func(*db.Tx) ([]string, error)
	// Period returns the span whose events count.
	Period func(*db.Tx) (rule.Period, error)
	// Then runs in the transaction that stores a batch's results. It may be nil.
	Then func(*db.Tx) error
	// Beat says when a running batch says that it is alive; every minute if
	// nil.
	Beat <-chan time.Time
	// Most bounds how many resources of an org are remembered between batches,
	// so that only what changed is judged; as fact.Reader has it if zero.
	Most int
	// SpoolDir is the folder in which verdicts wait to be stored that are too
	// many to be held, sealed and without a name; the system's own if empty.
	SpoolDir string

	mu       sync.Mutex
	programs map[string]*rule.Program // guarded by mu; by definition hash, values and schemas
	memories map[string]*memory       // guarded by mu; by org
	open     map[string]openSet       // guarded by mu; by org and check
	opened   int                      // guarded by mu; verdicts in open
	parsed   parsed
	failing  failMemory
	ticks    tickMemory
}

// memory is what a batch leaves to the next one of the same org: the views as
// assembled, and what checks said of them.
type memory struct {
	reader fact.Reader
	held   map[string]heldSet // by check
	batch  string             // the newest
	last   map[string]Run     // its runs, if it was of all checks
	stamp  string             // of defs, as stampOfDefinitions says it
	defs   []Definition       // all, by check and revision
}

// definitions reads every definition, unless none changed since it last did.
func (m *memory) definitions(tx *db.Tx, known *parsed) ([]Definition, error) {
	stamp, err := stampOfDefinitions(tx)
	if err != nil || stamp == m.stamp {
		return m.defs, err
	}
	m.stamp = ""
	if m.defs, err = definitions(tx, known); err == nil {
		m.stamp = stamp
	}
	return m.defs, err
}

// remembered returns the org's memory, for one batch at a time.
func (s *Service) remembered(org string) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memories[org]
	delete(s.memories, org) // a second batch at the same time takes a new one
	if m == nil {
		m = &memory{reader: fact.Reader{Most: s.Most}, held: map[string]heldSet{}}
	}
	return m
}

// Forget lets go of what is remembered of every org. The next batches read
// everything.
func (s *Service) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memories, s.open, s.opened = nil, nil, 0
}

func (s *Service) giveBack(org string, m *memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memories == nil {
		s.memories = map[string]*memory{}
	}
	s.memories[org] = m
}

// Install puts the catalog's checks in force whose kinds are declared in the
// org, and the newer versions of those that are. It returns how many changed.
func (s *Service) Install(ctx context.Context, who access.Actor) (n int, err error) {
	grant, err := who.May(access.CheckRun)
	if err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		n, err = s.install(tx)
		return err
	})
	return n, err
}

func (s *Service) install(tx *db.Tx) (n int, err error) {
	kinds, of, err := kindsOf(tx)
	if err != nil {
		return 0, err
	}
	have, err := definitions(tx, &s.parsed)
	if err != nil {
		return 0, err
	}
	newest := map[string]*Definition{}
	catalog := map[string]int{} // newest catalog version that is installed
	for i := range have {
		d := &have[i]
		newest[d.ID] = d
		if d.Origin == "catalog" {
			catalog[d.ID] = max(catalog[d.ID], d.Version)
		}
	}
	for _, def := range s.Catalog {
		if catalog[def.ID] >= def.Version {
			continue
		}
		d := Definition{Definition: *def, Origin: "catalog", State: InForce, EffectiveAt: tx.Now(), Revision: 1}
		if err := d.fill(); err != nil {
			return n, err
		}
		if _, err := s.program(&d, kinds, of); err != nil {
			continue // a kind that it needs was never declared here
		}
		if last := newest[def.ID]; last != nil {
			d.Revision, d.Values = last.Revision+1, last.Values
		}
		if err := s.define(tx, &d); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// define stores a definition that is in force, with its leaf.
func (s *Service) define(tx *db.Tx, d *Definition) (err error) {
	if d.Leaf, err = sealDefinition(tx, d); err != nil {
		return err
	}
	return insertDefinition(tx, d)
}

func (d *Definition) fill() error {
	var err error
	if d.canonical, err = d.Canonical(); err != nil {
		return err
	}
	h, err := d.Definition.Hash()
	if err != nil {
		return err
	}
	d.Hash = hex.EncodeToString(h[:])
	if d.Values == nil {
		d.Values = map[string]string{}
	}
	return nil
}

func sealDefinition(tx *db.Tx, d *Definition) (string, error) {
	ids, err := ledger.Append(tx, ledger.Entry{
		Type: "check.defined", Stream: "check/" + d.ID,
		Body: map[string]any{
			"check": d.ID, "version": d.Version, "revision": d.Revision, "hash": d.Hash, "params": d.Values,
			"effective_at": clock.Format(d.EffectiveAt),
		},
	})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// Propose enters a check of the org's own, a new version of one, or other
// parameters for one of the catalog's. It is in force once another person
// approves it.
func (s *Service) Propose(ctx context.Context, who access.Actor, text []byte, values map[string]string) (Definition, error) {
	grant, err := who.May(access.CheckEdit)
	if err != nil {
		return Definition{}, err
	}
	parsed, err := rule.Parse(text)
	if err != nil {
		return Definition{}, err
	}
	d := Definition{Definition: *parsed, Values: values, Origin: "org", State: Proposed, Author: who.ID}
	return d, s.DB.Write(ctx, grant, func(tx *db.Tx) error { return s.propose(tx, &d, "check.propose") })
}

// SetParams proposes other parameters for a check that is in force.
func (s *Service) SetParams(ctx context.Context, who access.Actor, check string, values map[string]string) (d Definition, err error) {
	grant, err := who.May(access.CheckEdit)
	if err != nil {
		return d, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		list, err := definitionsOf(tx, &s.parsed, check)
		if err != nil {
			return err
		}
		now, ok := inForce(list, tx.Now())
		if !ok {
			return fault.New(fault.NotFound, "There is no check %q in force.", check)
		}
		d = now
		d.Values, d.State, d.Author, d.Approver, d.Leaf = values, Proposed, who.ID, "", ""
		return s.propose(tx, &d, "check.params")
	})
	return d, err
}

func (s *Service) propose(tx *db.Tx, d *Definition, action string) error {
	kinds, of, err := kindsOf(tx)
	if err != nil {
		return err
	}
	if err := d.fill(); err != nil {
		return err
	}
	if _, err := s.program(d, kinds, of); err != nil {
		return err
	}
	list, err := definitionsOf(tx, &s.parsed, d.ID)
	if err != nil {
		return err
	}
	if d.Origin == "org" && len(list) > 0 && list[0].Origin == "catalog" {
		return fault.New(fault.Conflict, "%s is a check of the catalog. Give yours another id, or change its parameters.", d.ID)
	}
	if i := slices.IndexFunc(list, func(o Definition) bool { return o.State == Proposed }); i >= 0 {
		return fault.New(fault.Conflict, "Another change of %s already waits for approval.", d.ID)
	}
	d.Revision = len(list) + 1
	if err := insertDefinition(tx, d); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{Action: action, Noun: "check", Object: d.ID, Label: d.Title, Detail: d.Values})
}

// Decide approves or rejects a proposal. Whoever made it cannot.
func (s *Service) Decide(ctx context.Context, who access.Actor, check string, revision int, approve bool) error {
	grant, err := who.May(access.CheckApprove)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error { return s.decide(tx, who, check, revision, approve) })
}

func (s *Service) decide(tx *db.Tx, who access.Actor, check string, revision int, approve bool) error {
	list, err := definitionsOf(tx, &s.parsed, check)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(d Definition) bool { return d.Revision == revision })
	switch {
	case i < 0:
		return fault.New(fault.NotFound, "There is no revision %d of %s.", revision, check)
	case list[i].State != Proposed:
		return fault.New(fault.Conflict, "Revision %d of %s was decided already.", revision, check)
	case list[i].Author == who.ID:
		return fault.New(fault.Forbidden, "Whoever proposes a check cannot approve it. Ask another lead.")
	}
	d := &list[i]
	d.Approver, d.State, d.EffectiveAt = who.ID, Rejected, tx.Now()
	if approve {
		d.State = InForce
		if d.Leaf, err = sealDefinition(tx, d); err != nil {
			return err
		}
	}
	if err := decideDefinition(tx, d); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{Noun: "check", Object: d.ID, Label: d.Title, Detail: map[string]string{
		"revision": strconv.Itoa(revision), "decision": string(d.State),
	}})
}
