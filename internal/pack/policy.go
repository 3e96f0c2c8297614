package pack

import (
	"errors"
	"fmt"
	"strings"

	"assay/internal/kit/tlog"
)

// Policy says, from outside the package, which keys are believed. Its text is
// that of C2SP tlog-policy.
type Policy struct {
	Logs []string // verifier keys of logs
}

// ParsePolicy reads a policy: a line `log <vkey>` for each log, and `quorum
// none`. Empty lines and those that begin with # are skipped. Witnesses are not
// checked yet, so a policy that asks for them is refused.
func ParsePolicy(text string) (*Policy, error) {
	p := &Policy{}
	quorum := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words, &quorum); err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", n, err)
		}
	}
	switch {
	case len(p.Logs) == 0:
		return nil, errors.New("policy: it names no log")
	case !quorum:
		return nil, errors.New("policy: it says no quorum; write: quorum none")
	}
	return p, nil
}

func (p *Policy) line(words []string, quorum *bool) error {
	switch words[0] {
	case "log":
		if len(words) != 2 && len(words) != 3 { // an address may follow
			return errors.New("want: log <vkey> [<address>]")
		}
		if err := tlog.CheckVerifier(words[1]); err != nil {
			return err
		}
		p.Logs = append(p.Logs, words[1])
	case "witness", "group":
		return fmt.Errorf("%q: witnesses are not supported yet", words[0])
	case "quorum":
		switch {
		case *quorum:
			return errors.New("a second quorum")
		case len(words) != 2:
			return errors.New("want: quorum none")
		case words[1] != "none":
			return fmt.Errorf("quorum %q: witnesses are not supported yet; want: quorum none", words[1])
		}
		*quorum = true
	default:
		return fmt.Errorf("%q is not known", words[0])
	}
	return nil
}

// Demonstration tells whether a log is that of a demonstration, by its origin.
func Demonstration(origin string) bool {
	host, _, _ := strings.Cut(origin, "/")
	return host == "demo.invalid" || strings.HasSuffix(host, ".demo.invalid")
}
