package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/person"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
)

const facetName = "account"

// known is what one reading of the store tells.
type known struct {
	accounts   []Account
	people     []person.Person
	byPerson   map[string]*person.Person
	revoked    map[string][]string  // people by account, whose match was revoked
	systems    map[string]string    // kinds with their titles
	incomplete []string             // why accounts may be missing, in sentences
	at         time.Time            // of the oldest listing
	taken      map[string]time.Time // by kind, of its oldest listing
	whole      map[string]bool      // by kind, that every listing is complete
	today      standing.Date
}

// load reads the accounts of every connection, with their matches.
func (s Service) load(tx *db.Tx) (*known, error) {
	k := &known{byPerson: map[string]*person.Person{}, revoked: map[string][]string{}, systems: map[string]string{}, taken: map[string]time.Time{}, whole: map[string]bool{}}
	var err error
	if k.today, err = person.Today(tx); err != nil {
		return nil, err
	}
	if k.people, err = person.Everybody(tx); err != nil {
		return nil, err
	}
	for i := range k.people {
		k.byPerson[k.people[i].ID] = &k.people[i]
	}
	if err := s.collected(tx, k); err != nil {
		return nil, err
	}
	all, err := listAll(tx)
	if err != nil {
		return nil, err
	}
	force := map[string]*Match{}
	for i := range all {
		if m := &all[i]; m.InForce() {
			force[m.Account] = m
		} else {
			k.revoked[m.Account] = append(k.revoked[m.Account], m.Person)
		}
	}
	for i := range k.accounts {
		k.accounts[i].Match = force[k.accounts[i].ID]
	}
	return k, nil
}

// collected reads the accounts from the facts, in the order of their names, or
// remembers them.
func (s Service) collected(tx *db.Tx, k *known) error {
	sources, err := s.sources(tx)
	if err != nil {
		return err
	}
	for i := range sources {
		for j := range sources[i].listings {
			k.listed(&sources[i].listings[j], sources[i].schema)
		}
	}
	of := name(sources)
	accounts, found := s.Memory.get(tx.Org(), of)
	if !found {
		if accounts, err = s.read(tx, sources); err != nil {
			return err
		}
		s.Memory.put(tx.Org(), of, accounts)
	}
	k.accounts = accounts
	return nil
}

// sources are the newest listings of every kind of account.
func (s Service) sources(tx *db.Tx) (out []listed, err error) {
	connections, err := s.Connections(tx)
	if err != nil {
		return nil, err
	}
	kinds, err := fact.Kinds(tx)
	if err != nil {
		return nil, err
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if _, ok := kinds[kind].Claims(facetName); !ok {
			continue
		}
		listings, err := fact.Listings(tx, kind, connections)
		if err != nil {
			return nil, err
		}
		if len(listings) > 0 {
			out = append(out, listed{schema: kinds[kind], listings: listings})
		}
	}
	return out, nil
}

func (s Service) read(tx *db.Tx, sources []listed) (out []Account, err error) {
	r := reading{views: map[resource.Ref][]*resource.View{}}
	for i := range sources {
		for j := range sources[i].listings {
			if err := r.take(tx, s.Keys, &sources[i].listings[j]); err != nil {
				return nil, err
			}
		}
	}
	facet := resource.Facets()[facetName]
	for _, ref := range r.order {
		merged, _ := rule.Merge(r.views[ref]...)
		a, err := accountOf(merged, facet)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Account) int { return compare(&a, &b) })
	return out, nil
}

// reading gathers what several connections show of the same accounts.
type reading struct {
	reader fact.Reader
	views  map[resource.Ref][]*resource.View
	order  []resource.Ref
}

func (r *reading) take(tx *db.Tx, ring *keys.Ring, l *fact.Listing) error {
	members, err := r.reader.Members(tx, ring, l)
	for _, v := range members {
		if r.views[v.Ref] == nil {
			r.order = append(r.order, v.Ref)
		}
		r.views[v.Ref] = append(r.views[v.Ref], v)
	}
	return err
}

func (k *known) listed(l *fact.Listing, schema *resource.Schema) {
	if at, ok := k.taken[l.Kind]; !ok || l.At.Before(at) {
		k.taken[l.Kind] = l.At
	}
	if whole, ok := k.whole[l.Kind]; !ok || whole {
		k.whole[l.Kind] = l.Complete
	}
	k.systems[l.Kind] = schema.Title
	if k.at.IsZero() || l.At.Before(k.at) {
		k.at = l.At
	}
	if !l.Complete {
		k.incomplete = append(k.incomplete, fmt.Sprintf("%s were not listed to the end on %s.", schema.Title, l.At.Format(time.DateOnly)))
	}
}

// accountOf reads an account in the words of the facet.
func accountOf(v *resource.View, facet resource.Facet) (Account, error) {
	p, err := v.Project(facet)
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: IDOf(v.Ref), Ref: v.Ref, Title: v.Schema.Title, Name: p.Label(), Holder: ByPerson, Possible: v.Possible}
	text := func(name string) string {
		s, _ := p.Fields[name].(string)
		return s
	}
	flag := func(name string) *bool {
		b, ok := p.Fields[name].(bool)
		if !ok {
			return nil
		}
		return &b
	}
	if n := text("name"); n != "" {
		a.Name = n
	}
	a.Email = strings.ToLower(text("email"))
	if h := Holder(text("holder")); h == ByService || h == BySystem {
		a.Holder = h
	}
	a.Enabled, a.Admin = flag("enabled"), flag("admin")
	if at, err := clock.Parse(text("last_used_at")); err == nil {
		a.LastUsed = at
	}
	return a, nil
}
