package ledger

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Find returns where the leaf with the id stands.
func Find(tx *db.Tx, leaf string) (Place, error) {
	if leaf == "" {
		return Place{}, nil
	}
	idx, found, err := db.Maybe(tx, db.Value[int64], `SELECT idx FROM ledger_leaf WHERE org_id = $1 AND id = $2`, tx.Org(), leaf)
	if err != nil || found {
		return Place{ID: leaf, Index: idx}, err
	}
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM ledger_pending WHERE org_id = $1 AND id = $2`, tx.Org(), leaf)
	if err != nil {
		return Place{}, err
	}
	if n == 0 {
		return Place{}, fault.New(fault.NotFound, "There is no entry %s, neither in the log nor waiting for its place.", leaf)
	}
	return Place{ID: leaf, Pending: true}, nil
}

// FindHash returns the place of the leaf with the hash, or false. A leaf that
// waits for its place has no hash yet.
func FindHash(tx *db.Tx, hash tlog.Hash) (Place, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (p Place, err error) {
		err = scan(&p.ID, &p.Index)
		return p, err
	}, `SELECT id, idx FROM ledger_leaf WHERE org_id = $1 AND hash = $2`, tx.Org(), hash[:])
}

// Between returns when the last head without the leaf at the index was signed,
// and the first one with it; zero for a head that there is not.
func Between(tx *db.Tx, index int64) (after, by time.Time, err error) {
	var from, to int64
	if from, err = db.One(tx, db.Value[int64], `SELECT COALESCE(max(at), 0) FROM ledger_checkpoint WHERE org_id = $1 AND size <= $2`, tx.Org(), index); err != nil {
		return after, by, err
	}
	if to, err = db.One(tx, db.Value[int64], `SELECT COALESCE(min(at), 0) FROM ledger_checkpoint WHERE org_id = $1 AND size > $2`, tx.Org(), index); err != nil {
		return after, by, err
	}
	return db.FromMs(from), db.FromMs(to), nil
}

// Places is Find for many leaves at once; those not sequenced are absent.
func Places(tx *db.Tx, leaves []string) (map[string]int64, error) {
	out := make(map[string]int64, len(leaves))
	for len(leaves) > 0 {
		n := min(len(leaves), 500)
		batch := leaves[:n]
		leaves = leaves[n:]
		err := tx.Each(func(scan db.Scan) error {
			var leaf string
			var idx int64
			if err := scan(&leaf, &idx); err != nil {
				return err
			}
			out[leaf] = idx
			return nil
		}, `SELECT id, idx FROM ledger_leaf WHERE org_id = $1 AND id IN (`+db.In(2, n)+`)`, db.Args([]any{tx.Org()}, batch...)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Next lists the leaves of a type from the index on, in order: at most limit of them,
// among at most window leaves. It returns from where to go on.
func Next(tx *db.Tx, typ string, from, window int64, limit int) (list []Place, next int64, err error) {
	size, _, _, err := Sizes(tx)
	if err != nil || size <= from {
		return nil, from, err
	}
	next = min(size, from+window)
	list, err = db.All(tx, func(scan db.Scan) (p Place, err error) {
		err = scan(&p.ID, &p.Index)
		return p, err
	}, `SELECT id, idx FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND idx < $3 AND type = $4 ORDER BY idx LIMIT $5`, tx.Org(), from, next, typ, limit)
	if len(list) == limit {
		next = list[limit-1].Index + 1
	}
	return list, next, err
}

// Leaf is a stored leaf.
type Leaf struct {
	Index int64
	Hash  tlog.Hash
	Bytes []byte
}

// Read returns the leaf with the index.
func Read(tx *db.Tx, index int64) (Leaf, error) {
	return db.One(tx, scanLeaf, `SELECT idx, hash, leaf FROM ledger_leaf WHERE org_id = $1 AND idx = $2`, tx.Org(), index)
}

// Each calls fn for the leaves [from, to), in order.
func Each(tx *db.Tx, from, to int64, fn func(Leaf) error) error {
	return tx.Each(func(scan db.Scan) error {
		l, err := scanLeaf(scan)
		if err != nil {
			return err
		}
		return fn(l)
	}, `SELECT idx, hash, leaf FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`, tx.Org(), from, to)
}

func scanLeaf(scan db.Scan) (l Leaf, err error) {
	var hash []byte
	if err := scan(&l.Index, &hash, &l.Bytes); err != nil {
		return l, err
	}
	l.Hash, err = tlog.HashFrom(hash)
	return l, err
}

// Sizes returns how many entries the log has, how many of them the newest
// signed head covers, and how many wait for their place.
func Sizes(tx *db.Tx) (size, signed, pending int64, err error) {
	for _, q := range []struct {
		into  *int64
		query string
	}{
		{&size, `SELECT size FROM ledger_head WHERE org_id = $1`},
		{&signed, `SELECT COALESCE(max(size), 0) FROM ledger_checkpoint WHERE org_id = $1`},
		{&pending, `SELECT count(*) FROM ledger_pending WHERE org_id = $1`},
	} {
		if *q.into, err = db.One(tx, db.Value[int64], q.query, tx.Org()); err != nil {
			return 0, 0, 0, err
		}
	}
	return size, signed, pending, nil
}

// DailyCheckpoints returns the last signed head of each day (UTC), oldest
// first.
func DailyCheckpoints(tx *db.Tx) ([]Checkpoint, error) {
	return db.All(tx, func(scan db.Scan) (c Checkpoint, err error) {
		var note string
		err = scan(&c.Size, &c.At, &note)
		c.Note = []byte(note)
		return c, err
	}, `SELECT size, at, note FROM ledger_checkpoint c WHERE org_id = $1 AND size =
		(SELECT max(d.size) FROM ledger_checkpoint d WHERE d.org_id = c.org_id AND d.at / 86400000 = c.at / 86400000)
		ORDER BY size`, tx.Org())
}
