// Package clock is where the time comes from: a function in a field, so that
// tests, replays and the demo year decide what "now" is.
//
// Invariants: every time is UTC with millisecond precision; nothing outside
// cmd, internal/app and this package asks the operating system for the time.
package clock
