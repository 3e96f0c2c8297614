package domain

import (
	"context"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// delegation tells the zone's name servers.
func (c *collection) delegation(ctx context.Context, name string, s *sheet) {
	a, err := c.dns.ask(ctx, name, typeNS)
	if err != nil {
		s.lose("nameservers")
		c.without(kindZone, name, "its name servers", err)
		return
	}
	var servers []string
	for _, ns := range of[*dns.NS](a) {
		servers = append(servers, plain(ns.Ns))
	}
	slices.Sort(servers)
	s.set("nameservers", list(servers))
}

// caa finds who may issue certificates: the records at the name or at the
// first name above it that has some (RFC 8659, 3).
func (c *collection) caa(ctx context.Context, name string, s *sheet) {
	for at := name; at != ""; at = parent(at) {
		a, err := c.dns.ask(ctx, at, typeCAA)
		if err != nil {
			s.lose("caa", "caa_at", "caa_issuers", "caa_wild_issuers")
			c.without(kindZone, name, "CAA", err)
			return
		}
		found := of[*dns.CAA](a)
		if len(found) == 0 {
			continue
		}
		issue, wild, anyWild := []string{}, []string{}, false
		for _, r := range found {
			issuer, _, _ := strings.Cut(r.Value, ";")
			issuer = strings.ToLower(strings.TrimSpace(issuer))
			switch strings.ToLower(r.Tag) {
			case "issue":
				issue = add(issue, issuer)
			case "issuewild":
				anyWild = true
				wild = add(wild, issuer)
			}
		}
		if !anyWild {
			wild = issue
		}
		s.set("caa", true)
		s.set("caa_at", at)
		s.set("caa_issuers", issue)
		s.set("caa_wild_issuers", wild)
		return
	}
	s.set("caa", false)
	s.set("caa_issuers", []string{})
	s.set("caa_wild_issuers", []string{})
}

// add keeps a list sorted, without empty texts and without twins.
func add(list []string, text string) []string {
	if text == "" {
		return list
	}
	list = append(list, text)
	slices.Sort(list)
	return slices.Compact(list)
}

// hosts tells where the host names lead.
func (c *collection) hosts(ctx context.Context) error {
	seen := map[string]bool{}
	for _, t := range c.targets(ctx) {
		if seen[t.host] {
			continue
		}
		seen[t.host] = true
		s := newSheet()
		s.set("name", t.host)
		if err := c.host(ctx, t.host, s); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.loseRest(kindHost, "resolves")
			c.without(kindHost, t.host, "where it leads", err)
		}
		if err := c.emit(ctx, kindHost, t.host, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) host(ctx context.Context, name string, s *sheet) error {
	addresses, err := c.dns.addresses(ctx, name)
	if err != nil {
		return err
	}
	a, err := c.dns.ask(ctx, name, typeA)
	if err != nil {
		return err
	}
	last := name
	for range a.sections { // an alias of an alias stands in any order
		for _, rr := range of[*dns.CNAME](a) {
			if plain(rr.Hdr.Name) == last {
				last = plain(rr.Target)
			}
		}
	}
	dangling := false
	if last != name {
		s.set("alias_of", last)
		there, err := c.dns.ask(ctx, last, typeA)
		if err != nil {
			return err
		}
		dangling = there.absent
	}
	s.set("resolves", len(addresses) > 0)
	s.set("dangling", dangling)
	s.set("addresses", list(addresses))
	return nil
}

// targets are the hosts that the settings name, or each domain and its www
// where they lead to an address.
func (c *collection) targets(ctx context.Context) []target {
	if len(c.set.hosts) > 0 {
		return c.set.hosts
	}
	var out []target
	for _, d := range c.set.domains {
		for _, host := range []string{d, "www." + d} {
			if found, err := c.dns.addresses(ctx, host); err != nil || len(found) > 0 {
				out = append(out, target{host: host, port: 443, protocol: "tls", site: true})
			}
		}
	}
	return out
}
