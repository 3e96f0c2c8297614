package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/trail"
)

// Service is the use cases of the register.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
	// Memory spares reading every fact about accounts for each page; nil remembers
	// nothing.
	Memory *Memory
	// Connections are the ids of everything that facts come from.
	Connections func(tx *db.Tx) ([]string, error)
	// Changed names the work that follows a change, queued in its transaction
	// with the argument "register/account": collecting the register. Empty:
	// none.
	Changed string
}

// Filter narrows a listing; the zero value is every account.
type Filter struct {
	State  State
	System string // kind
	Person string // id of whose it is, or who answers for it
	Query  string // in name and address
	Admin  bool   // only accounts with administrative power
	After  string // id of the last account of the previous page
	Limit  int    // 0 for all
}

// Listed is an account as a list shows it.
type Listed struct {
	Account
	State      State
	PersonName string
	Works      bool // the person works here today
}

// Listing is one page of the register, those that ask for something first, and by
// system and name.
type Listing struct {
	Accounts   []Listed
	Total      int // that the filter finds, on all pages
	Counts     map[State]int
	Systems    map[string]string    // titles of kinds
	Incomplete []string             // why accounts may be missing, in sentences
	At         time.Time            // of the oldest listing that this is made of; zero without any
	Listed     map[string]time.Time // by kind, when its oldest listing that this is made of was taken
	Whole      map[string]bool      // by kind, that every listing was read to the end
}

// List returns a page of the accounts that the filter finds.
func (s Service) List(ctx context.Context, who access.Actor, f Filter) (l Listing, err error) {
	g, err := who.May(access.AccountRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		k, err := s.load(tx)
		if err != nil {
			return err
		}
		l = k.listing(&f)
		return nil
	})
	return l, err
}

// Within are all accounts, for what another register does in its transaction.
func (s Service) Within(tx *db.Tx) (Listing, error) {
	k, err := s.load(tx)
	if err != nil {
		return Listing{}, err
	}
	return k.listing(&Filter{}), nil
}

func (k *known) listing(f *Filter) Listing {
	l := Listing{Counts: map[State]int{}, Systems: k.systems, Incomplete: k.incomplete, At: k.at, Listed: k.taken, Whole: k.whole}
	if f.Limit == 0 {
		l.Accounts = make([]Listed, 0, len(k.accounts))
	}
	skip := f.After != ""
	for _, a := range k.byState() {
		l.Counts[a.State()]++
		if !f.finds(a) {
			continue
		}
		l.Total++
		if skip {
			skip = a.ID != f.After
			continue
		}
		if f.Limit == 0 || len(l.Accounts) < f.Limit {
			l.Accounts = append(l.Accounts, k.shown(a))
		}
	}
	return l
}

// byState is the accounts with those that ask for something first.
func (k *known) byState() []*Account {
	out := make([]*Account, 0, len(k.accounts))
	states := map[State][]*Account{}
	for i := range k.accounts {
		st := k.accounts[i].State()
		states[st] = append(states[st], &k.accounts[i])
	}
	for _, st := range States() {
		out = append(out, states[st]...)
	}
	return out
}

func (k *known) shown(a *Account) Listed {
	out := Listed{Account: *a, State: a.State()}
	if a.Match != nil {
		if p := k.byPerson[a.Match.Person]; p != nil {
			out.PersonName, out.Works = p.Name, p.WorksOn(k.today)
		}
	}
	return out
}

func (f *Filter) finds(a *Account) bool {
	q := strings.ToLower(f.Query)
	return (f.State == "" || a.State() == f.State) && (f.System == "" || a.Kind == f.System) &&
		(f.Person == "" || a.Match != nil && a.Match.Person == f.Person) &&
		(!f.Admin || a.Admin != nil && *a.Admin) &&
		(q == "" || strings.Contains(strings.ToLower(a.Name), q) || strings.Contains(a.Email, q))
}

// Detail is one account with everything that was said of it.
type Detail struct {
	Listed
	Matches  []Match           // that were ever made, newest first
	Names    map[string]string // of the people in Matches
	Proposed string            // id of the person whom the rules find; empty for none
	History  []trail.Entry
}

// Get returns one account.
func (s Service) Get(ctx context.Context, who access.Actor, accountID string) (d Detail, err error) {
	g, err := who.May(access.AccountRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		k, a, err := s.find(tx, accountID)
		if err != nil {
			return err
		}
		d.Listed, d.Names = k.shown(a), map[string]string{}
		if a.Match == nil {
			d.Proposed, _, _ = newFinder(k.people, k.accounts).find(a)
		}
		if d.Matches, err = listOf(tx, accountID); err != nil {
			return err
		}
		slices.Reverse(d.Matches)
		for i := range d.Matches {
			if p := k.byPerson[d.Matches[i].Person]; p != nil {
				d.Names[p.ID] = p.Name
			}
		}
		d.History, err = trail.List(tx, trail.Filter{Noun: "account", Object: accountID, Limit: 200})
		return err
	})
	return d, err
}

func (s Service) find(tx *db.Tx, accountID string) (*known, *Account, error) {
	k, err := s.load(tx)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(k.accounts, func(a Account) bool { return a.ID == accountID })
	if i < 0 {
		return nil, nil, fault.New(fault.NotFound, "No connected system shows such an account now.")
	}
	return k, &k.accounts[i], nil
}

