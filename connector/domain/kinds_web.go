package domain

import "assay/internal/resource"

func endpointKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	fields := []resource.Field{
		must("name", s, "host:port"),
		must("host", s, "host name"),
		must("port", i, "TCP port"),
		words(must("protocol", s, "tls: TLS from the first byte; smtp: after STARTTLS"), "tls", "smtp"),
		must("reachable", b, "it took the connection; when it did not, nothing else is told"),
		must("tls", b, "a handshake succeeded"),
		listOf(must("versions", s, "TLS versions that it accepts: 1.0, 1.1, 1.2, 1.3")),
		listOf(must("weak_ciphers", s, "cipher suites without forward secrecy, with CBC and SHA-256, RC4 or 3DES that it accepts up to TLS 1.2, sorted")),
		must("cipher", s, "suite that a modern client gets"),
		listOf(must("names", s, "names that the certificate is for, sorted")),
		must("name_matches", b, "the certificate is for this host"),
		must("trusted", b, "the chain as it was sent leads to a trusted root, at the time of collection, and nothing in it has ended"),
		may("trust_problem", s, "why not; absent when it is"),
		in(must("chain_length", i, "certificates that were sent"), "certificates"),
		volatile(may("address", s, "address that was asked")),
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
		must("subject", s, "whom the certificate names"),
		must("issuer", s, "who issued it"),
		must("serial", s, "its serial number, hexadecimal"),
		must("sha256", s, "SHA-256 of its bytes, hexadecimal"),
		must("starts_at", resource.Time, "from when it is valid"),
		must("expires_at", resource.Time, "until when it is valid"),
		words(must("key_type", s, "of its public key"), "rsa", "ecdsa", "ed25519", "other"),
		in(may("key_bits", i, "length of its public key; absent for other keys"), "bits"),
		must("signature", s, "algorithm that its issuer signed with"),
		must("weak_signature", resource.Bool, "it, or an authority below the root that was sent with it, is signed with MD5 or SHA-1"),
		must("self_issued", resource.Bool, "it names itself as its issuer"),
	}
}

func leafMapping(name, matches string) map[string]resource.Mapping {
	m := map[string]resource.Mapping{
		"name": from(name), "issuer": from("issuer"), "starts_at": from("starts_at"), "expires_at": from("expires_at"),
		"trusted": from("trusted"), "key_type": from("key_type"), "key_bits": from("key_bits"), "weak_signature": from("weak_signature"),
	}
	if matches != "" {
		m["name_matches"] = from(matches)
	}
	return m
}

func siteKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindSite, Version: 1, Title: "Web sites", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "https://host, with its port unless that is 443"),
			must("reachable", b, "it answered over HTTPS; when it did not, nothing else is told but plain_http"),
			must("status", i, "of the answer to GET /, without following redirects"),
			words(must("plain_http", s, "what port 80 does: redirects to HTTPS, serves or redirects elsewhere, is closed, does not answer in time"), "redirects", "serves", "closed", "silent"),
			must("hsts", b, "browsers are told to come back over HTTPS only"),
			in(must("hsts_max_age", i, "for how long; 0 without"), "seconds"),
			must("hsts_subdomains", b, "also for every name below it"),
			must("hsts_preload", b, "it may be built into browsers"),
			must("csp", b, "a content security policy is enforced"),
			must("csp_unsafe", b, "its scripts may be inline, evaluated or from anywhere; true without one"),
			must("framing_limited", b, "frame-ancestors or X-Frame-Options say who may frame it"),
			must("nosniff", b, "browsers are told not to guess types"),
			may("referrer_policy", s, "what browsers tell of it to others; absent when it does not say"),
			may("server", s, "product that it names itself; absent when it names none"),
			listOf(must("insecure_cookies", s, "names of cookies that it sets without Secure, sorted")),
		},
	}
}

func certificateKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindCertificate, Version: 1, Title: "Certificates", Family: resource.State, Label: "name",
		Fields: append([]resource.Field{
			must("name", s, "its first name, or whom it names"),
			listOf(must("names", s, "names that it is for, sorted")),
			must("judged_at", resource.Date, "day that the chain was judged on"),
			must("trusted", b, "the chain as it was handed over leads to a trusted root on that day"),
			may("trust_problem", s, "why not; absent when it is"),
			in(must("chain_length", i, "certificates that were handed over together"), "certificates"),
		}, leafFields()...),
		Facets: []resource.Claim{{Facet: "certificate", Version: 1, Fields: leafMapping("name", "")}},
	}
}
