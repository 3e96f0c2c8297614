package domain

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mtaSTS reads the policy that a record announces (RFC 8461).
func (c *collection) mtaSTS(ctx context.Context, name string, s *sheet) {
	found, err := c.dns.texts(ctx, "_mta-sts."+name, "v=STSv1")
	if err != nil {
		s.lose("mta_sts", "mta_sts_mode", "mta_sts_max_age", "mta_sts_covers_mx", "mta_sts_problem")
		c.without(kindZone, name, "MTA-STS", err)
		return
	}
	s.set("mta_sts", len(found) == 1)
	switch {
	case len(found) == 0:
		return
	case len(found) > 1:
		s.set("mta_sts_problem", "there is more than one record, and senders then ignore them all")
		return
	}
	text, err := c.wellKnown(ctx, "GET https://mta-sts.{domain}/.well-known/mta-sts.txt", "https://mta-sts."+name+"/.well-known/mta-sts.txt")
	switch {
	case errors.Is(err, errNotThere), err != nil && closed(err):
		s.set("mta_sts_problem", "the record announces a policy that is not there")
		return
	case err != nil:
		s.lose("mta_sts_mode", "mta_sts_max_age", "mta_sts_covers_mx", "mta_sts_problem")
		c.without(kindZone, name, "the MTA-STS policy", err)
		return
	}
	p, why := parseSTS(text)
	if why != "" {
		s.set("mta_sts_problem", why)
		return
	}
	s.set("mta_sts_mode", p.mode)
	s.set("mta_sts_max_age", p.maxAge)
	a, err := c.dns.ask(ctx, name, typeMX)
	if err != nil {
		s.lose("mta_sts_covers_mx")
		return
	}
	s.set("mta_sts_covers_mx", !slices.ContainsFunc(mailServers(a), func(mx string) bool { return !p.covers(mx) }))
}

type stsPolicy struct {
	mode   string
	maxAge int
	mx     []string
}

func parseSTS(text string) (p stsPolicy, problem string) {
	version := ""
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if !ok {
			continue
		}
		switch strings.TrimSpace(key) {
		case "version":
			version = value
		case "mode":
			p.mode = value
		case "mx":
			p.mx = append(p.mx, strings.ToLower(value))
		case "max_age":
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil {
				return p, "its max_age is not a number of seconds"
			}
			p.maxAge = int(n)
		}
	}
	switch {
	case version != "STSv1":
		return p, "its version is not STSv1"
	case !slices.Contains([]string{"enforce", "testing", "none"}, p.mode):
		return p, "its mode is not enforce, testing or none"
	case len(p.mx) == 0 && p.mode != "none":
		return p, "it names no mail server"
	}
	return p, ""
}

// covers reports that a mail server matches a pattern, whose star stands for
// exactly one label.
func (p stsPolicy) covers(mx string) bool {
	return slices.ContainsFunc(p.mx, func(pattern string) bool {
		if rest, ok := strings.CutPrefix(pattern, "*."); ok {
			return parent(mx) == rest
		}
		return pattern == mx
	})
}

// securityTxt reads how weaknesses are to be reported (RFC 9116).
func (c *collection) securityTxt(ctx context.Context, name string, s *sheet) {
	text, err := c.wellKnown(ctx, "GET https://{domain}/.well-known/security.txt", "https://"+name+"/.well-known/security.txt")
	switch {
	case errors.Is(err, errNotThere), err != nil && closed(err):
		s.set("security_txt", false)
		s.set("security_txt_contacts", []string{})
		return
	case err != nil:
		s.lose("security_txt", "security_txt_contacts", "security_txt_expires_at", "security_txt_problem")
		c.without(kindZone, name, "security.txt", err)
		return
	}
	s.set("security_txt", true)
	contacts, expires := []string{}, []string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); strings.ToLower(key) {
		case "contact":
			contacts = append(contacts, clip(value))
		case "expires":
			expires = append(expires, value)
		}
	}
	s.set("security_txt_contacts", contacts)
	switch {
	case len(contacts) == 0:
		s.set("security_txt_problem", "it names no contact")
	case len(expires) != 1:
		s.set("security_txt_problem", "it must say once until when it is valid")
	}
	if len(expires) == 1 {
		at, err := time.Parse(time.RFC3339, strings.ToUpper(expires[0]))
		if err != nil {
			s.set("security_txt_problem", "the time until which it is valid is not one")
			return
		}
		s.set("security_txt_expires_at", at)
	}
}
