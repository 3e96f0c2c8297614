// Package sheet makes text safe for spreadsheets, which take a cell that begins
// like a formula for one and would carry it out.
//
// Invariant: a number stays a number.
package sheet
