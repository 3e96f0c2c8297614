// Package governance declares the registers of oversight: meetings with their
// minutes, and findings with what corrects them.
//
// A finding is a deficiency from any source: an internal audit, an examination, a
// penetration test, an exercise, or somebody's own look. It is corrected by whoever
// owns it, and closed after a retest by somebody who did not write on it.
//
// Invariants
//   - A finding is closed by a retest alone, made by somebody who neither wrote it
//     down nor corrected it; one that fails the retest is open again.
//   - A meeting lies in the past. Its minutes are approved by somebody who did not
//     write them, and do not change afterwards.
//
// It serves CC1.2, CC2.1, CC4.1 and CC4.2. It writes no table.
package governance
