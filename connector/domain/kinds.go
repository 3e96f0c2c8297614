package domain

import (
	"assay/connector/field"
	"assay/internal/resource"
)

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

func zoneKind() resource.Schema {
	fields := append(delegationFields(), senderFields()...)
	fields = append(fields, transportFields()...)
	return resource.Schema{
		Kind: kindZone, Version: 1, Title: "Domains", Family: resource.State, Label: "name",
		Fields: fields,
		Facets: []resource.Claim{{Facet: "domain", Version: 1, Fields: map[string]resource.Mapping{
			"name": field.From("name"), "dnssec": field.From("dnssec_valid"), "expires_at": field.From("registration_expires_at"),
			"transfer_locked": field.From("transfer_locked"), "spoofing_refused": field.From("dmarc_enforced"),
		}}},
	}
}

func delegationFields() []resource.Field {
	const s, b = resource.String, resource.Bool
	return []resource.Field{
		field.Must("name", s, "the domain, in ASCII and lower case, without the last dot"),
		field.Must("exists", b, "the DNS knows the name; when it does not, nothing else is told"),
		field.List(field.Must("nameservers", s, "servers of the zone, sorted")),
		field.Words(field.Must("dnssec", s, "secure: a chain of signatures from the trust anchor holds; unsigned: the parent proves that there is none; broken: there should be one and it does not hold"), "secure", "unsigned", "broken"),
		field.Must("dnssec_valid", b, "dnssec is secure"),
		field.May("dnssec_problem", s, "what does not hold; absent unless broken"),
		field.Volatile(field.May("dnssec_signed_until", resource.Time, "when the first of the apex's signatures ends; absent unless secure")),
		field.Must("caa", resource.Bool, "a CAA record stands at the name or above it"),
		field.May("caa_at", s, "the name where it stands; absent without one"),
		field.List(field.Must("caa_issuers", s, "authorities that may issue certificates for the name, sorted; empty with CAA: none")),
		field.List(field.Must("caa_wild_issuers", s, "authorities that may issue wildcard certificates for it, sorted")),
		field.May("registration_expires_at", resource.Time, "when the registration ends, as the registry states it"),
		field.May("registrar", s, "the registrar, as the registry states it"),
		field.Must("transfer_locked", b, "the registry or the registrar refuses to move it to another registrar"),
		field.List(field.Must("registration_status", s, "the registry's status words, sorted")),
		field.Must("security_txt", b, "a security.txt (RFC 9116) is at the domain's well-known address"),
		field.May("security_txt_expires_at", resource.Time, "until when it says it is valid; absent without one"),
		field.List(field.Must("security_txt_contacts", s, "how to report a weakness, as it says")),
		field.May("security_txt_problem", s, "why it is not valid; absent when it is, or is not there"),
	}
}

func senderFields() []resource.Field {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return []resource.Field{
		field.List(field.Must("mx", s, "mail servers, by preference")),
		field.Must("receives_mail", b, "it has a mail server, and not the null one (RFC 7505)"),
		field.Must("spf_records", i, "number of SPF records; more than one is an error"),
		field.May("spf", s, "the record; absent unless there is exactly one"),
		field.Words(field.May("spf_all", s, "what it says of senders that it does not name; none when it says nothing; absent without a valid record"), "pass", "fail", "softfail", "neutral", "none"),
		field.In(field.May("spf_lookups", i, "lookups that evaluating it can take, at most 10; absent without a record"), "lookups"),
		field.In(field.May("spf_void_lookups", i, "of these, lookups of names that are not there, at most 2"), "lookups"),
		field.May("spf_problem", s, "why receivers cannot evaluate it; absent when they can"),
		{Name: "dkim", Type: resource.List, Meaning: "keys at the selectors that were named", Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
			field.Must("selector", s, "selector"),
			field.Must("found", b, "a key record is there"),
			field.Must("revoked", b, "the key is empty, which revokes it"),
			field.Must("testing", b, "receivers are told to ignore failures"),
			field.May("key_type", s, "rsa or ed25519; absent without a key"),
			field.In(field.May("bits", i, "length of the key; absent without a key"), "bits"),
			field.May("problem", s, "why the key cannot be used; absent when it can"),
		}}},
		field.Must("dmarc_records", i, "number of DMARC records that apply; more than one is an error"),
		field.May("dmarc_at", s, "domain whose record applies: its own, or one above it"),
		field.Words(field.May("dmarc_policy", s, "what receivers are asked to do with mail that fails; absent without a valid record"), "none", "quarantine", "reject"),
		field.Words(field.May("dmarc_subdomain_policy", s, "the same for names below it"), "none", "quarantine", "reject"),
		field.In(field.May("dmarc_percent", i, "share of failing mail that the policy is asked for"), "percent"),
		field.List(field.May("dmarc_reports_to", s, "where aggregate reports go")),
		field.Must("dmarc_enforced", b, "a valid record asks to quarantine or reject all mail that fails, not in testing"),
		field.May("dmarc_problem", s, "why receivers ignore the record; absent when they do not"),
	}
}

func transportFields() []resource.Field {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return []resource.Field{
		field.Must("mta_sts", b, "an MTA-STS record announces a policy"),
		field.Words(field.May("mta_sts_mode", s, "what the policy asks of senders; absent without a valid policy"), "enforce", "testing", "none"),
		field.In(field.May("mta_sts_max_age", i, "how long senders keep the policy"), "seconds"),
		field.May("mta_sts_covers_mx", b, "every mail server matches the policy; absent without a valid policy"),
		field.May("mta_sts_problem", s, "why senders cannot use the policy; absent when they can, or there is none"),
		field.Must("tls_rpt", b, "a valid TLS-RPT record asks senders for reports"),
		field.List(field.May("tls_rpt_to", s, "where they go")),
	}
}

func hostKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindHost, Version: 1, Title: "Host names", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "in ASCII and lower case"),
			field.May("alias_of", s, "last name that it is an alias (CNAME) of; absent when it is none"),
			field.Must("resolves", b, "it leads to an address"),
			field.Must("dangling", b, "it is an alias of a name that does not exist, which somebody else may be able to take"),
			field.List(field.Volatile(field.Must("addresses", s, "IPv4 and IPv6 addresses, sorted"))),
		},
	}
}
