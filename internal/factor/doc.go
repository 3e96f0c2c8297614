// Package factor is what shows, besides a password, that somebody is who they
// say: passkeys, time-based codes and recovery codes.
//
// Invariants
//   - The secret of time-based codes is sealed under a key of the installation
//     and bound to its user; recovery codes are kept as SHA-256 hashes of 80
//     random bits; of a passkey only the public half is here.
//   - A code counts once: its time step must lie after the last one used. A
//     recovery code is deleted with its use. A ceremony of a passkey is sealed,
//     ends after five minutes and counts once.
//   - A passkey belongs to the name under which the server was reached when it
//     was made; it must verify its user, so that it is two factors in one.
//   - Who may add, use and remove a factor, and what that ends, is package
//     auth's to say: nothing here knows of sessions.
//
// Tables written by this package alone: factor_totp, factor_code,
// factor_passkey, factor_used. They belong to users, not to organizations:
// every statement names the user itself.
//
// It serves CC6.1 for the product itself.
package factor
