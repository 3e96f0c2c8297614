package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
)

// session is one connection to one database.
type session struct {
	conn      *pgx.Conn
	authority string
	known     string // how the authority was learnt: control or address
	version   int    // server_version_num
}

func (s *source) connect(ctx context.Context, database string) (*session, error) {
	config := s.config.Copy()
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	for tries := 1; err != nil && full(err) && tries < mostTries; tries++ {
		if s.wait(ctx, tries) != nil {
			break
		}
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if err != nil {
		return nil, err
	}
	one := &session{conn: conn, known: "address", authority: "postgres://" + net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	var version string
	if err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')").Scan(&version); err == nil {
		one.version, err = strconv.Atoi(version)
	}
	if err != nil {
		one.close()
		return nil, fmt.Errorf("ask for the version: %w", err)
	}
	if one.version < oldest {
		one.close()
		return nil, fault.New(fault.Invalid, "This server is PostgreSQL %d, and 12 is the oldest that can be read.", one.version/10000)
	}
	var id string
	err = conn.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&id)
	switch {
	case err == nil:
		one.authority, one.known = "postgres:"+id, "control"
	case !refused(err):
		one.close()
		return nil, fmt.Errorf("ask for the system identifier: %w", err)
	}
	return one, nil
}

const oldest = 120000

// mostTries is how often a server is asked for a connection that has none free.
const mostTries = 4

// full reports that the server, the database or the role has as many connections
// as it may, or that the server is just starting: which passes.
func full(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "53300" || pg.Code == "57P03")
}

// pause waits longer from try to try: 2, 4 and 8 seconds.
func pause(ctx context.Context, tries int) error {
	timer := time.NewTimer(time.Second << tries)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const goodbye = 2 * time.Second

// close hangs up, also when the collection was stopped.
func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = s.conn.Close(ctx)
}

// rows runs one query in a read-only transaction and notes it in the manifest.
func rows[T any](ctx context.Context, c *collection, s *session, q query) ([]T, error) {
	var out []T
	err := pgx.BeginTxFunc(ctx, s.conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		found, err := tx.Query(ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(found, pgx.RowToStructByPos[T])
		return err
	})
	if err != nil {
		c.run.Refuse(q.call, clip(err))
		return nil, err
	}
	c.run.Page(q.call, "", len(out))
	return out, nil
}

// query is one statement under the name that the manifest gives it.
type query struct {
	call string
	sql  string
	args []any
}

// refused reports that the role lacks a right.
func refused(err error) bool {
	const insufficientPrivilege = "42501"
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == insufficientPrivilege
}

// missing reports that what was asked for is not there.
func missing(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "42883" || pg.Code == "3F000" || pg.Code == "42P01")
}

// plain turns an error of the connection into a sentence, where it is one that
// people can mend.
func plain(err error) error {
	pg, isPG := errors.AsType[*pgconn.PgError](err)
	switch {
	case isPG && (pg.Code == "28P01" || pg.Code == "28000"):
		return fault.Wrap(fault.Invalid, err, "The server does not let the role in: %s. Check its password and the line in pg_hba.conf.", strings.TrimSuffix(pg.Message, "."))
	case isPG && pg.Code == "3D000":
		return fault.Wrap(fault.Invalid, err, "The server has no such database: %s.", strings.TrimSuffix(pg.Message, "."))
	case errors.Is(err, outbound.ErrAddress):
		return fault.Wrap(fault.Invalid, err, "The server's address belongs to this machine or its own network. The operator can allow it.")
	}
	return err
}

const longestProblem = 200

// clip is an error on one line; PostgreSQL's messages hold names, no rows.
func clip(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}

// when is a time, or nothing for none and for infinity.
func when(t pgtype.Timestamptz) (time.Time, bool) {
	return t.Time, t.Valid && t.InfinityModifier == pgtype.Finite
}
