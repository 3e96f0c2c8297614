package main

import (
	"context"
	"errors"
	"path/filepath"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/tlog"
)

// operator is somebody with the whole store and every key in it.
type operator struct {
	tx     *db.Tx
	signer *tlog.Signer
}

// write opens a store as its operator.
func write(ctx context.Context, store string, fn func(o *operator) error) (err error) {
	d, err := db.Open(ctx, db.Config{URL: filepath.Join(store, "assay.db")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var org string
	if err := d.ReadInstallation(ctx, func(tx *db.Tx) error {
		org, err = db.One(tx, db.Value[string], `SELECT org_id FROM ledger_head`)
		return err
	}); err != nil {
		return err
	}
	master, err := keys.LoadMaster(filepath.Join(store, "keys", "master.key"))
	if err != nil {
		return err
	}
	grant, err := access.Console(org).May(access.OrgEdit)
	if err != nil {
		return err
	}
	return d.Write(ctx, grant, func(tx *db.Tx) error {
		k, err := keys.New(master, "").Open(tx)
		if err != nil {
			return err
		}
		return fn(&operator{tx, k.Signer()})
	})
}

// sql edits rows and nothing else.
func (o *operator) sql(queries ...string) error {
	for _, q := range queries {
		n, err := o.tx.Exec(q)
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("no row is changed by " + q)
		}
	}
	return nil
}

// rewrite makes the log anew from the entries that edit returns: every stream is
// continued, every hash and every node of the tree is right, and every head that
// was signed is signed anew. Nothing in the store tells of it.
func (o *operator) rewrite(edit func([]*tlog.Envelope) ([]*tlog.Envelope, error)) error {
	list, err := o.entries()
	if err != nil {
		return err
	}
	if list, err = edit(list); err != nil {
		return err
	}
	heads, err := db.All(o.tx, db.Value[int64], `SELECT size FROM ledger_checkpoint WHERE org_id = $1 ORDER BY size`, o.tx.Org())
	if err != nil {
		return err
	}
	for _, table := range []string{"ledger_leaf", "ledger_node", "ledger_stream", "ledger_checkpoint"} {
		if _, err := o.tx.Exec(`DELETE FROM `+table+` WHERE org_id = $1`, o.tx.Org()); err != nil {
			return err
		}
	}
	l := &log{o: o, ends: map[string]tlog.Hash{}, next: map[string]int64{}}
	for _, e := range list {
		if err := l.add(e); err != nil {
			return err
		}
		if len(heads) > 0 && l.edge.Size() >= uint64(heads[0]) { //nolint:gosec // never negative
			heads = heads[1:]
			if err := l.sign(); err != nil {
				return err
			}
		}
	}
	return l.end()
}

func (o *operator) entries() ([]*tlog.Envelope, error) {
	return db.All(o.tx, func(scan db.Scan) (*tlog.Envelope, error) {
		var b []byte
		if err := scan(&b); err != nil {
			return nil, err
		}
		return tlog.Decode(b)
	}, `SELECT leaf FROM ledger_leaf WHERE org_id = $1 ORDER BY idx`, o.tx.Org())
}

// log is one that grows anew.
type log struct {
	o      *operator
	edge   tlog.Frontier
	anchor string
	ends   map[string]tlog.Hash
	next   map[string]int64
}

func (l *log) add(e *tlog.Envelope) error {
	e.Seq, e.Prev, e.Anchor = l.next[e.Stream], "", l.anchor
	if e.Seq > 0 {
		e.Prev = l.ends[e.Stream].String()
	}
	if token, ok := e.Body["token"].(string); ok && e.Type == "anchor.tsa" {
		l.anchor = token
	}
	leaf, err := e.Encode()
	if err != nil {
		return err
	}
	hash := tlog.LeafHash(leaf)
	l.ends[e.Stream], l.next[e.Stream] = hash, e.Seq+1
	if err := l.o.tx.Bulk(`INSERT INTO ledger_leaf (org_id, idx, id, type, stream, at, hash, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		l.o.tx.Org(), l.edge.Size(), e.ID, e.Type, e.Stream, db.Ms(e.At), hash[:], leaf); err != nil {
		return err
	}
	var problem error
	l.edge.Append(hash, func(level int, index uint64, node tlog.Hash) {
		if level%tlog.TileLevels == 0 && problem == nil {
			_, problem = l.o.tx.Exec(`INSERT INTO ledger_node (org_id, level, idx, hash) VALUES ($1, $2, $3, $4)`, l.o.tx.Org(), level, index, node[:])
		}
	})
	return problem
}

func (l *log) sign() error {
	c := tlog.Checkpoint{Origin: l.o.signer.Name(), Size: l.edge.Size(), Root: l.edge.Root()}
	note, err := l.o.signer.SignText(c.Text())
	if err != nil {
		return err
	}
	_, err = l.o.tx.Exec(`INSERT INTO ledger_checkpoint (org_id, size, at, note) VALUES ($1, $2, $3, $4)`, l.o.tx.Org(), c.Size, db.Ms(l.o.tx.Now()), string(note))
	return err
}

func (l *log) end() error {
	for stream, hash := range l.ends {
		if err := l.o.tx.Bulk(`INSERT INTO ledger_stream (org_id, stream, seq, hash) VALUES ($1, $2, $3, $4)`, l.o.tx.Org(), stream, l.next[stream]-1, hash[:]); err != nil {
			return err
		}
	}
	var frontier []byte
	for _, h := range l.edge.Hashes() {
		frontier = append(frontier, h[:]...)
	}
	root := l.edge.Root()
	_, err := l.o.tx.Exec(`UPDATE ledger_head SET size = $2, root = $3, frontier = $4, anchor = $5 WHERE org_id = $1`, l.o.tx.Org(), l.edge.Size(), root[:], frontier, l.anchor)
	return err
}