// Confirm says that an account is a person's. It takes the place of whatever
// was said before.
func (s Service) Confirm(ctx context.Context, who access.Actor, accountID, personID string) error {
	g, err := who.May(access.AccountConfirm)
	if err != nil {
		return err
	}
	return s.say(ctx, g, accountID, Match{Holder: ByPerson, How: Confirmed, Person: personID})
}

// Declare says that an account is a service's: what it does, and which person
// answers for it.
func (s Service) Declare(ctx context.Context, who access.Actor, accountID, owner, purpose string) error {
	g, err := who.May(access.AccountDeclare)
	if err != nil {
		return err
	}
	purpose = strings.Join(strings.Fields(purpose), " ")
	switch {
	case purpose == "":
		return fault.Fields("The account was not declared.", fault.Field{Name: "purpose", Text: "Say what it does."})
	case len(purpose) > longest:
		return fault.Fields("The account was not declared.", fault.Field{Name: "purpose", Text: "It is too long."})
	}
	return s.say(ctx, g, accountID, Match{Holder: ByService, How: Declared, Person: owner, Note: purpose})
}

const longest = 500 // bytes of a purpose or a reason

// say makes a match, and revokes the one before.
func (s Service) say(ctx context.Context, g access.Grant, accountID string, m Match) error {
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		k, a, err := s.find(tx, accountID)
		if err != nil {
			return err
		}
		p := k.byPerson[m.Person]
		switch {
		case p == nil:
			return fault.Fields("Nothing was saved.", fault.Field{Name: "person", Text: "Choose somebody from the register of people."})
		case p.State(k.today) == person.Left && m.Holder == ByService:
			return fault.Fields("Nothing was saved.", fault.Field{Name: "person", Text: p.Name + " has left: choose somebody who works here."})
		case a.Match != nil && a.Match.Holder == m.Holder && a.Match.Person == m.Person && a.Match.Note == m.Note && a.Match.How == m.How:
			return nil
		}
		detail := map[string]string{"person": p.Name, "how": string(m.How)}
		if m.Note != "" {
			detail["purpose"] = m.Note
		}
		if a.Match != nil {
			if err := s.revoke(tx, a, "another was said"); err != nil {
				return err
			}
			detail["before"] = string(a.Match.How)
		}
		m.Account, m.Ref, m.Label = a.ID, a.Ref, a.Name
		if err := s.make(tx, &m, detail); err != nil {
			return err
		}
		return s.changed(tx)
	})
}

// make saves a match, in the trail and the log.
func (s Service) make(tx *db.Tx, m *Match, detail map[string]string) error {
	m.ID, m.MadeAt = trail.NewObject(tx, "mat"), tx.Now()
	m.MadeBy, m.MadeName = tx.Actor().ID, tx.Actor().Name
	if err := insert(tx, m); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{Noun: "account", Object: m.Account, Label: m.Label, Detail: detail})
}

func (s Service) revoke(tx *db.Tx, a *Account, why string) error {
	m := *a.Match
	m.EndedAt, m.EndedBy, m.EndName, m.Why = tx.Now(), tx.Actor().ID, tx.Actor().Name, why
	was, err := end(tx, &m)
	if err == nil && !was {
		err = fault.New(fault.Conflict, "Somebody else revoked it in the meantime. Look again.")
	}
	return err
}

// Revoke takes back whose an account is. It is not matched to the same person
// again by itself.
func (s Service) Revoke(ctx context.Context, who access.Actor, accountID, why string) error {
	g, err := who.May(access.AccountRevoke)
	if err != nil {
		return err
	}
	why = strings.Join(strings.Fields(why), " ")
	switch {
	case why == "":
		return fault.Fields("The match was not revoked.", fault.Field{Name: "why", Text: "Say why."})
	case len(why) > longest:
		return fault.Fields("The match was not revoked.", fault.Field{Name: "why", Text: "It is too long."})
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		k, a, err := s.find(tx, accountID)
		if err != nil {
			return err
		}
		if a.Match == nil {
			return fault.New(fault.Conflict, "The account is nobody's: there is nothing to revoke.")
		}
		detail := map[string]string{"how": string(a.Match.How), "why": why}
		if p := k.byPerson[a.Match.Person]; p != nil {
			detail["person"] = p.Name
		}
		if err := s.revoke(tx, a, why); err != nil {
			return err
		}
		if err := trail.Add(tx, trail.Act{Noun: "account", Object: a.ID, Label: a.Name, Detail: detail}); err != nil {
			return err
		}
		return s.changed(tx)
	})
}

// Match makes the matches that the rules find, and says how many.
func (s Service) Match(ctx context.Context, who access.Actor) (made int, err error) {
	g, err := who.May(access.AccountMatch)
	if err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		k, err := s.load(tx)
		if err != nil {
			return err
		}
		for _, m := range matches(k.people, k.accounts, k.revoked) {
			if err := s.make(tx, &m, map[string]string{"person": k.byPerson[m.Person].Name, "how": string(m.How)}); err != nil {
				return err
			}
			made++
		}
		if made == 0 {
			return nil
		}
		return s.changed(tx)
	})
	return made, err
}

const settle = time.Minute // so that one collection takes many changes

// changed has the register collected soon.
func (s Service) changed(tx *db.Tx) error {
	if s.Changed == "" {
		return nil
	}
	return job.Add(tx, s.Changed, "register/"+ProductName, tx.Now().Add(settle))
}
