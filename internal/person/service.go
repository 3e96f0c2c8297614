package person

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of the register.
type Service struct {
	DB *db.DB
	// Changed names the work that follows a change, queued in its transaction
	// with the argument "register/person": collecting the register. Empty:
	// none.
	Changed string
}

// Filter narrows a listing; the zero value is everybody, by name.
type Filter struct {
	State      State
	Group      string
	Employment Employment
	Query      string // in name, address, title, group and external id
	After      string // id of the last person of the previous page
	Limit      int    // 0 for all
}

// Listed is a person as a list shows them.
type Listed struct {
	Person
	State State
}

// Listing is one page of the register.
type Listing struct {
	People []Listed
	Total  int // that the filter finds, on all pages
	Counts map[State]int
	Groups []string // every group there is
	Today  standing.Date
}

// Today is the day in the zone of the transaction's organization.
func Today(tx *db.Tx) (standing.Date, error) {
	o, err := org.Load(tx)
	if err != nil {
		return 0, err
	}
	return standing.DayOf(tx.Now(), o.Location()), nil
}

// List returns a page of the people that the filter finds.
func (s Service) List(ctx context.Context, who access.Actor, f Filter) (l Listing, err error) {
	g, err := who.May(access.PersonRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		l, err = listing(tx, &f)
		return err
	})
	return l, err
}

func listing(tx *db.Tx, f *Filter) (l Listing, err error) {
	if l.Today, err = Today(tx); err != nil {
		return l, err
	}
	people, err := list(tx, f, l.Today)
	if err != nil {
		return l, err
	}
	for _, p := range people {
		l.People = append(l.People, Listed{Person: p, State: p.State(l.Today)})
	}
	if l.Total, err = count(tx, f, l.Today); err != nil {
		return l, err
	}
	l.Counts = map[State]int{}
	for _, st := range States() {
		if l.Counts[st], err = count(tx, &Filter{State: st}, l.Today); err != nil {
			return l, err
		}
	}
	l.Groups, err = groups(tx)
	return l, err
}

// Detail is one person with those around them.
type Detail struct {
	Listed
	ManagerName string
	Reports     []Person // who they manage
	History     []trail.Entry
}

// Get returns one person with their history.
func (s Service) Get(ctx context.Context, who access.Actor, personID string) (d Detail, err error) {
	g, err := who.May(access.PersonRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if d.Person, err = load(tx, personID); err != nil {
			return err
		}
		today, err := Today(tx)
		if err != nil {
			return err
		}
		d.State = d.Person.State(today)
		people, err := all(tx)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.ID == d.Manager {
				d.ManagerName = p.Name
			}
			if p.Manager == d.ID {
				d.Reports = append(d.Reports, p)
			}
		}
		d.History, err = trail.List(tx, trail.Filter{Noun: "person", Object: personID, Limit: 200})
		return err
	})
	return d, err
}

// Everybody returns all people, those who left too, by name, for other nouns.
func Everybody(tx *db.Tx) ([]Person, error) { return all(tx) }

// Names returns everybody's name by id, for lists of other nouns.
func Names(tx *db.Tx) (map[string]string, error) {
	people, err := all(tx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(people))
	for i := range people {
		out[people[i].ID] = people[i].Name
	}
	return out, nil
}

// Add puts a person in the register.
func (s Service) Add(ctx context.Context, who access.Actor, in Details) (p Person, err error) {
	g, err := who.May(access.PersonEdit)
	if err != nil {
		return Person{}, err
	}
	if wrong := in.clean(); len(wrong) > 0 {
		return Person{}, fault.Fields("The person was not added.", wrong...)
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		p = Person{ID: trail.NewObject(tx, "per"), Details: in, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		if err := checkManager(tx, &p); err != nil {
			return err
		}
		if err := insert(tx, &p); err != nil {
			return double(err)
		}
		return s.wrote(tx, &p, map[string]string{"added": "yes"})
	})
	return p, err
}

// Edit changes what is known of a person.
func (s Service) Edit(ctx context.Context, who access.Actor, personID string, in Details) error {
	return s.change(ctx, who, personID, func(p *Person) { p.Details = in })
}

// End sets a person's last day of work; 0 takes it back.
func (s Service) End(ctx context.Context, who access.Actor, personID string, on standing.Date) error {
	return s.change(ctx, who, personID, func(p *Person) { p.EndsOn = on })
}

func (s Service) change(ctx context.Context, who access.Actor, personID string, fn func(*Person)) error {
	g, err := who.May(access.PersonEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		p, err := load(tx, personID)
		if err != nil {
			return err
		}
		before := p.Details
		fn(&p)
		if wrong := p.clean(); len(wrong) > 0 {
			return fault.Fields("The person was not changed.", wrong...)
		}
		detail := before.differs(&p.Details)
		if len(detail) == 0 {
			return nil
		}
		if err := checkManager(tx, &p); err != nil {
			return err
		}
		p.UpdatedAt = tx.Now()
		if err := save(tx, &p); err != nil {
			return double(err)
		}
		return s.wrote(tx, &p, detail)
	})
}

func checkManager(tx *db.Tx, p *Person) error {
	if p.Manager == "" {
		return nil
	}
	above, err := managers(tx)
	if err != nil {
		return err
	}
	if _, ok := above[p.Manager]; !ok {
		return fault.Fields("The manager is not known.", fault.Field{Name: "manager", Text: "Choose somebody from the register."})
	}
	if ownManager(p.ID, p.Manager, above) {
		return fault.Fields("The manager was not saved.", fault.Field{Name: "manager", Text: "They would manage themselves."})
	}
	return nil
}

func double(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Conflict, err, "Somebody else has this mail address or external id.")
	}
	return err
}

const settle = time.Minute // so that one collection takes many changes

// wrote puts a change in the trail and has the register collected.
func (s Service) wrote(tx *db.Tx, p *Person, detail map[string]string) error {
	if err := trail.Add(tx, trail.Act{Noun: "person", Object: p.ID, Label: p.Name, Detail: detail}); err != nil {
		return err
	}
	if s.Changed == "" {
		return nil
	}
	return job.Add(tx, s.Changed, "register/"+ProductName, tx.Now().Add(settle))
}

// All returns everybody, by name, for the registers that stand on this one.
func All(tx *db.Tx) ([]Person, error) { return all(tx) }

// Find returns somebody by id, for the registers that stand on this one.
func Find(tx *db.Tx, personID string) (Person, error) { return load(tx, personID) }

// WithAddress is the id of the person who has an address; empty if nobody has.
func WithAddress(tx *db.Tx, address string) (string, error) { return withAddress(tx, address) }
