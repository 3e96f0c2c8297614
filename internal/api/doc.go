// Package api is the operations of Assay as one table, and the door through
// which programs reach them: JSON over HTTP under /api/v1, and the same requests
// without a network for whoever holds the store.
//
// Invariants
//   - An operation stands in the table once, with its permission; the routes,
//     the OpenAPI document, the command line's local and remote mode and the
//     permission matrix are made of that entry.
//   - Who asks is known, and may, before the input is read. The organization is
//     that of the token or session, never one that the request names.
//   - A write that carries an idempotency key is done once: the same key with
//     the same input gives the same answer for 24 hours, with another input a
//     conflict. Kept answers are sealed, because some hold a secret.
//   - A request that only a cookie vouches for is refused when it comes from
//     another site.
//   - An error is application/problem+json with the sentence of its fault; an
//     error of ours shows a number to quote and nothing else.
//   - Whatever the host's console reads is a trail entry.
//
// Tables written by this package alone: api_idempotency. It serves CC6.1, CC6.6
// and CC7.2 for the product itself.
package api
