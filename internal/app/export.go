package app

import (
	"encoding/json"
	"time"

	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/export"
	"assay/internal/suite"
)

// index is the controls as a package's first page lists them.
func index(s *suite.Suite) func(*db.Tx, time.Time, time.Time) ([]export.Control, error) {
	return func(tx *db.Tx, from, to time.Time) ([]export.Control, error) {
		o, err := stood(s, tx, from, to)
		all := o.All()
		out := make([]export.Control, 0, len(all))
		for i := range all {
			c := &all[i]
			out = append(out, export.Control{ID: c.Control, Title: c.Title, Criteria: c.Criteria, Headline: c.Standing.Headline})
		}
		return out, err
	}
}

// standingRecord is how the controls stood, as JSON for readers. It is not
// proof: a verifier works verdicts out anew.
func standingRecord(s *suite.Suite) func(*db.Tx, time.Time, time.Time) ([]byte, error) {
	return func(tx *db.Tx, from, to time.Time) ([]byte, error) {
		o, err := stood(s, tx, from, to)
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(map[string]any{"v": 1, "controls": o.All()}, "", " ")
	}
}

// stood is how the controls stood in the span of a package; in the current
// program for a package of everything.
func stood(s *suite.Suite, tx *db.Tx, from, to time.Time) (control.Overview, error) {
	if from.IsZero() || to.IsZero() {
		return s.Controls.Overview(tx)
	}
	return s.Controls.During(tx, from, to)
}
