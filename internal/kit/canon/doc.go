// Package canon writes canonical JSON (RFC 8785) for the values that leaves
// and records are made of: strings, booleans, integers of magnitude at most
// 2^53-1, arrays and objects.
//
// Invariants: equal values give equal bytes; floats, nulls, invalid UTF-8 and
// larger integers are refused, because two readers could disagree about them.
// Stored bytes are never canonicalized again: verifiers hash what is stored.
package canon
