package task

import (
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/id"
	"assay/internal/standing"
)

const columns = `id, noun, object, step, title, why, control, href, due_on, assignee, role, asked_by, asked_by_name, created_at,
	snoozed_until, done_at, done_by, done_by_name`

func read(scan db.Scan) (t Task, err error) {
	err = scan(&t.ID, &t.Noun, &t.Object, &t.Step, &t.Title, &t.Why, &t.Control, &t.Href, db.Text(&t.DueOn), &t.Assignee, &t.Role,
		&t.AskedBy, &t.AskedByName, db.At(&t.CreatedAt), db.Text(&t.SnoozedUntil), db.At(&t.DoneAt), &t.DoneBy, &t.DoneByName)
	return t, err
}

// Add opens a task in the caller's transaction. If one for the same step of the
// same object is open, it is changed; a changed due day or assignee ends a
// snooze.
func Add(tx *db.Tx, t Task) error {
	if err := t.clean(); err != nil {
		return err
	}
	who := tx.Actor()
	_, err := tx.Exec(`INSERT INTO task_task (org_id, id, noun, object, step, title, why, control, href, due_on, assignee, role,
			asked_by, asked_by_name, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (org_id, noun, object, step) WHERE done_at = 0 DO UPDATE SET title = excluded.title, why = excluded.why,
			control = excluded.control, href = excluded.href, due_on = excluded.due_on, assignee = excluded.assignee,
			role = excluded.role, snoozed_until = CASE
				WHEN task_task.due_on = excluded.due_on AND task_task.assignee = excluded.assignee THEN task_task.snoozed_until
				ELSE '' END`,
		tx.Org(), id.New("tsk", tx.Now()), t.Noun, t.Object, t.Step, t.Title, t.Why, t.Control, t.Href, t.DueOn.String(), t.Assignee,
		string(t.Role), who.ID, who.Name, db.Ms(tx.Now()))
	return err
}

// Finish closes every open task about the object, in the caller's transaction.
func Finish(tx *db.Tx, noun, object string) error {
	_, err := tx.Exec(`UPDATE task_task SET done_at = $4, done_by = $5, done_by_name = $6
		WHERE org_id = $1 AND noun = $2 AND object = $3 AND done_at = 0`,
		tx.Org(), noun, object, db.Ms(tx.Now()), tx.Actor().ID, tx.Actor().Name)
	return err
}

// FinishStep closes the open task about one step of the object.
func FinishStep(tx *db.Tx, noun, object, step string) error {
	_, err := tx.Exec(`UPDATE task_task SET done_at = $5, done_by = $6, done_by_name = $7
		WHERE org_id = $1 AND noun = $2 AND object = $3 AND step = $4 AND done_at = 0`,
		tx.Org(), noun, object, step, db.Ms(tx.Now()), tx.Actor().ID, tx.Actor().Name)
	return err
}

func load(tx *db.Tx, taskID string) (Task, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM task_task WHERE org_id = $1 AND id = $2`, tx.Org(), taskID)
}

func snooze(tx *db.Tx, taskID string, until standing.Date) error {
	_, err := tx.Exec(`UPDATE task_task SET snoozed_until = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), taskID, until.String())
	return err
}

func assign(tx *db.Tx, t *Task) error {
	_, err := tx.Exec(`UPDATE task_task SET assignee = $3, role = $4, snoozed_until = '' WHERE org_id = $1 AND id = $2`,
		tx.Org(), t.ID, t.Assignee, string(t.Role))
	return err
}

const order = ` ORDER BY CASE due_on WHEN '' THEN 1 ELSE 0 END, due_on, created_at, id`

// waiting lists the open tasks that wait for the actor.
func waiting(tx *db.Tx, who access.Actor) ([]Task, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM task_task
		WHERE org_id = $1 AND done_at = 0 AND (assignee = $2 OR assignee = '' AND role = $3)`+order,
		tx.Org(), who.ID, string(who.Role))
}

// asked lists the open tasks of others that the actor asked for.
func asked(tx *db.Tx, who access.Actor) ([]Task, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM task_task
		WHERE org_id = $1 AND done_at = 0 AND asked_by = $2 AND assignee <> $2 AND NOT (assignee = '' AND role = $3)`+order,
		tx.Org(), who.ID, string(who.Role))
}

func everybodys(tx *db.Tx) ([]Task, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM task_task WHERE org_id = $1 AND done_at = 0`+order, tx.Org())
}

func doneSince(tx *db.Tx, who access.Actor, since time.Time) ([]Task, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM task_task
		WHERE org_id = $1 AND done_by = $2 AND done_at >= $3 ORDER BY done_at DESC, id`, tx.Org(), who.ID, db.Ms(since))
}

// SnoozeFor hides from the transaction's actor, until a day, what is worked out
// under an id. What was hidden until a day that is past is forgotten.
func SnoozeFor(tx *db.Tx, duty string, until standing.Date) error {
	day, err := today(tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM task_snooze WHERE org_id = $1 AND user_id = $2 AND until <= $3`, tx.Org(), tx.Actor().ID, day.String()); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO task_snooze (org_id, user_id, duty, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, user_id, duty) DO UPDATE SET until = excluded.until`, tx.Org(), tx.Actor().ID, duty, until.String())
	return err
}

// Snoozes is what the transaction's actor hid, by id, and until when.
func Snoozes(tx *db.Tx) (map[string]standing.Date, error) {
	type row struct {
		duty  string
		until standing.Date
	}
	list, err := db.All(tx, func(scan db.Scan) (r row, err error) {
		err = scan(&r.duty, db.Text(&r.until))
		return r, err
	}, `SELECT duty, until FROM task_snooze WHERE org_id = $1 AND user_id = $2`, tx.Org(), tx.Actor().ID)
	out := make(map[string]standing.Date, len(list))
	for _, r := range list {
		out[r.duty] = r.until
	}
	return out, err
}

// Forget takes the name of a user who was erased out of the tasks that they asked for or
// did.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`UPDATE task_task SET asked_by_name = 'erased' WHERE org_id = $1 AND asked_by = $2`,
		`UPDATE task_task SET done_by_name = 'erased' WHERE org_id = $1 AND done_by = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}
