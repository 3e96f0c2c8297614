package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
)

const (
	testHBA = `
hostssl all root_of_it 127.0.0.1/32 trust
hostssl all,replication assay 127.0.0.1/32 scram-sha-256
host shop app 10.0.0.0 255.255.255.0 md5
host shop app 10.0.0.0 255.255.255.0 md5
hostnossl all all 0.0.0.0/0 ldap ldapserver=ldap.test ldapbinddn="cn=x" ldapbindpasswd=hidden ldapbasedn="dc=test"
hostssl all all ::/0 cert clientcert=verify-full
local all all peer
`
	testSettings = "log_connections = on\nlog_statement = ddl\narchive_mode = on\narchive_command = 'echo hidden; false'\nwal_level = replica\nssl_min_protocol_version = 'TLSv1.2'\n"
	testData     = `
CREATE ROLE team NOLOGIN; CREATE ROLE chiefs NOLOGIN SUPERUSER;
CREATE ROLE ann LOGIN PASSWORD 'a' VALID UNTIL '2030-01-01'; GRANT team TO ann; GRANT chiefs TO team;
CREATE ROLE app LOGIN BYPASSRLS; CREATE ROLE runner LOGIN; GRANT pg_execute_server_program TO runner;
SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD 'b' VALID UNTIL 'infinity'; RESET password_encryption;
CREATE DATABASE shop;
CREATE DATABASE closed;
REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
CREATE DATABASE off ALLOW_CONNECTIONS false`
	shopData = `
CREATE SCHEMA open; GRANT USAGE, CREATE ON SCHEMA open TO PUBLIC;
CREATE TABLE open.orders (id int, card text); GRANT SELECT ON open.orders TO PUBLIC; GRANT SELECT, INSERT ON open.orders TO app WITH GRANT OPTION;
CREATE TABLE open.notes (id int, note text); GRANT UPDATE (note) ON open.notes TO PUBLIC;
CREATE VIEW open.all_orders AS SELECT id FROM open.orders;
CREATE FUNCTION open.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE EXTENSION IF NOT EXISTS plpgsql;`
)

func grantText() string { return strings.ReplaceAll(grant, "<choose one>", "chosen") }

