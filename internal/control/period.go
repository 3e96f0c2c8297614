package control

import (
	"time"

	"assay/internal/db"
	"assay/internal/standing"
)

// In is the service as it answers for a program by id or slug; for the current
// one if the name is empty. The projection is the current program's: how controls
// stood in another is computed when it is asked for.
func (s Service) In(program string) Service {
	s.in = program
	return s
}

// asked is the program that is asked for; live if the projection is not its.
func (s Service) asked(tx *db.Tx) (p Program, has, live bool, err error) {
	p, has, err = s.Program(tx)
	if err != nil || s.in == "" {
		return p, has, false, err
	}
	other, err := s.Named(tx, s.in)
	return other, true, !has || other.ID != p.ID, err
}

// During is how controls stood in a span, such as the one of a package.
func (s Service) During(tx *db.Tx, from, to time.Time) (Overview, error) {
	p, has, err := s.Program(tx)
	if err != nil {
		return Overview{}, err
	}
	if has && p.Period.Start().Equal(from) && p.Period.End().Equal(to) {
		return s.overview(tx, p, true, false)
	}
	zone := p.Period.Zone
	return s.overview(tx, Program{Period: standing.Period{From: standing.DayOf(from, zone), To: standing.DayOf(to.Add(-1), zone) + 1, Zone: zone}}, true, true)
}

// stood is how every control stood in a program, as the projection would hold it.
func (s Service) stood(tx *db.Tx, p *Program) (map[string]Standing, error) {
	cal := standing.NewCalendar(p.Period, tx.Now())
	list, err := s.compute(tx, cal)
	out := map[string]Standing{}
	for _, st := range list {
		x := Standing{
			Control: st.ID, Group: st.Summary.Group().String(), Headline: cal.Headline(*st), Summary: st.Summary, Spans: st.Spans,
			BuiltAt: tx.Now(), Lanes: slim(st.Lanes),
		}
		for i := range st.Lanes {
			x.Lanes[i].Spans = st.Lanes[i].Spans
		}
		out[st.ID] = x
	}
	return out, err
}

// speaking is the day whose wordings speak for a program: today, or the last day
// of a period that is over and not the current one.
func speaking(p *Program, today standing.Date, live bool) standing.Date {
	if live && p.Period.To > 0 {
		return min(today, p.Period.To-1)
	}
	return today
}
