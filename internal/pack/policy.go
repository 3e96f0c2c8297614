package pack

import (
	"errors"
	"strings"

	"assay/internal/kit/tlog"
)

// Policy says, from outside the package, which keys are believed and who must
// have cosigned.
type Policy = tlog.Policy

// ParsePolicy reads a policy (C2SP tlog-policy) that names a log at least.
func ParsePolicy(text string) (*Policy, error) {
	p, err := tlog.ParsePolicy(text)
	if err == nil && len(p.Logs) == 0 {
		return nil, errors.New("policy: it names no log")
	}
	return p, err
}

// Demonstration tells whether a log is that of a demonstration, by its origin.
func Demonstration(origin string) bool {
	host, _, _ := strings.Cut(origin, "/")
	return host == "demo.invalid" || strings.HasSuffix(host, ".demo.invalid")
}
