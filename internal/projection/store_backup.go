package projection

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/clock"
)

// backups holds what is said of copies of the store against the log.
func (p *pass) backups() error {
	return p.whole("backup.run", "leaf", "id", "r.id, r.kind, r.backup, r.at, r.sha256, r.bytes, r.objects, r.size, r.root, r.ok", func(l *leaf, scan db.Scan) error {
		var id, kind, backup, sum, root string
		var at time.Time
		var bytes, objects, size int64
		var ok bool
		if err := scan(&id, &kind, &backup, db.At(&at), &sum, &bytes, &objects, &size, &root, &ok); err != nil {
			return err
		}
		return p.same(l, &says{row: id, body: map[string]any{
			"run": id, "kind": kind, "backup": backup, "begun": clock.Format(at), "sha256": sum, "bytes": bytes, "objects": objects, "size": size, "root": root, "ok": ok,
		}})
	})
}
