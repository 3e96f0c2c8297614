// Package db is the one door to the relational store. The same schema and the
// same statements run on SQLite and on PostgreSQL; what the two spell
// differently (locks, row-level security, error codes) is a method here.
//
// Invariants
//   - A transaction is opened with an access.Grant and is confined to the
//     grant's organization: every tenant table has the column org_id, every
//     statement takes tx.Org() for it, and on PostgreSQL row-level security
//     repeats the rule.
//   - Every time in a table is milliseconds UTC since 1970, 0 for none; bare
//     dates are text YYYY-MM-DD.
//   - SQLite has one writer and several readers. A write transaction holds the
//     writer, so it is short.
//   - A migration survives three states: not applied, applied, flag flipped.
//     Columns are enumerated, never *.
package db
