// Package trail is who did what: one entry for every change, every refusal
// that matters, every read from the host's console and every read of evidence
// by an auditor.
//
// Invariants: an entry is written in the transaction of what it describes, and
// its leaf with it; names, addresses, labels and details stay in the row, the
// leaf holds pseudonyms and a salted commitment to them; an action has the
// name of the permission that allowed it.
//
// Tables written by this package alone: trail_entry. It serves CC6.1, CC7.2
// and CC7.3.
package trail
