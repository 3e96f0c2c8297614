// Package host reads the machine that the program runs on: files, folders,
// links and the printed answers of programs.
//
// Invariants
//   - Nothing is written and nothing is interpreted by a shell.
//   - A program is found in the system's own folders only, gets a minimal
//     environment, no input, a time limit and a limit on what it may print;
//     when its time is up it ends with everything it started.
//   - A file that is not a plain file (a pipe, a device) is refused, so that
//     reading never waits for a stranger.
//   - Under a root nothing outside of it can be reached, by links neither, and
//     no program runs.
package host
