package program

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// Service is the use cases of programs.
type Service struct {
	DB       *db.DB
	Criteria *criteria.Library
	// Then runs in the transaction of a change. It may be nil.
	Then func(*db.Tx) error
}

// Scope is a program with the criteria that it is about.
type Scope struct {
	Program
	InScope   []criteria.Criterion
	Omissions []Omission
}

// List returns the programs, newest period first.
func (s Service) List(ctx context.Context, who access.Actor) (list []Program, err error) {
	grant, err := who.May(access.ProgramRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = All(tx)
		return err
	})
	return list, err
}

// Get returns a program by id or slug, the current one for an empty name, with
// its scope. Without any program it is a NotFound fault.
func (s Service) Get(ctx context.Context, who access.Actor, name string) (sc Scope, err error) {
	grant, err := who.May(access.ProgramRead)
	if err != nil {
		return sc, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if name != "" {
			sc.Program, err = load(tx, name)
		} else {
			var ok bool
			if sc.Program, ok, err = Current(tx); err == nil && !ok {
				return fault.New(fault.NotFound, "There is no program yet. Add one under Settings: type, categories and dates.")
			}
		}
		if err != nil {
			return err
		}
		if sc.Omissions, err = Omissions(tx, sc.ID); err != nil {
			return err
		}
		sc.InScope = s.inScope(&sc)
		return nil
	})
	return sc, err
}

func (s Service) inScope(sc *Scope) []criteria.Criterion {
	out := slices.Clone(s.Criteria.InScope(sc.Categories))
	return slices.DeleteFunc(out, func(c criteria.Criterion) bool {
		return slices.ContainsFunc(sc.Omissions, func(o Omission) bool { return o.Criterion == c.ID && o.InForce() })
	})
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// Add makes a program; the first, or one marked so, is the current.
func (s Service) Add(ctx context.Context, who access.Actor, p Program) (Program, error) {
	grant, err := who.May(access.ProgramEdit)
	if err != nil {
		return p, err
	}
	if err := p.Valid(s.Criteria); err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		_, has, err := Current(tx)
		if err != nil {
			return err
		}
		p.ID, p.State, p.CreatedAt = trail.NewObject(tx, "prg"), Open, tx.Now()
		p.Slug = strings.Trim(notSlug.ReplaceAllString(strings.ToLower(p.Name), "-"), "-")
		p.Current = p.Current || !has
		if p.Current {
			if err := demote(tx, p.ID); err != nil {
				return err
			}
		}
		if err := insert(tx, &p); err != nil {
			return err
		}
		return s.changed(tx, &p, "added")
	})
	return p, err
}

// Edit changes a program. The dates of a closed one stay.
func (s Service) Edit(ctx context.Context, who access.Actor, in Program) error {
	grant, err := who.May(access.ProgramEdit)
	if err != nil {
		return err
	}
	if err := in.Valid(s.Criteria); err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		p, err := load(tx, in.ID)
		if err != nil {
			return err
		}
		if p.State == Closed && (p.From != in.From || p.To != in.To || p.Type != in.Type) {
			return fault.New(fault.Conflict, "%s is closed: its type and dates are fixed.", p.Name)
		}
		p.Name, p.Type, p.Categories, p.From, p.To = in.Name, in.Type, in.Categories, in.From, in.To
		p.Current = p.Current || in.Current
		if p.Current {
			if err := demote(tx, p.ID); err != nil {
				return err
			}
		}
		if in.State == Closed {
			p.State = Closed
		}
		if err := save(tx, &p); err != nil {
			return err
		}
		return s.changed(tx, &p, "changed")
	})
}

// changed writes leaf and trail, and what follows.
func (s Service) changed(tx *db.Tx, p *Program, what string) error {
	cats := make([]any, 0, len(p.Categories))
	for _, c := range p.Categories {
		cats = append(cats, string(c))
	}
	if _, err := ledger.Append(tx, ledger.Entry{
		Type: "program." + what, Stream: "program/" + p.ID,
		Body: map[string]any{
			"program": p.ID, "type": string(p.Type), "categories": cats, "from": p.From.String(), "to": p.To.String(), "state": string(p.State),
		},
	}); err != nil {
		return err
	}
	if err := trail.Add(tx, trail.Act{Noun: "program", Object: p.ID, Label: p.Name, Detail: map[string]string{
		"type": string(p.Type), "dates": p.Label(), "state": string(p.State), "categories": fmt.Sprint(p.Categories),
	}}); err != nil || s.Then == nil {
		return err
	}
	return s.Then(tx)
}

// Omit asks that a criterion be left out of a program, with the reason that
// the description will give.
func (s Service) Omit(ctx context.Context, who access.Actor, o Omission) error {
	grant, err := who.May(access.ProgramEdit)
	if err != nil {
		return err
	}
	if o.Reason = strings.TrimSpace(o.Reason); len(o.Reason) < 10 || len(o.Reason) > 2000 {
		return fault.Fields("The criterion was not left out.", fault.Field{
			Name: "reason", Text: "Say why it does not apply, in 10 to 2,000 characters: the report will say it.",
		})
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		p, err := load(tx, o.Program)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(s.Criteria.InScope(p.Categories), func(c criteria.Criterion) bool { return c.ID == o.Criterion }) {
			return fault.New(fault.Invalid, "%s is not a criterion of this program.", o.Criterion)
		}
		o.Program, o.AskedBy, o.AskedAt, o.Approved = p.ID, who.ID, tx.Now(), ""
		if err := putOmission(tx, &o); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "program.omit", Noun: "program", Object: p.ID, Label: string(o.Criterion), Detail: map[string]string{"reason": o.Reason}})
	})
}

// DecideOmission approves or removes an omission. Whoever asked cannot approve.
func (s Service) DecideOmission(ctx context.Context, who access.Actor, program string, c criteria.ID, approve bool) error {
	grant, err := who.May(access.ProgramEdit)
	if err == nil {
		err = who.Fresh() // an approval
	}
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		p, err := load(tx, program)
		if err != nil {
			return err
		}
		list, err := Omissions(tx, p.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(o Omission) bool { return o.Criterion == c })
		if i < 0 {
			return fault.New(fault.NotFound, "%s was not asked to be left out.", c)
		}
		o := &list[i]
		if err := s.decide(tx, o, who, approve); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "program.omit", Noun: "program", Object: p.ID, Label: string(c), Detail: map[string]string{"approved": strconv.FormatBool(approve)}})
	})
}

func (s Service) decide(tx *db.Tx, o *Omission, who access.Actor, approve bool) error {
	if !approve {
		_, err := dropOmission(tx, o.Program, string(o.Criterion))
		return err
	}
	if o.AskedBy == who.ID {
		return fault.New(fault.Forbidden, "Whoever asks to leave a criterion out cannot approve it. Ask another lead.")
	}
	o.Approved, o.DecidedAt = who.ID, tx.Now()
	if err := putOmission(tx, o); err != nil {
		return err
	}
	_, err := ledger.Append(tx, ledger.Entry{
		Type: "program.omission", Stream: "program/" + o.Program, Body: map[string]any{"program": o.Program, "criterion": string(o.Criterion)},
	})
	return err
}
