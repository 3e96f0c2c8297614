// Package dbtest opens throw-away stores for tests: SQLite always, PostgreSQL
// too when ASSAY_TEST_POSTGRES names a server (a URL of a superuser).
//
// Invariants: each test has an empty, migrated store of its own; the
// PostgreSQL role is an ordinary one, so that row-level security holds in
// tests as it does in production; the clock stands still until it is moved.
package dbtest
