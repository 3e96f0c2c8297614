package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"assay/internal/access"
	"assay/internal/kit/fault"
)

// Tx is one transaction of one actor in one organization at one instant. It
// holds its context: it is the request's.
type Tx struct {
	ctx    context.Context //nolint:containedctx // a transaction lives as long as its request
	tx     *sql.Tx         // PostgreSQL
	grant  access.Grant
	now    time.Time
	engine Engine
	stmts  map[string]*sql.Stmt // PostgreSQL: of this transaction
	after  []func()
	marks  map[string]bool
	held   bool

	session *session // SQLite: the connection, with its statements
	open    bool     // SQLite: neither committed nor rolled back

	// run is what SQLite's statements run under: the request's context without
	// its end, which is looked at between them. The driver would interrupt the
	// connection, late enough to hit whoever has it next.
	run context.Context //nolint:containedctx // lives as long as ctx
}

// Context is the request's.
func (t *Tx) Context() context.Context { return t.ctx }

// Org confines every statement of the transaction; empty on the
// installation's own tables.
func (t *Tx) Org() string { return t.grant.Org() }

// Actor is who does it.
func (t *Tx) Actor() access.Actor { return t.grant.Actor() }

// Grant is what allowed it.
func (t *Tx) Grant() access.Grant { return t.grant }

// Now is the same for everything written in the transaction.
func (t *Tx) Now() time.Time { return t.now }

// Held tells whether the store is held, so that no trail is left.
func (t *Tx) Held() bool { return t.held }

// Engine says which store this is, for the few statements that differ.
func (t *Tx) Engine() Engine { return t.engine }

// After runs fn once the transaction has committed.
func (t *Tx) After(fn func()) { t.after = append(t.after, fn) }

// Mark has the transaction remember a word until its end; Marked asks for it.
func (t *Tx) Mark(word string) {
	if t.marks == nil {
		t.marks = map[string]bool{}
	}
	t.marks[word] = true
}

// Marked reports whether the transaction was told to remember the word.
func (t *Tx) Marked(word string) bool { return t.marks[word] }

// Lock holds a named lock until the end of the transaction. SQLite has one
// writer, so that there is nothing to hold.
func (t *Tx) Lock(name string) error {
	if t.engine == SQLite {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name)
	return err
}

// TryLock is Lock that reports whether it was free instead of waiting.
func (t *Tx) TryLock(name string) (ok bool, err error) {
	if t.engine == SQLite {
		return true, nil
	}
	err = t.tx.QueryRowContext(t.ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, name).Scan(&ok)
	return ok, err
}

// SkipLocked is the end of a SELECT that claims rows for this transaction.
func (t *Tx) SkipLocked() string {
	if t.engine == SQLite {
		return ""
	}
	return " FOR UPDATE SKIP LOCKED"
}

func (t *Tx) commit() error {
	if t.session == nil {
		return t.tx.Commit()
	}
	err := t.session.do(t.run, "COMMIT")
	t.open = err != nil
	return err
}

// rollback undoes what was not committed. It has nobody to tell of an error: the
// store has rolled back by itself, or the connection fails its next statement.
func (t *Tx) rollback() {
	switch {
	case t.session == nil:
		_ = t.tx.Rollback()
	case t.open:
		_ = t.session.do(t.run, "ROLLBACK")
	}
}

// Exec runs a statement and returns the number of rows it touched.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	res, err := t.exec(query, args)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

// Bulk is Exec for a statement that runs many times: it is prepared once.
func (t *Tx) Bulk(query string, args ...any) error {
	s, err := t.prepared(query) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return err
	}
	ctx, err := t.going()
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, args...)
	return classify(err)
}

func (t *Tx) exec(query string, args []any) (sql.Result, error) {
	if t.session == nil {
		return t.tx.ExecContext(t.ctx, query, args...)
	}
	s, err := t.session.prepare(t.ctx, query) //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return nil, err
	}
	ctx, err := t.going()
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (t *Tx) query(query string, args []any) (*sql.Rows, error) {
	if t.session == nil {
		return t.tx.QueryContext(t.ctx, query, args...)
	}
	s, err := t.session.prepare(t.ctx, query) //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return nil, err
	}
	ctx, err := t.going()
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// going returns what the next statement runs under, or why there is none: the
// request has ended.
func (t *Tx) going() (context.Context, error) {
	if t.session == nil {
		return t.ctx, nil
	}
	return t.run, t.ctx.Err()
}

func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	if t.session != nil {
		return t.session.prepare(t.ctx, query)
	}
	if s, ok := t.stmts[query]; ok {
		return s, nil
	}
	s, err := t.tx.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, classify(err)
	}
	if t.stmts == nil {
		t.stmts = map[string]*sql.Stmt{}
	}
	t.stmts[query] = s
	return s, nil
}

func (t *Tx) closeStatements() {
	for _, s := range t.stmts {
		_ = s.Close()
	}
}

// Scan reads one row into the destinations it is given.
type Scan func(dest ...any) error

// rowsBetween is how many rows are read before looking whether anybody waits.
const rowsBetween = 256

// Each calls fn for every row of the query, in order.
func (t *Tx) Each(fn func(Scan) error, query string, args ...any) (err error) {
	rows, err := t.query(query, args)
	if err != nil {
		return classify(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n := 1; rows.Next(); n++ {
		if err := fn(rows.Scan); err != nil {
			return err
		}
		if n%rowsBetween == 0 && t.ctx.Err() != nil {
			return t.ctx.Err()
		}
	}
	return rows.Err()
}

// All returns every row of the query, each read by read.
func All[T any](t *Tx, read func(Scan) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := t.Each(func(scan Scan) error {
		v, err := read(scan)
		if err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}, query, args...)
	return out, err
}

// One returns the single row of the query, or a NotFound fault.
func One[T any](t *Tx, read func(Scan) (T, error), query string, args ...any) (T, error) {
	var zero T
	rows, err := All(t, read, query, args...)
	switch {
	case err != nil:
		return zero, err
	case len(rows) == 0:
		return zero, fault.New(fault.NotFound, "It does not exist, or is not yours to see.")
	case len(rows) > 1:
		return zero, fmt.Errorf("want one row, got %d", len(rows))
	}
	return rows[0], nil
}

// Maybe is One that reports absence instead of failing.
func Maybe[T any](t *Tx, read func(Scan) (T, error), query string, args ...any) (v T, found bool, err error) {
	v, err = One(t, read, query, args...)
	if fault.Is(err, fault.NotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// Value reads a single column.
func Value[T any](scan Scan) (v T, err error) {
	err = scan(&v)
	return v, err
}

func classify(err error) error {
	if err == nil {
		return nil
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "23505" {
		return fault.Wrap(fault.Conflict, err, "There is one like it already.")
	}
	if strings.Contains(err.Error(), "UNIQUE constraint") {
		return fault.Wrap(fault.Conflict, err, "There is one like it already.")
	}
	return err
}
