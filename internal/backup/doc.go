// Package backup copies the whole store to somewhere else, encrypted, and puts
// such a copy back.
//
// Invariants
//   - A copy is of one instant: rows by one transaction that others do not wait
//     for, and every object that those rows name.
//   - A copy counts only when it was read back from where it lies, decrypted, and
//     the logs in it were computed again and are what they say they are.
//   - Rows are encrypted to keys of which the store has the public half alone; the
//     master key is in no copy. Objects are ciphertext already; each travels once.
//   - What was put back is read-only until somebody says otherwise, and says how it
//     compares with what was signed, mirrored and witnessed. It never goes on in
//     silence: what was lost is named in the log.
//   - What the log mirror holds of a log is only ever extended.
//
// Tables written by this package alone: backup_run, backup_turn, backup_mirror,
// backup_hold. It serves A1.2, A1.3 and CC7.5.
package backup
