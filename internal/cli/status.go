package cli

import (
	"context"
	"fmt"

	"assay/internal/api"
)

type statusCmd struct{}

// Run prints the position today.
func (statusCmd) Run(ctx context.Context, r *run) error {
	if err := r.inPeriod(ctx); err != nil {
		return err
	}
	st, err := call[api.Status](ctx, r, "status.show", &struct{}{})
	if err != nil {
		return err
	}
	if err := emit(r, st, printStatus); err != nil {
		return err
	}
	return statusExit(st)
}

// statusExit is the state of today: past a limit before failing before
// unknown.
func statusExit(st *api.Status) error {
	switch {
	case st.Now.Deviation > 0:
		return found(exitDeviation)
	case st.Now.Failing > 0:
		return found(exitFailing)
	case st.Position.Controls == 0 && st.Checks["fail"] > 0: // without controls' limits
		return found(exitFailing)
	case st.Now.NoEvidence > 0, st.Position.Controls == 0 && (st.Checks["unknown"] > 0 || len(st.Checks) == 0):
		return found(exitUnknown)
	}
	return nil
}

const dueLines = 6

func printStatus(p *paper, st *api.Status) {
	where := "no program yet"
	if st.Program != nil {
		where = fmt.Sprintf("%s, day %d of %d", st.Program.Name, st.Program.Day, st.Program.Days)
	}
	p.line("%s, %s", st.Org.Name, where)
	pos := st.Position
	counts := fmt.Sprintf("  %d operated    %d need action    %d deviations    %d controls",
		pos.Operated, pos.ActionNeeded, pos.Deviation, pos.Controls)
	if pos.NotDue > 0 {
		counts += fmt.Sprintf("    %d not due", pos.NotDue)
	}
	p.line("%s", counts)
	if len(st.Due) > 0 {
		rows := [][]string{{"  due", "what", "control", "owner"}}
		zone := zoneOf(st.Org.Zone)
		for i, d := range st.Due {
			if i == dueLines {
				break
			}
			at := moment(d.At, zone)
			if d.Past {
				at = "past"
			}
			what := clip(d.What, 60)
			if d.Times > 1 {
				what = fmt.Sprintf("%s (%d times)", what, d.Times)
			}
			rows = append(rows, []string{"  " + at, what, d.Control, d.Owner})
		}
		p.table(rows)
		if more := len(st.Due) - dueLines; more > 0 {
			p.line("  and %d more", more)
		}
	}
	p.line("Next: %s", next(st))
}

// next is the command that helps most.
func next(st *api.Status) string {
	switch {
	case st.Position.Controls == 0 && len(st.Checks) == 0:
		return "assay connector add"
	case st.Position.Controls == 0:
		return "assay control adopt --profile starter_security"
	case st.Program == nil:
		return "assay program add --suggest"
	}
	if len(st.Due) == 0 {
		return "assay control list"
	}
	if d := st.Due[0]; d.Check == "" {
		return "assay control show " + d.Control
	}
	return "assay check show " + st.Due[0].Check
}
