package review

import (
	"slices"

	"assay/internal/db"
)

const columns = `account, place, body, thought, verdict, note, decided_at, by_id, by_name, seen_at, seen_by, seen_note`

func read(scan db.Scan) (i Item, err error) {
	var thought int
	err = scan(&i.Account, &i.Place, db.JSON(&i.Seen), &thought, &i.Verdict, &i.Note, db.At(&i.DecidedAt), &i.By, &i.ByName, db.At(&i.DoneAt), &i.DoneBy, &i.DoneNote)
	i.Thought = thought == 1
	return i, err
}

// insert writes the accounts that a review begins with.
func insert(tx *db.Tx, review string, items []Item) error {
	rows := make([][]any, 0, len(items))
	for n := range items {
		i := &items[n]
		rows = append(rows, []any{
			tx.Org(), review, i.Account, i.Place, i.Kind, i.Person, db.ToJSON(i.Seen), i.haystack(), flag(i.Thought), "", "", 0, "", "", 0, "", "",
		})
	}
	return tx.Insert(`INSERT INTO review_item (org_id, review, account, place, kind, whose, body, haystack, thought, verdict, note, decided_at, by_id, by_name, seen_at, seen_by, seen_note)`, "", rows)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// where narrows to what a filter finds, but for the page.
func (f *Filter) where(tx *db.Tx, review string) *db.Where {
	w := &db.Where{}
	w.And("org_id = ?", tx.Org())
	w.And("review = ?", review)
	switch f.Show {
	case Thought:
		w.And("verdict = '' AND thought = 1")
	case Unchanged:
		w.And("verdict = '' AND thought = 0")
	case Decided:
		w.And("verdict <> ''")
	case Waiting:
		w.And("verdict IN ('change', 'remove') AND seen_at = 0")
	case All:
	}
	if f.System != "" {
		w.And("kind = ?", f.System)
	}
	if f.Query != "" {
		w.And(`haystack LIKE ? ESCAPE '\'`, db.Like(f.Query))
	}
	return w
}

// list reads a page, in the order of systems and names.
func list(tx *db.Tx, review string, f *Filter) ([]Item, error) {
	w := f.where(tx, review)
	if f.After > 0 {
		w.And("place > ?", f.After)
	}
	order := ` ORDER BY place`
	if f.Before > 0 {
		w.And("place < ?", f.Before)
		order += ` DESC`
	}
	text := `SELECT ` + columns + ` FROM review_item WHERE ` + w.String() + order
	if f.Limit > 0 {
		text += ` LIMIT ` + w.Arg(f.Limit)
	}
	out, err := db.All(tx, read, text, w.Args()...)
	if f.Before > 0 {
		slices.Reverse(out)
	}
	return out, err
}

func count(tx *db.Tx, review string, f *Filter) (int, error) {
	w := f.where(tx, review)
	return db.One(tx, db.Value[int], `SELECT count(*) FROM review_item WHERE `+w.String(), w.Args()...)
}

// some reads the accounts of a list; those that the review does not have are not in
// what it returns.
func some(tx *db.Tx, review string, accounts []string) ([]Item, error) {
	args := db.Args([]any{tx.Org(), review}, accounts...)
	return db.All(tx, read, `SELECT `+columns+` FROM review_item WHERE org_id = $1 AND review = $2 AND account IN (`+db.In(3, len(accounts))+`) ORDER BY place`, args...)
}

// decide writes a decision: what is in force, and that it was taken.
func decide(tx *db.Tx, review string, i *Item) error {
	if err := tx.Bulk(`UPDATE review_item SET verdict = $4, note = $5, decided_at = $6, by_id = $7, by_name = $8, seen_at = 0, seen_by = '', seen_note = ''
		WHERE org_id = $1 AND review = $2 AND account = $3`, tx.Org(), review, i.Account, string(i.Verdict), i.Note, db.Ms(i.DecidedAt), i.By, i.ByName); err != nil {
		return err
	}
	return tx.Bulk(`INSERT INTO review_decision (org_id, review, account, number, verdict, note, at, by_id, by_name)
		VALUES ($1, $2, $3, (SELECT count(*) + 1 FROM review_decision WHERE org_id = $1 AND review = $2 AND account = $3), $4, $5, $6, $7, $8)`,
		tx.Org(), review, i.Account, string(i.Verdict), i.Note, db.Ms(i.DecidedAt), i.By, i.ByName)
}

// done writes that what was decided was seen to be done; by is empty for a
// collection.
func done(tx *db.Tx, review string, i *Item) error {
	return tx.Bulk(`UPDATE review_item SET seen_at = $4, seen_by = $5, seen_note = $6 WHERE org_id = $1 AND review = $2 AND account = $3`,
		tx.Org(), review, i.Account, db.Ms(i.DoneAt), i.DoneBy, i.DoneNote)
}

// tally counts the accounts of a review by verdict, and what waits.
func tally(tx *db.Tx, review string) (c Counts, err error) {
	c.ByVerdict = map[Verdict]int{}
	err = tx.Each(func(scan db.Scan) error {
		var v Verdict
		var thought, n, waiting int
		if err := scan(&v, &thought, &n, &waiting); err != nil {
			return err
		}
		c.All += n
		c.ByVerdict[v] += n
		c.Waiting += waiting
		if v == "" && thought == 1 {
			c.Thought += n
		}
		return nil
	}, `SELECT verdict, thought, count(*), sum(CASE WHEN verdict IN ('change', 'remove') AND seen_at = 0 THEN 1 ELSE 0 END)
		FROM review_item WHERE org_id = $1 AND review = $2 GROUP BY verdict, thought`, tx.Org(), review)
	return c, err
}

// systems counts the accounts of a review by kind.
func systems(tx *db.Tx, review string) ([]System, error) {
	return db.All(tx, func(scan db.Scan) (s System, err error) {
		err = scan(&s.Kind, &s.Accounts, &s.Undecided)
		return s, err
	}, `SELECT kind, count(*), sum(CASE WHEN verdict = '' THEN 1 ELSE 0 END) FROM review_item
		WHERE org_id = $1 AND review = $2 GROUP BY kind ORDER BY min(place)`, tx.Org(), review)
}

// earlier are accounts as the reviews saw them, the newest of those in the list
// winning.
func earlier(tx *db.Tx, reviews []string) (map[string]*before, error) {
	out := map[string]*before{}
	for _, id := range reviews {
		if err := tx.Each(func(scan db.Scan) error {
			var account string
			var seen Seen
			var v Verdict
			if err := scan(&account, db.JSON(&seen), &v); err != nil {
				return err
			}
			out[account] = &before{Admin: seen.Admin, Person: seen.Person, Verdict: v}
			return nil
		}, `SELECT account, body, verdict FROM review_item WHERE org_id = $1 AND review = $2`, tx.Org(), id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// taken are all decisions on an account of a review, the oldest first.
func taken(tx *db.Tx, review, account string) ([]Decision, error) {
	return db.All(tx, func(scan db.Scan) (d Decision, err error) {
		err = scan(&d.Account, &d.Verdict, &d.Note, db.At(&d.At), &d.By, &d.ByName)
		return d, err
	}, `SELECT account, verdict, note, at, by_id, by_name FROM review_decision WHERE org_id = $1 AND review = $2 AND account = $3 ORDER BY number`,
		tx.Org(), review, account)
}
