// Package demo makes the year of Larkspur, a company that does not exist: its
// people, systems, changes and what went wrong, so that a newcomer sees a real
// story and tests, screenshots and benchmarks have one fixture.
//
// Invariants: every fact goes through the real pipeline (connector, collection,
// leaf, check, standing) under a clock that is moved by hand; the world is a
// function of the day and the scale, so that the same date gives the same
// facts; the log's origin ends in demo.invalid, for ever; nothing here runs for
// a store that is not the demonstration's own; facts are of the kinds that the
// connectors declare, so that the checks of the catalog judge them, and nobody
// is called for them, now or later.
package demo
