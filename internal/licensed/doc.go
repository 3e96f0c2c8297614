// Package licensed keeps the published wording of the criteria for an
// organization that holds a licence to it and imported it for itself.
//
// Invariants: an organization has at most one copy, and an import replaces it
// whole or not at all; the copy is the organization's alone: it lies sealed
// under its key, is read by its leads and owners and by no guest, and never enters
// the library, an exported list, a package or the log, which say only that a
// copy was imported or forgotten, and how much it covers; nothing is judged by
// it.
//
// Tables written by this package alone: licensed_copy. It serves no criterion:
// it helps people to read them.
package licensed
