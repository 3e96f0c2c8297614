package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

func (p *pass) kinds() error {
	rows := map[string]map[string]any{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var kind, schema, hash string
		var version int64
		if err := scan(&kind, &version, &schema, &hash); err != nil {
			return err
		}
		if sum := sha256.Sum256([]byte(schema)); hex.EncodeToString(sum[:]) != hash {
			p.differ(-1, kind, "the declaration of version %d is another", version)
		}
		rows[fmt.Sprintf("%s %d", kind, version)] = map[string]any{"kind": kind, "version": version, "hash": hash}
		return nil
	}, `SELECT kind, version, schema, hash FROM fact_kind WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	return p.named("'kind.declared'", rows, func(e *tlog.Envelope) string { return fmt.Sprintf("%s %s", e.Body["kind"], e.Body["version"]) })
}

// named compares entries with rows that a member of theirs names.
func (p *pass) named(types string, rows map[string]map[string]any, name func(e *tlog.Envelope) string) error {
	told := map[string]bool{}
	err := p.each(types, func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		id := name(e)
		told[id] = true
		if rows[id] == nil {
			p.differ(l.index, id, "the entry is there, and the row is gone")
			return nil
		}
		return p.same(l, &says{row: id, body: rows[id]})
	})
	for id := range rows {
		if !told[id] && p.span.From == 0 && err == nil {
			p.settled(id)
		}
	}
	return err
}

func (p *pass) collections() error {
	err := p.whole("collection.intent", "intent_leaf", "connection", "r.connection, r.seq, r.connector", func(l *leaf, scan db.Scan) error {
		var connection, connector string
		var seq int64
		if err := scan(&connection, &seq, &connector); err != nil {
			return err
		}
		return p.same(l, &says{row: fmt.Sprintf("%s/%d", connection, seq), body: map[string]any{"connection": connection, "connector": connector, "seq": seq}})
	})
	if err != nil {
		return err
	}
	return p.whole("collection.manifest", "leaf", "connection", "r.connection, r.seq, r.connector, r.started_at, r.finished_at, r.items, r.added, r.removed, r.root, r.manifest, r.manifest_salt", func(l *leaf, scan db.Scan) error {
		var connection, connector string
		var seq, items, added, removed int64
		var started, finished time.Time
		var root, manifest, salt []byte
		if err := scan(&connection, &seq, &connector, db.At(&started), db.At(&finished), &items, &added, &removed, &root, &manifest, &salt); err != nil {
			return err
		}
		return p.same(l, &says{
			row: fmt.Sprintf("%s/%d", connection, seq),
			body: map[string]any{
				"connection": connection, "connector": connector, "seq": seq, "started_at": clock.Format(started), "finished_at": clock.Format(finished),
				"n": items, "added": added, "removed": removed, "root": hex.EncodeToString(root),
			},
			commits: map[string]tlog.Hash{"manifest": commits(salt, "manifest", manifest)},
		})
	})
}

// records holds every stored record against its own hash: what the entries name
// is the root of these.
func (p *pass) records() error {
	if p.span.From > 0 {
		return nil
	}
	return p.tx.Each(func(scan db.Scan) error {
		var kind, id string
		var b, salt, hash []byte
		if err := scan(&kind, &id, &b, &salt, &hash); err != nil {
			return err
		}
		p.found.Rows++
		s, err := tlog.SaltFrom(salt)
		if h := tlog.RecordHash(s, b); err != nil || string(h[:]) != string(hash) {
			p.differ(-1, kind+" "+id, "the record does not have its hash")
			return nil //nolint:nilerr // that is a difference
		}
		r, err := resource.ParseRecord(b)
		if err != nil || r.Kind != kind || r.ID != id {
			p.differ(-1, kind+" "+id, "the record is of another resource than its row")
		}
		return nil
	}, `SELECT kind, native_id, bytes, salt, hash FROM fact_version WHERE org_id = $1`, p.tx.Org())
}

// members makes the root of each connection's newest collection again, from the
// records that are listed as its members.
func (p *pass) members() error {
	if p.span.From > 0 {
		return nil
	}
	type newest struct {
		connection string
		seq        int64
		root       []byte
	}
	list, err := db.All(p.tx, func(scan db.Scan) (n newest, err error) {
		err = scan(&n.connection, &n.seq, &n.root)
		return n, err
	}, `SELECT c.connection, c.seq, c.root FROM fact_collection c WHERE c.org_id = $1 AND c.leaf <> '' AND c.seq =
		(SELECT max(d.seq) FROM fact_collection d WHERE d.org_id = c.org_id AND d.connection = c.connection AND d.leaf <> '')`, p.tx.Org())
	if err != nil {
		return err
	}
	for _, n := range list {
		hashes, err := db.All(p.tx, func(scan db.Scan) (tlog.Hash, error) {
			var b []byte
			if err := scan(&b); err != nil {
				return tlog.Hash{}, err
			}
			return tlog.HashFrom(b)
		}, `SELECT v.hash FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
			WHERE s.org_id = $1 AND s.connection = $2 AND s.from_seq <= $3 AND s.to_seq >= $3`, p.tx.Org(), n.connection, n.seq)
		if err != nil {
			return err
		}
		p.found.Rows += int64(len(hashes))
		if root := resource.Root(hashes); string(root[:]) != string(n.root) {
			p.differ(-1, fmt.Sprintf("%s/%d", n.connection, n.seq), "its members do not give the root of the collection: a record was added or removed")
		}
	}
	return nil
}

func (p *pass) definitions() error {
	return p.whole("check.defined", "leaf", "check_id", "r.check_id, r.revision, r.version, r.canonical, r.hash, r.vals, r.effective_at", func(l *leaf, scan db.Scan) error {
		var check, hash string
		var revision, version int64
		var canonical []byte
		var params map[string]string
		var effective time.Time
		if err := scan(&check, &revision, &version, &canonical, &hash, db.JSON(&params), db.At(&effective)); err != nil {
			return err
		}
		if params == nil {
			params = map[string]string{}
		}
		if sum := sha256.Sum256(canonical); hex.EncodeToString(sum[:]) != hash {
			p.differ(l.index, check, "the definition does not have its hash")
			return nil
		}
		return p.same(l, &says{row: check, body: map[string]any{
			"check": check, "revision": revision, "version": version, "hash": hash, "params": params, "effective_at": clock.Format(effective),
		}})
	})
}

// batches holds the checks of each batch against its intents.
func (p *pass) batches() error {
	rows := map[string]string{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var id, checks string
		err := scan(&id, &checks)
		rows[id] = checks
		return err
	}, `SELECT id, checks FROM check_batch WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	return p.each("'check.intent', 'check.broken'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		p.found.Rows++
		id, _ := e.Body["batch"].(string)
		checks, known := rows[id]
		if !known {
			p.differ(l.index, id, "the entry is there, and the row is gone")
			return nil
		}
		runs, _ := e.Body["runs"].([]any)
		for _, r := range runs {
			run, _ := r.(map[string]any)
			if name, _ := run["check"].(string); !strings.Contains(checks, `"`+name+`"`) {
				p.differ(l.index, id, "the batch does not name the check %s", name)
				return nil
			}
		}
		return nil
	})
}

