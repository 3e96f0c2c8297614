package domain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"assay/internal/kit/clock"
)

// rootAnchors are the keys of the root zone as IANA publishes them
// (root-anchors.xml): KSK-2017 and KSK-2024.
const rootAnchors = `. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
`

func (s *settings) readAnchors(text string) error {
	if text == "" {
		text = rootAnchors
	}
	z := dns.NewZoneParser(strings.NewReader(text+"\n"), ".", "")
	z.SetDefaultTTL(3600)
	for rr, ok := z.Next(); ok; rr, ok = z.Next() {
		switch rr := rr.(type) {
		case *dns.DS:
			s.anchors = append(s.anchors, rr)
		case *dns.DNSKEY:
			ds := rr.ToDS(dns.SHA256)
			if ds == nil {
				return fmt.Errorf("the key of %s cannot be used", rr.Hdr.Name)
			}
			s.anchors = append(s.anchors, ds)
		default:
			return fmt.Errorf("%s is no DS or DNSKEY record", dns.TypeToString[rr.Header().Rrtype])
		}
	}
	if err := z.Err(); err != nil {
		return fmt.Errorf("the trust anchors cannot be read: %s", brief(err))
	}
	return nil
}

// broken is why a chain of signatures does not hold. Any other error means
// that it could not be told.
type broken struct{ why string }

func (b *broken) Error() string { return b.why }

func breaks(format string, args ...any) error { return &broken{clip(fmt.Sprintf(format, args...))} }

// errUnsigned means that the parent proves that a zone is not signed.
var errUnsigned = errors.New("not signed")

// errStripped means that the resolver leaves out what is needed.
var errStripped = errors.New("the resolver does not pass on DNSSEC records: choose one that does")

// zoneKeys are the keys that speak for a zone.
type zoneKeys struct {
	zone string // with the last dot
	keys []*dns.DNSKEY
}

// validator follows the chain of signatures.
type validator struct {
	dns     *resolver
	anchors []dns.RR
	now     time.Time
}

// dnssec tells whether a chain of signatures holds for the domain.
func (c *collection) dnssec(ctx context.Context, name string, s *sheet) {
	v := validator{dns: c.dns, anchors: c.set.anchors, now: c.env.Now()}
	until, err := v.domain(ctx, dns.Fqdn(name))
	why, isBroken := errors.AsType[*broken](err)
	switch {
	case err == nil:
		s.set("dnssec", "secure")
		s.set("dnssec_signed_until", clock.Trunc(until))
	case errors.Is(err, errUnsigned):
		s.set("dnssec", "unsigned")
	case isBroken:
		s.set("dnssec", "broken")
		s.set("dnssec_problem", why.why)
	default:
		s.lose("dnssec", "dnssec_valid", "dnssec_problem", "dnssec_signed_until")
		c.without(kindZone, name, "DNSSEC", err)
		return
	}
	s.set("dnssec_valid", err == nil)
}

// domain follows the chain to a name and then verifies what stands there. It
// returns when the first of the signatures there ends.
func (v *validator) domain(ctx context.Context, name string) (until time.Time, err error) {
	z, err := v.chain(ctx, name)
	if err != nil {
		return until, err
	}
	kinds := []uint16{typeNS, typeMX, typeTXT, typeCAA, typeA, typeAAAA}
	if z.zone == name {
		kinds = append([]uint16{typeSOA, typeDNSKEY}, kinds...)
	}
	for _, kind := range kinds {
		a, err := v.dns.ask(ctx, name, kind)
		if err != nil {
			return until, err
		}
		set := rrset(a.sections, name, kind)
		if len(set) == 0 {
			continue
		}
		end, err := v.verify(z, set, a.sections)
		if err != nil {
			return until, err
		}
		if until.IsZero() || end.Before(until) {
			until = end
		}
	}
	if until.IsZero() {
		return until, breaks("nothing at %s is signed", plain(name))
	}
	return until, nil
}

// chain returns the keys of the zone that the name is in.
func (v *validator) chain(ctx context.Context, name string) (zoneKeys, error) {
	anchor, ds := v.start(name)
	if len(ds) == 0 {
		return zoneKeys{}, fmt.Errorf("no trust anchor is for %s", plain(name))
	}
	z, err := v.trust(ctx, anchor, ds)
	if err != nil {
		return z, err
	}
	labels := dns.SplitDomainName(name)
	for i := len(labels) - dns.CountLabel(anchor) - 1; i >= 0; i-- {
		child := dns.Fqdn(strings.Join(labels[i:], "."))
		if z, err = v.step(ctx, z, child); err != nil {
			return z, err
		}
	}
	return z, nil
}

// start is the deepest zone above the name for which there are anchors.
func (v *validator) start(name string) (zone string, ds []*dns.DS) {
	for _, rr := range v.anchors {
		a, ok := rr.(*dns.DS)
		if !ok {
			continue
		}
		owner := strings.ToLower(a.Hdr.Name)
		switch {
		case !dns.IsSubDomain(owner, name):
		case len(ds) == 0 || dns.CountLabel(owner) > dns.CountLabel(zone):
			zone, ds = owner, []*dns.DS{a}
		case owner == zone:
			ds = append(ds, a)
		}
	}
	return zone, ds
}

