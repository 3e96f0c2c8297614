// Sbom writes the software bill of materials of a release in CycloneDX 1.5 JSON.
// It reads what the linker recorded in each program, so that it lists what was
// built rather than what was asked for, and the modules' licences from the
// module cache. The same programs always give the same bytes: there is no date
// in it, and its serial number is drawn from their hashes.
//
// A module's hash is the one that go.sum holds, an h1 hash: the SHA-256 of the
// sorted list of its files' hashes, not of one archive.
package main
