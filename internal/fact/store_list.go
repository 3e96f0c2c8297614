package fact

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"assay/connector"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Collections returns a connection's collections, newest first; all
// connections' for an empty id.
func Collections(tx *db.Tx, connection string, limit int) ([]Collection, error) {
	if connection != "" { // every page counts these: in the order of the key, nothing is sorted
		return db.All(tx, readCollection, `SELECT `+collectionColumns+` FROM fact_collection
			WHERE org_id = $1 AND connection = $2 ORDER BY seq DESC LIMIT $3`, tx.Org(), connection, limit)
	}
	return db.All(tx, readCollection, `SELECT `+collectionColumns+` FROM fact_collection
		WHERE org_id = $1 ORDER BY started_at DESC, connection, seq DESC LIMIT $2`, tx.Org(), limit)
}

// LastDone is when the connection's newest collection finished that ran to its
// end; the zero time if none did.
func LastDone(tx *db.Tx, connection string) (at time.Time, err error) {
	at, _, err = db.Maybe(tx, func(scan db.Scan) (at time.Time, err error) {
		err = scan(db.At(&at))
		return at, err
	}, `SELECT finished_at FROM fact_collection WHERE org_id = $1 AND connection = $2 AND state = 'done' ORDER BY seq DESC LIMIT 1`,
		tx.Org(), connection)
	return at, err
}

// Covered tells, for each event kind of a connection, of which span its complete
// collections hold every event. A connection whose parameters are others now than
// in its newest collection holds nothing: what was listed may have been something
// else.
func Covered(tx *db.Tx, connection string, parameters map[string]string) (map[string]connector.Period, error) {
	if any, err := covers(tx, connection); err != nil || !any { // most connections list no events
		return nil, err
	}
	seq, found, err := db.Maybe(tx, db.Value[int64], `SELECT seq FROM fact_collection
		WHERE org_id = $1 AND connection = $2 AND leaf <> '' ORDER BY seq DESC LIMIT 1`, tx.Org(), connection)
	if err != nil || !found {
		return nil, err
	}
	b, _, err := ManifestOf(tx, connection, seq)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("manifest of collection %d of %s: %w", seq, connection, err)
	}
	if !maps.Equal(m.Parameters, parameters) {
		return nil, nil
	}
	out := map[string]connector.Period{}
	for i := range m.Kinds {
		kind := m.Kinds[i].Kind
		c, found, err := coverOf(tx, connection, kind)
		if err != nil {
			return nil, err
		}
		if found {
			out[kind] = connector.Period{From: c.From, To: c.To}
		}
	}
	return out, nil
}

// Find returns one collection.
func Find(tx *db.Tx, connection string, seq int64) (Collection, error) {
	return db.One(tx, readCollection, `SELECT `+collectionColumns+` FROM fact_collection
		WHERE org_id = $1 AND connection = $2 AND seq = $3`, tx.Org(), connection, seq)
}

// ManifestOf returns the stored bytes of a collection's manifest and the salt
// of the commitment to them.
func ManifestOf(tx *db.Tx, connection string, seq int64) (b []byte, salt tlog.Salt, err error) {
	type proof struct{ b, salt []byte }
	p, err := db.One(tx, func(scan db.Scan) (p proof, err error) {
		err = scan(&p.b, &p.salt)
		return p, err
	}, `SELECT manifest, manifest_salt FROM fact_collection WHERE org_id = $1 AND connection = $2 AND seq = $3 AND leaf <> ''`,
		tx.Org(), connection, seq)
	if err != nil {
		return nil, salt, err
	}
	salt, err = tlog.SaltFrom(p.salt)
	return p.b, salt, err
}

// Count fills in how many resources the collections told of, as their manifests
// say.
func Count(tx *db.Tx, list []Collection) error {
	for i := range list {
		c := &list[i]
		if c.Leaf == "" {
			continue
		}
		b, _, err := ManifestOf(tx, c.Connection, c.Seq)
		if err != nil {
			return err
		}
		var m Manifest
		if err := json.Unmarshal(b, &m); err != nil {
			return fmt.Errorf("manifest %d of %s: %w", c.Seq, c.Connection, err)
		}
		c.Resources = m.Resources()
	}
	return nil
}

// FirstSeen is when the collection ended that first had an event, for each event
// of a kind.
func FirstSeen(tx *db.Tx, kind string) (map[resource.Ref]time.Time, error) {
	type collection struct {
		connection string
		seq        int64
	}
	ended := map[collection]time.Time{}
	if err := tx.Each(func(scan db.Scan) error {
		var c collection
		var at time.Time
		err := scan(&c.connection, &c.seq, db.At(&at))
		ended[c] = at
		return err
	}, `SELECT connection, seq, finished_at FROM fact_collection WHERE org_id = $1 AND leaf <> ''`, tx.Org()); err != nil {
		return nil, err
	}
	out := map[resource.Ref]time.Time{}
	return out, tx.Each(func(scan db.Scan) error {
		ref, c := resource.Ref{Kind: kind}, collection{}
		if err := scan(&ref.Authority, &ref.ID, &c.connection, &c.seq); err != nil {
			return err
		}
		at, visible := ended[c]
		if was, known := out[ref]; visible && (!known || at.Before(was)) {
			out[ref] = at
		}
		return nil
	}, `SELECT v.authority, v.native_id, s.connection, s.from_seq FROM fact_version v
		JOIN fact_span s ON s.org_id = v.org_id AND s.content = v.content
		WHERE v.org_id = $1 AND v.kind = $2 AND v.event_at <> 0`, tx.Org(), kind)
}

