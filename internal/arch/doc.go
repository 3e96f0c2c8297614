// Package arch holds the rules of the house as tests: which package may import
// which, that every package says what it is for, how long a file and how full a
// package may be, where SQL may stand, who writes a table, which migrations are
// frozen, and what may not appear in the tree. It holds no code that runs.
//
// The floors are in floors_test.go; a new package is given its place there. The
// tests read the files themselves: a test that asked the go command would be
// answered from the test cache after a package was added. Each rule has cases
// in fires_test.go that it must object to, so that a rule cannot go quiet.
package arch
