package domain

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"assay/connector"
)

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// rsa1024 is the public half of a key whose private half nobody kept.
const rsa1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC3QEKyU1fSma0axspqYK5iAj+54lsAg4qRRCnpKK68hawSkw0TnZf/6hl6Um2xJpHb3TDGCWX1ha6BPCNX2+2iq4MWxoXm6XoOHqTHfZS/gkYmq5Hs0RkoZhYDL/W3KO27TuNrGbLzjAcBNWAWtGkgYCIrkmzxQjDoiRbSVCbPdwIDAQAB"

func shop(t *testing.T) *world {
	w := newWorld(t)
	w.zone(".", true, "")
	w.zone("test.", true, "")
	w.zone("shop.test.", true, `
@ IN MX 20 mx2.shop.test.
@ IN MX 10 mx1.shop.test.
@ IN A 127.0.0.1
www IN A 127.0.0.1
old IN CNAME gone.elsewhere.test.
mx1 IN A 127.0.0.1
mx2 IN A 127.0.0.1
@ IN CAA 0 issue "letsencrypt.org; validationmethods=dns-01"
@ IN CAA 0 issue "pki.goog"
@ IN CAA 0 issuewild ";"
@ IN TXT "verification=1"
@ IN TXT "v=spf1 mx include:mail.test " "-all"
s1._domainkey IN TXT "v=DKIM1; k=rsa; p=`+rsa1024+`"
s2._domainkey IN TXT "v=DKIM1; p="
ed._domainkey IN TXT "v=DKIM1; t=y; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:d@shop.test,mailto:d@reports.test"
_mta-sts IN TXT "v=STSv1; id=20260101"
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:t@shop.test"
`)
	w.zone("mail.test.", false, `
@ IN TXT "v=spf1 ip4:192.0.2.0/24 include:more.mail.test a:nowhere.mail.test ~all"
more IN TXT "v=spf1 ip6:2001:db8::/32 ~all"
`)
	w.web["https://mta-sts.shop.test/.well-known/mta-sts.txt"] = "200 OK\nContent-Type: text/plain; charset=utf-8\n\nversion: STSv1\nmode: enforce\nmx: *.shop.test\nmax_age: 604800\n"
	w.web["https://shop.test/.well-known/security.txt"] = "200 OK\nContent-Type: text/plain\n\nContact: mailto:security@shop.test\nExpires: 2026-12-31T23:00:00z\n"
	w.web[bootstrap] = `200 OK` + "\n\n" + `{"services":[[["test"],["https://rdap.test/v1/"]]]}`
	w.web["https://rdap.test/v1/domain/shop.test"] = "200 OK\n\n" + `{"ldhName":"SHOP.TEST","status":["client transfer prohibited","active"],
		"events":[{"eventAction":"registration","eventDate":"2019-01-01T00:00:00Z"},{"eventAction":"expiration","eventDate":"2027-01-01T00:00:00Z"}],
		"entities":[{"handle":"292","roles":["registrar"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Example Registrar"]]]}]}`
	return w
}

