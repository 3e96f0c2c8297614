package readiness

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/gap"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of readiness.
type Service struct {
	DB       *db.DB
	Library  *catalog.Library
	Books    *register.Book
	Controls *control.Service
	// Answered says who answers for each control.
	Answered func(*db.Tx) ([]register.Answered, error)
}

// Position is where an organization stands before an examination.
type Position struct {
	At       time.Time
	Today    standing.Date
	Program  string // its name
	Criteria []Rated
	Counts   map[Rating]int
	Found    []Found           // not in the register of gaps yet
	Gaps     []register.Record // open ones, by the day on which they are to be closed
	Gone     []register.Record // open ones that were found by looking and are not found any more
	Asked    []register.Record // questions that count and have no answer
	Known    int               // questions that nobody has to be asked
	Start    Start
}

// Look rates every criterion of the current program. NotFound while there is none:
// nothing says what the examination would be about.
func (s Service) Look(ctx context.Context, who access.Actor) (p *Position, err error) {
	g, err := who.May(access.GapRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, err = s.Position(tx)
		return err
	})
	return p, err
}

// Position is Look for a transaction whose use case asked for a permission.
func (s Service) Position(tx *db.Tx) (*Position, error) {
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	prog, ok, err := program.Current(tx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "No program says what an examination would be about. Add one under Settings, with its categories; its days can change later.")
	}
	p := &Position{At: tx.Now(), Today: standing.DayOf(tx.Now(), o.Location()), Program: prog.Name, Counts: map[Rating]int{}}
	over, err := s.overview(tx, &prog, &o, p.Today)
	if err != nil {
		return nil, err
	}
	questions, _, err := s.Books.Everything(tx, gap.QuestionNoun)
	if err != nil {
		return nil, err
	}
	r := newRater(over.Controls, questions, min(p.Today, over.Today))
	if err := s.rated(tx, p, r, &prog); err != nil {
		return nil, err
	}
	for i := range questions {
		switch q := &questions[i]; {
		case r.known(q):
			p.Known++
		case q.Get("answer") == "":
			p.Asked = append(p.Asked, *q)
		}
	}
	return p, s.written(tx, p)
}

// overview is how controls stand: in the program's period once it has begun, and
// over the year until today before that.
func (s Service) overview(tx *db.Tx, prog *program.Program, o *org.Org, today standing.Date) (control.Overview, error) {
	if prog.From <= today {
		return s.Controls.Overview(tx)
	}
	year := standing.Period{From: today - 364, To: today + 1, Zone: o.Location()}
	return s.Controls.During(tx, year.Start(), year.End())
}

func (s Service) rated(tx *db.Tx, p *Position, r *rater, prog *program.Program) error {
	list, err := program.Omissions(tx, prog.ID)
	if err != nil {
		return err
	}
	for _, c := range s.Library.Criteria().InScope(prog.Categories) {
		rated := r.rate(&c)
		if i := slices.IndexFunc(list, func(o program.Omission) bool { return o.InForce() && o.Criterion == c.ID }); i >= 0 {
			rated = Rated{ID: c.ID, Title: c.Title, Rating: NotRelevant, Reasons: []Reason{{Text: list[i].Reason}}}
		}
		p.Criteria = append(p.Criteria, rated)
		p.Counts[rated.Rating]++
	}
	return nil
}

// written compares what was found with the register of gaps.
func (s Service) written(tx *db.Tx, p *Position) error {
	all, _, err := s.Books.Everything(tx, gap.Noun)
	if err != nil {
		return err
	}
	have, accepted := map[string]bool{}, map[string]bool{}
	for i := range all {
		switch g := &all[i]; g.State {
		case gap.Open:
			p.Gaps = append(p.Gaps, *g)
			have[g.Get("about")] = true
		case gap.Accepted:
			accepted[g.Get("about")] = true
		}
	}
	found := map[string]bool{}
	answered, err := s.Answered(tx)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for i := range answered {
		owners[answered[i].Control] = answered[i].Person
	}
	for _, f := range gaps(p.Criteria) {
		found[f.Key] = true
		if have[f.Key] || accepted[f.Key] {
			continue
		}
		if len(f.Controls) == 1 {
			f.Owner = owners[f.Controls[0]]
		}
		p.Found = append(p.Found, f)
	}
	for i := range p.Gaps {
		if about := p.Gaps[i].Get("about"); about != "" && !found[about] {
			p.Gone = append(p.Gone, p.Gaps[i])
		}
	}
	slices.SortStableFunc(p.Gaps, func(a, b register.Record) int { return strings.Compare(dated(&a), dated(&b)) })
	p.Start = start(p.Gaps, len(p.Found), p.Today)
	return nil
}

// dated orders gaps without a day last.
func dated(g *register.Record) string {
	if d := g.Get("due_on"); d != "" {
		return d
	}
	return "~"
}

// Write puts gaps in the register: those of the keys, or all that are found if
// there is none. One that is not found any more is refused.
func (s Service) Write(ctx context.Context, who access.Actor, keys []string) (added []register.Record, err error) {
	g, err := who.May(access.GapEdit)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		p, err := s.Position(tx)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if !slices.ContainsFunc(p.Found, func(f Found) bool { return f.Key == key }) {
				return fault.New(fault.Conflict, "%.80q is not found any more, or stands in the register already. Nothing was saved; look again.", key)
			}
		}
		for i := range p.Found {
			if f := &p.Found[i]; len(keys) == 0 || slices.Contains(keys, f.Key) {
				r, err := s.Books.Enter(tx, gap.Noun, register.Input{Fields: entered(f)}, func(r *register.Record) {
					r.Values.Set("cause", f.Cause)
					r.Values.Set("about", f.Key)
				})
				if err != nil {
					return err
				}
				added = append(added, r)
			}
		}
		if len(added) == 0 {
			return nil
		}
		return trail.Add(tx, trail.Act{Noun: gap.Noun, Label: "found by looking", Detail: map[string]string{"gaps": strconv.Itoa(len(added))}})
	})
	return added, err
}

// entered are the fields of a gap that was found.
func entered(f *Found) map[string][]string {
	in := map[string][]string{
		"title": {f.Title}, "what": {f.What}, "weight": {f.Weight}, "effort": {f.Effort}, "criteria": f.Criteria, "controls": f.Controls,
	}
	if f.Owner != "" {
		in["owner"] = []string{f.Owner}
	}
	return in
}

// Plan gives every open gap without a day one: each owner closes theirs one after
// the other from today on, the heaviest first, and what nobody owns is done after
// each other, too. It is a beginning that people change.
func (s Service) Plan(ctx context.Context, who access.Actor) (planned []register.Record, err error) {
	g, err := who.May(access.GapEdit)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		p, err := s.Position(tx)
		if err != nil {
			return err
		}
		for _, d := range plan(p.Gaps, p.Today) {
			set := func(r *register.Record, _ *register.World) { r.Values.Set("due_on", d.on.String()) }
			if err := s.Books.Tell(tx, gap.Noun, d.id, "plan", map[string]string{"due_on": d.on.String()}, set); err != nil {
				return err
			}
			r, err := s.Books.Load(tx, gap.Noun, d.id)
			if err != nil {
				return err
			}
			planned = append(planned, r)
		}
		return nil
	})
	return planned, err
}
