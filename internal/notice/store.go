package notice

import (
	"time"

	"assay/internal/db"
)

const columns = `id, key, kind, user_id, address, subject, body, state, tries, created_at, next_at, sent_at, problem`

func read(scan db.Scan) (m Message, err error) {
	err = scan(&m.ID, &m.Key, &m.Kind, &m.User, &m.Address, &m.Subject, &m.Text, &m.State, &m.Tries, db.At(&m.CreatedAt), db.At(&m.NextAt), db.At(&m.SentAt), &m.Problem)
	return m, err
}

// insert stores a message, unless one with its key is there.
func insert(tx *db.Tx, m *Message) error {
	_, err := tx.Exec(`INSERT INTO notice_message (org_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (org_id, key) DO NOTHING`,
		tx.Org(), m.ID, m.Key, string(m.Kind), m.User, m.Address, m.Subject, m.Text, string(m.State), m.Tries, db.Ms(m.CreatedAt), db.Ms(m.NextAt),
		db.Ms(m.SentAt), m.Problem)
	return err
}

func written(tx *db.Tx, key string) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM notice_message WHERE org_id = $1 AND key = $2`, tx.Org(), key)
	return n > 0, err
}

// outgoing lists what is to be sent by now, the oldest first.
func outgoing(tx *db.Tx, limit int) ([]Message, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM notice_message WHERE org_id = $1 AND state = 'waiting' AND next_at <= $2 ORDER BY next_at, id LIMIT $3`,
		tx.Org(), db.Ms(tx.Now()), limit)
}

func save(tx *db.Tx, m *Message) error {
	_, err := tx.Exec(`UPDATE notice_message SET state = $3, tries = $4, next_at = $5, sent_at = $6, problem = $7 WHERE org_id = $1 AND id = $2`,
		tx.Org(), m.ID, string(m.State), m.Tries, db.Ms(m.NextAt), db.Ms(m.SentAt), m.Problem)
	return err
}

// newest lists messages, the newest first; of one user if one is named.
func newest(tx *db.Tx, user string, limit int) ([]Message, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM notice_message WHERE org_id = $1 AND ($2 = '' OR user_id = $2) ORDER BY created_at DESC, id DESC LIMIT $3`,
		tx.Org(), user, limit)
}

func told(tx *db.Tx, user string) (map[said]bool, error) {
	out := map[said]bool{}
	return out, tx.Each(func(scan db.Scan) error {
		var s said
		err := scan(&s.duty, &s.stage)
		out[s] = true
		return err
	}, `SELECT duty, stage FROM notice_told WHERE org_id = $1 AND user_id = $2`, tx.Org(), user)
}

func tell(tx *db.Tx, user string, list []said) error {
	rows := make([][]any, 0, len(list))
	for _, s := range list {
		rows = append(rows, []any{tx.Org(), user, s.duty, string(s.stage), db.Ms(tx.Now())})
	}
	return tx.Insert(`INSERT INTO notice_told (org_id, user_id, duty, stage, told_at)`, `ON CONFLICT (org_id, user_id, duty, stage) DO NOTHING`, rows)
}

// hours are when people want their message, by user; who never said is missing.
func hours(tx *db.Tx) (map[string]int, error) {
	out := map[string]int{}
	return out, tx.Each(func(scan db.Scan) error {
		var user string
		var hour int
		err := scan(&user, &hour)
		out[user] = hour
		return err
	}, `SELECT user_id, hour FROM notice_wish WHERE org_id = $1`, tx.Org())
}

func saveHour(tx *db.Tx, user string, hour int) error {
	_, err := tx.Exec(`INSERT INTO notice_wish (org_id, user_id, hour, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, user_id) DO UPDATE SET hour = excluded.hour, updated_at = excluded.updated_at`, tx.Org(), user, hour, db.Ms(tx.Now()))
	return err
}

// forget removes what is older than a time: messages that are through, and what was told.
func forget(tx *db.Tx, messages, tells time.Time) error {
	if _, err := tx.Exec(`DELETE FROM notice_message WHERE org_id = $1 AND state <> 'waiting' AND created_at < $2`, tx.Org(), db.Ms(messages)); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM notice_told WHERE org_id = $1 AND told_at < $2`, tx.Org(), db.Ms(tells))
	return err
}

// Forget removes what was written to a user, and their wishes.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM notice_message WHERE org_id = $1 AND user_id = $2`, `DELETE FROM notice_told WHERE org_id = $1 AND user_id = $2`, `DELETE FROM notice_wish WHERE org_id = $1 AND user_id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}

// WrittenTo lists the messages to a user, the newest first.
func WrittenTo(tx *db.Tx, userID string) ([]Message, error) { return newest(tx, userID, 10_000) }