func TestACluster(t *testing.T) {
	c := newCluster(t, testHBA, testSettings)
	c.sql("postgres", testData)
	c.sql("shop", shopData)
	c.sql("postgres", grantText())
	c.write("data/pg_hba.conf", testHBA+"nonsense\n") // not loaded yet
	f, err := collect(t, c.config(connector.Config{"services": "app runner"}))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.authority, "postgres:") {
		t.Errorf("authority %s", f.authority)
	}
	f.want(t, "postgres.role ann", map[string]any{
		"holder": "person", "can_login": true, "superuser": false, "becomes_superuser": true, "admin": true, "member_of": []string{"chiefs", "team"},
		"password_ends_at": "2030-01-01 00:00:00 +0000 UTC", "password_method": "scram-sha-256", "connection_limit": -1,
	})
	f.want(t, "postgres.role app", map[string]any{"holder": "service", "bypass_rls": true, "admin": false, "password_method": "none", "password_ends_at": none})
	f.want(t, "postgres.role runner", map[string]any{"admin": true, "becomes_superuser": false, "superuser": false})
	f.want(t, "postgres.role old", map[string]any{"password_method": "md5", "password_ends_at": none})
	f.want(t, "postgres.role root_of_it", map[string]any{"superuser": true, "holder": "person"})
	f.want(t, "postgres.role assay", map[string]any{"holder": "service", "connection_limit": 3, "admin": false})
	f.want(t, "postgres.role pg_monitor", map[string]any{"holder": "system"})
	f.want(t, "postgres.membership ann", map[string]any{"role": "team", "member": "ann", "grantor": "root_of_it", "admin": false, "inherits": true, "sets": true})

	name := "localhost:" + c.port
	f.want(t, "postgres.server "+name, map[string]any{
		"id_from": "control", "standby": false, "ssl": true, "ssl_least": "TLSv1.2", "own_session_tls": true, "remote_sessions": 0, "remote_sessions_plain": 0,
		"password_encryption": "scram-sha-256", "data_checksums": true, "durable": false, "log_connections": true, "log_disconnections": false, "log_statement": "ddl",
		"pgaudit": false, "pgaudit_log": none, "preloaded": []string{}, "listens_on": []string{"127.0.0.1"}, "archive_mode": "on", "archive_set": true, "restart_pending": false,
	})
	f.want(t, "postgres.hba_rule host shop app 10.0.0.0/24 md5", map[string]any{"remote": true, "any_address": false, "databases": []string{"shop"}, "users": []string{"app"}})
	f.want(t, "postgres.hba_rule hostnossl all all 0.0.0.0/0 ldap ldapbasedn ldapbinddn ldapbindpasswd ldapscope ldapserver", map[string]any{"any_address": true, "method": "ldap"})
	f.want(t, "postgres.hba_rule hostssl all all ::/0 cert clientcert=verify-full", map[string]any{"any_address": true, "options": []string{"clientcert=verify-full"}})
	f.want(t, "postgres.hba_rule hostssl all root_of_it 127.0.0.1/32 trust", map[string]any{"remote": false})
	f.want(t, "postgres.hba_rule local all all peer", map[string]any{"remote": false, "any_address": false, "address": none})
	f.want(t, "postgres.hba_rule line 9", map[string]any{"method": none})
	if f.reports[kindRule].Items != 8 || !f.reports[kindRule].Complete {
		t.Errorf("%+v", f.reports[kindRule])
	}
	f.want(t, "postgres.database shop", map[string]any{"public_connect": true, "public_temporary": true, "public_create": false, "entered": true, "owner": "root_of_it"})
	f.want(t, "postgres.database closed", map[string]any{"public_connect": false, "entered": false, "connectable": true})
	f.want(t, "postgres.database off", map[string]any{"entered": false, "connectable": false})
	f.want(t, "postgres.schema shop.open", map[string]any{"public_usage": true, "public_create": true, "tables": 3, "public_readable": 1, "public_writable": 1, "public_definer_functions": 1})
	f.want(t, "postgres.grant shop.open → app", map[string]any{"privileges": []string{"INSERT", "SELECT"}, "grantable": []string{"INSERT", "SELECT"}, "tables": 1})
	f.want(t, "postgres.grant shop.open → PUBLIC", map[string]any{"privileges": []string{"SELECT", "UPDATE"}, "tables": 2, "grantable": []string{}})
	f.want(t, "postgres.extension shop.plpgsql", map[string]any{"outdated": false})
	for _, kind := range inner {
		if f.reports[kind].Complete || !strings.Contains(f.problems(), "Database closed could not be read from within") {
			t.Errorf("%s: %+v", kind, f.reports[kind])
		}
	}
	for _, kind := range []string{kindServer, kindRole, kindMembership, kindDatabase, kindReplica} {
		if !f.reports[kind].Complete {
			t.Errorf("%s: %+v", kind, f.reports[kind])
		}
	}
	for ref, r := range f.resources {
		for name, v := range r.Fields {
			if s, ok := v.(string); ok && (strings.Contains(s, "hidden") || strings.Contains(s, "SCRAM-SHA-256$")) {
				t.Errorf("%s: %s holds %q", ref, name, s)
			}
		}
	}
	archiving(t, c)
	replicating(t, c)
}

// archiving waits for the archiver to fail once.
func archiving(t *testing.T, c *cluster) {
	c.sql("postgres", "CREATE TABLE t AS SELECT 1;\nSELECT pg_switch_wal()")
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range 50 {
		f, err := collect(t, c.config(nil))
		if err != nil {
			t.Fatal(err)
		}
		if r := f.resources["postgres.server localhost:"+c.port]; r.Fields["archive_failing"] == true && r.Fields["last_archive_failed_at"] != nil && r.Fields["last_archived_at"] == nil {
			return
		}
		<-tick.C
	}
	t.Error("the failure to archive was not seen within ten seconds")
}

