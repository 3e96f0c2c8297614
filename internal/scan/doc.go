// Package scan looks at a repository and a host once, without a server and
// without an account: the same connectors, checks and log as everywhere, in a
// store that the caller throws away.
//
// Invariants: nothing is judged that was not sealed first; what could not be
// read is named and never counted as a pass; a criterion that no check bears on
// is not mentioned as if it were met.
package scan
