package fact

import (
	"fmt"
	"slices"
	"strings"

	"assay/internal/db"
	"assay/internal/resource"
)

// Listings returns the newest listing of the kind by each connection that ever
// listed it and is among the given ones.
func Listings(tx *db.Tx, kind string, connections []string) ([]Listing, error) {
	var out []Listing
	for _, c := range slices.Sorted(slices.Values(connections)) {
		l, found, err := db.Maybe(tx, readListing, `SELECT `+listingColumns+listingTables+`
			WHERE l.org_id = $1 AND l.kind = $2 AND l.connection = $3 ORDER BY l.seq DESC LIMIT 1`, tx.Org(), kind, c)
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, l)
		}
	}
	return out, nil
}

// History returns every listing of the kind by a connection, the earliest first.
func History(tx *db.Tx, kind, connection string) ([]Listing, error) {
	return db.All(tx, readListing, `SELECT `+listingColumns+listingTables+`
		WHERE l.org_id = $1 AND l.kind = $2 AND l.connection = $3 ORDER BY l.seq`, tx.Org(), kind, connection)
}

const listingColumns = `l.connection, c.connector, l.kind, l.seq, l.complete, l.at, l.covers_from, l.covers_to, l.items, l.problems, c.leaf, l.changed_seq`

const listingTables = ` FROM fact_listing l JOIN fact_collection c ON c.org_id = l.org_id AND c.connection = l.connection AND c.seq = l.seq`

func readListing(scan db.Scan) (l Listing, err error) {
	err = scan(&l.Connection, &l.Connector, &l.Kind, &l.Seq, &l.Complete, db.At(&l.At), db.At(&l.From), db.At(&l.To), &l.Items,
		db.JSON(&l.Problems), &l.Leaf, &l.Changed)
	return l, err
}

// lastComplete is the newest complete listing not after seq, or 1.
func lastComplete(tx *db.Tx, l *Listing) (int64, error) {
	if l.Complete {
		return l.Seq, nil
	}
	return db.One(tx, db.Value[int64], `SELECT coalesce(max(seq), 1) FROM fact_listing
		WHERE org_id = $1 AND connection = $2 AND kind = $3 AND complete AND seq <= $4`, tx.Org(), l.Connection, l.Kind, l.Seq)
}

// span says which parts are read: those shown at any time from collection from
// on, that came after collection after.
type span struct{ from, after int64 }

const spans = `SELECT s.content, s.to_seq, v.bytes, v.hash, v.personal
	FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
	WHERE s.org_id = $1 AND s.connection = $2 AND s.kind = $3 AND s.from_seq <= $4 AND s.to_seq >= $5 AND s.from_seq > $6`

