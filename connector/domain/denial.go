package domain

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// denied checks the proof that a name has no DS: signed NSEC or NSEC3 records
// of the zone above (RFC 4035, 5.2; RFC 5155, 8.6 and 8.9). It returns nil if
// the proof holds.
func (v *validator) denied(z zoneKeys, child string, section []dns.RR) error {
	why := breaks("nothing proves that %s is not signed", plain(child))
	for _, rr := range section {
		var proves bool
		switch n := rr.(type) {
		case *dns.NSEC:
			proves = strings.EqualFold(n.Hdr.Name, child) && delegates(n.TypeBitMap)
		case *dns.NSEC3:
			proves = n.Match(child) && delegates(n.TypeBitMap) || v.optedOut(z, child, n, section)
		}
		if !proves {
			continue
		}
		h := rr.Header()
		if _, err := v.verify(z, rrset(section, h.Name, h.Rrtype), section); err != nil {
			why = err
			continue
		}
		return nil
	}
	return why
}

// delegates reports that the types are those of a delegation without DS.
func delegates(types []uint16) bool {
	return slices.Contains(types, dns.TypeNS) && !slices.Contains(types, dns.TypeDS) && !slices.Contains(types, dns.TypeSOA)
}

// optedOut reports that a record's span, which leaves unsigned delegations
// out, holds the next closer name, while the closest encloser is shown to be
// there. Both must be signed; the span's own signature is verified by denied.
func (v *validator) optedOut(z zoneKeys, child string, n *dns.NSEC3, section []dns.RR) bool {
	const optOut = 1
	if n.Flags&optOut == 0 {
		return false
	}
	for next, above := child, dns.Fqdn(parent(child)); dns.IsSubDomain(z.zone, above); next, above = above, dns.Fqdn(parent(above)) {
		if n.Cover(next) && v.encloses(z, above, section) {
			return true
		}
		if above == "." {
			break
		}
	}
	return false
}

func (v *validator) encloses(z zoneKeys, name string, section []dns.RR) bool {
	return slices.ContainsFunc(section, func(rr dns.RR) bool {
		n, ok := rr.(*dns.NSEC3)
		if !ok || !n.Match(name) {
			return false
		}
		_, err := v.verify(z, rrset(section, n.Hdr.Name, dns.TypeNSEC3), section)
		return err == nil
	})
}
