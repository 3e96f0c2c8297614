package domain

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func endpointKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	fields := []resource.Field{
		field.Must("name", s, "host:port"),
		field.Must("host", s, "host name"),
		field.Must("port", i, "TCP port"),
		field.Words(field.Must("protocol", s, "tls: TLS from the first byte; smtp: after STARTTLS"), "tls", "smtp"),
		field.Must("reachable", b, "it took the connection; when it did not, nothing else is told"),
		field.Must("tls", b, "a handshake succeeded"),
		field.List(field.Must("versions", s, "TLS versions that it accepts: 1.0, 1.1, 1.2, 1.3")),
		field.List(field.Must("weak_ciphers", s, "cipher suites without forward secrecy, with CBC and SHA-256, RC4 or 3DES that it accepts up to TLS 1.2, sorted")),
		field.Must("cipher", s, "suite that a modern client gets"),
		field.List(field.Must("names", s, "names that the certificate is for, sorted")),
		field.Must("name_matches", b, "the certificate is for this host"),
		field.Must("trusted", b, "the chain as it was sent leads to a trusted root, at the time of collection, and nothing in it has ended"),
		field.May("trust_problem", s, "why not; absent when it is"),
		field.In(field.Must("chain_length", i, "certificates that were sent"), "certificates"),
		field.Volatile(field.May("address", s, "address that was asked")),
	}
	return resource.Schema{
		Kind: kindEndpoint, Version: 1, Title: "TLS endpoints", Family: resource.State, Label: "name",
		Fields: append(fields, leafFields()...),
		Facets: []resource.Claim{{Facet: "certificate", Version: 1, Fields: leafMapping("name", "name_matches")}},
	}
}

// leafFields describe the certificate itself.
func leafFields() []resource.Field {
	const s, i = resource.String, resource.Int
	return []resource.Field{
		field.Must("subject", s, "whom the certificate names"),
		field.Must("issuer", s, "who issued it"),
		field.Must("serial", s, "its serial number, hexadecimal"),
		field.Must("sha256", s, "SHA-256 of its bytes, hexadecimal"),
		field.Must("starts_at", resource.Time, "from when it is valid"),
		field.Must("expires_at", resource.Time, "until when it is valid"),
		field.Words(field.Must("key_type", s, "of its public key"), "rsa", "ecdsa", "ed25519", "other"),
		field.In(field.May("key_bits", i, "length of its public key; absent for other keys"), "bits"),
		field.Must("signature", s, "algorithm that its issuer signed with"),
		field.Must("weak_signature", resource.Bool, "it, or an authority below the root that was sent with it, is signed with MD5 or SHA-1"),
		field.Must("self_issued", resource.Bool, "it names itself as its issuer"),
	}
}

func leafMapping(name, matches string) map[string]resource.Mapping {
	m := map[string]resource.Mapping{
		"name": field.From(name), "issuer": field.From("issuer"), "starts_at": field.From("starts_at"), "expires_at": field.From("expires_at"),
		"trusted": field.From("trusted"), "key_type": field.From("key_type"), "key_bits": field.From("key_bits"), "weak_signature": field.From("weak_signature"),
	}
	if matches != "" {
		m["name_matches"] = field.From(matches)
	}
	return m
}

func siteKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindSite, Version: 1, Title: "Web sites", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "https://host, with its port unless that is 443"),
			field.Must("reachable", b, "it answered over HTTPS; when it did not, nothing else is told but plain_http"),
			field.Must("status", i, "of the answer to GET /, without following redirects"),
			field.Words(field.Must("plain_http", s, "what port 80 does: redirects to HTTPS, serves or redirects elsewhere, is closed, does not answer in time"), "redirects", "serves", "closed", "silent"),
			field.Must("hsts", b, "browsers are told to come back over HTTPS only"),
			field.In(field.Must("hsts_max_age", i, "for how long; 0 without"), "seconds"),
			field.Must("hsts_subdomains", b, "also for every name below it"),
			field.Must("hsts_preload", b, "it may be built into browsers"),
			field.Must("csp", b, "a content security policy is enforced"),
			field.Must("csp_unsafe", b, "its scripts may be inline, evaluated or from anywhere; true without one"),
			field.Must("framing_limited", b, "frame-ancestors or X-Frame-Options say who may frame it"),
			field.Must("nosniff", b, "browsers are told not to guess types"),
			field.May("referrer_policy", s, "what browsers tell of it to others; absent when it does not say"),
			field.May("server", s, "product that it names itself; absent when it names none"),
			field.List(field.Must("insecure_cookies", s, "names of cookies that it sets without Secure, sorted")),
		},
	}
}

func certificateKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindCertificate, Version: 1, Title: "Certificates", Family: resource.State, Label: "name",
		Fields: append([]resource.Field{
			field.Must("name", s, "its first name, or whom it names"),
			field.List(field.Must("names", s, "names that it is for, sorted")),
			field.Must("judged_at", resource.Date, "day that the chain was judged on"),
			field.Must("trusted", b, "the chain as it was handed over leads to a trusted root on that day"),
			field.May("trust_problem", s, "why not; absent when it is"),
			field.In(field.Must("chain_length", i, "certificates that were handed over together"), "certificates"),
		}, leafFields()...),
		Facets: []resource.Claim{{Facet: "certificate", Version: 1, Fields: leafMapping("name", "")}},
	}
}
