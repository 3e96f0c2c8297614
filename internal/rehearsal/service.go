package rehearsal

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/program"
	"assay/internal/register"
	"assay/internal/standing"
)

// Service is the use case of rehearsing.
type Service struct {
	DB       *db.DB
	Controls *control.Service
	// Answered says who answers for each control.
	Answered func(*db.Tx) ([]register.Answered, error)
}

// Rehearsal is what an auditor would write today, and what can be prevented.
type Rehearsal struct {
	At         time.Time
	Program    string // its name
	From, To   standing.Date
	Categories []criteria.CategoryID
	Results    []Result // the worst first, then by control
	Counts     map[Verdict]int
	// Preventable begins with what is to be done now; what has a day follows by day.
	Preventable []Preventable
}

// Show rehearses the examination of the current program, as it stands now. It
// stores nothing. NotFound without a program; Conflict for a Type 1, which is about
// one day and tests no operation, and before the first day of the period.
func (s Service) Show(ctx context.Context, who access.Actor) (r *Rehearsal, err error) {
	g, err := who.May(access.RehearsalRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err = s.rehearse(tx)
		return err
	})
	return r, err
}

func (s Service) rehearse(tx *db.Tx) (*Rehearsal, error) {
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	prog, ok, err := program.Current(tx)
	if err != nil {
		return nil, err
	}
	period := prog.Period(&o)
	today := standing.DayOf(tx.Now(), period.Zone)
	switch {
	case !ok:
		return nil, fault.New(fault.NotFound, "No program says what an examination would be about. Add one under Settings, with its categories and its period.")
	case prog.Type != program.Type2:
		return nil, fault.New(fault.Conflict, "%s is for a Type 1 report, which tests no operation over a period. Readiness says how the day stands.", prog.Name)
	case today < prog.From:
		return nil, fault.New(fault.Conflict, "The period of %s begins on %s. There is nothing to test before; readiness says what is missing.", prog.Name, prog.From)
	}
	over, err := s.Controls.Overview(tx)
	if err != nil {
		return nil, err
	}
	owners, err := s.owners(tx)
	if err != nil {
		return nil, err
	}
	r := &Rehearsal{At: tx.Now(), Program: prog.Name, From: prog.From, To: prog.To, Categories: prog.Categories, Counts: map[Verdict]int{}}
	for _, c := range over.All() {
		owner := owners[c.Control]
		one := judge(&c, owner, period.Zone)
		r.Results = append(r.Results, one)
		r.Counts[one.Verdict]++
		r.Preventable = append(r.Preventable, preventable(&c, owner, today, period)...)
	}
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		return slices.Index(Verdicts(), a.Verdict) - slices.Index(Verdicts(), b.Verdict)
	})
	slices.SortStableFunc(r.Preventable, func(a, b Preventable) int {
		return cmp.Or(int(a.By-b.By), strings.Compare(a.Control, b.Control))
	})
	return r, nil
}

// owners are the names of those who answer, by control.
func (s Service) owners(tx *db.Tx) (map[string]string, error) {
	names, err := person.Names(tx)
	if err != nil {
		return nil, err
	}
	answered, err := s.Answered(tx)
	out := map[string]string{}
	for i := range answered {
		out[answered[i].Control] = names[answered[i].Person]
	}
	return out, err
}
