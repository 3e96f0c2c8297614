package postgres

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// supported says until when the project mends each major version
// (postgresql.org/support/versioning).
var supported = map[int]string{
	12: "2024-11-21", 13: "2025-11-13", 14: "2026-11-12", 15: "2027-11-11", 16: "2028-11-09", 17: "2029-11-08", 18: "2030-11-14",
}

// setting names and the fields that they fill as they are.
var (
	onOff = map[string]string{
		"ssl": "ssl", "data_checksums": "data_checksums", "logging_collector": "logging_collector",
		"log_disconnections": "log_disconnections",
	}
	wordy = map[string]string{
		"password_encryption": "password_encryption", "log_statement": "log_statement", "log_destination": "log_destination",
		"log_line_prefix": "log_line_prefix", "archive_mode": "archive_mode", "server_version": "version",
	}
	others = []string{
		"ssl_min_protocol_version", "log_connections", "shared_preload_libraries", "listen_addresses", "pgaudit.log",
		"fsync", "full_page_writes", "synchronous_commit",
	}
)

// server tells how the server that was reached is set up.
func (c *collection) server(ctx context.Context) error {
	s := newSheet()
	s.set("name", c.name())
	s.set("id_from", c.session.known)
	major := c.session.version / 10000
	s.set("major", major)
	s.text("support_ends_on", supported[major])
	_, encrypted := c.session.conn.PgConn().Conn().(*tls.Conn)
	s.set("own_session_tls", encrypted)
	for _, part := range []func(context.Context, *sheet) error{c.settings, c.recovery, c.archive, c.sessions} {
		if err := part(ctx, s); err != nil {
			return err
		}
	}
	if err := c.emit(ctx, kindServer, c.name(), s); err != nil {
		return err
	}
	c.run.Complete(kindServer)
	return nil
}

func (c *collection) settings(ctx context.Context, s *sheet) error {
	names := slices.Clone(others)
	for _, m := range []map[string]string{onOff, wordy} {
		for name := range m {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	type setting struct{ Name, Value string }
	found, err := rows[setting](ctx, c, c.session, query{call: "pg_settings", sql: `SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY 1`, args: []any{names}})
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, f := range found {
		values[f.Name] = f.Value
	}
	for name, field := range onOff {
		v, ok := values[name]
		s.known(field, v == "on", ok)
	}
	for name, field := range wordy {
		v, ok := values[name]
		s.known(field, v, ok)
	}
	s.text("ssl_least", values["ssl_min_protocol_version"])
	// From PostgreSQL 18 on it is a list of what to log.
	logged, ok := values["log_connections"]
	s.known("log_connections", !slices.Contains([]string{"", "off", "false", "no", "0"}, logged), ok)
	s.known("durable", values["fsync"] == "on" && values["full_page_writes"] == "on" && values["synchronous_commit"] != "off", values["fsync"] != "")
	s.known("listens_on", split(values["listen_addresses"]), values["listen_addresses"] != "" || c.seesSettings)
	loaded, ok := values["shared_preload_libraries"]
	s.known("preloaded", split(loaded), ok)
	s.known("pgaudit", slices.Contains(split(loaded), "pgaudit"), ok)
	if !ok {
		s.lose("pgaudit_log")
		c.run.Note(kindServer, "Which libraries are loaded could not be read: grant pg_monitor, or pg_read_all_settings.")
	}
	s.text("pgaudit_log", values["pgaudit.log"])
	pending, err := rows[struct{ N int64 }](ctx, c, c.session, query{call: "pg_settings", sql: `SELECT count(*) FROM pg_settings WHERE pending_restart`})
	if err != nil {
		return err
	}
	s.set("restart_pending", pending[0].N > 0)
	return nil
}

// known sets the field, or marks it unavailable.
func (s *sheet) known(name string, v any, ok bool) {
	if ok {
		s.set(name, v)
	} else {
		s.lose(name)
	}
}

// split cuts a list of settings, sorted.
func split(text string) []string {
	out := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\"", r) })
	slices.Sort(out)
	return list(out)
}

