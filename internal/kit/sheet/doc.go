// Package sheet reads and writes tables as CSV and as workbooks (XLSX), and
// makes text safe for spreadsheets, which take a cell that begins like a formula
// for one and would carry it out.
//
// Invariants: a number stays a number; a text that was written is read back as it
// was; a workbook that would unpack to more than a bound is refused.
package sheet
