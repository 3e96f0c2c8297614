// Package keyservice has a key wrapped by a service that holds another key and
// never gives it away: HashiCorp Vault's transit engine, or AWS KMS.
//
// Invariants
//   - What was wrapped opens for the purpose that it was wrapped for alone: the
//     purpose is authenticated by the service (Vault: associated_data; KMS: the
//     encryption context).
//   - Nothing that a service answers is believed about itself: an answer of
//     another length, form or key is an error.
//   - Credentials go to the service's own address alone, over TLS, except on this
//     machine.
package keyservice
