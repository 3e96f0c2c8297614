// Package collect runs connectors: it keeps the connections, their sealed
// credentials and their schedule, and writes each run as a collection with its
// intent, manifest and leaf.
//
// Invariants
//
//   - The intent is in the log before the source is asked anything, who it is
//     included.
//
//   - A connection reads one authority for ever, so that a listing of another
//     place is not taken for the end of what this one held.
//
//   - A connector that panics, hangs or ends early is a collection that broke
//     off; one that never brought anything is as overdue as one that stopped.
//
//   - A resource that does not fit its schema is refused, named in the
//     manifest, and its kind is incomplete; the rest is kept.
//
//   - A connection that is paused or removed says so in the log, so that its
//     silence is not taken for "nothing there".
//
//   - The org's own registers (people, evidence …) are collected exactly like
//     a connection, under the id "register/<product>".
//
//   - A kind that the org declares is versioned: a version never changes, a
//     later one adds to what went before, and none takes a word of Assay's own.
//     Its files come through the connection "import/<kind>", and each is a
//     collection: a file that cannot be read as the kind leaves no trace, a row
//     that does not fit makes the listing incomplete.
//
//   - An imported file waits on disk sealed and nameless, and is not kept.
//
//   - Credentials leave this package only into the connector's Open, and are
//     taken out of every text that comes back. Where they are sent changes only
//     together with them.
//
//   - A message that a product sent by itself is kept sealed until a collection
//     has told of it, once however often it came, and changes nothing else: what
//     is, is read.
//
// Tables written by this package alone: collect_connection,
// collect_kind, collect_message. It serves CC7.1
// and CC2.1.
package collect