// replicating lets a program stream the log.
func replicating(t *testing.T, c *cluster) {
	c.sql("postgres", "ALTER ROLE assay REPLICATION")
	ctx, cancel := context.WithCancel(t.Context())
	cmd := c.run(ctx, "pg_receivewal", "-D", "data", "-d", "host=127.0.0.1 port="+c.port+" user=assay sslmode=require application_name=standby", "--no-loop")
	cmd.Env = append(cmd.Env, "PGPASSWORD=chosen")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		f, err := collect(t, c.config(nil))
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := f.resources["postgres.replica standby@127.0.0.1"]; ok && r.Fields["state"] == "streaming" {
			f.want(t, "postgres.replica standby@127.0.0.1", map[string]any{"role": "assay", "sync": "async", "tls": true})
			return
		}
		<-tick.C
	}
	t.Error("the program that streams was not seen within ten seconds")
}

func TestLeastPrivilege(t *testing.T) {
	c := newCluster(t, testHBA, testSettings)
	c.sql("postgres", "CREATE ROLE assay LOGIN PASSWORD 'chosen'")
	f, err := collect(t, c.config(nil))
	if err != nil {
		t.Fatal(err)
	}
	f.want(t, "postgres.server localhost:"+c.port, map[string]any{
		"ssl": true, "preloaded": gone, "pgaudit": gone, "pgaudit_log": gone, "remote_sessions": gone, "remote_sessions_plain": gone, "log_connections": true,
	})
	f.want(t, "postgres.role assay", map[string]any{"password_method": gone, "superuser": false})
	for kind, complete := range map[string]bool{kindServer: true, kindRole: true, kindRule: false, kindReplica: false, kindDatabase: true, kindSchema: true} {
		if f.reports[kind].Complete != complete {
			t.Errorf("%s: %+v", kind, f.reports[kind])
		}
	}
	if c := f.calls["pg_hba_file_rules"]; c.Refused != 1 {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"two grants on pg_hba_file_rules", "grant pg_monitor", "How passwords are stored"} {
		if !strings.Contains(f.problems(), want) {
			t.Errorf("nobody is told of %q in\n%s", want, f.problems())
		}
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	c := newCluster(t, testHBA, "")
	c.sql("postgres", "CREATE ROLE assay LOGIN PASSWORD 'chosen'")
	for name, change := range map[string]connector.Config{
		"does not let the role in":   {"password": "wrong"},
		"has no such database":       {"database": "nowhere"},
		"certificate":                {"ca": ""},
		"not valid for any names":    {"address": "127.0.0.1:" + c.port},
		"ldap authentication failed": {"tls": "disable"},
		"connection refused":         {"address": "localhost:1"},
	} {
		if _, err := collect(t, c.config(change)); err == nil || !strings.Contains(strings.ToLower(err.Error()), name) && !strings.Contains(fault.Text(err), name) &&
			(name != "not valid for any names" || !strings.Contains(err.Error(), "cannot validate certificate for 127.0.0.1")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	source, err := Product().Open(c.config(nil), connector.Env{Now: clock.System})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Authority(t.Context()); !errors.Is(err, outbound.ErrAddress) {
		t.Errorf("an address of this machine: %v", err)
	}
}

func TestSettings(t *testing.T) {
	for _, set := range []connector.Config{
		{}, {"address": "db.test:0"}, {"address": "db.test/x"}, {"address": "db test"}, {"address": "db.test", "tls": "prefer"}, {"address": "db.test", "ca": "none"},
	} {
		if _, err := Product().Open(set, connector.Env{Now: clock.System}); fault.Of(err) != fault.Invalid {
			t.Errorf("%v: %v", set, err)
		}
	}
	for _, address := range []string{"db.test", "db.test:5433", "[::1]:5432", "192.0.2.1"} {
		if _, err := Product().Open(connector.Config{"address": address}, connector.Env{Now: clock.System}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
