// Package closure compiles checked expressions of the check language to Go
// closures over the slots of a resource, so that a verdict costs nanoseconds.
// What it means is said by package rule and docs/spec/check.md alone.
//
// Invariants
//   - A result equals the one that cel-go gives for the same expression and the
//     same input: the value, the error with its words, and the first error that
//     was absorbed on the way. Whatever lies outside of the subset is refused
//     when it is compiled; whatever turns out to lie outside while it runs, and
//     every evaluation that could reach the limit of cost, is given up, and the
//     caller asks cel-go.
//   - Reading a field that is not there as declared is an error that is noted,
//     whoever absorbs it.
//   - An evaluation says until when its result holds: no instant of the run
//     before that gives another one.
//   - Slots are the fields of a kind in the order of its schema, so that a
//     resource that was read once serves every expression about its kind.
package closure
