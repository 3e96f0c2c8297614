package postgres

import "assay/internal/resource"

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

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

func volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

func in(f resource.Field, unit string) resource.Field {
	f.Unit = unit
	return f
}

func listOf(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func from(field string) resource.Mapping { return resource.Mapping{From: field} }

func state(kind, title, label string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: label, Fields: fields}
}

func serverKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindServer, "PostgreSQL servers", "name",
		must("name", s, "host:port by which it was reached"),
		words(must("id_from", s, "how the cluster is known: its system identifier, or its address"), "control", "address"),
		must("version", s, "as it states it"),
		must("major", i, "major version"),
		may("support_ends_on", resource.Date, "last day on which the project mends this major version; absent for one that this connector does not know"),
		must("standby", b, "it replays another server's log"),
		volatile(must("started_at", resource.Time, "when it was started")),
		must("ssl", b, "it offers TLS"),
		may("ssl_least", s, "oldest TLS version that it accepts, such as TLSv1.2; absent when it accepts any"),
		must("own_session_tls", b, "the connection by which this was read was encrypted"),
		volatile(must("remote_sessions", i, "sessions over the network while it was read")),
		volatile(must("remote_sessions_plain", i, "of these without encryption")),
		must("password_encryption", s, "method by which new passwords are stored"),
		must("data_checksums", b, "pages on disk carry checksums"),
		must("durable", b, "fsync, full_page_writes and synchronous_commit keep what was committed over a crash"),
		must("log_connections", b, "sign-ins are logged"),
		must("log_disconnections", b, "sign-outs are logged"),
		words(must("log_statement", s, "which statements are logged"), "none", "ddl", "mod", "all"),
		must("log_destination", s, "where the log goes"),
		must("logging_collector", b, "it keeps its own log files"),
		must("log_line_prefix", s, "what stands before each line of the log"),
		listOf(must("preloaded", s, "libraries loaded at start, sorted")),
		must("pgaudit", b, "pgaudit is loaded"),
		may("pgaudit_log", s, "classes of statements that pgaudit logs; absent without it"),
		listOf(must("listens_on", s, "addresses that it listens on, sorted; * is all")),
		words(must("archive_mode", s, "whether its log is archived"), "off", "on", "always"),
		must("archive_set", b, "a command or a library to archive with is set"),
		must("archive_failing", b, "the last attempt to archive failed"),
		volatile(may("last_archived_at", resource.Time, "last success; absent before the first")),
		volatile(may("last_archive_failed_at", resource.Time, "last failure; absent before the first")),
		volatile(in(may("replay_lag", i, "on a standby: age of the last transaction that it replayed; absent elsewhere and before the first"), "seconds")),
		must("restart_pending", b, "a setting was changed that takes effect at the next start only"),
	)
}

func roleKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := state(kindRole, "Roles", "name",
		must("name", s, "its name"),
		words(must("holder", s, "system: comes with PostgreSQL, or cannot sign in; service: named in the settings; person: every other"), "person", "service", "system"),
		must("can_login", b, "it can sign in"),
		must("superuser", b, "no check of rights applies to it"),
		must("becomes_superuser", b, "it is a superuser, or can become one by its memberships"),
		must("create_role", b, "it can make and change roles"),
		must("create_database", b, "it can make databases"),
		must("replication", b, "it can stream everything that is written"),
		must("bypass_rls", b, "row security does not apply to it"),
		must("inherits", b, "it has its memberships' rights without asking"),
		must("admin", b, "it becomes superuser, makes roles, or can read, write or run files on the server"),
		listOf(must("member_of", s, "roles that it is a member of, directly or not, sorted")),
		must("connection_limit", resource.Int, "sessions at once; -1 is no limit"),
		may("password_ends_at", resource.Time, "until when its password is good; absent when for ever"),
		words(must("password_method", s, "how its password is stored"), "none", "scram-sha-256", "md5", "other"),
	)
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": from("name"), "holder": from("holder"), "enabled": from("can_login"), "admin": from("admin"),
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
	return state(kindMembership, "Memberships of roles", "member",
		must("role", s, "role that was given"),
		must("member", s, "role that it was given to"),
		may("grantor", s, "who gave it; absent when that role is gone"),
		must("admin", b, "the member may give it on"),
		must("inherits", b, "the member has its rights without asking"),
		must("sets", b, "the member can become it"),
	)
}

func ruleKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindRule, "Rules of pg_hba.conf", "rule",
		must("rule", s, "the rule in words, or its line when it cannot be read"),
		must("line", resource.Int, "its place in the file: the first rule that fits decides"),
		may("type", s, "local, host, hostssl, hostnossl, hostgssenc, hostnogssenc; absent when the line cannot be read"),
		listOf(may("databases", s, "databases that it is for")),
		listOf(may("users", s, "roles that it is for")),
		may("address", s, "network, host name or word that it is for; absent for local"),
		may("method", s, "how who comes is known: scram-sha-256, cert, peer, trust …"),
		listOf(may("options", s, "names of the method's options, sorted; clientcert and map with their value")),
		may("remote", b, "it is for more than this machine"),
		may("any_address", b, "it is for every address"),
		may("error", s, "why the line cannot be read; absent when it can"),
	)
}

func databaseKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindDatabase, "Databases", "name",
		must("name", s, "its name"),
		must("owner", s, "role that owns it"),
		must("template", b, "others may copy it"),
		must("connectable", b, "connections are allowed"),
		must("public_connect", b, "every role that can sign in may connect"),
		must("public_create", b, "every role may make schemas in it"),
		must("public_temporary", b, "every role may make temporary tables in it"),
		must("entered", b, "it was read from within"),
	)
}

func schemaKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindSchema, "Schemas", "name",
		must("name", s, "database.schema"),
		must("database", s, "database that it is in"),
		must("owner", s, "role that owns it"),
		must("public_usage", b, "every role may see what is in it"),
		must("public_create", b, "every role may make tables and functions in it"),
		must("tables", i, "tables and views in it"),
		must("public_readable", i, "of these that every role with usage of the schema may read"),
		must("public_writable", i, "of these that every role with usage of the schema may change"),
		must("public_definer_functions", i, "functions that run with their owner's rights and that every role may run"),
	)
}

func grantKind() resource.Schema {
	const s, i = resource.String, resource.Int
	return state(kindGrant, "Privileges on tables", "name",
		must("name", s, "database.schema → role"),
		must("database", s, "database"),
		must("schema", s, "schema"),
		must("role", s, "role that has them, and is not the owner; PUBLIC is every role"),
		listOf(must("privileges", s, "what it may do with at least one table, sorted")),
		listOf(must("grantable", s, "of these, what it may give on")),
		must("tables", i, "tables and views on which it may do something"),
	)
}

func extensionKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindExtension, "Extensions", "name",
		must("name", s, "database.extension"),
		must("database", s, "database that it is in"),
		must("extension", s, "its name"),
		must("version", s, "version in use"),
		may("offered", s, "version that the server's files hold; absent when they are gone"),
		must("outdated", b, "the server's files hold another version than the one in use, or none"),
	)
}

func replicaKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindReplica, "Replicas", "name",
		must("name", s, "application_name@address"),
		must("role", s, "role that it signs in as"),
		must("state", s, "startup, catchup, streaming, backup, stopping"),
		must("sync", s, "async, potential, sync, quorum"),
		must("tls", b, "its connection is encrypted"),
		volatile(in(may("lag_bytes", i, "log that it has not replayed yet; absent before it began"), "bytes")),
		volatile(in(may("lag", i, "time that the last replayed log took to get there; absent when idle"), "seconds")),
	)
}
