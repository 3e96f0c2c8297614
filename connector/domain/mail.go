package domain

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// mx tells which servers take the domain's mail.
func (c *collection) mx(ctx context.Context, name string, s *sheet) {
	a, err := c.dns.ask(ctx, name, typeMX)
	if err != nil {
		s.lose("mx", "receives_mail")
		c.without(kindZone, name, "its mail servers", err)
		return
	}
	servers := mailServers(a)
	s.set("mx", list(servers))
	s.set("receives_mail", len(servers) > 0)
}

// mailServers lists them by preference, without the null one.
func mailServers(a answer) (names []string) {
	found := of[*dns.MX](a)
	slices.SortFunc(found, func(a, b *dns.MX) int {
		return cmp.Or(cmp.Compare(a.Preference, b.Preference), strings.Compare(a.Mx, b.Mx))
	})
	for _, mx := range found {
		if mx.Mx != "." {
			names = append(names, plain(mx.Mx))
		}
	}
	return names
}

// tags splits "v=DKIM1; p=…" and refuses what is no list of tags.
func tags(text string) (map[string]string, error) {
	out := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not name=value", clip(part))
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s stands twice", name)
		}
		out[name] = strings.TrimSpace(value)
	}
	return out, nil
}

// dkim looks up the keys at the selectors that were named.
func (c *collection) dkim(ctx context.Context, name string, s *sheet) {
	selectors := slices.Concat(c.set.selectors[""], c.set.selectors[name])
	slices.Sort(selectors)
	selectors = slices.Compact(selectors)
	if len(selectors) == 0 {
		s.lose("dkim")
		c.run.Note(kindZone, name+": no DKIM selectors are named in the settings, and they cannot be listed.")
		return
	}
	keys := []map[string]any{}
	for _, selector := range selectors {
		key, err := c.key(ctx, selector, selector+"._domainkey."+name)
		if err != nil {
			s.lose("dkim")
			c.without(kindZone, name, "the DKIM key "+selector, err)
			return
		}
		keys = append(keys, key)
	}
	s.set("dkim", anyList(keys))
}

func anyList(maps []map[string]any) []any {
	out := make([]any, len(maps))
	for i, m := range maps {
		out[i] = m
	}
	return out
}

// key describes one DKIM key record (RFC 6376, 3.6.1).
func (c *collection) key(ctx context.Context, selector, at string) (map[string]any, error) {
	a, err := c.dns.ask(ctx, at, typeTXT)
	if err != nil {
		return nil, err
	}
	key := map[string]any{"selector": selector, "found": false, "revoked": false, "testing": false}
	var found []string
	for _, t := range of[*dns.TXT](a) {
		if text := strings.Join(t.Txt, ""); strings.Contains(text, "p=") {
			found = append(found, text)
		}
	}
	switch len(found) {
	case 0:
		return key, nil
	case 1:
	default:
		key["found"], key["problem"] = true, fmt.Sprintf("there are %d records, and there must be one", len(found))
		return key, nil
	}
	key["found"] = true
	if why := describeKey(found[0], key); why != "" {
		key["problem"] = why
	}
	return key, nil
}

func describeKey(text string, key map[string]any) (problem string) {
	t, err := tags(text)
	if err != nil {
		return err.Error()
	}
	if v, ok := t["v"]; ok && v != "DKIM1" {
		return "its version is not DKIM1"
	}
	key["testing"] = slices.Contains(strings.Split(t["t"], ":"), "y")
	if t["p"] == "" {
		key["revoked"] = true
		return ""
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(t["p"]), ""))
	if err != nil {
		return "the key is not base64"
	}
	kind := cmp.Or(strings.ToLower(t["k"]), "rsa")
	switch kind {
	case "ed25519":
		if len(raw) != ed25519.PublicKeySize {
			return "the key is not an Ed25519 key"
		}
		key["key_type"], key["bits"] = kind, len(raw)*8
	case "rsa":
		k := rsaKey(raw)
		if k == nil {
			return "the key is not an RSA key"
		}
		key["key_type"], key["bits"] = kind, k.N.BitLen()
	default:
		return "its kind of key is not known: " + clip(kind)
	}
	return ""
}

