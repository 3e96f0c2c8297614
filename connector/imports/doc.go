// Package imports reads files that people bring: JSON, NDJSON or CSV, as
// resources of a kind that they declare themselves in a few lines of YAML.
//
// What it reads: a stream handed to Read, from an upload or a call, or a file on
// this machine where the operator allows paths.
//
// Authority: whatever the declaration names as the giver of the ids.
//
// Grants: none; the file comes to Assay.
//
// Invariants
//   - A row is kept whole or refused with its line and the reason. A refusal
//     leaves the other rows alone and the listing incomplete.
//   - Only declared fields are kept; what else a row holds is left out.
//   - A row that is cut off, repeated, too long, too deep or in another encoding
//     is refused, never repaired.
//   - A file without a row is no proof that there is none, unless it says so:
//     an empty JSON list, or a CSV heading alone.
//   - Memory does not grow with the file, but for 16 bytes and some for each id.
//
// Pitfalls: a file says what its maker wanted it to say; where it comes from
// belongs into the evidence beside it. For events, the file does not say which
// span it covers: whoever brings it must.
package imports
