// Command screens looks at every page of a served demonstration in Chromium:
// it writes the pictures of docs/screens, in both themes, wide and narrow, and
// reports what axe finds and what overflows.
//
// Invariants: it only reads pages; it works on the demonstration alone, whose
// roles need no password.
package main