func TestADomain(t *testing.T) {
	w := shop(t)
	f := w.collect(connector.Config{"domains": "Shop.test.\nmissing.test", "selectors": "s1, s2\nshop.test ed none"})
	f.want(t, "domain.zone shop.test", map[string]any{
		"exists": true, "nameservers": []string{"ns.shop.test"},
		"dnssec": "secure", "dnssec_valid": true, "dnssec_problem": none, "dnssec_signed_until": "2026-03-09T12:00:00Z",
		"caa": true, "caa_at": "shop.test", "caa_issuers": []string{"letsencrypt.org", "pki.goog"}, "caa_wild_issuers": []string{},
		"mx": []string{"mx1.shop.test", "mx2.shop.test"}, "receives_mail": true,
		"spf_records": 1, "spf": "v=spf1 mx include:mail.test -all", "spf_all": "fail", "spf_lookups": 4, "spf_void_lookups": 1, "spf_problem": none,
		"dkim": []map[string]any{
			{"selector": "ed", "found": true, "revoked": false, "testing": true, "key_type": "ed25519", "bits": 256},
			{"selector": "none", "found": false, "revoked": false, "testing": false},
			{"selector": "s1", "found": true, "revoked": false, "testing": false, "key_type": "rsa", "bits": 1024},
			{"selector": "s2", "found": true, "revoked": true, "testing": false},
		},
		"dmarc_records": 1, "dmarc_at": "shop.test", "dmarc_policy": "reject", "dmarc_subdomain_policy": "reject", "dmarc_percent": 100, "dmarc_enforced": true,
		"dmarc_reports_to": []string{"mailto:d@shop.test", "mailto:d@reports.test"},
		"mta_sts":          true, "mta_sts_mode": "enforce", "mta_sts_max_age": 604800, "mta_sts_covers_mx": true,
		"tls_rpt": true, "tls_rpt_to": []string{"mailto:t@shop.test"},
		"security_txt": true, "security_txt_expires_at": "2026-12-31T23:00:00Z", "security_txt_contacts": []string{"mailto:security@shop.test"},
		"registration_expires_at": "2027-01-01T00:00:00Z", "transfer_locked": true, "registrar": "Example Registrar",
		"registration_status": []string{"active", "client transfer prohibited"},
	})
	f.want(t, "domain.zone missing.test", map[string]any{"exists": false, "dnssec_valid": gone, "spf_records": gone, "dmarc_enforced": gone})
	f.want(t, "domain.host www.shop.test", map[string]any{"resolves": true, "dangling": false, "alias_of": none, "addresses": []string{"127.0.0.1"}})
	for kind, r := range f.reports {
		if !r.Complete {
			t.Errorf("%s is not complete: %v", kind, r.Problems)
		}
	}
	if c := f.calls["DNS TXT"]; c.Parameters != "resolver "+w.address || c.Pages == 0 || c.Refused != 0 {
		t.Errorf("%+v", c)
	}
	if w.asked["shop.test. TXT"] != 1 {
		t.Errorf("the same was asked %d times", w.asked["shop.test. TXT"])
	}
}

func TestAliases(t *testing.T) {
	w := shop(t)
	f := w.collect(connector.Config{"domains": "shop.test", "hosts": "old.shop.test\nnothing.shop.test:8443"})
	f.want(t, "domain.host old.shop.test", map[string]any{"resolves": false, "dangling": true, "alias_of": "gone.elsewhere.test"})
	f.want(t, "domain.host nothing.shop.test", map[string]any{"resolves": false, "dangling": false, "alias_of": none})
	f.want(t, "domain.endpoint tls://old.shop.test:443", map[string]any{"reachable": false, "trusted": gone, "expires_at": gone})
	if _, ok := f.resources["domain.site https://nothing.shop.test:8443"]; ok {
		t.Error("a port that was named for TLS alone was taken for a web site")
	}
}

func TestSignatures(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(w *world)
		dnssec  any
		problem string
	}{
		"good":         {func(*world) {}, "secure", ""},
		"ended":        {func(w *world) { w.zones[2].until = noon.Add(-1) }, "broken", "is valid from"},
		"not begun":    {func(w *world) { w.zones[1].from = noon.Add(3600e9) }, "broken", "is valid from"},
		"a stranger's": {func(w *world) { w.zones[2].foreign = w.zones[1] }, "broken", "no key of shop.test verifies"},
		"another key": {func(w *world) {
			w.ds(1, "shop.test.").Digest = strings.Repeat("ab", 32)
		}, "broken", "no key of shop.test is the one"},
		"no keys":              {func(w *world) { delete(w.zones[2].sets["shop.test."], dns.TypeDNSKEY) }, "broken", "has no keys"},
		"not signed":           {func(w *world) { delete(w.zones[1].sets["shop.test."], dns.TypeDS); w.zones[2].key = nil }, "unsigned", ""},
		"not delegated":        {func(w *world) { delete(w.zones[1].sets["shop.test."], dns.TypeDS) }, "unsigned", ""},
		"unproven":             {func(w *world) { delete(w.zones[1].sets["shop.test."], dns.TypeDS); w.zones[1].unsaid = true }, "broken", "nothing proves"},
		"an unknown algorithm": {func(w *world) { w.ds(1, "shop.test.").Algorithm = 99 }, "unsigned", ""},
		"stripped":             {func(w *world) { w.stripped = true }, gone, ""},
		"refused":              {func(w *world) { w.fail["shop.test. DS"] = dns.RcodeRefused }, gone, ""},
		"one set unsigned":     {func(w *world) { w.fail["shop.test. MX"] = dns.RcodeServerFailure }, gone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := shop(t)
			c.change(w)
			f := w.collect(connector.Config{"domains": "shop.test", "hosts": "www.shop.test"})
			want := map[string]any{"dnssec": c.dnssec, "dnssec_valid": c.dnssec == "secure"}
			if c.dnssec == gone {
				want["dnssec_valid"] = gone
			}
			f.want(t, "domain.zone shop.test", want)
			have, _ := f.resources["domain.zone shop.test"].Fields["dnssec_problem"].(string)
			if !strings.Contains(have, c.problem) || (c.problem == "") != (have == "") {
				t.Errorf("problem %q, want %q", have, c.problem)
			}
		})
	}
}

