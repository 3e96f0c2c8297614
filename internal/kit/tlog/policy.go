package tlog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Policy says which logs are believed and which witnesses must have cosigned
// (C2SP tlog-policy).
type Policy struct {
	Logs      []string // verifier keys
	Witnesses []Witness

	quorum string
	groups map[string]group
	used   map[string]bool // as a member of a group
}

// Witness is a line of a policy.
type Witness struct {
	Name string // in this policy
	Key  CosignerKey
	URL  string // submission prefix; may be empty
}

type group struct {
	k       int
	members []string
}

// maxLines bounds a policy: C2SP asks for 32 of each kind at least.
const maxLines = 1024

// ParsePolicy reads a policy. It may name no log; its quorum may be none.
func ParsePolicy(text string) (*Policy, error) {
	p := &Policy{groups: map[string]group{}, used: map[string]bool{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		control := func(c rune) bool { return c < 0x20 && c != '\t' || c == 0x7f }
		if n > maxLines || strings.ContainsFunc(line, control) {
			return nil, fmt.Errorf("policy, line %d: a control character, or too many lines", n)
		}
		words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", n, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("policy: it says no quorum; write: quorum none")
	}
	return p, nil
}

// none is the quorum that asks for no witness.
const none = "none"

func (p *Policy) line(words []string) error {
	switch words[0] {
	case "log":
		return p.log(words[1:])
	case "witness":
		return p.witness(words[1:])
	case "group":
		return p.group(words[1:])
	case "quorum":
		switch {
		case p.quorum != "":
			return errors.New("a second quorum")
		case len(words) != 2:
			return errors.New("want: quorum <name>, or: quorum none")
		case words[1] != none && !p.known(words[1]):
			return fmt.Errorf("quorum %q: no witness or group above has this name", words[1])
		}
		p.quorum = words[1]
		return nil
	}
	return fmt.Errorf("%q is not known", words[0])
}

func (p *Policy) log(words []string) error {
	if len(words) != 1 && len(words) != 2 { // an address may follow
		return errors.New("want: log <vkey> [<address>]")
	}
	if err := CheckVerifier(words[0]); err != nil {
		return err
	}
	same := func(v string) bool { return keyOf(v) == keyOf(words[0]) }
	if slices.ContainsFunc(p.Logs, same) {
		return errors.New("this log is named twice")
	}
	p.Logs = append(p.Logs, words[0])
	return nil
}

// keyOf is the part of a verifier key after its name and hash.
func keyOf(vkey string) string { return vkey[strings.Index(vkey, "+")+10:] }

func (p *Policy) witness(words []string) error {
	if len(words) != 2 && len(words) != 3 {
		return errors.New("want: witness <name> <vkey> [<address>]")
	}
	key, err := ParseCosigner(words[1])
	if err != nil {
		return err
	}
	if p.known(words[0]) || words[0] == none {
		return fmt.Errorf("the name %q is taken", words[0])
	}
	for i := range p.Witnesses {
		if p.Witnesses[i].Key.key.Equal(key.key) {
			return fmt.Errorf("%s and %s are one witness", p.Witnesses[i].Name, words[0])
		}
	}
	w := Witness{Name: words[0], Key: key}
	if len(words) == 3 {
		w.URL = words[2]
	}
	p.Witnesses = append(p.Witnesses, w)
	return nil
}

func (p *Policy) known(name string) bool {
	_, ok := p.groups[name]
	return ok || slices.ContainsFunc(p.Witnesses, func(w Witness) bool { return w.Name == name })
}

func (p *Policy) group(words []string) error {
	if len(words) < 3 {
		return errors.New("want: group <name> all|any|<k> <member>…")
	}
	name, members := words[0], words[2:]
	if p.known(name) || name == none {
		return fmt.Errorf("the name %q is taken", name)
	}
	g := group{members: members}
	switch words[1] {
	case "all":
		g.k = len(members)
	case "any":
		g.k = 1
	default:
		k, err := strconv.Atoi(words[1])
		if err != nil || strconv.Itoa(k) != words[1] || k < 1 || k > len(members) {
			return fmt.Errorf("group %s of %q of %d", name, words[1], len(members))
		}
		g.k = k
	}
	for _, m := range members {
		if !p.known(m) || p.used[m] {
			return fmt.Errorf("member %q: no witness or group above has this name, or it is a member already", m)
		}
		p.used[m] = true
	}
	p.groups[name] = g
	return nil
}

// Witnessed tells whether the quorum is met, given which witnesses cosigned.
func (p *Policy) Witnessed(cosigned func(Witness) bool) bool {
	return p.quorum == none || p.met(p.quorum, cosigned)
}

// Asks tells whether the quorum asks for any witness.
func (p *Policy) Asks() bool { return p.quorum != none }

func (p *Policy) met(name string, cosigned func(Witness) bool) bool {
	for _, w := range p.Witnesses {
		if w.Name == name {
			return cosigned(w)
		}
	}
	n := 0
	for _, m := range p.groups[name].members {
		if p.met(m, cosigned) {
			n++
		}
	}
	return n >= p.groups[name].k
}

// Check verifies the cosignatures under a checkpoint's text and returns, by the
// names of the policy, when each witness says that it saw it. Signatures of
// others are skipped; a wrong one of a witness of the policy is an error.
func (p *Policy) Check(text string, sigs []Signature) (map[string]int64, error) {
	out := map[string]int64{}
	for _, w := range p.Witnesses {
		for _, s := range sigs {
			if !w.Key.Made(s) {
				continue
			}
			at, err := w.Key.Verify(text, s)
			if err != nil {
				return nil, err
			}
			out[w.Name] = at.UnixMilli()
		}
	}
	return out, nil
}
