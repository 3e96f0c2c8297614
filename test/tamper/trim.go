package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// member is an account that fails a check, in the newest collection that lists it.
type member struct {
	connection, kind string
	resource         []byte
	seq              int64
	records          int64 // that are of it
	leaf             string
	manifest, salt   []byte
	root             []byte
}

// trim takes a failing account out of the newest collection, everywhere: the rows,
// the manifest, the count and the root in the log.
func trim(ctx context.Context, c *copied) error {
	return write(ctx, c.store(), func(o *operator) error {
		m, err := db.One(o.tx, func(scan db.Scan) (m member, err error) {
			err = scan(&m.connection, &m.kind, &m.resource, &m.seq, &m.leaf, &m.manifest, &m.salt, &m.root)
			return m, err
		}, `SELECT s.connection, s.kind, v.rkey, c.seq, c.leaf, c.manifest, c.manifest_salt, c.root FROM check_result r
			JOIN fact_version v ON v.org_id = r.org_id AND v.kind = r.kind AND v.native_id = r.native_id
			JOIN fact_span s ON s.org_id = v.org_id AND s.content = v.content
			JOIN fact_collection c ON c.org_id = s.org_id AND c.connection = s.connection AND s.from_seq < c.seq AND s.to_seq > c.seq
			WHERE r.org_id = $1 AND r.status = 'fail' AND r.run_out = '' AND r.check_id = 'any.account.mfa' ORDER BY c.seq DESC, v.native_id LIMIT 1`, o.tx.Org())
		if err != nil {
			return fmt.Errorf("find a failing account: %w", err)
		}
		root, err := o.without(&m)
		if err != nil {
			return err
		}
		if m.manifest, err = m.reword(root); err != nil {
			return err
		}
		if _, err := o.tx.Exec(`UPDATE fact_collection SET items = items - $6, removed = removed + $6, root = $4, manifest = $5 WHERE org_id = $1 AND connection = $2 AND seq = $3`,
			o.tx.Org(), m.connection, m.seq, root[:], m.manifest, m.records); err != nil {
			return err
		}
		if _, err := o.tx.Exec(`UPDATE fact_listing SET items = items - 1 WHERE org_id = $1 AND connection = $2 AND seq = $3 AND kind = $4`, o.tx.Org(), m.connection, m.seq, m.kind); err != nil {
			return err
		}
		if err := noAnchors(o); err != nil {
			return err
		}
		return o.rewrite(func(list []*tlog.Envelope) ([]*tlog.Envelope, error) {
			if err := m.tell(list, root); err != nil {
				return nil, err
			}
			return withoutAnchors(list), nil
		})
	})
}

// without ends the member's time in the collection before, and returns the root of
// what is left.
func (o *operator) without(m *member) (tlog.Hash, error) {
	var err error
	if m.records, err = o.tx.Exec(`UPDATE fact_span SET to_seq = $4 - 1 WHERE org_id = $1 AND connection = $2 AND from_seq < $4 AND to_seq > $4
		AND content IN (SELECT content FROM fact_version WHERE org_id = $1 AND rkey = $3)`, o.tx.Org(), m.connection, m.resource, m.seq); err != nil {
		return tlog.Hash{}, err
	}
	left, err := db.All(o.tx, func(scan db.Scan) (tlog.Hash, error) {
		var b []byte
		if err := scan(&b); err != nil {
			return tlog.Hash{}, err
		}
		return tlog.HashFrom(b)
	}, `SELECT v.hash FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
		WHERE s.org_id = $1 AND s.connection = $2 AND s.from_seq <= $3 AND s.to_seq >= $3`, o.tx.Org(), m.connection, m.seq)
	return resource.Root(left), err
}

// reword writes the manifest of one member less.
func (m *member) reword(root tlog.Hash) ([]byte, error) {
	b := bytes.ReplaceAll(m.manifest, []byte(hex.EncodeToString(m.root)), []byte(root.String()))
	var bad error
	for form, by := range map[string]int64{
		`("kind": "` + regexp.QuoteMeta(m.kind) + `",\s+"items": )(\d+)`: -1,
		`(\],\s+"items": )(\d+)`: -m.records,
		`("removed": )(\d+)`:     m.records,
	} {
		re := regexp.MustCompile(form)
		if !re.Match(b) {
			return nil, fmt.Errorf("the manifest has no %s", form)
		}
		b = re.ReplaceAllFunc(b, func(found []byte) []byte {
			parts := re.FindSubmatch(found)
			n, err := strconv.ParseInt(string(parts[2]), 10, 64)
			if err != nil {
				bad = err
			}
			return append(bytes.Clone(parts[1]), strconv.FormatInt(n+by, 10)...)
		})
	}
	return b, bad
}

// tell has the entry say the same.
func (m *member) tell(list []*tlog.Envelope, root tlog.Hash) error {
	for _, e := range list {
		if e == nil || e.ID != m.leaf {
			continue
		}
		salt, err := tlog.SaltFrom(m.salt)
		if err != nil {
			return err
		}
		commit := tlog.Commit(salt, "manifest", m.manifest)
		e.Commit["manifest"] = tlog.B64(commit[:])
		e.Body["root"] = root.String()
		less(e.Body, "n", -m.records)
		less(e.Body, "removed", m.records)
		kinds, _ := e.Body["kinds"].([]any)
		for _, k := range kinds {
			if told, _ := k.(map[string]any); told["kind"] == m.kind {
				less(told, "items", -1)
			}
		}
		return nil
	}
	return fmt.Errorf("the log has no entry %s", m.leaf)
}

func less(body map[string]any, name string, by int64) {
	if n, ok := body[name].(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			body[name] = json.Number(strconv.FormatInt(i+by, 10))
		}
	}
}