// Newest is the number of the newest collection of each connection that listed
// anything; of one that never did there is none.
func Newest(tx *db.Tx, connections []string) (map[string]int64, error) {
	out := map[string]int64{}
	for some := range slices.Chunk(connections, mostAsked) {
		args, parts := []any{tx.Org()}, make([]string, 0, len(some))
		for i, c := range some {
			args = append(args, c)
			parts = append(parts, fmt.Sprintf("SELECT %d, coalesce(max(seq), 0) FROM fact_listing WHERE org_id = $1 AND connection = $%d", i, len(args)))
		}
		if err := tx.Each(func(scan db.Scan) error {
			var i int
			var seq int64
			if err := scan(&i, &seq); err != nil {
				return err
			}
			if seq > 0 {
				out[some[i]] = seq
			}
			return nil
		}, strings.Join(parts, " UNION ALL "), args...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mostAsked bounds the connections that one statement asks for.
const mostAsked = 50

// LastListed returns the kinds, in their newest versions, that the newest
// collection of a connection told of.
func LastListed(tx *db.Tx, connection string) (out []resource.Schema, err error) {
	names, err := db.All(tx, db.Value[string], `SELECT kind FROM fact_listing WHERE org_id = $1 AND connection = $2
		AND seq = (SELECT max(seq) FROM fact_listing WHERE org_id = $1 AND connection = $2) ORDER BY kind`, tx.Org(), connection)
	if err != nil {
		return nil, err
	}
	kinds, err := Kinds(tx)
	for _, name := range names {
		if kinds[name] != nil {
			out = append(out, *kinds[name])
		}
	}
	return out, err
}

// eachSpan calls row for the parts of the span that the listing's connection
// showed for its kind, earliest first.
func eachSpan(tx *db.Tx, l *Listing, in span, row func(db.Scan) error) error {
	return tx.Each(row, spans+` ORDER BY s.from_seq`, tx.Org(), l.Connection, l.Kind, l.Seq, in.from, in.after)
}

// eachByResource is eachSpan, but that the parts of one resource come together.
func eachByResource(tx *db.Tx, l *Listing, in span, row func(db.Scan) error) error {
	return tx.Each(row, spans+` ORDER BY v.rkey, s.from_seq`, tx.Org(), l.Connection, l.Kind, l.Seq, in.from, in.after)
}

// countSpans counts the parts of the span: no fewer than there are resources.
func countSpans(tx *db.Tx, l *Listing, in span) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM fact_span WHERE org_id = $1 AND connection = $2 AND kind = $3 AND to_seq >= $4`,
		tx.Org(), l.Connection, l.Kind, in.from)
}

// schemasOf returns every version of a kind's schema, the newest last.
func schemasOf(tx *db.Tx, kind string) ([]*resource.Schema, error) {
	list, err := db.All(tx, readSchema, `SELECT schema FROM fact_kind WHERE org_id = $1 AND kind = $2 ORDER BY version`, tx.Org(), kind)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("the kind %s was never declared", kind)
	}
	return list, err
}

// Schema returns a version of a kind's schema; version 0 is the newest.
func Schema(tx *db.Tx, kind string, version int) (*resource.Schema, error) {
	s, err := db.One(tx, readSchema, `SELECT schema FROM fact_kind WHERE org_id = $1 AND kind = $2 AND ($3 = 0 OR version = $3)
		ORDER BY version DESC LIMIT 1`, tx.Org(), kind, version)
	if err != nil {
		return nil, fmt.Errorf("schema of %s version %d: %w", kind, version, err)
	}
	return s, nil
}

func readSchema(scan db.Scan) (*resource.Schema, error) {
	s := &resource.Schema{}
	return s, scan(db.JSON(s))
}

// Kinds returns the newest schema of every kind that was declared in the org,
// by name.
func Kinds(tx *db.Tx) (map[string]*resource.Schema, error) {
	list, err := db.All(tx, readSchema, `SELECT schema FROM fact_kind WHERE org_id = $1 ORDER BY kind, version`, tx.Org())
	if err != nil {
		return nil, err
	}
	out := map[string]*resource.Schema{}
	for _, s := range list {
		out[s.Kind] = s
	}
	return out, nil
}

// KindVersions returns the newest version of every kind that was declared in the
// org.
func KindVersions(tx *db.Tx) (map[string]int, error) {
	out := map[string]int{}
	return out, tx.Each(func(scan db.Scan) error {
		var kind string
		var version int
		err := scan(&kind, &version)
		out[kind] = version
		return err
	}, `SELECT kind, max(version) FROM fact_kind WHERE org_id = $1 GROUP BY kind`, tx.Org())
}

func newestVersion(tx *db.Tx, kind string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT coalesce(max(version), 0) FROM fact_kind WHERE org_id = $1 AND kind = $2`, tx.Org(), kind)
}

// listedSince returns the newest listing of each kind that a connection listed after
// a collection. Only of one that was never asked for are there many to pass over.
func listedSince(tx *db.Tx, connection string, after int64) ([]Listing, error) {
	if after > 0 {
		return db.All(tx, readListing, `SELECT `+listingColumns+listingTables+` WHERE l.org_id = $1 AND l.connection = $2 AND l.seq > $3 ORDER BY l.seq`,
			tx.Org(), connection, after)
	}
	kinds, err := db.All(tx, db.Value[string], `SELECT DISTINCT kind FROM fact_listing WHERE org_id = $1 AND connection = $2`, tx.Org(), connection)
	if err != nil {
		return nil, err
	}
	var out []Listing
	for _, kind := range kinds {
		one, err := Listings(tx, kind, []string{connection})
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

// Listers are the connections that ever listed the kind, in their order.
func Listers(tx *db.Tx, kind string) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT DISTINCT connection FROM fact_listing WHERE org_id = $1 AND kind = $2 ORDER BY connection`, tx.Org(), kind)
}
