// Package bag writes and strictly reads a BagIt bag (RFC 8493) inside a zip
// file, signed as a whole. docs/spec/package.md, container, is the format.
//
// Invariants
//   - A bag has exactly one encoding as a file: members are stored, not
//     compressed, one after the other without gaps; times and attributes are
//     fixed; names are plain; nothing precedes, separates or follows them. A
//     reader makes the zip structures again from names and contents and
//     compares, so that no bit of the file is without meaning.
//   - The payload files are those of the manifest, in its order, and no other;
//     the tag manifest covers the manifest; the signature covers the tag
//     manifest.
//   - Contents are handed out only after they were found to have the hash that
//     the manifest says, except pieces of a file, which the caller must check.
//   - Since nothing is compressed, a file cannot be larger unpacked than packed.
package bag
