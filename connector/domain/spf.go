package domain

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Limits of RFC 7208, 4.6.4.
const (
	mostLookups     = 10
	mostVoidLookups = 2
	mostNames       = 10 // MX or PTR names of one term
)

// policy is what evaluating an SPF record without a sender shows: everything
// that any sender could make a receiver look up.
type policy struct {
	dns   *resolver
	all   string // what is said of senders not named; empty if nothing
	terms int
	void  int
	stack []string // domains whose records are being read
}

// permanentError is what receivers call permerror.
type permanentError struct{ why string }

func (e permanentError) Error() string { return e.why }

func permanent(format string, args ...any) error {
	return permanentError{clip(fmt.Sprintf(format, args...))}
}

// spf evaluates the domain's SPF record.
func (c *collection) spf(ctx context.Context, name string, s *sheet) {
	found, err := c.dns.texts(ctx, name, "v=spf1")
	if err != nil {
		s.lose("spf_records", "spf", "spf_all", "spf_lookups", "spf_void_lookups", "spf_problem")
		c.without(kindZone, name, "SPF", err)
		return
	}
	s.set("spf_records", len(found))
	switch len(found) {
	case 0:
		return
	case 1:
	default:
		s.set("spf_problem", fmt.Sprintf("there are %d records, and receivers want one", len(found)))
		return
	}
	s.set("spf", found[0])
	p := &policy{dns: c.dns}
	err = p.follow(ctx, name, found[0])
	wrong, isPermanent := errors.AsType[permanentError](err)
	switch {
	case err != nil && !isPermanent:
		s.lose("spf_all", "spf_lookups", "spf_void_lookups", "spf_problem")
		c.without(kindZone, name, "what SPF includes", err)
		return
	case p.terms > mostLookups:
		wrong, isPermanent = permanentError{fmt.Sprintf("evaluating it takes %d lookups, and receivers stop at %d", p.terms, mostLookups)}, true
	case err == nil && p.void > mostVoidLookups:
		wrong, isPermanent = permanentError{fmt.Sprintf("%d of its lookups find nothing, and receivers stop at %d", p.void, mostVoidLookups)}, true
	}
	s.set("spf_lookups", p.terms)
	s.set("spf_void_lookups", p.void)
	if isPermanent {
		s.set("spf_problem", wrong.why)
		return
	}
	if p.all == "" {
		p.all = "none"
	}
	s.set("spf_all", p.all)
}

// mostFollowed stops a tree of includes that never ends; receivers stopped long
// before.
const mostFollowed = 50

// follow reads one record and those that it leads to.
func (p *policy) follow(ctx context.Context, name, record string) error {
	p.stack = append(p.stack, name)
	defer func() { p.stack = p.stack[:len(p.stack)-1] }()
	redirect, all, outer := "", "", len(p.stack) == 1
	for _, term := range strings.Fields(record)[1:] {
		key, value, isModifier := modifier(term)
		switch {
		case isModifier && key == "redirect":
			if redirect != "" {
				return permanent("%s redirects twice", name)
			}
			redirect = value
			continue
		case isModifier:
			continue
		}
		said, err := p.mechanism(ctx, name, term)
		if err != nil {
			return err
		}
		if said != "" && all == "" { // what stands behind it is never reached, but must be right
			all = said
		}
	}
	if outer {
		p.all = all
	}
	if redirect == "" || all != "" {
		return nil
	}
	return p.lead(ctx, redirect, "redirect=")
}

// modifier splits name=value; a mechanism has a colon, a slash or nothing.
func modifier(term string) (key, value string, ok bool) {
	i := strings.IndexAny(term, "=:/")
	if i <= 0 || term[i] != '=' {
		return "", "", false
	}
	return strings.ToLower(term[:i]), term[i+1:], true
}

// mechanism reads one term. It returns what "all" says, if it is that.
func (p *policy) mechanism(ctx context.Context, name, term string) (all string, err error) {
	results := map[byte]string{'+': "pass", '-': "fail", '~': "softfail", '?': "neutral"}
	sign := byte('+')
	if _, ok := results[term[0]]; ok {
		sign, term = term[0], term[1:]
	}
	word, _, _ := strings.Cut(strings.ToLower(term), "/")
	word, _, _ = strings.Cut(word, ":")
	_, argument, hasArgument := strings.Cut(term, ":")
	switch word {
	case "all":
		if len(term) != len("all") {
			return "", permanent("%q is not a term", term)
		}
		return results[sign], nil
	case "ip4", "ip6":
		return "", address(word, argument)
	case "include":
		if argument == "" {
			return "", permanent("include names no domain")
		}
		return "", p.lead(ctx, argument, "include:")
	case "exists":
		if argument == "" {
			return "", permanent("exists names no domain")
		}
	case "a", "mx", "ptr":
		if hasArgument && (argument == "" || argument[0] == '/') {
			return "", permanent("%q names no domain", term)
		}
	default:
		return "", permanent("%q is not a term", term)
	}
	p.terms++
	return "", p.lookUp(ctx, name, word, term, argument)
}

// lookUp does what a receiver does for a, mx and exists, as far as it does not
// depend on the sender.
func (p *policy) lookUp(ctx context.Context, name, word, term, argument string) error {
	target, _, _ := strings.Cut(argument, "/")
	if target == "" {
		target = name
	}
	if strings.Contains(target, "%") || word == "ptr" || p.terms > mostLookups {
		return nil // depends on the sender, or is never reached
	}
	if _, err := hostName(target); err != nil {
		return permanent("%q names no domain", term)
	}
	if word != "mx" {
		found, err := p.dns.addresses(ctx, target)
		if err == nil && len(found) == 0 {
			p.void++
		}
		return err
	}
	a, err := p.dns.ask(ctx, target, typeMX)
	if err != nil {
		return err
	}
	switch n := len(mailServers(a)); {
	case n == 0:
		p.void++
	case n > mostNames:
		return permanent("%s has %d mail servers, and receivers look up %d", target, n, mostNames)
	}
	return nil
}

// lead goes on to the record of another domain.
func (p *policy) lead(ctx context.Context, target, word string) error {
	p.terms++
	if strings.Contains(target, "%") {
		return nil // depends on the sender
	}
	target = plain(target)
	if _, err := hostName(target); err != nil {
		return permanent("%s%s names no domain", word, target)
	}
	if slices.Contains(p.stack, target) {
		return permanent("%s%s leads back to itself", word, target)
	}
	if p.terms > mostFollowed {
		return permanent("evaluating it takes more than %d lookups", mostFollowed)
	}
	found, err := p.dns.texts(ctx, target, "v=spf1")
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return permanent("%s%s leads to %d records, and there must be one", word, target, len(found))
	}
	if word == "redirect=" && len(p.stack) == 1 {
		inner := policy{dns: p.dns, terms: p.terms, void: p.void}
		inner.stack = nil
		err := inner.follow(ctx, target, found[0])
		p.all, p.terms, p.void = inner.all, inner.terms, inner.void
		return err
	}
	return p.follow(ctx, target, found[0])
}

// address checks ip4 and ip6.
func address(word, text string) error {
	bits := 32
	if word == "ip6" {
		bits = 128
	}
	host, length, ok := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Is4() != (bits == 32) || a.Zone() != "" {
		return permanent("%s:%s is not an address", word, text)
	}
	if !ok {
		return nil
	}
	if n, err := strconv.Atoi(length); err != nil || n < 0 || n > bits || strconv.Itoa(n) != length {
		return permanent("%s:%s is not an address", word, text)
	}
	return nil
}
