package training

import (
	"assay/internal/db"
)

// attempts are a person's at the lessons of a course, the oldest first; of every
// course if it is empty.
func attempts(tx *db.Tx, course, person string) ([]Attempt, error) {
	return db.All(tx, func(scan db.Scan) (a Attempt, err error) {
		var passed int
		err = scan(&a.Course, &a.Lesson, &a.Version, &a.Asked, &a.Right, &passed, db.At(&a.At))
		a.Passed = passed == 1
		return a, err
	}, `SELECT course, lesson, version, asked, correct, passed, at FROM training_attempt
		WHERE org_id = $1 AND person = $2 AND ($3 = '' OR course = $3) ORDER BY course, number`, tx.Org(), person, course)
}

func insertAttempt(tx *db.Tx, person string, a *Attempt) error {
	passed := 0
	if a.Passed {
		passed = 1
	}
	_, err := tx.Exec(`INSERT INTO training_attempt (org_id, course, person, number, lesson, version, asked, correct, passed, at, user_id)
		VALUES ($1, $2, $3, (SELECT count(*) + 1 FROM training_attempt WHERE org_id = $1 AND course = $2 AND person = $3), $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), a.Course, person, string(a.Lesson), a.Version, a.Asked, a.Right, passed, db.Ms(a.At), tx.Actor().ID)
	return err
}
