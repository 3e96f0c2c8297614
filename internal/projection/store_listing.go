package projection

import (
	"encoding/json"
	"fmt"
	"strconv"

	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
)

// told is what an entry says of one kind of a collection.
type told struct {
	Kind     string      `json:"kind"`
	Items    json.Number `json:"items"`
	Complete bool        `json:"complete"`
}

func (p *pass) listings() error {
	type listing struct {
		kind     string
		complete bool
		items    int64
		events   bool // its span and count add up over collections
	}
	rows := map[string][]listing{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var connection string
		var seq, covers int64
		var x listing
		err := scan(&connection, &seq, &x.kind, &x.complete, &x.items, &covers)
		x.events = covers != 0
		name := fmt.Sprintf("%s/%d", connection, seq)
		rows[name] = append(rows[name], x)
		return err
	}, `SELECT connection, seq, kind, complete, items, covers_to FROM fact_listing WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	return p.each("'collection.manifest'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s/%s", e.Body["connection"], e.Body["seq"])
		text, err := canon.Marshal(e.Body["kinds"])
		if err != nil {
			return err
		}
		var kinds []told
		if err := json.Unmarshal(text, &kinds); err != nil {
			return err
		}
		p.found.Rows++
		by := map[string]told{}
		for _, k := range kinds {
			by[k.Kind] = k
		}
		if len(rows[name]) != len(by) {
			p.differ(l.index, name, "%d kinds are listed, and the entry says %d", len(rows[name]), len(by))
			return nil
		}
		for _, x := range rows[name] {
			k, known := by[x.kind]
			if !known || k.Complete != x.complete || !x.events && k.Items.String() != strconv.FormatInt(x.items, 10) {
				p.differ(l.index, name, "the listing of %s is not that of the entry", x.kind)
			}
		}
		return nil
	})
}
