// Package year tests the house from outside, as app puts it together: the
// demonstration's year, which every rule of collecting, judging and standing
// has passed through, and a scan of a repository that git itself made.
//
// Invariants: the year is made once, in a store of its own, and its tests only
// read it; what they assert is the story as docs and pages tell it, so that a
// change of a rule that changes the story fails here.
package year