// rsaKey reads both forms that are in use.
func rsaKey(raw []byte) *rsa.PublicKey {
	if k, err := x509.ParsePKIXPublicKey(raw); err == nil {
		if r, ok := k.(*rsa.PublicKey); ok {
			return r
		}
		return nil
	}
	if k, err := x509.ParsePKCS1PublicKey(raw); err == nil {
		return k
	}
	return nil
}

// dmarc finds the record that applies: the domain's own, or that of the
// organizational domain above it, by walking up the tree.
func (c *collection) dmarc(ctx context.Context, name string, s *sheet) {
	at, found, err := c.findDMARC(ctx, name)
	if err != nil {
		s.lose("dmarc_records", "dmarc_at", "dmarc_policy", "dmarc_subdomain_policy", "dmarc_percent", "dmarc_reports_to", "dmarc_enforced", "dmarc_problem")
		c.without(kindZone, name, "DMARC", err)
		return
	}
	s.set("dmarc_records", len(found))
	s.set("dmarc_enforced", false)
	if len(found) == 0 {
		return
	}
	s.set("dmarc_at", at)
	if len(found) > 1 {
		s.set("dmarc_problem", fmt.Sprintf("there are %d records, and receivers then ignore them all", len(found)))
		return
	}
	if why := describeDMARC(found[0], at == name, s); why != "" {
		s.set("dmarc_problem", why)
	}
}

// mostSteps bounds the walk up the tree, as in the revision of DMARC.
const mostSteps = 8

func (c *collection) findDMARC(ctx context.Context, name string) (at string, found []string, err error) {
	first, firstAt := []string(nil), ""
	for at, steps := name, 0; strings.Contains(at, ".") && steps < mostSteps; at, steps = parent(at), steps+1 {
		found, err := c.dns.texts(ctx, "_dmarc."+at, "v=DMARC1")
		if err != nil {
			return "", nil, err
		}
		if at == name && len(found) > 0 {
			return at, found, nil
		}
		if len(found) == 0 {
			continue
		}
		first, firstAt = found, at // the highest is the organization's
	}
	return firstAt, first, nil
}

func describeDMARC(text string, own bool, s *sheet) (problem string) {
	t, err := tags(text)
	if err != nil {
		return err.Error()
	}
	actions := []string{"none", "quarantine", "reject"}
	p := strings.ToLower(t["p"])
	if !slices.Contains(actions, p) {
		if t["rua"] == "" {
			return "it states no policy"
		}
		p = "none" // RFC 7489, 6.6.3: as if it asked for reports only
	}
	sub := strings.ToLower(t["sp"])
	if !slices.Contains(actions, sub) {
		sub = p
	}
	percent := 100
	if text, ok := t["pct"]; ok {
		if percent, err = strconv.Atoi(text); err != nil || percent < 0 || percent > 100 {
			return "its percentage is not one"
		}
	}
	s.set("dmarc_policy", p)
	s.set("dmarc_subdomain_policy", sub)
	s.set("dmarc_percent", percent)
	var to []string
	for uri := range strings.SplitSeq(t["rua"], ",") {
		if uri = strings.TrimSpace(uri); uri != "" {
			to = append(to, clip(uri))
		}
	}
	s.set("dmarc_reports_to", list(to))
	applies := p
	if !own {
		applies = sub
	}
	s.set("dmarc_enforced", applies != "none" && percent == 100 && !strings.EqualFold(t["t"], "y"))
	return ""
}

// tlsRPT tells whether senders are asked for reports (RFC 8460).
func (c *collection) tlsRPT(ctx context.Context, name string, s *sheet) {
	found, err := c.dns.texts(ctx, "_smtp._tls."+name, "v=TLSRPTv1")
	if err != nil {
		s.lose("tls_rpt", "tls_rpt_to")
		c.without(kindZone, name, "TLS-RPT", err)
		return
	}
	var to []string
	if len(found) == 1 {
		if t, err := tags(found[0]); err == nil {
			for uri := range strings.SplitSeq(t["rua"], ",") {
				if uri = strings.TrimSpace(uri); strings.HasPrefix(uri, "mailto:") || strings.HasPrefix(uri, "https:") {
					to = append(to, clip(uri))
				}
			}
		}
	}
	s.set("tls_rpt", len(to) > 0)
	s.texts("tls_rpt_to", to)
}

// texts sets the field unless the list is empty, which leaves it absent.
func (s *sheet) texts(name string, v []string) {
	if len(v) > 0 {
		s.fields[name] = v
	}
}
