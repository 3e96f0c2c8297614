package db

import (
	"encoding"
	"fmt"
	"strings"
)

// Where collects the conditions of a listing and their arguments. Its zero
// value has none.
type Where struct {
	conds []string
	args  []any
}

// And adds a condition; each ? in it stands for the next value.
func (w *Where) And(cond string, values ...any) {
	for _, v := range values {
		cond = strings.Replace(cond, "?", w.Arg(v), 1)
	}
	w.conds = append(w.conds, cond)
}

// Arg adds an argument and returns its placeholder.
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// String is the text after WHERE.
func (w *Where) String() string {
	if len(w.conds) == 0 {
		return "true"
	}
	return strings.Join(w.conds, " AND ")
}

// Args are the values of the placeholders.
func (w *Where) Args() []any { return w.args }

// Like is the pattern that finds s anywhere in lower-case text, to be used with
// ESCAPE '\'.
func Like(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

type textInto struct{ v encoding.TextUnmarshaler }

// Text scans a text column into a value that reads itself, such as a date.
func Text(v encoding.TextUnmarshaler) any { return textInto{v} }

// Scan implements sql.Scanner.
func (d textInto) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return d.v.UnmarshalText(nil)
	case string:
		return d.v.UnmarshalText([]byte(v))
	case []byte:
		return d.v.UnmarshalText(v)
	}
	return fmt.Errorf("text column: %T", v)
}