func (p *pass) runs() error {
	return p.whole("check.result", "leaf", "id", "r.id, r.batch, r.check_id, r.version, r.at, r.status, r.reason, r.listed, r.out_of, r.population, r.excluded, r.passed, r.failed, r.unknown, r.inputs, r.root", func(l *leaf, scan db.Scan) error {
		var id, batch, check, status, reason string
		var version, listed, out, population, excluded, pass, fail, unknown int64
		var at time.Time
		var inputs []struct {
			Kind       string `json:"kind"`
			Connection string `json:"connection"`
			Seq        int64  `json:"seq"`
			Leaf       string `json:"leaf"`
			Use        string `json:"use"`
		}
		var root []byte
		if err := scan(&id, &batch, &check, &version, db.At(&at), &status, &reason, &listed, &out, &population, &excluded, &pass, &fail, &unknown, db.JSON(&inputs), &root); err != nil {
			return err
		}
		from := make([]any, 0, len(inputs))
		for _, in := range inputs {
			from = append(from, map[string]any{"kind": in.Kind, "connection": in.Connection, "seq": in.Seq, "leaf": in.Leaf, "use": in.Use})
		}
		return p.same(l, &says{row: id, body: map[string]any{
			"batch": batch, "run": id, "check": check, "version": version, "now": clock.Format(at), "status": status, "reason": reason,
			"root": hex.EncodeToString(root), "inputs": from,
			"counts": map[string]any{"listed": listed, "out": out, "population": population, "excluded": excluded, "pass": pass, "fail": fail, "unknown": unknown},
		}})
	})
}

