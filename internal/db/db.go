package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"assay/internal/access"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

// Engine is the kind of store.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// Config says which store to open.
type Config struct {
	// URL is a path of a SQLite file, or a URL that starts with postgres:// or
	// postgresql://.
	URL string
	// Now is the store's clock; the system's if nil.
	Now clock.Clock
	// Rehearsal gives up durability for speed, on SQLite only: for the
	// demonstration year, which is made anew when it is lost.
	Rehearsal bool
}

// DB is an open store.
type DB struct {
	engine Engine
	write  *sql.DB
	read   *sql.DB
	now    clock.Clock

	writer, reader *sessions // SQLite only

	held atomic.Pointer[error] // why nothing may be changed; nil: it may
}

const readers = 4

// Open connects and brings the schema up to date. It refuses a store whose
// schema is newer than this program.
func Open(ctx context.Context, c Config) (*DB, error) {
	d := &DB{now: c.Now}
	if d.now == nil {
		d.now = clock.System
	}
	if err := d.connect(c); err != nil {
		return nil, err
	}
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate: %w", err), d.Close())
	}
	return d, nil
}

func (d *DB) connect(c Config) error {
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		return d.openPostgres(c)
	}
	return d.openSQLite(c)
}

func (d *DB) openPostgres(c Config) error {
	pool, err := sql.Open("pgx", c.URL)
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(8)
	d.engine, d.write, d.read = PostgreSQL, pool, pool
	return nil
}

func (d *DB) openSQLite(c Config) error {
	sync, checkpoint := "full", "1000"
	if c.Rehearsal {
		sync, checkpoint = "off", "16000"
	}
	dsn := func(extra ...string) string {
		q := url.Values{"_pragma": append([]string{
			"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + sync + ")",
			"foreign_keys(1)", "cache_size(-16000)", "temp_store(memory)", "wal_autocheckpoint(" + checkpoint + ")",
		}, extra...)}
		return "file:" + (&url.URL{Path: c.URL}).EscapedPath() + "?" + q.Encode()
	}
	write, err := sql.Open("sqlite", dsn())
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn("query_only(1)"))
	if err != nil {
		return errors.Join(fmt.Errorf("open SQLite: %w", err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	d.engine, d.write, d.read = SQLite, write, read
	d.writer, d.reader = newSessions(write, 1, "BEGIN IMMEDIATE"), newSessions(read, readers, "BEGIN")
	return nil
}

// Engine says which store this is.
func (d *DB) Engine() Engine { return d.engine }

// Now is the store's clock.
func (d *DB) Now() clock.Clock { return d.now }

// Ping reports whether the store answers.
func (d *DB) Ping(ctx context.Context) error {
	return d.ReadInstallation(ctx, func(tx *Tx) error {
		_, err := One(tx, Value[int], `SELECT 1`)
		return err
	})
}

// Close releases the store.
func (d *DB) Close() error {
	if d.engine == SQLite {
		d.reader.close()
		d.writer.close()
	}
	if d.read == d.write {
		return d.write.Close()
	}
	return errors.Join(d.read.Close(), d.write.Close())
}

// Write runs fn in a transaction confined to the grant's organization and
// commits if fn returns nil.
func (d *DB) Write(ctx context.Context, g access.Grant, fn func(*Tx) error) error {
	if g.Org() == "" {
		return fault.New(fault.Forbidden, "This needs permission.")
	}
	if err := d.Held(); err != nil {
		return err
	}
	return d.run(ctx, d.write, &sql.TxOptions{}, g, fn)
}

// Look is Write for what only says who looks: who signs in, and what the host's
// console reads. It goes on while the store is held, and leaves no trail then.
func (d *DB) Look(ctx context.Context, g access.Grant, fn func(*Tx) error) error {
	if g.Org() == "" {
		return fault.New(fault.Forbidden, "This needs permission.")
	}
	return d.run(ctx, d.write, &sql.TxOptions{}, g, fn)
}

// Read runs fn in a transaction that changes nothing, confined like Write.
func (d *DB) Read(ctx context.Context, g access.Grant, fn func(*Tx) error) error {
	if g.Org() == "" {
		return fault.New(fault.Forbidden, "This needs permission.")
	}
	return d.run(ctx, d.read, d.readOptions(), g, fn)
}

func (d *DB) readOptions() *sql.TxOptions {
	if d.engine == SQLite {
		return &sql.TxOptions{} // the connection is query_only
	}
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

// WriteInstallation runs fn on the tables that belong to no organization:
// users, sessions, the list of organizations, the queue. Only the packages
// named in internal/arch may call it.
func (d *DB) WriteInstallation(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, d.write, &sql.TxOptions{}, access.Grant{}, fn)
}

// ReadInstallation is WriteInstallation for reading.
func (d *DB) ReadInstallation(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, d.read, d.readOptions(), access.Grant{}, fn)
}

func (d *DB) run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, g access.Grant, fn func(*Tx) error) (err error) {
	t := &Tx{ctx: ctx, grant: g, now: d.now(), engine: d.engine, held: d.IsHeld()}
	if err := d.begin(t, pool, opts); err != nil {
		return err
	}
	defer d.end(t, pool)
	if d.engine == PostgreSQL {
		if _, err := t.tx.ExecContext(ctx, `SELECT set_config('app.org', $1, true)`, g.Org()); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
	}
	if err := fn(t); err != nil {
		return err
	}
	if opts.ReadOnly || pool == d.read && d.read != d.write {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := t.commit(); err != nil {
		return fmt.Errorf("commit: %w", classify(err))
	}
	for _, after := range t.after {
		after()
	}
	return nil
}

func (d *DB) begin(t *Tx, pool *sql.DB, opts *sql.TxOptions) (err error) {
	if d.engine == PostgreSQL {
		if t.tx, err = pool.BeginTx(t.ctx, opts); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		return nil
	}
	from := d.sessions(pool)
	if t.session, err = from.take(t.ctx); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t.run = context.WithoutCancel(t.ctx)
	if err := t.session.do(t.run, from.begin); err != nil {
		from.give(t.session)
		return fmt.Errorf("begin: %w", err)
	}
	t.open = true
	return nil
}

func (d *DB) sessions(pool *sql.DB) *sessions {
	if pool == d.write {
		return d.writer
	}
	return d.reader
}

// end rolls back what was not committed and gives the connection back.
func (d *DB) end(t *Tx, pool *sql.DB) {
	t.closeStatements()
	t.rollback()
	if t.session != nil {
		d.sessions(pool).give(t.session)
	}
}
