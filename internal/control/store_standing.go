package control

import (
	"slices"

	"assay/internal/db"
)

func standings(tx *db.Tx, program string) (map[string]Standing, error) {
	list, err := db.All(tx, readSummary, `SELECT control, grp, headline, summary, lanes, built_at FROM control_summary
		WHERE org_id = $1 AND program = $2`, tx.Org(), program)
	if err != nil {
		return nil, err
	}
	out := map[string]Standing{}
	for i := range list {
		out[list[i].Control] = list[i]
	}
	rows, err := db.All(tx, readSpan, `SELECT control, lane, from_day, to_day, state, observed, note FROM control_standing
		WHERE org_id = $1 AND program = $2 AND lane = '' ORDER BY control, from_day`, tx.Org(), program)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		st := out[r.control]
		st.Spans = append(st.Spans, r.span)
		out[r.control] = st
	}
	return out, nil
}

func standingOf(tx *db.Tx, program, control string) (Standing, error) {
	st, found, err := db.Maybe(tx, readSummary, `SELECT control, grp, headline, summary, lanes, built_at FROM control_summary
		WHERE org_id = $1 AND program = $2 AND control = $3`, tx.Org(), program, control)
	if err != nil || !found {
		return Standing{Control: control}, err
	}
	rows, err := db.All(tx, readSpan, `SELECT control, lane, from_day, to_day, state, observed, note FROM control_standing
		WHERE org_id = $1 AND program = $2 AND control = $3 ORDER BY lane, from_day`, tx.Org(), program, control)
	if err != nil {
		return st, err
	}
	for _, r := range rows {
		if r.lane == "" {
			st.Spans = append(st.Spans, r.span)
			continue
		}
		i := slices.IndexFunc(st.Lanes, func(l LaneStanding) bool { return l.Key == r.lane })
		if i >= 0 {
			st.Lanes[i].Spans = append(st.Lanes[i].Spans, r.span)
		}
	}
	return st, nil
}
