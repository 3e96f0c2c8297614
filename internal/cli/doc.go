// Package cli is the command line: one file per command, each of which makes
// one request to package api, of this process when it holds the store (--data)
// or of a server (--server), and writes the answer for people or as JSON.
//
// Invariants
//   - Results go to standard output, notes and progress to standard error. What
//     --json prints is one object with "v":1, whatever the terminal.
//   - The exit code says what was found: docs/user/exit-codes.md. A command that
//     could not look never exits with 0.
//   - With a store the actor is the host's console, and every use, reads
//     included, is in the organization's trail.
//   - An error says what happened, why, what was kept and what to do.
//   - A token is kept in the user's configuration folder, readable by nobody
//     else, and is printed once, where it is made.
//
// It writes no tables.
package cli
