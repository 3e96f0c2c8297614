// Package id makes identifiers: a short prefix that names the noun, then 26
// characters of Crockford base32 over 48 bits of milliseconds and 80 random
// bits, as ULID does, so that ids sort by the time they were made.
//
// Invariants: ids never carry meaning beyond noun and time; a parsed id has
// the prefix that was asked for; ids are safe in URLs, file names and SQL.
package id
