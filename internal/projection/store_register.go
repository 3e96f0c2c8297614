package projection

import (
	"strconv"
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/population"
)

// snapshots holds registers that a move froze against what was committed to.
func (p *pass) snapshots() error {
	return p.whole("register.frozen", "leaf", "id", "r.noun, r.id, r.version, r.of_noun, r.records, r.body, r.at, r.salt", func(l *leaf, scan db.Scan) error {
		var noun, id, of, body string
		var version, records int64
		var at time.Time
		var salt []byte
		if err := scan(&noun, &id, &version, &of, &records, &body, db.At(&at), &salt); err != nil {
			return err
		}
		return p.same(l, &says{
			row: id, at: at, body: map[string]any{"noun": noun, "id": id, "version": version, "of": of, "records": records},
			commits: map[string]tlog.Hash{"snapshot": commits(salt, "snapshot", []byte(body))},
		})
	})
}

// captures are populations as they were taken.
func (p *pass) captures() error {
	return p.whole(population.LeafType, "leaf", "id", "r.id, r.number, r.at, r.items, r.root, r.body, r.salt", func(l *leaf, scan db.Scan) error {
		var id, root, body string
		var number, items int64
		var at time.Time
		var salt []byte
		if err := scan(&id, &number, db.At(&at), &items, &root, &body, &salt); err != nil {
			return err
		}
		c, err := population.Read([]byte(body))
		if err != nil {
			return err
		}
		told := c.Body()
		told["n"], told["root"], told["number"] = items, root, strconv.FormatInt(number, 10)
		return p.same(l, &says{row: id, at: at, body: told, commits: map[string]tlog.Hash{population.Path: commits(salt, population.Path, []byte(body))}})
	})
}
