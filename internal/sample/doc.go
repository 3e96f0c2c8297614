// Package sample says how many of a population an auditor tests, which ones, and
// what the deviations among them say about the rest.
//
// Invariants
//   - A selection is a function of the population's root and count, a checkpoint
//     of the log, a nonce, a method and a size, and of nothing else: whoever has
//     these draws the same items on any machine (docs/spec/sample.md).
//   - The nonce is the auditor's, 32 bytes, and only its hash is known before the
//     checkpoint, so that neither side can steer what is selected.
//   - An item is named by its place in the population's record tree, from 0.
//   - A larger sample of the same seed begins with the smaller one: extending adds
//     items, and replacing takes the next in line; neither takes one away.
//   - What people choose themselves is judgemental, has no seed, and says nothing
//     about the items that were not chosen.
//   - Rates are whole parts of ten thousand, so that a stored figure is exact.
//   - Statistical sizes are exact: hypergeometric for a counted population,
//     binomial for one without end, never a normal in their place.
//
// It serves every criterion whose controls are tested by sample.
package sample
