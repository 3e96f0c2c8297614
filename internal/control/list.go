package control

import (
	"context"
	"maps"
	"slices"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// Listed is a control in a list: the wording that holds, and how it stands.
type Listed struct {
	Version
	Standing Standing
}

// Overview is the controls of the current program.
type Overview struct {
	Program  Program
	Has      bool // there is a program
	Today    standing.Date
	Position standing.Position
	Controls []Listed // in force today, by id
}

// List returns every control in force with its standing, from the projection.
func (s Service) List(ctx context.Context, who access.Actor) (o Overview, err error) {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return o, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		o, err = s.Overview(tx)
		return err
	})
	return o, err
}

// Overview is List for a transaction whose use case asked for the permission.
func (s Service) Overview(tx *db.Tx) (o Overview, err error) {
	if o.Program, o.Has, err = s.Program(tx); err != nil {
		return o, err
	}
	o.Today = standing.DayOf(tx.Now(), o.Program.Period.Zone)
	versions, err := Versions(tx)
	if err != nil {
		return o, err
	}
	stands, err := standings(tx, o.Program.ID)
	if err != nil {
		return o, err
	}
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		v, ok := InForce(versions[id], o.Today)
		if !ok {
			if v, ok = next(versions[id]); !ok {
				continue
			}
		}
		st := stands[id]
		st.Control = id
		o.Controls = append(o.Controls, Listed{Version: v, Standing: st})
		o.Position.Add(st.Summary)
	}
	return o, nil
}

// next is the first version of a control that does not hold yet.
func next(versions []Version) (Version, bool) {
	for i := range versions {
		if !versions[i].Retired {
			return versions[i], true
		}
	}
	return Version{}, false
}

// Detail is everything about one control.
type Detail struct {
	Program      Program
	Has          bool
	Today        standing.Date
	Current      Version
	InForce      bool
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
		if d.Program, d.Has, err = s.Program(tx); err != nil {
			return err
		}
		d.Today = standing.DayOf(tx.Now(), d.Program.Period.Zone)
		if d.Versions, err = versionsOf(tx, control); err != nil {
			return err
		}
		if len(d.Versions) == 0 {
			return fault.New(fault.NotFound, "There is no control %q here.", control)
		}
		if d.Current, d.InForce = InForce(d.Versions, d.Today); !d.InForce {
			d.Current = d.Versions[len(d.Versions)-1]
		}
		if d.Standing, err = standingOf(tx, d.Program.ID, control); err != nil {
			return err
		}
		d.Performances, err = activity.Of(tx, control)
		return err
	})
	return d, err
}

// Exists is nil for a control that the org has, for others that refer to one.
func (s Service) Exists(tx *db.Tx, control string) error {
	list, err := versionsOf(tx, control)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "There is no control %q here.", control)
	}
	return err
}
