package cli

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"assay/internal/kit/fault"
)

// The exit codes. docs/user/exit-codes.md explains them to people.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFailing     = 3 // something fails inside its limit
	exitDeviation   = 4 // something is past its limit
	exitUnknown     = 5 // could not judge
	exitDenied      = 6
	exitTampered    = 10
	exitInterrupted = 130
)

// found ends a command that did what it was asked and found something.
type found int

// Error implements error; it is not printed.
func (f found) Error() string { return fmt.Sprintf("exit %d", int(f)) }

// codeOf is the exit code of an error.
func codeOf(err error) int {
	if err == nil {
		return exitDone
	}
	if f, ok := errors.AsType[found](err); ok {
		return int(f)
	}
	switch fault.Of(err) {
	case fault.Invalid, fault.TooLarge:
		return exitUsage
	case fault.Unauthenticated, fault.Forbidden:
		return exitDenied
	case fault.Tampered:
		return exitTampered
	case fault.Internal, fault.NotFound, fault.Conflict, fault.Busy:
	}
	return exitFailed
}

// fail writes an error for people, or as JSON, and returns its exit code.
func (p *Program) fail(g *globals, err error) int {
	code := codeOf(err)
	if _, ok := errors.AsType[found](err); ok || err == nil {
		return code
	}
	text := explain(err)
	if g.JSON {
		writeJSON(p.Stdout, struct {
			Error  string        `json:"error"`
			Kind   fault.Kind    `json:"kind"`
			Fields []fault.Field `json:"fields,omitempty"`
			Exit   int           `json:"exit"`
		}{text, fault.Of(err), fault.FieldsOf(err), code})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "error: %s\n", indent(text))
	for _, f := range fault.FieldsOf(err) {
		fmt.Fprintf(&b, "       %s: %s\n", f.Name, indent(f.Text))
	}
	if code == exitDenied && fault.Of(err) == fault.Unauthenticated {
		b.WriteString("fix:   assay login --server URL, or set ASSAY_TOKEN\n")
	}
	_, _ = io.WriteString(p.Stderr, b.String())
	return code
}

// explain is the sentence for an error. On one's own machine nothing is gained
// by hiding the cause of a failure.
func explain(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok && fault.Of(err) == fault.Internal {
		return fmt.Sprintf("%s does not answer: %v. Nothing was changed.", hostOf(u.URL), u.Err)
	}
	if fault.Of(err) == fault.Internal {
		return err.Error()
	}
	return fault.Text(err)
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// indent keeps the lines after the first under the text of the first.
func indent(text string) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n       ")
}
