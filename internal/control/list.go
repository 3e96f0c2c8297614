package control

import (
	"context"
	"maps"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// Phase says where in its life a control is.
type Phase string

// The phases.
const (
	Holding Phase = "in_force" // a wording holds today
	Planned Phase = "planned"  // the first is to come
	Retired Phase = "retired"  // none holds any more
)

// Listed is a control in a list: the wording that holds, or the first to come,
// or the last that held, and how it stands.
type Listed struct {
	Version
	Phase    Phase `json:"phase"`
	Standing Standing
}

// Overview is the controls of a program, the current one unless In names another.
type Overview struct {
	Program  Program
	Has      bool // there is a program
	Today    standing.Date
	Position standing.Position
	Controls []Listed // those in force today or to come, by id
	// Past are those that held on a day of the period and are retired: what
	// they did not do stays in the position.
	Past []Listed
	Ever []string // ids of all that there ever were, by id
}

// All is every control that the program's report is about so far or will be.
func (o *Overview) All() []Listed {
	all := slices.Concat(o.Controls, o.Past)
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Control, b.Control) })
	return all
}

// List returns every control with its standing, from the projection.
func (s Service) List(ctx context.Context, who access.Actor) (o Overview, err error) {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return o, err
	}
	s.reads = true
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		o, err = s.Overview(tx)
		return err
	})
	return o, err
}

// Overview is List for a transaction whose use case asked for the permission.
func (s Service) Overview(tx *db.Tx) (o Overview, err error) {
	p, has, live, err := s.asked(tx)
	if err != nil {
		return o, err
	}
	return s.overview(tx, p, has, live)
}

func (s Service) overview(tx *db.Tx, p Program, has, live bool) (o Overview, err error) {
	o.Program, o.Has, o.Today = p, has, standing.DayOf(tx.Now(), p.Period.Zone)
	versions, stands, err := s.look(tx, &p, live)
	if err != nil {
		return o, err
	}
	day := speaking(&p, o.Today, live)
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		o.Ever = append(o.Ever, id)
		v, phase, ok := wording(versions[id], day, p.Period.From)
		if !ok || live && phase == Planned && v.EffectiveOn >= p.Period.To {
			continue
		}
		l := Listed{Version: v, Phase: phase, Standing: stands[id]}
		l.Standing.Control = id
		if phase == Retired {
			o.Past = append(o.Past, l)
		} else {
			o.Controls = append(o.Controls, l)
		}
		o.Position.Add(l.Standing.Summary)
	}
	return o, nil
}

// wording is the version that speaks for a control on a day: the one that
// holds; else the last that held since another day; else the first to come.
// There is none for a control that was retired before and never comes back.
func wording(versions []Version, day, since standing.Date) (v Version, p Phase, ok bool) {
	for _, s := range stretches(versions) {
		switch {
		case s.Retired:
		case s.EffectiveOn > day:
			if !ok {
				v, p, ok = s.Version, Planned, true
			}
		case s.to == 0 || s.to > day:
			return s.Version, Holding, true
		case s.to > since && since != 0:
			v, p, ok = s.Version, Retired, true
		}
	}
	return v, p, ok
}

// Detail is everything about one control.
type Detail struct {
	Program      Program
	Has          bool
	Today        standing.Date
	Current      Version
	InForce      bool
	Phase        Phase
	Versions     []Version // oldest first
	Standing     Standing  // with the lanes' spans
	Performances []activity.Performance
}

// Get returns one control with its year.
func (s Service) Get(ctx context.Context, who access.Actor, control string) (d Detail, err error) {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		var live bool
		if d.Program, d.Has, live, err = s.asked(tx); err != nil {
			return err
		}
		d.Today = standing.DayOf(tx.Now(), d.Program.Period.Zone)
		if d.Versions, err = versionsOf(tx, control); err != nil {
			return err
		}
		if len(d.Versions) == 0 {
			return fault.New(fault.NotFound, "There is no control %q here.", control)
		}
		var ok bool
		if d.Current, d.Phase, ok = wording(d.Versions, speaking(&d.Program, d.Today, live), 1); !ok { // retired before it began
			d.Current, d.Phase = d.Versions[len(d.Versions)-1], Retired
		}
		d.InForce = d.Phase == Holding
		if d.Standing, err = s.standing(tx, &d.Program, control, live); err != nil {
			return err
		}
		d.Performances, err = activity.Of(tx, control)
		return err
	})
	return d, err
}

func (s Service) standing(tx *db.Tx, p *Program, control string, live bool) (Standing, error) {
	if !live {
		return standingOf(tx, p.ID, control)
	}
	all, err := s.stood(tx, p)
	st := all[control]
	st.Control = control
	return st, err
}

// Exists is nil for a control that the org has, for others that refer to one.
func (s Service) Exists(tx *db.Tx, control string) error {
	list, err := versionsOf(tx, control)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "There is no control %q here.", control)
	}
	return err
}
