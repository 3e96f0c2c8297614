package sheet

import (
	"strconv"
	"strings"
)

const begins = "=+-@\t\r" // of what a spreadsheet carries out

// Plain returns the text with an apostrophe before it if a spreadsheet would
// take it for a formula.
func Plain(s string) string {
	if s == "" || !strings.ContainsRune(begins, rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