// trust reads a zone's keys and believes them if one that a DS names signed
// them.
func (v *validator) trust(ctx context.Context, zone string, ds []*dns.DS) (zoneKeys, error) {
	a, err := v.dns.ask(ctx, zone, typeDNSKEY)
	if err != nil {
		return zoneKeys{}, err
	}
	keys := of[*dns.DNSKEY](a)
	set := rrset(a.sections, zone, typeDNSKEY)
	if len(set) == 0 {
		return zoneKeys{}, breaks("%s has no keys, but the zone above says that it is signed", shown(zone))
	}
	var entry []*dns.DNSKEY
	for _, k := range keys {
		if slices.ContainsFunc(ds, func(d *dns.DS) bool { return names(d, k) }) {
			entry = append(entry, k)
		}
	}
	if len(entry) == 0 {
		return zoneKeys{}, breaks("no key of %s is the one that the zone above names", shown(zone))
	}
	if len(signatures(a.sections, zone, typeDNSKEY)) == 0 {
		return zoneKeys{}, errStripped
	}
	if _, err := v.verify(zoneKeys{zone, entry}, set, a.sections); err != nil {
		return zoneKeys{}, err
	}
	return zoneKeys{zone, keys}, nil
}

// names reports that a DS is for a key.
func names(d *dns.DS, k *dns.DNSKEY) bool {
	if d.KeyTag != k.KeyTag() || d.Algorithm != k.Algorithm || k.Flags&dns.ZONE == 0 || k.Flags&dns.REVOKE != 0 {
		return false
	}
	made := k.ToDS(d.DigestType)
	return made != nil && strings.EqualFold(made.Digest, d.Digest)
}

// step goes from a zone to a name one label below, which is in it or a zone of
// its own.
func (v *validator) step(ctx context.Context, z zoneKeys, child string) (zoneKeys, error) {
	a, err := v.dns.ask(ctx, child, typeDS)
	if err != nil {
		return z, err
	}
	if set := rrset(a.sections, child, typeDS); len(set) > 0 {
		if _, err := v.verify(z, set, a.sections); err != nil {
			return z, err
		}
		ds := of[*dns.DS](a)
		if !slices.ContainsFunc(ds, usable) { // RFC 4035, 5.2: as if it were not signed
			return z, errUnsigned
		}
		return v.trust(ctx, child, ds)
	}
	cut, err := v.isCut(ctx, child)
	if err != nil || !cut {
		return z, err
	}
	if err := v.denied(z, child, a.authority); err != nil {
		return z, err
	}
	return z, errUnsigned
}

// isCut reports that a zone begins at the name.
func (v *validator) isCut(ctx context.Context, name string) (bool, error) {
	a, err := v.dns.ask(ctx, name, typeSOA)
	if err != nil {
		return false, err
	}
	return len(rrset(a.sections, name, typeSOA)) > 0, nil
}

// usable reports that this program knows the algorithms of a DS.
func usable(d *dns.DS) bool {
	switch d.Algorithm {
	case dns.RSASHA1, dns.RSASHA1NSEC3SHA1, dns.RSASHA256, dns.RSASHA512, dns.ECDSAP256SHA256, dns.ECDSAP384SHA384, dns.ED25519:
		return d.DigestType == dns.SHA1 || d.DigestType == dns.SHA256 || d.DigestType == dns.SHA384
	}
	return false
}

// rrset is the records of one name and type.
func rrset(section []dns.RR, name string, kind uint16) (set []dns.RR) {
	for _, rr := range section {
		if h := rr.Header(); h.Rrtype == kind && strings.EqualFold(h.Name, name) {
			set = append(set, rr)
		}
	}
	return set
}

// signatures are those over one name and type.
func signatures(section []dns.RR, name string, kind uint16) (out []*dns.RRSIG) {
	for _, rr := range section {
		if sig, ok := rr.(*dns.RRSIG); ok && sig.TypeCovered == kind && strings.EqualFold(sig.Hdr.Name, name) {
			out = append(out, sig)
		}
	}
	return out
}

// verify returns until when the longest-lived good signature of the zone over
// the set is valid.
func (v *validator) verify(z zoneKeys, set, section []dns.RR) (until time.Time, err error) {
	h := set[0].Header()
	what := dns.TypeToString[h.Rrtype] + " of " + shown(h.Name)
	why := breaks("%s is not signed", what)
	for _, sig := range signatures(section, h.Name, h.Rrtype) {
		if !strings.EqualFold(sig.SignerName, z.zone) {
			why = breaks("%s is signed by %s, not by %s", what, shown(sig.SignerName), shown(z.zone))
			continue
		}
		ends := instant(sig.Expiration, v.now)
		if !sig.ValidityPeriod(v.now) {
			why = breaks("the signature over %s is valid from %s to %s", what,
				instant(sig.Inception, v.now).Format(time.RFC3339), ends.Format(time.RFC3339))
			continue
		}
		good := slices.ContainsFunc(z.keys, func(k *dns.DNSKEY) bool {
			return k.KeyTag() == sig.KeyTag && k.Algorithm == sig.Algorithm && sig.Verify(k, set) == nil
		})
		switch {
		case !good:
			why = breaks("no key of %s verifies the signature over %s", shown(z.zone), what)
		case ends.After(until):
			until = ends
		}
	}
	if until.IsZero() {
		return until, why
	}
	return until, nil
}

// instant is a time of a signature, which counts seconds in 32 bits (RFC 4034,
// 3.1.5), as the one nearest to now.
func instant(seconds uint32, now time.Time) time.Time {
	return now.Add(time.Duration(int32(seconds-uint32(now.Unix()))) * time.Second).Truncate(time.Second).UTC() //nolint:gosec // serial arithmetic wraps on purpose
}

// shown is a zone's name for people.
func shown(zone string) string {
	if zone == "." {
		return "the root"
	}
	return plain(zone)
}
