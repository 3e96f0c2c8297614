package check

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/resource"
	"assay/internal/rule"
)

// staleSoon reports whether a listing is older than the check allows: then the
// verdicts are judged again, because their words say how old it is.
func staleSoon(d *Definition, in rule.Input, now time.Time) bool {
	fresh := d.FreshFor(d.Values)
	return slices.ContainsFunc(in.Listings, func(l rule.Listing) bool { return now.Sub(l.At) > fresh })
}

// holds tells whether the verdicts of the last run are what this one would say.
func (b *batch) holds(last *Run, d *Definition, in rule.Input, fingerprint string) bool {
	return (!b.programs[d.ID].UsesNow() || b.now.Before(last.flipsAt)) && last.fingerprint == fingerprint && !staleSoon(d, in, b.now)
}

// spare leaves out the checks whose last run read the very collections that are
// the newest, and still holds.
func (b *batch) spare(tx *db.Tx) error {
	newest, err := b.look(tx)
	if err != nil {
		return err
	}
	var defs []Definition
	for i := range b.defs {
		if b.again(&b.defs[i], newest) {
			b.spared = append(b.spared, b.defs[i].ID)
		} else {
			defs = append(defs, b.defs[i])
		}
	}
	b.defs = defs
	return nil
}

// again tells whether a run would be the last one over again. Listings are only
// read of a check of whose connections none collected since.
func (b *batch) again(d *Definition, newest map[string]int64) bool {
	last, ran := b.last[d.ID]
	if !ran || last.Revision != d.Revision || len(last.Inputs) == 0 || slices.ContainsFunc(last.Inputs, func(in Input) bool { return in.Seq != newest[in.Connection] }) {
		return false
	}
	p := b.programs[d.ID]
	in, inputs := b.input(p)
	return slices.Equal(inputs, last.Inputs) && b.holds(&last, d, in, b.fingerprint(p, in, inputs, b.inForce(d.ID)))
}

// look finds the newest listings of everything, and returns the newest collection
// of each connection.
func (b *batch) look(tx *db.Tx) (newest map[string]int64, err error) {
	connections, err := b.s.Connections(tx)
	if err != nil {
		return nil, err
	}
	if newest, err = fact.Newest(tx, connections); err != nil {
		return nil, err
	}
	b.listings, err = b.memory.reader.Listed(tx, connections, newest)
	return newest, err
}

// input gathers the listings that the program needs.
func (b *batch) input(p *rule.Program) (rule.Input, []Input) {
	in := rule.Input{Now: b.now, Period: b.period, Resources: map[string][]*resource.View{}}
	var inputs []Input
	needs := p.Needs()
	for _, kind := range needs.Listings {
		use := UseRequire
		if slices.Contains(needs.Resources, kind) {
			use = UsePopulation
		}
		for i := range b.listings[kind] {
			l := &b.listings[kind][i]
			in.Listings = append(in.Listings, rule.Listing{
				Kind: l.Kind, Connection: l.Connection, Complete: l.Complete, At: l.At, From: l.From, To: l.To, Items: l.Items, Problems: l.Problems,
			})
			inputs = append(inputs, Input{Kind: l.Kind, Connection: l.Connection, Seq: l.Seq, Leaf: l.Leaf, Use: use})
		}
	}
	return in, inputs
}

// load reads the resources that the program judges or looks up.
func (b *batch) load(tx *db.Tx, p *rule.Program, in *rule.Input) error {
	needs := p.Needs()
	for _, kind := range needs.Resources {
		if !slices.Contains(needs.LookedUp, kind) {
			large, err := b.isLarge(tx, kind)
			if err != nil {
				return err
			}
			if large {
				continue
			}
		}
		views, known := b.members[kind]
		if !known {
			for i := range b.listings[kind] {
				some, err := b.memory.reader.Members(tx, b.s.Keys, &b.listings[kind][i])
				if err != nil {
					return err
				}
				views = append(views, some...)
			}
			b.members[kind] = views
		}
		in.Resources[kind] = views
	}
	in.Hold = b.keeps(p)
	return nil
}

// keeps tells whether everything that the program reads is remembered: only then
// is what did not change known from what did.
func (b *batch) keeps(p *rule.Program) bool {
	for _, kind := range p.Needs().Resources {
		for i := range b.listings[kind] {
			if l := &b.listings[kind][i]; !b.memory.reader.Keeps(l.Connection, kind) {
				return false
			}
		}
	}
	return true
}

func (b *batch) inForce(check string) []Exclusion {
	var out []Exclusion
	for _, e := range b.exclusions[check] {
		if e.State == Approved && !b.now.Before(e.From) && b.now.Before(e.Until) {
			out = append(out, e)
		}
	}
	return out
}

