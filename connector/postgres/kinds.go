package postgres

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindServer     = "postgres.server"
	kindRole       = "postgres.role"
	kindMembership = "postgres.membership"
	kindRule       = "postgres.hba_rule"
	kindDatabase   = "postgres.database"
	kindSchema     = "postgres.schema"
	kindGrant      = "postgres.grant"
	kindExtension  = "postgres.extension"
	kindReplica    = "postgres.replica"
)

// Kinds declares everything that the connector can tell about a cluster.
func Kinds() []resource.Schema {
	return []resource.Schema{
		serverKind(), roleKind(), membershipKind(), ruleKind(), databaseKind(), schemaKind(), grantKind(), extensionKind(), replicaKind(),
	}
}

func serverKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindServer, "PostgreSQL servers", "name",
		field.Must("name", s, "host:port by which it was reached"),
		field.Words(field.Must("id_from", s, "how the cluster is known: its system identifier, or its address"), "control", "address"),
		field.Must("version", s, "as it states it"),
		field.Must("major", i, "major version"),
		field.May("support_ends_on", resource.Date, "last day on which the project mends this major version; absent for one that this connector does not know"),
		field.Must("standby", b, "it replays another server's log"),
		field.Volatile(field.Must("started_at", resource.Time, "when it was started")),
		field.Must("ssl", b, "it offers TLS"),
		field.May("ssl_least", s, "oldest TLS version that it accepts, such as TLSv1.2; absent when it accepts any"),
		field.Must("own_session_tls", b, "the connection by which this was read was encrypted"),
		field.Volatile(field.Must("remote_sessions", i, "sessions over the network while it was read")),
		field.Volatile(field.Must("remote_sessions_plain", i, "of these without encryption")),
		field.Must("password_encryption", s, "method by which new passwords are stored"),
		field.Must("data_checksums", b, "pages on disk carry checksums"),
		field.Must("durable", b, "fsync, full_page_writes and synchronous_commit keep what was committed over a crash"),
		field.Must("log_connections", b, "sign-ins are logged"),
		field.Must("log_disconnections", b, "sign-outs are logged"),
		field.Words(field.Must("log_statement", s, "which statements are logged"), "none", "ddl", "mod", "all"),
		field.Must("log_destination", s, "where the log goes"),
		field.Must("logging_collector", b, "it keeps its own log files"),
		field.Must("log_line_prefix", s, "what stands before each line of the log"),
		field.List(field.Must("preloaded", s, "libraries loaded at start, sorted")),
		field.Must("pgaudit", b, "pgaudit is loaded"),
		field.May("pgaudit_log", s, "classes of statements that pgaudit logs; absent without it"),
		field.List(field.Must("listens_on", s, "addresses that it listens on, sorted; * is all")),
		field.Words(field.Must("archive_mode", s, "whether its log is archived"), "off", "on", "always"),
		field.Must("archive_set", b, "a command or a library to archive with is set"),
		field.Must("archive_failing", b, "the last attempt to archive failed"),
		field.Volatile(field.May("last_archived_at", resource.Time, "last success; absent before the first")),
		field.Volatile(field.May("last_archive_failed_at", resource.Time, "last failure; absent before the first")),
		field.Volatile(field.In(field.May("replay_lag", i, "on a standby: age of the last transaction that it replayed; absent elsewhere and before the first"), "seconds")),
		field.Must("restart_pending", b, "a setting was changed that takes effect at the next start only"),
	)
}

func roleKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindRole, "Roles", "name",
		field.Must("name", s, "its name"),
		field.Words(field.Must("holder", s, "system: comes with PostgreSQL, or cannot sign in; service: named in the settings; person: every other"), "person", "service", "system"),
		field.Must("can_login", b, "it can sign in"),
		field.Must("superuser", b, "no check of rights applies to it"),
		field.Must("becomes_superuser", b, "it is a superuser, or can become one by its memberships"),
		field.Must("create_role", b, "it can make and change roles"),
		field.Must("create_database", b, "it can make databases"),
		field.Must("replication", b, "it can stream everything that is written"),
		field.Must("bypass_rls", b, "row security does not apply to it"),
		field.Must("inherits", b, "it has its memberships' rights without asking"),
		field.Must("admin", b, "it becomes superuser, makes roles, or can read, write or run files on the server"),
		field.List(field.Must("member_of", s, "roles that it is a member of, directly or not, sorted")),
		field.Must("connection_limit", resource.Int, "sessions at once; -1 is no limit"),
		field.May("password_ends_at", resource.Time, "until when its password is good; absent when for ever"),
		field.Words(field.Must("password_method", s, "how its password is stored"), "none", "scram-sha-256", "md5", "other"),
	)
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": field.From("name"), "holder": field.From("holder"), "enabled": field.From("can_login"), "admin": field.From("admin"),
	}, Lacks: map[string]string{
		"email":        "PostgreSQL keeps no address of a role. The match of the account says whose it is.",
		"mfa":          "PostgreSQL asks for no second factor itself. How roles prove who they are is judged by the checks of its HBA rules.",
		"created_at":   "PostgreSQL does not keep when a role was made.",
		"last_used_at": "PostgreSQL does not keep when a role signed in last.",
	}}}
	k.Version = 2
	return k
}

func membershipKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindMembership, "Memberships of roles", "member",
		field.Must("role", s, "role that was given"),
		field.Must("member", s, "role that it was given to"),
		field.May("grantor", s, "who gave it; absent when that role is gone"),
		field.Must("admin", b, "the member may give it on"),
		field.Must("inherits", b, "the member has its rights without asking"),
		field.Must("sets", b, "the member can become it"),
	)
}

func ruleKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindRule, "Rules of pg_hba.conf", "rule",
		field.Must("rule", s, "the rule in words, or its line when it cannot be read"),
		field.Must("line", resource.Int, "its place in the file: the first rule that fits decides"),
		field.May("type", s, "local, host, hostssl, hostnossl, hostgssenc, hostnogssenc; absent when the line cannot be read"),
		field.List(field.May("databases", s, "databases that it is for")),
		field.List(field.May("users", s, "roles that it is for")),
		field.May("address", s, "network, host name or word that it is for; absent for local"),
		field.May("method", s, "how who comes is known: scram-sha-256, cert, peer, trust …"),
		field.List(field.May("options", s, "names of the method's options, sorted; clientcert and map with their value")),
		field.May("remote", b, "it is for more than this machine"),
		field.May("any_address", b, "it is for every address"),
		field.May("error", s, "why the line cannot be read; absent when it can"),
	)
}

func databaseKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindDatabase, "Databases", "name",
		field.Must("name", s, "its name"),
		field.Must("owner", s, "role that owns it"),
		field.Must("template", b, "others may copy it"),
		field.Must("connectable", b, "connections are allowed"),
		field.Must("public_connect", b, "every role that can sign in may connect"),
		field.Must("public_create", b, "every role may make schemas in it"),
		field.Must("public_temporary", b, "every role may make temporary tables in it"),
		field.Must("entered", b, "it was read from within"),
	)
}

func schemaKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindSchema, "Schemas", "name",
		field.Must("name", s, "database.schema"),
		field.Must("database", s, "database that it is in"),
		field.Must("owner", s, "role that owns it"),
		field.Must("public_usage", b, "every role may see what is in it"),
		field.Must("public_create", b, "every role may make tables and functions in it"),
		field.Must("tables", i, "tables and views in it"),
		field.Must("public_readable", i, "of these that every role with usage of the schema may read"),
		field.Must("public_writable", i, "of these that every role with usage of the schema may change"),
		field.Must("public_definer_functions", i, "functions that run with their owner's rights and that every role may run"),
	)
}

func grantKind() resource.Schema {
	const s, i = resource.String, resource.Int
	return field.State(kindGrant, "Privileges on tables", "name",
		field.Must("name", s, "database.schema → role"),
		field.Must("database", s, "database"),
		field.Must("schema", s, "schema"),
		field.Must("role", s, "role that has them, and is not the owner; PUBLIC is every role"),
		field.List(field.Must("privileges", s, "what it may do with at least one table, sorted")),
		field.List(field.Must("grantable", s, "of these, what it may give on")),
		field.Must("tables", i, "tables and views on which it may do something"),
	)
}

func extensionKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindExtension, "Extensions", "name",
		field.Must("name", s, "database.extension"),
		field.Must("database", s, "database that it is in"),
		field.Must("extension", s, "its name"),
		field.Must("version", s, "version in use"),
		field.May("offered", s, "version that the server's files hold; absent when they are gone"),
		field.Must("outdated", b, "the server's files hold another version than the one in use, or none"),
	)
}

func replicaKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindReplica, "Replicas", "name",
		field.Must("name", s, "application_name@address"),
		field.Must("role", s, "role that it signs in as"),
		field.Must("state", s, "startup, catchup, streaming, backup, stopping"),
		field.Must("sync", s, "async, potential, sync, quorum"),
		field.Must("tls", b, "its connection is encrypted"),
		field.Volatile(field.In(field.May("lag_bytes", i, "log that it has not replayed yet; absent before it began"), "bytes")),
		field.Volatile(field.In(field.May("lag", i, "time that the last replayed log took to get there; absent when idle"), "seconds")),
	)
}
