package sheet

import (
	"assay/internal/db"
)

// insert writes the items that a sheet takes.
func insert(tx *db.Tx, sheet string, rows []Row) error {
	list := make([][]any, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		list = append(list, []any{tx.Org(), sheet, r.Number, r.Place, db.ToJSON(r.Item)})
	}
	return tx.Insert(`INSERT INTO sheet_row (org_id, sheet, number, place, body)`, "", list)
}

// begun are the sheets that have items, archived ones too.
func begun(tx *db.Tx) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT DISTINCT sheet FROM sheet_row WHERE org_id = $1 ORDER BY sheet`, tx.Org())
}

// replace writes an item anew.
func replace(tx *db.Tx, sheet string, r *Row) error {
	return tx.Bulk(`UPDATE sheet_row SET body = $4 WHERE org_id = $1 AND sheet = $2 AND number = $3`, tx.Org(), sheet, r.Number, db.ToJSON(r.Item))
}

// list reads the items of a sheet with the marks in force, in their order.
func list(tx *db.Tx, sheet string) ([]Row, error) {
	rows, err := db.All(tx, func(scan db.Scan) (r Row, err error) {
		r.Cells = map[string]Cell{}
		err = scan(&r.Number, &r.Place, db.JSON(&r.Item))
		return r, err
	}, `SELECT number, place, body FROM sheet_row WHERE org_id = $1 AND sheet = $2 ORDER BY number`, tx.Org(), sheet)
	if err != nil {
		return nil, err
	}
	return rows, tx.Each(func(scan db.Scan) error {
		c, err := readCell(scan)
		if err != nil || c.Number < 1 || c.Number > len(rows) {
			return err
		}
		if r := &rows[c.Number-1]; c.Attribute == "" {
			r.Whole = c
		} else {
			r.Cells[c.Attribute] = c
		}
		return nil
	}, `SELECT `+cellColumns+` FROM sheet_cell WHERE org_id = $1 AND sheet = $2 ORDER BY number, attribute`, tx.Org(), sheet)
}

const cellColumns = `number, attribute, mark, body, at, by_id, by_name`

func readCell(scan db.Scan) (c Cell, err error) {
	err = scan(&c.Number, &c.Attribute, &c.Mark, db.JSON(&c.Said), db.At(&c.At), &c.By, &c.ByName)
	return c, err
}

// put writes a mark: what is in force, and that it was made.
func put(tx *db.Tx, sheet string, c *Cell) error {
	args := []any{tx.Org(), sheet, c.Number, c.Attribute, string(c.Mark), db.ToJSON(c.Said), db.Ms(c.At), c.By, c.ByName}
	if err := tx.Bulk(`INSERT INTO sheet_cell (org_id, sheet, `+cellColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (org_id, sheet, number, attribute) DO UPDATE SET mark = excluded.mark, body = excluded.body, at = excluded.at, by_id = excluded.by_id, by_name = excluded.by_name`, args...); err != nil {
		return err
	}
	return tx.Bulk(`INSERT INTO sheet_mark (org_id, sheet, number, attribute, turn, mark, body, at, by_id, by_name)
		VALUES ($1, $2, $3, $4, (SELECT count(*) + 1 FROM sheet_mark WHERE org_id = $1 AND sheet = $2 AND number = $3 AND attribute = $4), $5, $6, $7, $8, $9)`, args...)
}

// made are all marks of an item, the oldest first.
func made(tx *db.Tx, sheet string, number int) ([]Cell, error) {
	return db.All(tx, readCell, `SELECT `+cellColumns+` FROM sheet_mark WHERE org_id = $1 AND sheet = $2 AND number = $3 ORDER BY at, turn, attribute`, tx.Org(), sheet, number)
}
