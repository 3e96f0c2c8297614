// Package evidence is what people add as proof that controls operate: files,
// signed statements, and references to what was collected.
//
// A piece of evidence covers days: [From, To). Of several that serve the same
// lane of a control the one that reaches furthest is its head; only heads fall
// due.
//
// Invariants
//   - Evidence is never changed and never deleted. A correction is a new piece
//     that supersedes the old, which stays.
//   - The leaf is written with the row. It commits, salted, to the plain content
//     and to the words about it, and names the ciphertext by its hash; nothing
//     personal and no free text is in it.
//   - Content is stored encrypted under a key of its own, which the org's key
//     wraps; it is on no disk in plain.
//   - What a file is, is read from its bytes, and nothing that a browser would
//     run is called anything but bytes or text.
//   - A verification starts as failed and recomputes everything.
//
// Tables written by this package alone: evidence_item, evidence_control. It
// offers its records as facts of kind program.evidence. It serves CC2.1 and
// CC4.1.
package evidence