// fingerprint names everything that decides the verdicts beside the instant:
// equal fingerprints mean equal verdicts, for a program that does not read it.
func (b *batch) fingerprint(p *rule.Program, in rule.Input, inputs []Input, excl []Exclusion) string {
	var s strings.Builder
	s.WriteString(p.Hash().String())
	s.WriteString(" " + p.Worth(in))
	for _, used := range inputs {
		for _, l := range b.listings[used.Kind] {
			if l.Connection == used.Connection {
				fmt.Fprintf(&s, " %s@%s/%d", used.Kind, used.Connection, l.Changed)
				if !l.Complete { // what may be missing depends on which listing it was
					fmt.Fprintf(&s, "?%d", l.Seq)
				}
			}
		}
	}
	for _, e := range excl {
		s.WriteString(" -" + e.ID)
	}
	if p.UsesPeriod() {
		fmt.Fprintf(&s, " %d..%d", b.period.From.UnixMilli(), b.period.To.UnixMilli())
	}
	return s.String()
}

// covered is the span that every needed event listing covers; zero when one is
// missing or incomplete.
func covered(in rule.Input, kinds []string) (from, to time.Time) {
	first := true
	for _, kind := range kinds {
		for _, l := range in.Listings {
			if l.Kind != kind || l.To.IsZero() {
				continue
			}
			if !l.Complete {
				return time.Time{}, time.Time{}
			}
			if first || l.From.After(from) {
				from = l.From
			}
			if first || l.To.Before(to) {
				to = l.To
			}
			first = false
		}
	}
	if !to.After(from) {
		return time.Time{}, time.Time{}
	}
	return from, to
}

// compile returns a program for each definition. One that does not compile any
// more, because a kind changed, is an error that names it.
func (s *Service) compile(tx *db.Tx, defs []Definition) (map[string]*rule.Program, error) {
	versions, err := fact.KindVersions(tx)
	if err != nil {
		return nil, err
	}
	return s.compileFor(tx, defs, stampOf(versions)+tx.Org())
}

// compileFor is compile for kinds of which stampOf is known.
func (s *Service) compileFor(tx *db.Tx, defs []Definition, of string) (out map[string]*rule.Program, err error) {
	var kinds rule.Kinds // read when a program has to be made
	out = make(map[string]*rule.Program, len(defs))
	for i := range defs {
		d := &defs[i]
		p, known := s.compiled(d.key(of))
		if !known {
			if kinds == nil {
				if kinds, err = fact.Kinds(tx); err != nil {
					return nil, err
				}
			}
			if p, err = s.program(d, kinds, of); err != nil {
				return nil, fmt.Errorf("check %s revision %d: %w", d.ID, d.Revision, err)
			}
		}
		out[d.ID] = p
	}
	return out, nil
}

// key names a program among those that are remembered.
func (d *Definition) key(of string) string {
	if len(d.Values) == 0 {
		return of + d.Hash
	}
	return of + d.Hash + db.ToJSON(d.Values)
}

// compiled is the program of a key, if it is remembered.
func (s *Service) compiled(key string) (*rule.Program, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.programs[key]
	return p, ok
}

// mostPrograms bounds what is remembered, over all orgs.
const mostPrograms = 5_000

// program compiles a definition, unless that is remembered, for the kinds and what
// stampOf says of them.
func (s *Service) program(d *Definition, kinds rule.Kinds, of string) (*rule.Program, error) {
	key := d.key(of)
	if p, known := s.compiled(key); known {
		return p, nil
	}
	p, err := rule.Compile(&d.Definition, kinds, d.Values)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.programs == nil || len(s.programs) >= mostPrograms {
		s.programs = map[string]*rule.Program{}
	}
	s.programs[key] = p
	return p, nil
}

// kindsOf returns the newest version of every kind, with what stampOf says of them in
// the organization.
func kindsOf(tx *db.Tx) (all rule.Kinds, of string, err error) {
	if all, err = fact.Kinds(tx); err != nil {
		return nil, "", err
	}
	versions := make(map[string]int, len(all))
	for name, k := range all {
		versions[name] = k.Version
	}
	return all, stampOf(versions) + tx.Org(), nil
}

// stampOf is short for all kinds with their versions: what makes programs differ
// beside their definitions.
func stampOf(versions map[string]int) string {
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(versions)) {
		fmt.Fprintf(&text, "%s/%d ", k, versions[k])
	}
	sum := sha256.Sum256([]byte(text.String()))
	return string(sum[:])
}
