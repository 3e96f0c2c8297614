package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// attacks lists what is tried. The first is none.
func attacks() []attack {
	type acts = []func(context.Context, *copied) error
	return []attack{
		{name: "nothing is done"},
		{
			"a row is edited by SQL",
			acts{bySQL(`UPDATE evidence_item SET title = 'All is well' WHERE id = (SELECT min(id) FROM evidence_item)`)},
			[]find{verifies("evidence_item")},
		},
		{
			"an item is back-dated by SQL",
			acts{bySQL(`UPDATE evidence_item SET at = at - 90 * 86400000 WHERE id = (SELECT max(id) FROM evidence_item)`)},
			[]find{verifies("it is dated")},
		},
		{
			"an item is back-dated with the key, before anybody saw it",
			acts{addEvidence, backDate},
			[]find{nothing(verifies("")), exports(), timed("It was back-dated")},
		},
		{
			"a failing result is dropped by SQL",
			acts{bySQL(`DELETE FROM check_result WHERE run_out = '' AND status = 'fail'`)},
			[]find{verifies("its newest run counts")},
		},
		{
			"a failing run is turned into a pass by SQL",
			acts{bySQL(`UPDATE check_run SET status = 'pass', passed = passed + failed, failed = 0 WHERE status = 'fail'`)},
			[]find{verifies("check_run")},
		},
		{
			"a failing result is dropped with the key",
			acts{dropResult},
			[]find{verifies("a run that is not there"), witnessing(), alone("no result of it was recorded"), pinned("FORK"), policed()},
		},
		{
			"a failing result is turned into a pass with the key",
			acts{turnResult},
			[]find{witnessing(), alone("performed again"), pinned("FORK")},
		},
		{
			"a population is trimmed by SQL",
			acts{bySQL(`DELETE FROM fact_span WHERE (connection, content) IN (SELECT s.connection, s.content FROM fact_span s
				JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content JOIN check_result r ON r.native_id = v.native_id AND r.kind = v.kind
				WHERE r.status = 'fail' AND r.run_out = '' AND r.check_id = 'any.account.mfa')`)},
			[]find{verifies("a record was added or removed")},
		},
		{
			"a population is trimmed with the key",
			acts{trim},
			[]find{witnessing(), alone("performed again"), pinned("FORK"), policed()},
		},
		{
			"last week's database is put back",
			acts{lastWeek},
			[]find{nothing(verifies("")), signing("an old copy was restored"), witnessing(), nothing(alone("")), pinned("cut"), policed()},
		},
		{
			"history is written anew with the key",
			acts{rewriteHistory, addEvidence, addEvidence, addEvidence},
			[]find{nothing(verifies("")), signing("no longer extends what was signed"), witnessing(), nothing(alone("")), pinned("FORK"), policed()},
		},
	}
}

func addEvidence(ctx context.Context, c *copied) error {
	return c.field.must(ctx, c.field.assay, "evidence", "add", "--data", c.store(), "--statement", "The restore was tried and worked.", "--title", "Restore", "--control", "IAM-03",
		"--from", clock.System().AddDate(0, -3, 0).UTC().Format(time.DateOnly))
}

const quarter = 90 * 24 * time.Hour

// backDate moves the newest piece of evidence, which no head covers yet, into the
// past: row and entry.
func backDate(ctx context.Context, c *copied) error {
	return byKey(func(o *operator) error {
		return o.sql(fmt.Sprintf(`UPDATE evidence_item SET at = at - %d WHERE id = (SELECT max(id) FROM evidence_item)`, quarter.Milliseconds()))
	}, func(list []*tlog.Envelope) ([]*tlog.Envelope, error) {
		for _, e := range slices.Backward(list) {
			if e.Type == "evidence.captured" {
				e.At = e.At.Add(-quarter)
				return list, nil
			}
		}
		return nil, errors.New("there is no evidence")
	})(ctx, c)
}

// failing is the newest failing result.
func failing(list []*tlog.Envelope) (*tlog.Envelope, error) {
	for _, e := range slices.Backward(list) {
		if e.Type == "check.result" && e.Body["status"] == "fail" {
			return e, nil
		}
	}
	return nil, errors.New("nothing fails")
}

// dropResult removes a failing run in which a failure began: row and entry.
func dropResult(ctx context.Context, c *copied) error {
	return write(ctx, c.store(), func(o *operator) error {
		began, err := db.All(o.tx, db.Value[string], `SELECT run_in FROM check_result WHERE org_id = $1 AND status = 'fail'`, o.tx.Org())
		if err != nil {
			return err
		}
		run := ""
		if err := o.rewrite(func(list []*tlog.Envelope) ([]*tlog.Envelope, error) {
			end := list[len(list)-1].At
			for _, e := range slices.Backward(list) {
				id, _ := e.Body["run"].(string)
				if e.Type == "check.result" && e.Body["status"] == "fail" && e.At.Before(end.Add(-48*time.Hour)) && slices.Contains(began, id) {
					run = id
					return slices.DeleteFunc(withoutAnchors(list), func(x *tlog.Envelope) bool { return x == e }), nil
				}
			}
			return nil, errors.New("nothing failed before")
		}); err != nil {
			return err
		}
		return errors.Join(noAnchors(o), o.sql(`DELETE FROM check_run WHERE id = '`+run+`'`))
	})
}

func turnResult(ctx context.Context, c *copied) error {
	run := ""
	return byKey(func(o *operator) error {
		if err := noAnchors(o); err != nil {
			return err
		}
		return o.sql(`UPDATE check_run SET status = 'pass' WHERE id = '` + run + `'`)
	}, func(list []*tlog.Envelope) ([]*tlog.Envelope, error) {
		e, err := failing(list)
		if err != nil {
			return nil, err
		}
		run, _ = e.Body["run"].(string)
		e.Body["status"] = "pass"
		return withoutAnchors(list), nil
	})(ctx, c)
}

// rewriteHistory removes an act from the trail as if it had never been.
func rewriteHistory(ctx context.Context, c *copied) error {
	gone := ""
	return byKey(func(o *operator) error {
		if err := noAnchors(o); err != nil {
			return err
		}
		return o.sql(`DELETE FROM trail_entry WHERE id = '` + gone + `'`)
	}, func(list []*tlog.Envelope) ([]*tlog.Envelope, error) {
		i := slices.IndexFunc(list, func(e *tlog.Envelope) bool { return e.Type == "trail.entry" && e.Body["noun"] == "control" })
		if i < 0 {
			return nil, errors.New("there is no such act")
		}
		gone = list[i].ID
		return withoutAnchors(slices.Delete(list, i, i+1)), nil
	})(ctx, c)
}

func lastWeek(_ context.Context, c *copied) error {
	for _, name := range []string{"assay.db-wal", "assay.db-shm"} {
		if err := os.RemoveAll(filepath.Join(c.store(), name)); err != nil {
			return err
		}
	}
	b, err := os.ReadFile(c.field.path("lastweek/assay.db"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.store(), "assay.db"), b, 0o600) //nolint:gosec // in the folder of the trial
}
