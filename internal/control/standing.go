package control

import (
	"context"
	"maps"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// Standing is how a control stands, as the projection holds it.
type Standing struct {
	Control  string           `json:"control"`
	Group    string           `json:"group"`
	Headline string           `json:"headline"`
	Summary  standing.Summary `json:"summary"`
	Spans    []standing.Span  `json:"spans"`
	Lanes    []LaneStanding   `json:"lanes"`
	BuiltAt  time.Time        `json:"built_at"`
}

// LaneStanding is how a lane stands.
type LaneStanding struct {
	Key         string                   `json:"key"`
	Kind        standing.LaneKind        `json:"kind"`
	Spans       []standing.Span          `json:"spans,omitempty"`
	Deviations  []standing.DeviationSpan `json:"deviations,omitempty"`
	Occurrences []standing.Judged        `json:"occurrences,omitempty"`
}

// Program is the reporting program that controls stand in.
type Program struct {
	ID     string
	Period standing.Period
}

// Rebuild computes the standing of every control in the current program anew
// and stores it. It is the projection's only writer. What it computes is thrown
// away and computed again when another rebuild stored something meanwhile, which
// may have seen more.
func (s Service) Rebuild(ctx context.Context, who access.Actor) error {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return err
	}
	const tries = 10
	for range tries {
		stored, err := s.rebuild(ctx, grant)
		if err != nil || stored {
			return err
		}
	}
	return fault.New(fault.Busy, "The standing of the controls is being computed by somebody else again and again. Try once more.")
}

// rebuild is one try; it tells whether what it computed was stored.
func (s Service) rebuild(ctx context.Context, grant access.Grant) (stored bool, err error) {
	var list []*standing.Standing
	var program Program
	var cal *standing.Calendar
	var before int64
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		var ok bool
		if program, ok, err = s.Program(tx); err != nil || !ok {
			return err
		}
		if before, err = builds(tx, program.ID); err != nil {
			return err
		}
		cal = standing.NewCalendar(program.Period, tx.Now())
		list, err = s.compute(tx, cal)
		return err
	})
	if err != nil || cal == nil {
		return true, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if stored, err = countBuild(tx, program.ID, before); err != nil || !stored {
			return err
		}
		if err := removeStanding(tx, program.ID); err != nil {
			return err
		}
		for _, st := range list {
			row := summaryRow{group: st.Summary.Group().String(), headline: cal.Headline(*st), lanes: slim(st.Lanes)}
			if err := replace(tx, program.ID, st, row); err != nil {
				return err
			}
		}
		return nil
	})
	return stored, err
}

// slim is the lanes without their spans, which have rows of their own.
func slim(lanes []standing.Lane) []LaneStanding {
	out := make([]LaneStanding, 0, len(lanes))
	for _, l := range lanes {
		out = append(out, LaneStanding{Key: l.Key, Kind: l.Kind, Deviations: l.Deviations, Occurrences: l.Occurrences})
	}
	return out
}

// compute judges every control from what is on record.
func (s Service) compute(tx *db.Tx, cal *standing.Calendar) ([]*standing.Standing, error) {
	versions, err := Versions(tx)
	if err != nil {
		return nil, err
	}
	var checks []string
	for _, vs := range versions {
		for i := range vs {
			checks = append(checks, vs[i].Checks()...)
		}
	}
	slices.Sort(checks)
	histories, err := check.Histories(tx, slices.Compact(checks))
	if err != nil {
		return nil, err
	}
	done, err := activity.Of(tx, "")
	if err != nil {
		return nil, err
	}
	uploads, err := s.Uploads(tx)
	if err != nil {
		return nil, err
	}
	a := assessor{zone: cal.Period().Zone, histories: histories, done: done, uploads: uploads}
	var out []*standing.Standing
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		st := cal.Control(a.control(id, stretches(versions[id])))
		st.Lanes = fold(st.Lanes)
		out = append(out, &st)
	}
	return out, nil
}

// Upload is a piece of evidence as a control's lane sees it.
type Upload struct {
	Control     string
	Lane        string // empty: serves every upload lane of the control
	From, To    standing.Date
	CollectedAt time.Time
}
