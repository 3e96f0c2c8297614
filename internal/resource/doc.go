// Package resource says what a collected fact is: its kind and schema, its
// identity, its canonical bytes and its hash. It is pure.
//
// Invariants
//   - A resource is (kind, authority, the provider's immutable id), never a
//     name. A reused name with a new id is a new resource.
//   - A value of the wrong type, an unknown field or a missing required field
//     is a collection error, never a verdict. A null is the same as absent.
//   - A field that could not be read is listed as unavailable; whoever reads
//     it cannot tell, and says so.
//   - Stored bytes are never rewritten. A record is the core fields with the
//     commitment to the personal part inside; erasing the personal part and
//     its salt leaves the record verifiable.
//   - Volatile fields (last used, last seen) travel in a record of their own,
//     part "seen", so that they do not break the interval of the rest.
//   - A facet field that a kind does not map is unavailable, not absent.
package resource
