// Package keys holds the keys of every organization: one from which those for
// content, personal parts, secrets and objects derive or are wrapped, and one
// with which the organization's log is signed.
//
// The master key is in the environment, in a file, or in a file that a key
// service opens (Place).
//
// Invariants: the master key lives outside the database; a row of keys_org opens
// only under it and only for its own organization; destroying the row makes
// everything sealed under it unreadable for ever (crypto-shredding). Nobody seals under
// a key that is not stored: what a transaction changes is told to others when it has
// committed.
//
// Keys turn while the store is served. The master key: a new one is durable beside
// the present (Place.Stage), the store is put under it in one transaction
// (Ring.RotateMaster) and then it takes its place (Place.Promote); until
// Ring.RetireMaster the store leads from the old one to it. An organization's: the new
// one seals, the older ones open (Ring.Rotate), what is sealed is sealed again by
// batches (Ring.Reseal, with a Holder of each sealed column), and the older ones are
// destroyed when nothing needs them (Ring.Retire).
//
// The key of a log may be in a process of its own instead (internal/kit/signer):
// then whoever reads the store cannot sign.
//
// Tables written by this package alone: keys_org, keys_master.
package keys
