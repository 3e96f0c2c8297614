package fault

import (
	"errors"
	"fmt"
)

// Kind is the class of a failure.
type Kind string

// The kinds. There are few on purpose; each maps to exactly one HTTP status
// and one exit code.
const (
	Internal        Kind = "internal"        // our fault; 500, exit 1
	Invalid         Kind = "invalid"         // the input is wrong; 422, exit 2
	Unauthenticated Kind = "unauthenticated" // nobody is signed in; 401, exit 6
	Forbidden       Kind = "forbidden"       // signed in, not allowed; 403, exit 6
	NotFound        Kind = "not_found"       // absent, or another org's; 404, exit 1
	Conflict        Kind = "conflict"        // somebody was faster, or it exists; 409, exit 1
	TooLarge        Kind = "too_large"       // over a stated limit; 413, exit 2
	Busy            Kind = "busy"            // try again later; 429 or 503, exit 1
	Tampered        Kind = "tampered"        // stored data differ from the log; 500, exit 10
)

// Field is a failure of one named input, for showing at that input.
type Field struct {
	Name string `json:"name"` // as the form, flag or JSON member is called
	Text string `json:"text"` // a sentence
}

type fault struct {
	kind   Kind
	text   string
	err    error
	fields []Field
}

func (f *fault) Error() string {
	if f.err == nil {
		return f.text
	}
	return f.text + " (" + f.err.Error() + ")"
}

func (f *fault) Unwrap() error { return f.err }

// New returns an error of the given kind whose text is meant for a person.
func New(k Kind, format string, args ...any) error {
	return &fault{kind: k, text: fmt.Sprintf(format, args...)}
}

// Wrap is New that keeps a cause for the log; the person does not see it.
func Wrap(k Kind, cause error, format string, args ...any) error {
	return &fault{kind: k, text: fmt.Sprintf(format, args...), err: cause}
}

// Fields returns an Invalid error that names each wrong input.
func Fields(text string, fields ...Field) error {
	return &fault{kind: Invalid, text: text, fields: fields}
}

// Of returns the kind of err, looking through wrapping. It is Internal for an
// error that nobody classified, and empty for nil.
func Of(err error) Kind {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f.kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, k Kind) bool { return Of(err) == k }

// Text returns what may be shown to a person about err.
func Text(err error) string {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.text
	}
	return "Something went wrong on our side. Nothing was saved."
}

// FieldsOf returns the inputs that err names, or nil.
func FieldsOf(err error) []Field {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.fields
	}
	return nil
}