func (c *collection) recovery(ctx context.Context, s *sheet) error {
	found, err := rows[struct {
		Standby bool
		Started pgtype.Timestamptz
		Lag     *float64
	}](ctx, c, c.session, query{call: "pg_is_in_recovery", sql: `
SELECT pg_is_in_recovery(), pg_postmaster_start_time(), CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 END`})
	if err != nil {
		return err
	}
	s.set("standby", found[0].Standby)
	s.set("started_at", found[0].Started.Time)
	if found[0].Lag != nil {
		s.set("replay_lag", int(*found[0].Lag))
	}
	return nil
}

// archive tells whether the log is archived. What the commands say is not read.
func (c *collection) archive(ctx context.Context, s *sheet) error {
	text := `SELECT current_setting('archive_command') NOT IN ('', '(disabled)')`
	if c.session.version >= 150000 {
		text += ` OR current_setting('archive_library') <> ''`
	}
	set, err := rows[struct{ Set bool }](ctx, c, c.session, query{call: "current_setting('archive_command')", sql: text})
	if err != nil && !refused(err) {
		return err
	}
	s.known("archive_set", len(set) > 0 && set[0].Set, err == nil)
	found, err := rows[struct{ Last, Failed pgtype.Timestamptz }](ctx, c, c.session, query{call: "pg_stat_archiver", sql: `SELECT last_archived_time, last_failed_time FROM pg_stat_archiver`})
	if err != nil {
		return err
	}
	last, archived := when(found[0].Last)
	failed, failing := when(found[0].Failed)
	s.set("archive_failing", failing && (!archived || failed.After(last)))
	if archived {
		s.set("last_archived_at", last)
	}
	if failing {
		s.set("last_archive_failed_at", failed)
	}
	return nil
}

// sessions counts those over the network, and those in the clear.
func (c *collection) sessions(ctx context.Context, s *sheet) error {
	if !c.seesStats {
		s.lose("remote_sessions", "remote_sessions_plain")
		c.run.Note(kindServer, "Sessions of other roles could not be read: grant pg_monitor, or pg_read_all_stats.")
		return nil
	}
	found, err := rows[struct{ All, Plain int64 }](ctx, c, c.session, query{call: "pg_stat_activity, pg_stat_ssl", sql: `
SELECT count(*), count(*) FILTER (WHERE NOT coalesce(t.ssl, false))
FROM pg_stat_activity a LEFT JOIN pg_stat_ssl t USING (pid)
WHERE a.backend_type = 'client backend' AND a.client_addr IS NOT NULL AND NOT a.client_addr <<= '127.0.0.0/8' AND a.client_addr <> '::1'`})
	if err != nil {
		return err
	}
	s.set("remote_sessions", int(found[0].All))
	s.set("remote_sessions_plain", int(found[0].Plain))
	return nil
}

type replica struct {
	Application, Address, Role, State, Sync *string
	TLS                                     bool
	Bytes, Lag                              *float64
}

// replicas tells who streams from this server.
func (c *collection) replicas(ctx context.Context) error {
	if !c.seesStats {
		c.run.Incomplete(kindReplica, "Replicas could not be read: grant pg_monitor, or pg_read_all_stats.")
		return nil
	}
	found, err := rows[replica](ctx, c, c.session, query{call: "pg_stat_replication", sql: `
SELECT r.application_name, coalesce(host(r.client_addr), 'local'), r.usename::text, r.state, r.sync_state, coalesce(t.ssl, false),
  CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::float8 END, extract(epoch FROM r.replay_lag)::float8
FROM pg_stat_replication r LEFT JOIN pg_stat_ssl t USING (pid) ORDER BY 1, 2, r.pid`})
	if err != nil {
		return err
	}
	times := map[string]int{}
	for _, r := range found {
		s := newSheet()
		name := text(r.Application) + "@" + text(r.Address)
		s.set("name", name)
		s.set("role", text(r.Role))
		s.set("state", text(r.State))
		s.set("sync", text(r.Sync))
		s.set("tls", r.TLS)
		if r.Bytes != nil {
			s.set("lag_bytes", int(*r.Bytes))
		}
		if r.Lag != nil {
			s.set("lag", int(*r.Lag))
		}
		if times[name]++; times[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, times[name])
		}
		if err := c.emit(ctx, kindReplica, name, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindReplica)
	return nil
}
