package job

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/id"
)

// Add queues work for the transaction's organization. While a job of the same
// name and argument waits, a second is not added.
func Add(tx *db.Tx, name, arg string, due time.Time) error {
	_, err := tx.Exec(`INSERT INTO job_queue (id, org_id, name, arg, unique_key, due_at, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7) ON CONFLICT (unique_key) DO NOTHING`,
		id.New("job", tx.Now()), tx.Org(), name, arg, keyOf(tx.Org(), name, arg), db.Ms(due), db.Ms(tx.Now()))
	return err
}

// Every makes the work recur, at most once a second; a changed interval counts
// from now.
func Every(tx *db.Tx, name, arg string, every time.Duration) error {
	every = max(every, time.Second)
	_, err := tx.Exec(`INSERT INTO job_schedule (org_id, name, arg, every_s, next_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (org_id, name, arg) DO UPDATE SET every_s = excluded.every_s, next_at = excluded.next_at
		WHERE job_schedule.every_s <> excluded.every_s`,
		tx.Org(), name, arg, int64(every/time.Second), db.Ms(tx.Now().Add(every)))
	return err
}

// Stop ends a recurrence, and forgets the same work where it waits.
func Stop(tx *db.Tx, name, arg string) error {
	if _, err := tx.Exec(`DELETE FROM job_queue WHERE org_id = $1 AND name = $2 AND arg = $3 AND state = 'queued'`,
		tx.Org(), name, arg); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM job_schedule WHERE org_id = $1 AND name = $2 AND arg = $3`, tx.Org(), name, arg)
	return err
}

// Schedules lists the organization's recurring work.
func Schedules(tx *db.Tx) ([]Schedule, error) {
	return db.All(tx, readSchedule, `SELECT `+scheduleColumns+` FROM job_schedule WHERE org_id = $1 ORDER BY name, arg`, tx.Org())
}

// Recent lists the organization's jobs that are not done, newest first.
func Recent(tx *db.Tx, limit int) ([]Job, error) {
	return db.All(tx, readJob, `SELECT `+jobColumns+` FROM job_queue WHERE org_id = $1 AND state <> 'done' ORDER BY created_at DESC LIMIT $2`,
		tx.Org(), limit)
}
