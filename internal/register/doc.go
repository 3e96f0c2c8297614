// Package register is what registers stand on: risks, vendors, incidents and
// whatever else an organization keeps a list of, records of one kind with a
// short id, fields, states and moves between them. A register is declared as
// data (Declaration); a rule in Go says only what data cannot. It knows no
// noun itself.
//
// From one declaration come the list, the record with its versions, adding,
// changing, moving and archiving it, import and export, settings, facts for
// checks, and, in the doors above, pages, operations and commands.
//
// Invariants
//   - A value is kept in its canonical text, whatever way it came in; what
//     cannot be read is refused by field, and nothing of the record is saved.
//   - Every change makes a version, which stays, and an entry of the trail with
//     the SHA-256 of the version. Whoever changes a record names the version
//     that they read; if it is not the newest, nothing is saved.
//   - A move that decides is refused to whoever wrote on the record since the
//     last decision.
//   - A record leaves the register by being archived, with a reason, and comes
//     back whole. Its id is never given again.
//   - Derived values are worked out from fields, settings and the time; nobody
//     enters them. Those that do not depend on the time are kept in the index.
//   - A snapshot never changes; the leaf of the move that took it commits to it.
//
// Tables written by this package alone: register_row, register_key,
// register_version, register_counter, register_setting, register_snapshot. What a
// register serves is said by the package that declares it.
package register