func TestWhatIsNotAnsweredIsUnavailable(t *testing.T) {
	w := shop(t)
	w.fail["shop.test. TXT"] = dns.RcodeServerFailure
	w.fail["_dmarc.shop.test. TXT"] = dns.RcodeRefused
	w.fail["shop.test. CAA"] = dns.RcodeServerFailure
	w.web["https://shop.test/.well-known/security.txt"] = "500 Internal Server Error\n\n"
	w.web["https://mta-sts.shop.test/.well-known/mta-sts.txt"] = "broken"
	w.web["https://rdap.test/v1/domain/shop.test"] = "429 Too Many Requests\n\n"
	f := w.collect(connector.Config{"domains": "shop.test", "hosts": "www.shop.test"})
	f.want(t, "domain.zone shop.test", map[string]any{
		"exists": true, "spf_records": gone, "spf_all": gone, "caa": gone, "dmarc_records": gone, "dmarc_enforced": gone, "dkim": gone, "dnssec": gone,
		"security_txt": gone, "mta_sts": true, "mta_sts_mode": gone, "transfer_locked": gone, "registration_expires_at": gone, "tls_rpt": true,
	})
	if c := f.calls["DNS TXT"]; c.Refused != 2 || c.Retries != attempts-1 {
		t.Errorf("%+v", c)
	}
	if problems := strings.Join(f.reports[kindZone].Problems, "\n"); !strings.Contains(problems, "SERVFAIL") || !strings.Contains(problems, "the registry answered 429") {
		t.Errorf("%s", problems)
	}
}

func TestSenders(t *testing.T) {
	for name, c := range map[string]struct {
		records string
		want    map[string]any
	}{
		"nothing":          {``, map[string]any{"spf_records": 0, "spf": none, "spf_all": none, "dmarc_records": 0, "dmarc_enforced": false, "dmarc_policy": none, "receives_mail": false}},
		"two":              {"@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 ~all\"", map[string]any{"spf_records": 2, "spf_all": none, "spf_problem": "there are 2 records, and receivers want one"}},
		"a longer version": {`@ TXT "v=spf10 -all"`, map[string]any{"spf_records": 0}},
		"everybody":        {`@ TXT "v=spf1 +all"`, map[string]any{"spf_all": "pass", "spf_lookups": 0}},
		"silence":          {`@ TXT "v=spf1 ip4:192.0.2.1"`, map[string]any{"spf_all": "none"}},
		"redirect":         {"@ TXT \"v=spf1 redirect=r.sender.test\"\nr TXT \"v=spf1 ?all\"", map[string]any{"spf_all": "neutral", "spf_lookups": 1}},
		"redirect nowhere": {`@ TXT "v=spf1 redirect=r.sender.test"`, map[string]any{"spf_all": none, "spf_problem": "redirect=r.sender.test leads to 0 records, and there must be one"}},
		"include's all":    {"@ TXT \"v=spf1 include:r.sender.test\"\nr TXT \"v=spf1 -all\"", map[string]any{"spf_all": "none"}},
		"a circle":         {`@ TXT "v=spf1 include:sender.test -all"`, map[string]any{"spf_all": none, "spf_problem": "include:sender.test leads back to itself"}},
		"a misspelling":    {`@ TXT "v=spf1 ipv4:192.0.2.1 -all"`, map[string]any{"spf_all": none, "spf_problem": `"ipv4:192.0.2.1" is not a term`}},
		"a bad address":    {`@ TXT "v=spf1 ip4:192.0.2.1/33 -all"`, map[string]any{"spf_problem": "ip4:192.0.2.1/33 is not an address"}},
		"macros":           {`@ TXT "v=spf1 exists:%{i}.sender.test include:%{d}.x.test -all"`, map[string]any{"spf_all": "fail", "spf_lookups": 2}},
		"too many":         {`@ TXT "v=spf1 a a a a a a a a a a a -all"`, map[string]any{"spf_all": none, "spf_lookups": 11, "spf_problem": "evaluating it takes 11 lookups, and receivers stop at 10"}},
		"void":             {`@ TXT "v=spf1 a:a.sender.test a:b.sender.test a:c.sender.test -all"`, map[string]any{"spf_all": none, "spf_void_lookups": 3}},
		"null mx":          {`@ MX 0 .`, map[string]any{"receives_mail": false, "mx": []string{}}},
		"reports only":     {`_dmarc TXT "v=DMARC1; p=none; rua=mailto:a@sender.test"`, map[string]any{"dmarc_policy": "none", "dmarc_enforced": false}},
		"half":             {`_dmarc TXT "v=DMARC1; p=reject; pct=50"`, map[string]any{"dmarc_policy": "reject", "dmarc_percent": 50, "dmarc_enforced": false}},
		"in testing":       {`_dmarc TXT "v=DMARC1; p=reject; t=y"`, map[string]any{"dmarc_enforced": false}},
		"two of it":        {"_dmarc TXT \"v=DMARC1; p=reject\"\n_dmarc TXT \"v=DMARC1; p=none\"", map[string]any{"dmarc_records": 2, "dmarc_enforced": false, "dmarc_policy": none}},
		"no policy":        {`_dmarc TXT "v=DMARC1; sp=reject"`, map[string]any{"dmarc_records": 1, "dmarc_enforced": false, "dmarc_problem": "it states no policy"}},
		"no tag":           {`_dmarc TXT "v=DMARC1; reject"`, map[string]any{"dmarc_enforced": false, "dmarc_problem": `"reject" is not name=value`}},
		"caa above":        {``, map[string]any{"caa": true, "caa_at": "test", "caa_issuers": []string{"ca.test"}, "caa_wild_issuers": []string{"ca.test"}}},
		"sts without":      {`_mta-sts TXT "v=STSv1; id=1"`, map[string]any{"mta_sts": true, "mta_sts_mode": none, "mta_sts_problem": "the record announces a policy that is not there"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.zone(".", true, "")
			w.zone("test.", true, `@ IN CAA 0 issue "ca.test"`)
			w.zone("sender.test.", false, "@ A 127.0.0.1\n"+c.records)
			f := w.collect(connector.Config{"domains": "sender.test", "hosts": "sender.test:1"})
			f.want(t, "domain.zone sender.test", c.want)
			f.want(t, "domain.zone sender.test", map[string]any{"dnssec": "unsigned"})
		})
	}
}

