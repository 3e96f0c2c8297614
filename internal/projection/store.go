package projection

import (
	"fmt"

	"assay/internal/db"
)

// beside reads, for each row that names an entry of the type in the span, the
// entry and the row; fn scans the columns of the row after the entry. It returns
// how many there were. The entry is looked up by its id, row by row: the other way
// round no index helps.
func (p *pass) beside(kind, column, columns string, fn func(l *leaf, scan db.Scan) error) (n int64, err error) {
	l := &leaf{}
	err = p.tx.Each(func(scan db.Scan) error {
		n++
		return fn(l, func(into ...any) error { return scan(append([]any{&l.index, &l.bytes}, into...)...) })
	}, fmt.Sprintf(`SELECT l.idx, l.leaf, %[1]s FROM %[2]s r CROSS JOIN ledger_leaf l
		WHERE r.org_id = $1 AND l.org_id = $1 AND l.id = r.%[3]s AND l.type = '%[4]s' AND l.idx + 0 >= $2 AND l.idx + 0 < $3`, columns, p.table, column, kind),
		p.tx.Org(), p.span.From, p.span.To)
	return n, err
}

// lost finds entries of the type in the span that no row names, if there are more
// of them than rows.
func (p *pass) lost(kind, column string, rows int64) error {
	n, err := db.One(p.tx, db.Value[int64], `SELECT count(*) FROM ledger_leaf WHERE org_id = $1 AND type = $2 AND idx >= $3 AND idx < $4`,
		p.tx.Org(), kind, p.span.From, p.span.To)
	if err != nil || n == rows {
		return err
	}
	named := map[string]bool{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var id string
		err := scan(&id)
		named[id] = true
		return err
	}, fmt.Sprintf(`SELECT %s FROM %s WHERE org_id = $1`, column, p.table), p.tx.Org()); err != nil {
		return err
	}
	return p.tx.Each(func(scan db.Scan) error {
		var index int64
		var id string
		if err := scan(&index, &id); err != nil {
			return err
		}
		if !named[id] {
			p.differ(index, id, "the entry is there, and the row is gone")
		}
		return nil
	}, `SELECT idx, id FROM ledger_leaf WHERE org_id = $1 AND type = $2 AND idx >= $3 AND idx < $4 ORDER BY idx`, p.tx.Org(), kind, p.span.From, p.span.To)
}

// forged finds rows that name an entry which is not there: neither in the log nor
// waiting. It is looked for when the whole log is.
func (p *pass) forged(column, id string) error {
	if p.span.From > 0 {
		return nil
	}
	return p.tx.Each(func(scan db.Scan) error {
		var row string
		if err := scan(&row); err != nil {
			return err
		}
		p.differ(-1, row, "the row names an entry of the log that is not there")
		return nil
	}, fmt.Sprintf(`SELECT r.%[3]s FROM %[1]s r LEFT JOIN ledger_leaf l ON l.org_id = r.org_id AND l.id = r.%[2]s
		LEFT JOIN ledger_pending q ON q.org_id = r.org_id AND q.id = r.%[2]s
		WHERE r.org_id = $1 AND r.%[2]s <> '' AND l.id IS NULL AND q.id IS NULL`, p.table, column, id), p.tx.Org())
}

// whole is beside, lost and forged: each row has its entry, and each entry its
// row.
func (p *pass) whole(kind, column, id, columns string, fn func(l *leaf, scan db.Scan) error) error {
	n, err := p.beside(kind, column, columns, fn)
	if err != nil {
		return err
	}
	if err := p.lost(kind, column, n); err != nil {
		return err
	}
	return p.forged(column, id)
}

// each reads the entries of the types in the span, whose rows are found otherwise.
func (p *pass) each(types string, fn func(l *leaf, stream string) error) error {
	return p.tx.Each(func(scan db.Scan) error {
		l := &leaf{}
		var stream string
		if err := scan(&l.index, &stream, &l.bytes); err != nil {
			return err
		}
		return fn(l, stream)
	}, `SELECT idx, stream, leaf FROM ledger_leaf WHERE org_id = $1 AND type IN (`+types+`) AND idx >= $2 AND idx < $3 ORDER BY idx`,
		p.tx.Org(), p.span.From, p.span.To)
}

// newest reads the last entry of each stream that has one of the types, where it
// is in the span.
func (p *pass) newest(types string, fn func(l *leaf, stream string) error) error {
	last := map[string]int64{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var index int64
		var stream string
		err := scan(&index, &stream)
		last[stream] = index
		return err
	}, `SELECT idx, stream FROM ledger_leaf WHERE org_id = $1 AND type IN (`+types+`) ORDER BY idx`, p.tx.Org()); err != nil {
		return err
	}
	return p.each(types, func(l *leaf, stream string) error {
		if last[stream] != l.index {
			return nil
		}
		return fn(l, stream)
	})
}
