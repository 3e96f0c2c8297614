package demo

import (
	"fmt"
	"time"
)

// edge is what the world sees of Larkspur.
func (w *world) edge() system {
	return system{product: "domain", title: "Domains", every: weekly, also: []int{chainLost, chainMended}, lists: map[string]list{
		"domain.zone": w.zones, "domain.endpoint": w.endpoints,
	}}
}

// zones are registered for two years at a time, and renewed two months ahead.
func (w *world) zones(day int) (out []row) {
	for i, name := range []string{"larkspur.example", "larkspur-status.example", "larkspur-mail.example"} {
		ends := 60 + 97*i
		if day >= ends-60 {
			ends += 730
		}
		out = append(out, row{name, fields{
			"name": name, "exists": true, "nameservers": []string{"ns1.northwind.example", "ns2.northwind.example"}, "dnssec": "secure", "dnssec_valid": true,
			"caa": true, "caa_at": name, "caa_issuers": []string{"ca.example"}, "caa_wild_issuers": []string{},
			"registration_expires_at": w.at(ends, 12, 0), "registrar": "Example Registrar", "transfer_locked": true,
			"registration_status": []string{"client transfer prohibited"},
			"security_txt":        true, "security_txt_expires_at": w.at(day/180*180+360, 0, 0), "security_txt_contacts": []string{"mailto:security@larkspur.example"},
			"mx": []string{"mx.glasswing.example"}, "receives_mail": true, "spf_records": 1, "spf": "v=spf1 include:spf.glasswing.example -all", "spf_all": "fail",
			"spf_lookups": 2, "spf_void_lookups": 0,
			"dkim":          []any{map[string]any{"selector": "g1", "found": true, "revoked": false, "testing": false, "key_type": "rsa", "bits": 2048}},
			"dmarc_records": 1, "dmarc_at": name, "dmarc_policy": "reject", "dmarc_subdomain_policy": "reject", "dmarc_percent": 100,
			"dmarc_reports_to": []string{"mailto:dmarc@larkspur.example"}, "dmarc_enforced": true,
			"mta_sts": true, "mta_sts_mode": "enforce", "mta_sts_max_age": 604800, "mta_sts_covers_mx": true,
			"tls_rpt": true, "tls_rpt_to": []string{"mailto:tls@larkspur.example"},
		}})
	}
	return out
}

// endpoints serve certificates that are good for ninety days, and renewed by a
// program thirty days ahead, but for once, by hand and without its chain.
func (w *world) endpoints(day int) (out []row) {
	const life, ahead = 90, 30
	for i, name := range []string{"app", "api", "www", "status", "docs"} {
		ends := day - (day+17*i)%(life-ahead) + life
		host := name + ".larkspur.example"
		whole := name != "api" || day < chainLost || day >= chainMended
		f := fields{
			"name": host + ":443", "host": host, "port": 443, "protocol": "tls", "reachable": true, "tls": true, "versions": []string{"1.2", "1.3"},
			"weak_ciphers": []string{}, "cipher": "TLS_AES_128_GCM_SHA256", "names": []string{host}, "name_matches": true, "trusted": whole, "chain_length": 2,
			"subject": "CN=" + host, "issuer": "CN=Example CA R3", "serial": fmt.Sprintf("%016x", pick(1<<31, host, ends)),
			"sha256": fmt.Sprintf("%064x", pick(1<<31, host, ends, "sum")), "starts_at": w.at(ends-life, 3, 0), "expires_at": w.at(ends, 3, 0).Add(-time.Second),
			"key_type": "ecdsa", "key_bits": 256, "signature": "ECDSA-SHA384", "weak_signature": false, "self_issued": false,
		}
		if !whole {
			f["chain_length"], f["trust_problem"] = 1, "the certificate of its issuer was not sent"
		}
		out = append(out, row{host + ":443", f})
	}
	return out
}
