// Command screens looks at every page of a served demonstration in Chromium:
// it writes the pictures of docs/screens, in both themes, wide and narrow, and
// reports what axe finds and what overflows.
//
// With -fresh it goes through the set-up of a new server instead, as a person
// would, and looks at its screens and at the pages of an organization that has
// nothing yet.
//
// Invariants: of the demonstration, whose roles need no password, it only reads
// pages, and presses what changes nothing.
package main
