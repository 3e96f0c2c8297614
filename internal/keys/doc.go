// Package keys holds the keys of every organization: one from which those for
// content, personal parts, secrets and objects derive or are wrapped, and one
// with which the organization's log is signed.
//
// The master key is in the environment, in a file, or in a file that a key
// service opens (Place).
//
// Invariants: the master key lives outside the database; a row of keys_org opens
// only under it and only for its own organization; destroying the row makes
// everything sealed under it unreadable for ever (crypto-shredding).
//
// The key of a log may be in a process of its own instead (internal/kit/signer):
// then whoever reads the store cannot sign.
//
// Tables written by this package alone: keys_org.
package keys
