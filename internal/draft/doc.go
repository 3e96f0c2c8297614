// Package draft keeps what somebody entered between a page that asks and the
// page that decides: the settings of a connection that was tried, a file that
// was looked at; and what the next page shows once, a link or a token.
//
// Invariants: a draft is its maker's alone, in one organization; it is kept
// where every replica finds it, sealed under the organization's key, because
// it may hold credentials and personal data; it is forgotten when it is used,
// and after half an hour in any case; whoever takes it is the only one who does.
// It proves nothing: no leaf and no entry of the trail speaks of it.
//
// Tables written by this package alone: draft_entry. A draft's file is an object
// in the object store, under a key of its own that the row holds sealed; an
// object whose row a crash lost opens for nobody.
package draft
