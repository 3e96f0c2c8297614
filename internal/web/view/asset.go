package view

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/web/static"
)

// Asset is the address of a static file, with the hash of its bytes as the
// parameter v, so that it may be cached for ever.
func Asset(name string) string {
	return static.Prefix + name + "?v=" + static.Hash(name)
}

// htmxConfig keeps htmx inside the content security policy: no injected style,
// no eval, no history kept in the browser's storage.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollBehavior":"auto"}`

// Initials makes the one or two letters of an avatar from a name.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

func first(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r))
}

// Num writes a count with a comma between thousands: 48,211.
func Num(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