// Stored is a record with everything that proves it.
type Stored struct {
	Content      tlog.Hash
	Bytes        []byte
	Salt         tlog.Salt
	Hash         tlog.Hash
	Personal     []byte // canonical bytes of the personal part, opened; nil if there is none or it was erased
	PersonalSalt tlog.Salt
}

// Change is a record that came into a collection or went out of it.
type Change struct {
	Connection string
	Seq        int64
	Added      bool
	Hash       tlog.Hash
}

// Changes calls fn for every change of membership, by connection and
// collection: a collection's members are those of the one before, less the
// removed, plus the added.
func Changes(tx *db.Tx, fn func(Change) error) error {
	return tx.Each(func(scan db.Scan) error {
		var c Change
		var hash []byte
		if err := scan(&c.Connection, &c.Seq, &c.Added, &hash); err != nil {
			return err
		}
		var err error
		if c.Hash, err = tlog.HashFrom(hash); err != nil {
			return err
		}
		return fn(c)
	}, `SELECT s.connection, s.from_seq AS seq, true AS added, v.hash FROM fact_span s
			JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
			JOIN fact_collection c ON c.org_id = s.org_id AND c.connection = s.connection AND c.seq = s.from_seq AND c.leaf <> ''
			WHERE s.org_id = $1
		UNION ALL SELECT s.connection, s.to_seq + 1, false, v.hash FROM fact_span s
			JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
			WHERE s.org_id = $1 AND s.to_seq < $2
		ORDER BY 1, 2, 3`, tx.Org(), int64(still))
}

// Records calls fn for every record that is a member of some visible
// collection, each once, by hash.
func (s Service) Records(tx *db.Tx, fn func(Stored) error) error {
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	return tx.Each(func(scan db.Scan) error {
		r, err := readStored(scan)
		if err != nil {
			return err
		}
		if len(r.Personal) > 0 {
			if r.Personal, err = openPersonal(o, r.Content, r.Personal); err != nil {
				return fmt.Errorf("personal part of %s: %w", r.Hash, err)
			}
		}
		return fn(r)
	}, `SELECT content, bytes, salt, hash, personal, personal_salt FROM fact_version
		WHERE org_id = $1 AND content IN (SELECT s.content FROM fact_span s
			JOIN fact_collection c ON c.org_id = s.org_id AND c.connection = s.connection AND c.seq = s.from_seq AND c.leaf <> ''
			WHERE s.org_id = $1)
		ORDER BY hash`, tx.Org())
}

func readStored(scan db.Scan) (r Stored, err error) {
	var content, salt, hash, personalSalt []byte
	if err := scan(&content, &r.Bytes, &salt, &hash, &r.Personal, &personalSalt); err != nil {
		return r, err
	}
	if r.Content, err = tlog.HashFrom(content); err != nil {
		return r, err
	}
	if r.Salt, err = tlog.SaltFrom(salt); err != nil {
		return r, err
	}
	if r.Hash, err = tlog.HashFrom(hash); err != nil || len(personalSalt) == 0 {
		return r, err
	}
	r.PersonalSalt, err = tlog.SaltFrom(personalSalt)
	return r, err
}

// Declared is a kind's stored schema as it was hashed into the log.
type Declared struct {
	Kind    string
	Version int
	Text    string // JSON, as stored
	Hash    string // SHA-256 of Text, hex
}

// Declarations returns every stored schema.
func Declarations(tx *db.Tx) ([]Declared, error) {
	return db.All(tx, func(scan db.Scan) (d Declared, err error) {
		err = scan(&d.Kind, &d.Version, &d.Text, &d.Hash)
		return d, err
	}, `SELECT kind, version, schema, hash FROM fact_kind WHERE org_id = $1 ORDER BY kind, version`, tx.Org())
}

// Holder is what the keys of an organization seal here: the data key of each
// personal part, which stands before it.
func Holder() keys.Holder {
	return keys.Holder{
		Name: "personal parts", Table: "fact_version", Column: "personal", Purpose: keys.Org.Personal,
		Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
			if after.Bytes == nil {
				after.Bytes = []byte{}
			}
			return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
				if err = scan(&v.Bytes, &v.Sealed); err != nil {
					return v, err
				}
				c, err := tlog.HashFrom(v.Bytes)
				v.Context = personalContext(c)
				v.Rest = v.Sealed[min(wrappedLen, len(v.Sealed)):]
				v.Sealed = v.Sealed[:len(v.Sealed)-len(v.Rest)]
				return v, err
			}, `SELECT content, personal FROM fact_version WHERE org_id = $1 AND content > $2 AND personal IS NOT NULL ORDER BY content LIMIT $3`,
				tx.Org(), after.Bytes, n)
		},
		Save: func(tx *db.Tx, v keys.Value, again []byte) error {
			_, err := tx.Exec(`UPDATE fact_version SET personal = $4 WHERE org_id = $1 AND content = $2 AND personal = $3`,
				tx.Org(), v.Bytes, append(v.Sealed, v.Rest...), append(again, v.Rest...))
			return err
		},
	}
}
