package domain

import "assay/internal/resource"

// The kinds, as the collectors name them.
const (
	kindZone        = "domain.zone"
	kindHost        = "domain.host"
	kindEndpoint    = "domain.endpoint"
	kindSite        = "domain.site"
	kindCertificate = "domain.certificate"
)

// Kinds declares everything that the connector can tell about domains.
func Kinds() []resource.Schema {
	return []resource.Schema{zoneKind(), hostKind(), endpointKind(), siteKind(), certificateKind()}
}

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

func volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

func in(f resource.Field, unit string) resource.Field {
	f.Unit = unit
	return f
}

func listOf(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func from(field string) resource.Mapping { return resource.Mapping{From: field} }

func zoneKind() resource.Schema {
	fields := append(delegationFields(), senderFields()...)
	fields = append(fields, transportFields()...)
	return resource.Schema{
		Kind: kindZone, Version: 1, Title: "Domains", Family: resource.State, Label: "name",
		Fields: fields,
		Facets: []resource.Claim{{Facet: "domain", Version: 1, Fields: map[string]resource.Mapping{
			"name": from("name"), "dnssec": from("dnssec_valid"), "expires_at": from("registration_expires_at"),
			"transfer_locked": from("transfer_locked"), "spoofing_refused": from("dmarc_enforced"),
		}}},
	}
}

func delegationFields() []resource.Field {
	const s, b = resource.String, resource.Bool
	return []resource.Field{
		must("name", s, "the domain, in ASCII and lower case, without the last dot"),
		must("exists", b, "the DNS knows the name; when it does not, nothing else is told"),
		listOf(must("nameservers", s, "servers of the zone, sorted")),
		words(must("dnssec", s, "secure: a chain of signatures from the trust anchor holds; unsigned: the parent proves that there is none; broken: there should be one and it does not hold"), "secure", "unsigned", "broken"),
		must("dnssec_valid", b, "dnssec is secure"),
		may("dnssec_problem", s, "what does not hold; absent unless broken"),
		volatile(may("dnssec_signed_until", resource.Time, "when the first of the apex's signatures ends; absent unless secure")),
		must("caa", resource.Bool, "a CAA record stands at the name or above it"),
		may("caa_at", s, "the name where it stands; absent without one"),
		listOf(must("caa_issuers", s, "authorities that may issue certificates for the name, sorted; empty with CAA: none")),
		listOf(must("caa_wild_issuers", s, "authorities that may issue wildcard certificates for it, sorted")),
		may("registration_expires_at", resource.Time, "when the registration ends, as the registry states it"),
		may("registrar", s, "the registrar, as the registry states it"),
		must("transfer_locked", b, "the registry or the registrar refuses to move it to another registrar"),
		listOf(must("registration_status", s, "the registry's status words, sorted")),
		must("security_txt", b, "a security.txt (RFC 9116) is at the domain's well-known address"),
		may("security_txt_expires_at", resource.Time, "until when it says it is valid; absent without one"),
		listOf(must("security_txt_contacts", s, "how to report a weakness, as it says")),
		may("security_txt_problem", s, "why it is not valid; absent when it is, or is not there"),
	}
}

func senderFields() []resource.Field {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return []resource.Field{
		listOf(must("mx", s, "mail servers, by preference")),
		must("receives_mail", b, "it has a mail server, and not the null one (RFC 7505)"),
		must("spf_records", i, "number of SPF records; more than one is an error"),
		may("spf", s, "the record; absent unless there is exactly one"),
		words(may("spf_all", s, "what it says of senders that it does not name; none when it says nothing; absent without a valid record"), "pass", "fail", "softfail", "neutral", "none"),
		in(may("spf_lookups", i, "lookups that evaluating it can take, at most 10; absent without a record"), "lookups"),
		in(may("spf_void_lookups", i, "of these, lookups of names that are not there, at most 2"), "lookups"),
		may("spf_problem", s, "why receivers cannot evaluate it; absent when they can"),
		{Name: "dkim", Type: resource.List, Meaning: "keys at the selectors that were named", Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
			must("selector", s, "selector"),
			must("found", b, "a key record is there"),
			must("revoked", b, "the key is empty, which revokes it"),
			must("testing", b, "receivers are told to ignore failures"),
			may("key_type", s, "rsa or ed25519; absent without a key"),
			in(may("bits", i, "length of the key; absent without a key"), "bits"),
			may("problem", s, "why the key cannot be used; absent when it can"),
		}}},
		must("dmarc_records", i, "number of DMARC records that apply; more than one is an error"),
		may("dmarc_at", s, "domain whose record applies: its own, or one above it"),
		words(may("dmarc_policy", s, "what receivers are asked to do with mail that fails; absent without a valid record"), "none", "quarantine", "reject"),
		words(may("dmarc_subdomain_policy", s, "the same for names below it"), "none", "quarantine", "reject"),
		in(may("dmarc_percent", i, "share of failing mail that the policy is asked for"), "percent"),
		listOf(may("dmarc_reports_to", s, "where aggregate reports go")),
		must("dmarc_enforced", b, "a valid record asks to quarantine or reject all mail that fails, not in testing"),
		may("dmarc_problem", s, "why receivers ignore the record; absent when they do not"),
	}
}

func transportFields() []resource.Field {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return []resource.Field{
		must("mta_sts", b, "an MTA-STS record announces a policy"),
		words(may("mta_sts_mode", s, "what the policy asks of senders; absent without a valid policy"), "enforce", "testing", "none"),
		in(may("mta_sts_max_age", i, "how long senders keep the policy"), "seconds"),
		may("mta_sts_covers_mx", b, "every mail server matches the policy; absent without a valid policy"),
		may("mta_sts_problem", s, "why senders cannot use the policy; absent when they can, or there is none"),
		must("tls_rpt", b, "a valid TLS-RPT record asks senders for reports"),
		listOf(may("tls_rpt_to", s, "where they go")),
	}
}

func hostKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindHost, Version: 1, Title: "Host names", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "in ASCII and lower case"),
			may("alias_of", s, "last name that it is an alias (CNAME) of; absent when it is none"),
			must("resolves", b, "it leads to an address"),
			must("dangling", b, "it is an alias of a name that does not exist, which somebody else may be able to take"),
			listOf(volatile(must("addresses", s, "IPv4 and IPv6 addresses, sorted"))),
		},
	}
}
