package job

import (
	"time"

	"assay/internal/db"
)

const (
	jobColumns      = `id, org_id, name, arg, due_at, state, attempt, error`
	scheduleColumns = `org_id, name, arg, every_s, next_at, last_at, missed`
)

func readJob(scan db.Scan) (j Job, err error) {
	err = scan(&j.ID, &j.Org, &j.Name, &j.Arg, db.At(&j.DueAt), &j.State, &j.Attempt, &j.Error)
	j.claim = j.Attempt
	return j, err
}

func readSchedule(scan db.Scan) (s Schedule, err error) {
	var every int64
	err = scan(&s.Org, &s.Name, &s.Arg, &every, db.At(&s.NextAt), db.At(&s.LastAt), &s.Missed)
	s.Every = time.Duration(every) * time.Second
	return s, err
}

// claimable is what a worker may take at the instant $2: what is due by $1,
// those whose worker went silent included, unless the same work is being done.
const claimable = `q.due_at <= $1 AND (q.state = 'queued' OR q.state = 'leased' AND q.lease_until < $2)
	AND NOT EXISTS (SELECT 1 FROM job_queue r WHERE r.state = 'leased' AND r.lease_until >= $2
		AND r.org_id = q.org_id AND r.name = q.name AND r.arg = q.arg)`

// claim takes the next due job for this worker. The unique key is given up: who
// asks for the same work from now on has seen more than this job looks at.
// Claims wait for each other, so that none misses another's lease.
func claim(tx *db.Tx, by time.Time) (j Job, found bool, err error) {
	if err := tx.Lock("job claim"); err != nil {
		return j, false, err
	}
	return db.Maybe(tx, readJob, `UPDATE job_queue SET state = 'leased', attempt = attempt + 1, lease_until = $3, unique_key = NULL
		WHERE id = (SELECT q.id FROM job_queue q WHERE `+claimable+` ORDER BY q.due_at, q.id LIMIT 1`+tx.SkipLocked()+`)
		RETURNING `+jobColumns, db.Ms(by), db.Ms(tx.Now()), db.Ms(tx.Now().Add(lease)))
}

// renew keeps a job for as long as a lease from now, and reports whether it was
// still this worker's: a lease that ran out is not taken up again, for the same
// work may have begun elsewhere.
func renew(tx *db.Tx, j *Job) (bool, error) {
	n, err := tx.Exec(`UPDATE job_queue SET lease_until = $3 WHERE id = $1 AND state = 'leased' AND attempt = $2 AND lease_until >= $4`,
		j.ID, j.claim, db.Ms(tx.Now().Add(lease)), db.Ms(tx.Now()))
	return n == 1, err
}

// settle writes how a job ended, unless its lease ran out and another worker
// has it. A job that waits again takes its unique key back, which is a Conflict
// fault when the same work was asked for meanwhile. What failed before is
// forgotten once the same work is done.
func settle(tx *db.Tx, j *Job) error {
	if j.State == Queued {
		_, err := tx.Exec(`UPDATE job_queue SET state = 'queued', due_at = $3, error = $4, unique_key = $5, attempt = $6
			WHERE id = $1 AND state = 'leased' AND attempt = $2`,
			j.ID, j.claim, db.Ms(j.DueAt), j.Error, keyOf(j.Org, j.Name, j.Arg), j.Attempt)
		return err
	}
	n, err := tx.Exec(`UPDATE job_queue SET state = $3, error = $4, done_at = $5 WHERE id = $1 AND state = 'leased' AND attempt = $2`,
		j.ID, j.claim, string(j.State), j.Error, db.Ms(tx.Now()))
	if err != nil || n == 0 || j.State != Done {
		return err
	}
	_, err = tx.Exec(`DELETE FROM job_queue WHERE org_id = $1 AND name = $2 AND arg = $3 AND state = 'failed'`, j.Org, j.Name, j.Arg)
	return err
}

// keyOf is what makes a waiting job the only one of its kind.
func keyOf(org, name, arg string) string { return org + " " + name + " " + arg }

// dueNow is the schedules whose time has come at the instant $1. One that is
// further ahead than its interval, and an hour, was set by a clock that was
// wrong then: it would be silent until that clock's time comes.
const dueNow = `(next_at <= $1 OR next_at > $1 + every_s * 1000 + 3600000)`

func dueSchedules(tx *db.Tx) ([]Schedule, error) {
	return db.All(tx, readSchedule, `SELECT `+scheduleColumns+` FROM job_schedule WHERE `+dueNow+` ORDER BY next_at`+tx.SkipLocked(),
		db.Ms(tx.Now()))
}

func advance(tx *db.Tx, s *Schedule) error {
	_, err := tx.Exec(`UPDATE job_schedule SET next_at = $4, last_at = $5, missed = $6 WHERE org_id = $1 AND name = $2 AND arg = $3`,
		s.Org, s.Name, s.Arg, db.Ms(s.NextAt), db.Ms(s.LastAt), s.Missed)
	return err
}

func queueDue(tx *db.Tx, j *Job) error {
	_, err := tx.Exec(`INSERT INTO job_queue (id, org_id, name, arg, unique_key, due_at, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7) ON CONFLICT (unique_key) DO NOTHING`,
		j.ID, j.Org, j.Name, j.Arg, keyOf(j.Org, j.Name, j.Arg), db.Ms(j.DueAt), db.Ms(tx.Now()))
	return err
}

func sweep(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM job_queue WHERE state = 'done' AND done_at < $1`, db.Ms(tx.Now().Add(-keepDone)))
	return err
}

func countDueSchedules(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM job_schedule WHERE `+dueNow, db.Ms(tx.Now()))
}

// countDue counts the jobs that may be taken, of those due by a time.
func countDue(tx *db.Tx, by time.Time) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM job_queue q WHERE `+claimable, db.Ms(by), db.Ms(tx.Now()))
}

func depth(tx *db.Tx) (map[State]int, error) {
	out := map[State]int{Queued: 0, Leased: 0, Failed: 0}
	err := tx.Each(func(scan db.Scan) error {
		var state State
		var n int
		err := scan(&state, &n)
		out[state] = n
		return err
	}, `SELECT state, count(*) FROM job_queue WHERE state <> 'done' GROUP BY state`)
	return out, err
}

func clearOrg(tx *db.Tx) error {
	if _, err := tx.Exec(`DELETE FROM job_queue WHERE org_id = $1`, tx.Org()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM job_schedule WHERE org_id = $1`, tx.Org())
	return err
}