// results holds what is open of each check against the counts of its newest run,
// and every stretch against the runs that it names.
func (p *pass) results() error {
	if p.span.From > 0 {
		return nil
	}
	err := p.tx.Each(func(scan db.Scan) error {
		var check string
		var fail, unknown, excluded, failed, unsure, left int64
		if err := scan(&check, &fail, &unknown, &excluded, &failed, &unsure, &left); err != nil {
			return err
		}
		p.found.Rows++
		if fail != failed || unknown != unsure || excluded != left {
			p.differ(-1, check, "%d fail, %d unknown, %d excluded are open, and its newest run counts %d, %d and %d", failed, unsure, left, fail, unknown, excluded)
		}
		return nil
	}, `SELECT r.check_id, r.failed, r.unknown, r.excluded, COALESCE(t.fail, 0), COALESCE(t.unknown, 0), COALESCE(t.excluded, 0)
		FROM (SELECT check_id, max(id) AS id FROM check_run WHERE org_id = $1 AND at =
				(SELECT max(s.at) FROM check_run s WHERE s.org_id = $1 AND s.check_id = check_run.check_id) GROUP BY check_id) n
		JOIN check_run r ON r.org_id = $1 AND r.id = n.id
		LEFT JOIN (SELECT check_id, sum(CASE status WHEN 'fail' THEN 1 ELSE 0 END) AS fail, sum(CASE status WHEN 'unknown' THEN 1 ELSE 0 END) AS unknown,
				sum(CASE status WHEN 'excluded' THEN 1 ELSE 0 END) AS excluded
			FROM check_result WHERE org_id = $1 AND run_out = '' GROUP BY check_id) t ON t.check_id = r.check_id`, p.tx.Org())
	if err != nil {
		return err
	}
	return p.tx.Each(func(scan db.Scan) error {
		var check, id string
		if err := scan(&check, &id); err != nil {
			return err
		}
		p.differ(-1, check+" "+id, "the result begins or ends in a run that is not there, or at another time than the run")
		return nil
	}, `SELECT t.check_id, t.native_id FROM check_result t
		LEFT JOIN check_run a ON a.org_id = t.org_id AND a.id = t.run_in
		LEFT JOIN check_run b ON b.org_id = t.org_id AND b.id = t.run_out
		WHERE t.org_id = $1 AND (a.id IS NULL OR a.check_id <> t.check_id OR t.event_at = 0 AND a.at <> t.since OR t.run_out <> '' AND (b.id IS NULL OR t.event_at = 0 AND b.at <> t.until))`, p.tx.Org())
}

// approved is an exclusion as its row has it.
type approved struct {
	body    map[string]any
	commits map[string]tlog.Hash
	state   string
}

func (p *pass) asked() (map[string]approved, error) {
	rows := map[string]approved{}
	return rows, p.tx.Each(func(scan db.Scan) error {
		var id, check, kind, authority, native, reason, state string
		var from, until time.Time
		var salt []byte
		if err := scan(&id, &check, &kind, &authority, &native, &reason, db.At(&from), db.At(&until), &state, &salt); err != nil {
			return err
		}
		ref, err := canon.Marshal(map[string]any{"authority": authority, "id": native, "kind": kind})
		if err != nil {
			return err
		}
		x := approved{
			body:    map[string]any{"exclusion": id, "check": check, "from": clock.Format(from), "until": clock.Format(until)},
			commits: map[string]tlog.Hash{"ref": commits(salt, "ref", ref), "reason": commits(salt, "reason", []byte(reason))}, state: state,
		}
		if state == "lifted" { // until is when it was
			delete(x.body, "until")
		}
		rows[id] = x
		return nil
	}, `SELECT id, check_id, kind, authority, native_id, reason, from_at, until_at, state, salt FROM check_exclusion WHERE org_id = $1`, p.tx.Org())
}

func (p *pass) exclusions() error {
	rows, err := p.asked()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	err = p.each("'exclusion.approved', 'exclusion.ended'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		id, _ := e.Body["exclusion"].(string)
		x, known := rows[id]
		switch {
		case !known:
			p.differ(l.index, id, "the entry is there, and the row is gone")
		case e.Type == "exclusion.ended":
			if x.state != "lifted" {
				p.differ(l.index, id, "it is %s, and the entry says that it was lifted", x.state)
			}
		default:
			seen[id] = true
			if x.state != "approved" && x.state != "lifted" && x.state != "expired" {
				p.differ(l.index, id, "it is %s, and the entry says that it was approved", x.state)
				return nil
			}
			return p.same(l, &says{row: id, body: x.body, commits: x.commits})
		}
		return nil
	})
	for id, x := range rows {
		if (x.state == "approved" || x.state == "lifted") && !seen[id] && p.span.From == 0 && err == nil {
			p.settled(id)
		}
	}
	return err
}
