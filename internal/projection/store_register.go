package projection

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
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