func TestAPolicyAbove(t *testing.T) {
	w := newWorld(t)
	w.zone(".", true, "")
	w.zone("test.", true, "")
	w.zone("shop.test.", true, "_dmarc TXT \"v=DMARC1; p=reject; sp=none\"\nmail A 127.0.0.1\nmail MX 10 mail\n")
	f := w.collect(connector.Config{"domains": "mail.shop.test", "hosts": "mail.shop.test:1"})
	f.want(t, "domain.zone mail.shop.test", map[string]any{
		"dmarc_at": "shop.test", "dmarc_policy": "reject", "dmarc_subdomain_policy": "none", "dmarc_enforced": false, "dnssec": "secure",
	})
}

func TestOptOut(t *testing.T) {
	w := newWorld(t)
	root := w.zone(".", true, "")
	_ = root
	z := w.zone("test.", true, "")
	w.zone("shop.test.", false, "@ A 127.0.0.1")
	hash := func(name string) string { return dns.HashName(name, dns.SHA1, 0, "") }
	nsec3 := func(owner, next string, types ...uint16) dns.RR {
		return &dns.NSEC3{
			Hdr:  dns.RR_Header{Name: strings.ToLower(owner) + ".test.", Rrtype: dns.TypeNSEC3, Class: dns.ClassINET, Ttl: 3600},
			Hash: dns.SHA1, Flags: 1, SaltLength: 0, HashLength: 20, NextDomain: next, TypeBitMap: types,
		}
	}
	v := validator{now: noon}
	keys := zoneKeys{"test.", []*dns.DNSKEY{z.key}}
	apex, low, high := nsec3(hash("test."), hash("test."), dns.TypeSOA, dns.TypeNS), strings.Repeat("0", 32), strings.Repeat("V", 32)
	var proof []dns.RR
	proof = append(proof, z.signed(t, []dns.RR{apex})...)
	if err := v.denied(keys, "shop.test.", proof[:1]); err == nil {
		t.Error("an unsigned proof was believed")
	}
	proof = append(proof, z.signed(t, []dns.RR{nsec3(low, high)})...)
	if err := v.denied(keys, "shop.test.", proof); err != nil {
		t.Error(err)
	}
	if err := v.denied(keys, "shop.test.", proof[2:]); err == nil {
		t.Error("a span without the closest encloser was believed")
	}
}
