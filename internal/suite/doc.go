// Package suite names the use cases of Assay in one place, so that every front
// door (web, API, command line, scan, demonstration) is handed the same ones.
//
// Invariants: it holds services and nothing else; it makes no decision and
// opens nothing. Package app fills it.
package suite
