// Package postgres reads how a PostgreSQL cluster is set up: who may sign in
// and how, what roles can do, what everybody may read, what is logged, archived
// and replicated.
//
// What it reads: the catalogs and statistics views of pg_catalog, in the
// database that is named and in every other one that it may connect to, each in
// one read-only transaction with pg_catalog alone on the search path. It needs
// pg_monitor; rules of pg_hba.conf and the methods of passwords need one more
// grant each, and are unavailable without.
//
// Authority: the cluster's system identifier, which its replicas share and
// which survives a change of address; the address where the server does not
// tell it. Ids are object identifiers, not names.
//
// Invariants
//
//   - No row of a table of yours is ever read, and no password hash leaves the
//     server: methods are told by the server's own comparison.
//
//   - What the server hides from a role (settings, sessions of others) is
//     unavailable, never off or none: the rights to see it are looked at first.
//
//   - A database that cannot be entered makes what is read within databases
//     incomplete, and is named.
//
// Pitfalls: PostgreSQL leaves settings out of a list instead of refusing them.
// Privileges on schemas are seen only from within their database. A rule of
// pg_hba.conf has no id, so its words are its id, with a number where they stand
// twice; its place is a field, because the first rule that fits decides. The
// file may hold what was not loaded yet.
package postgres
